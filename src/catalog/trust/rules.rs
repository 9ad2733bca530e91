//! From a federation file to the rules that statements are judged by.

use std::collections::BTreeSet;

use crate::config::{Federation, SignerRules, Step};
use crate::finding::{Diagnostic, SourceText};

use super::freshness::Limits;
use super::judge::Trust;
use super::signers::{AllowedSigner, parse_signer, parse_signers};

/// Whom the federation trusts for a namespace; `None` when it says `signers: none`.
///
/// `file` gives the text of an allowed_signers file that the federation names.
///
/// # Errors
/// A diagnostic that points into the federation file, or into the file it names.
pub fn trust_of(
    federation: &Federation,
    namespace: &str,
    file: impl FnOnce(&str) -> Result<SourceText, String>,
) -> Result<Option<Trust>, Box<Diagnostic>> {
    let Some(rules) = federation.file.namespaces.get(namespace) else {
        return Err(Box::new(Diagnostic::new(format!("the federation has no namespace `{namespace}`"))));
    };
    let signers = match &rules.signers {
        SignerRules::None(_) => return Ok(None),
        SignerRules::Lines(lines) => listed(federation, namespace, lines)?,
        SignerRules::File { file: name } => {
            let span = federation.span(namespace, &[key("signers"), key("file")]);
            let text = file(name).map_err(|why| {
                Box::new(Diagnostic::new(format!("cannot read `{name}`: {why}")).at(federation.source.location(span, "named here")))
            })?;
            parse_signers(&text)?
        }
    };
    let reach = people(&signers);
    if reach.is_some_and(|people| people < rules.threshold) {
        let title = format!("threshold {} cannot be reached by {} different signers", rules.threshold, reach.unwrap_or_default());
        let key = if federation.value_span(namespace, &[key("threshold")]).is_some() { key("threshold") } else { key("signers") };
        let at = federation.source.location(federation.span(namespace, &[key]), "out of range");
        return Err(Box::new(
            Diagnostic::new(title).at(at).help("list more signers, or lower the threshold; several keys of one person count once"),
        ));
    }
    Ok(Some(Trust { federation: federation.file.federation.clone(), namespace: namespace.to_owned(), signers, threshold: rules.threshold }))
}

/// How many different people can sign; `None` when nobody can say, since an authority certifies whom it likes.
fn people(signers: &[AllowedSigner]) -> Option<usize> {
    let identity = |signer: &AllowedSigner| {
        let is_name = signer.principals.is_name();
        (!signer.authority).then(|| if is_name { signer.principals.as_str().to_owned() } else { signer.key.clone() })
    };
    signers.iter().map(identity).collect::<Option<BTreeSet<_>>>().map(|people| people.len())
}

/// How old the knowledge of a namespace may be.
#[must_use]
pub fn limits_of(federation: &Federation, namespace: &str) -> Option<Limits> {
    let (max_staleness, hard_expiry) = federation.limits(federation.file.namespaces.get(namespace)?);
    Some(Limits { max_staleness, hard_expiry })
}

fn listed(federation: &Federation, namespace: &str, lines: &[String]) -> Result<Vec<AllowedSigner>, Box<Diagnostic>> {
    let mut signers = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let span = federation.value_span(namespace, &[key("signers"), Step::Index(index)]).unwrap_or(0..0);
        let text = &federation.source.text()[span.clone()];
        let found = parse_signer(line).map_err(|error| {
            error.locate(|at| {
                // A quoted scalar may hold escapes; the place is exact only where the text stands as it is.
                let range = text.find(line.as_str()).map_or(span.clone(), |from| {
                    let start = span.start + from;
                    start + at.start..start + at.end
                });
                federation.source.location(range, error.label)
            })
        })?;
        signers.extend(found);
    }
    Ok(signers)
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIILxPO2MMRQyjCaJnXfPQh0jjYbLiNVz8Ivp38fTaSQ+";

    #[track_caller]
    fn check(signers: &str, expected: &str) {
        let text = format!("federation: acme\nnamespaces:\n  pay:\n    url: x\n    signers: {}\n", signers.replace("KEY", KEY));
        let federation = Federation::read(SourceText::new("polity.federation.yaml", text)).unwrap();
        let file = |name: &str| match name {
            "good" => Ok(SourceText::new("good", format!("ana {KEY}\nbob {KEY}\n"))),
            "bad" => Ok(SourceText::new("bad", "\nana nokey\n")),
            "marked" => Ok(SourceText::new("marked", format!("\u{feff}ana {KEY}\r\n"))),
            "empty" => Ok(SourceText::new("empty", "# nobody\n")),
            _ => Err("no such file".to_owned()),
        };
        let said = match trust_of(&federation, "pay", file) {
            Ok(None) => "unsigned".to_owned(),
            Ok(Some(trust)) => trust.signers.iter().map(|s| s.principals.as_str()).collect::<Vec<_>>().join(" "),
            Err(d) => format!("{}:{}:{}: {}", d.locations[0].path, d.locations[0].start.line, d.locations[0].start.column, d.title),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn signers_come_from_the_file_or_from_one_beside_it() {
        check("none", "unsigned");
        check("['ana KEY', bob KEY]", "ana bob");
        check("{file: good}", "ana bob");
        check("{file: bad}", "bad:2:5: unknown option `nokey`");
        check("{file: gone}", "polity.federation.yaml:5:15: cannot read `gone`: no such file");
        check("{file: marked}", "ana");
        check("{file: empty}", "polity.federation.yaml:5:5: threshold 1 cannot be reached by 0 different signers");
        check("['ana KEY', ana KEY]\n    threshold: 2", "polity.federation.yaml:6:5: threshold 2 cannot be reached by 1 different signers");
        check("['ana KEY', '*@acme cert-authority KEY']\n    threshold: 2", "ana *@acme");
        check("['ana KEY', 'bob oops KEY']", "polity.federation.yaml:5:108: unknown option `oops`");
    }
}
