//! `polity registry add`: one more namespace in the federation file, the rest of its text untouched.

use crate::catalog::trust::parse_signer;
use crate::cli::AddArgs;
use crate::config::{FEDERATION_FILE, Federation};
use crate::error::{Error, Exit};
use crate::finding::SourceText;

use super::federation::{self, find};
use super::{Env, org, print};

/// The seconds that an organisation's repository has for its answer.
const TIMEOUT: u64 = 60;

/// Writes the namespace, if the file still says everything it said before.
pub(super) fn run(args: &AddArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    if let Some(address) = &args.org {
        return org::add(address, TIMEOUT, env);
    }
    let (namespace, url) = (args.namespace.as_deref().unwrap_or_default(), args.url.as_deref().unwrap_or_default());
    for line in &args.signers {
        let wrong = |e: crate::catalog::trust::LineError| Error::usage(format!("{}: {}", e.title, e.label)).help(e.help);
        parse_signer(line).map_err(wrong)?.ok_or_else(|| Error::usage("a signer is an empty line"))?;
    }
    // What is added to the copy of an organisation's file would be gone with the next sync.
    let organisation = federation::org().map_or(Ok(None), |org| org.file())?;
    let found = find(env)?.filter(|found| organisation.as_ref() != Some(&found.file));
    let file =
        found.as_ref().map_or_else(|| env.cwd.join(env.federation.as_deref().unwrap_or(FEDERATION_FILE.as_ref())), |f| f.file.clone());
    let shown = file.strip_prefix(&env.cwd).unwrap_or(&file).to_string_lossy().into_owned();
    let old =
        found.as_ref().map(|f| f.federation.source.text().to_owned()).unwrap_or_else(|| format!("federation: {}\n", quoted(&args.name)));
    if found.as_ref().is_some_and(|f| f.federation.file.namespaces.contains_key(namespace)) {
        return Err(Error::usage(format!("{shown} has the namespace `{}` already", namespace)).help("edit it there"));
    }
    let new = with_namespace(&old, &entry(args, namespace, url));
    let read = Federation::read(SourceText::new(shown.clone(), new.clone()))?;
    let before = found.map(|f| f.federation.file.namespaces.len()).unwrap_or(0);
    if read.file.namespaces.len() != before + 1 || !read.file.namespaces.contains_key(namespace) {
        return Err(Error::config(format!("{shown} is written in a way that cannot be added to"))
            .help(format!("add by hand:\n{}", entry(args, namespace, url))));
    }
    std::fs::write(&file, new).map_err(|e| Error::io(format!("write `{shown}`"), e))?;
    print(env, &format!("{shown}: added `{namespace}`; `polity registry sync {namespace}` fetches it\n"))?;
    Ok(Exit::Clean)
}

fn entry(args: &AddArgs, namespace: &str, url: &str) -> String {
    let signers = if args.unsigned {
        " none\n".to_owned()
    } else {
        args.signers.iter().fold("\n".to_owned(), |text, line| text + &format!("      - {}\n", quoted(line)))
    };
    format!("  {namespace}:\n    url: {}\n    signers:{signers}", quoted(url))
}

/// A JSON string is a double-quoted scalar of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Puts an entry right below the line `namespaces:`, which is added when it is not there.
fn with_namespace(text: &str, entry: &str) -> String {
    let mut new = String::new();
    let mut placed = false;
    for line in text.split_inclusive('\n') {
        new += line;
        if !placed && line.trim_end() == "namespaces:" {
            new += if line.ends_with('\n') { "" } else { "\n" };
            new += entry;
            placed = true;
        }
    }
    if !placed {
        new += if new.is_empty() || new.ends_with('\n') { "" } else { "\n" };
        new += &format!("namespaces:\n{entry}");
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_order_stay() {
        let old = "# ours\nfederation: acme\nnamespaces:\n  # first\n  web: {url: ../web, signers: none}\n";
        let new = with_namespace(old, "  pay:\n    url: x\n    signers: none\n");
        assert_eq!(
            new,
            "# ours\nfederation: acme\nnamespaces:\n  pay:\n    url: x\n    signers: none\n  # first\n  web: {url: ../web, signers: none}\n"
        );
        assert_eq!(with_namespace("federation: a", "  x: {}\n"), "federation: a\nnamespaces:\n  x: {}\n");
    }
}
