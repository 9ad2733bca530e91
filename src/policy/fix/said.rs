//! From the `fix` that a rule puts into a finding to edits with full paths.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::finding::{At, Edit, Fix, Safety};
use crate::policy::Policy;
use crate::policy::repository::{join, normal};

/// What a rule says about a repair.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct SaidFix {
    does: String,
    #[serde(default)]
    safe: bool,
    #[serde(default)]
    edits: Vec<SaidEdit>,
    layer: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidEdit {
    path: String,
    #[serde(default)]
    document: usize,
    set: Option<Vec<At>>,
    /// `null` is a value like any other.
    #[serde(default, deserialize_with = "present")]
    to: Option<Json>,
    remove: Option<Vec<At>>,
    line: Option<usize>,
    column: Option<usize>,
    end_column: Option<usize>,
    replace: Option<String>,
    after: Option<usize>,
    insert: Option<String>,
    template: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

impl SaidFix {
    /// The repair, with paths from the checked folder. `place` says where what the rule calls by a number stands in a file.
    ///
    /// # Errors
    /// What is wrong with its shape.
    pub fn into_fix(self, policy: &Policy, root: &str, place: impl Fn(&str, usize) -> (usize, Vec<At>)) -> Result<Fix, String> {
        if self.does.trim().is_empty() {
            return Err("`fix.does` is empty".to_owned());
        }
        if self.edits.is_empty() == self.layer.is_none() {
            return Err("`fix` has either `edits` or `layer`".to_owned());
        }
        let edits = self.edits.into_iter().map(|edit| edit.into_edit(policy, root, &place)).collect::<Result<_, _>>()?;
        let safety = if self.safe { Safety::Safe } else { Safety::Unsafe };
        Ok(Fix { does: self.does, safety, edits, layer: self.layer })
    }
}

impl SaidEdit {
    fn into_edit(self, policy: &Policy, root: &str, place: &impl Fn(&str, usize) -> (usize, Vec<At>)) -> Result<Edit, String> {
        let path = normal(&self.path).ok_or_else(|| format!("`fix` leaves the subject: `{}`", self.path))?;
        let (document, above) = place(&path, self.document);
        let below = |at: Vec<At>| above.into_iter().chain(at).collect();
        let path = join(root, &path);
        let columns = match (self.column, self.end_column) {
            (None, None) => None,
            (Some(_), None) => {
                return Err("`fix` has `column` without `end_column`: add the column after the last one that is replaced".to_owned());
            }
            (None, Some(_)) => return Err("`fix` has `end_column` without `column`: add the first column that is replaced".to_owned()),
            (Some(start), Some(end)) if start == 0 || end < start => return Err(format!("`fix` replaces from column {start} to {end}")),
            (Some(start), Some(end)) => Some((start, end)),
        };
        if columns.is_some() && self.replace.is_none() {
            return Err("`fix` has columns without `replace`".to_owned());
        }
        match (self.set, self.to, self.remove, self.line, self.replace, self.after, self.insert, self.template) {
            (Some(at), Some(to), None, None, None, None, None, None) => Ok(Edit::Set { path, document, at: below(at), to }),
            (None, None, Some(at), None, None, None, None, None) => Ok(Edit::Remove { path, document, at: below(at) }),
            (None, None, None, Some(line), Some(text), None, None, None) => Ok(Edit::Replace { path, line, columns, text }),
            (None, None, None, None, None, Some(after), Some(text), None) => Ok(Edit::Insert { path, after, text }),
            (None, None, None, None, None, None, None, Some(name)) => {
                let blank = policy.blanks.get(&name).ok_or_else(|| format!("`fix` names `fix/{name}`, which the policy does not have"))?;
                Ok(Edit::Create { path, text: filled(blank, &self.values)? })
            }
            _ => Err("an edit has `set` and `to`, or `remove`, or `line` and `replace`, or `after` and `insert`, or `template`".to_owned()),
        }
    }
}

/// A value that is there, whatever it is.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// A blank with `{{ name }}` replaced by values. Values are text: nothing in them is replaced again.
fn filled(blank: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), blank);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, behind) = after.split_once("}}").ok_or_else(|| "a `{{` of the file in `fix/` has no end".to_owned())?;
        let value = values.get(name.trim()).ok_or_else(|| format!("the file in `fix/` wants `{}`, which `values` lacks", name.trim()))?;
        out.push_str(before);
        out.push_str(value);
        rest = behind;
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_once() {
        let values = BTreeMap::from([("a".to_owned(), "{{ b }}".to_owned())]);
        assert_eq!(filled("x {{ a }} {{a}} y", &values).unwrap(), "x {{ b }} {{ b }} y");
        assert!(filled("{{ b }}", &values).unwrap_err().contains("`b`"));
        assert!(filled("{{ b ", &values).is_err());
    }
}
