//! Whether a constraint says about a case what its suite wants.

use regex::Regex;

use super::{Case, Violation, Wanted};

/// What is not as wanted, one text an assertion; nothing when all of them hold.
///
/// # Errors
/// A message that is no regular expression.
pub fn judge(case: &Case, found: &[Violation]) -> Result<Vec<String>, regex::Error> {
    let mut wrong = Vec::new();
    for assertion in &case.assertions {
        let pattern = assertion.message.as_deref().map(Regex::new).transpose()?;
        let matching = found.iter().filter(|one| pattern.as_ref().is_none_or(|pattern| pattern.is_match(&one.message))).count() as u64;
        let (holds, wanted) = match assertion.wanted {
            Wanted::Some => (matching > 0, "at least 1 violation".to_owned()),
            Wanted::Exactly(1) => (matching == 1, "1 violation".to_owned()),
            Wanted::Exactly(number) => (matching == number, format!("{number} violations")),
        };
        if !holds {
            let like = assertion.message.as_ref().map(|message| format!(" like `{message}`")).unwrap_or_default();
            let said: Vec<_> = found.iter().map(|one| format!("; said: {}", one.message)).collect();
            wrong.push(format!("wanted {wanted}{like}, found {matching}{}", said.concat()));
        }
    }
    Ok(wrong)
}
