//! CycloneDX bills of materials in their JSON form. The XML form is refused by name.

use serde_json::Value;

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('<') {
        return Err("polity reads CycloneDX as JSON only, not as XML".into());
    }
    let value = super::json::parse(text)?;
    match value.get("bomFormat").and_then(Value::as_str) {
        Some("CycloneDX") | None if value.is_object() => Ok(value),
        _ => Err("decode CycloneDX BOM: the text is not a CycloneDX object".into()),
    }
}
