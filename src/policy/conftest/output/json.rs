//! JSON, byte for byte as Go writes it: tabs, and `<`, `>` and `&` escaped.

use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::super::{CheckResult, ConftestError};

pub(super) fn render(results: &[CheckResult]) -> Result<String, ConftestError> {
    if results.is_empty() {
        return Ok("null\n".to_owned());
    }
    let named = results.iter().map(|result| {
        let mut result = result.clone();
        if result.file == "-" {
            result.file.clear();
        }
        result
    });
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"\t"));
    let written = named.collect::<Vec<_>>().serialize(&mut serializer);
    written.map_err(|e| ConftestError::Evaluate(format!("marshal json: {e}")))?;
    Ok(escape_html(&String::from_utf8_lossy(&bytes)) + "\n")
}

/// Escapes what Go escapes so that JSON can stand in HTML; it occurs in texts only.
#[must_use]
pub fn escape_html(json: &str) -> String {
    let json = json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Reads results that the JSON format wrote.
///
/// # Errors
/// What is wrong with the text.
pub fn read(text: &str) -> Result<Vec<CheckResult>, String> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}
