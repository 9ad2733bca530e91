//! Line ends in the working tree, by the rules of gitattributes(5): what git would write for a blob.

use std::path::Path;

use git2::{AttrCheckFlags, AttrValue, Repository};

/// The bytes of the working tree for the bytes of a blob at `path`, relative to the repository's root.
pub(super) fn turned(repository: &Repository, path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    (wants_crlf(repository, path, bytes) && bytes.contains(&b'\n')).then(|| {
        let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 16);
        for (i, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' && (i == 0 || bytes[i - 1] != b'\r') {
                text.push(b'\r');
            }
            text.push(*byte);
        }
        text
    })
}

/// The bytes that git keeps for the bytes of the working tree, where these are what it made of others.
pub(super) fn kept(repository: &Repository, path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut ends = bytes.windows(2).enumerate().filter(|(_, pair)| pair == b"\r\n").map(|(at, _)| at).peekable();
    ends.peek()?;
    let (mut text, mut from) = (Vec::with_capacity(bytes.len()), 0);
    for at in ends {
        text.extend_from_slice(&bytes[from..at]);
        from = at + 1;
    }
    text.extend_from_slice(&bytes[from..]);
    (turned(repository, path, &text).as_deref() == Some(bytes)).then_some(text)
}

fn wants_crlf(repository: &Repository, path: &str, bytes: &[u8]) -> bool {
    let attribute = |name: &str| repository.get_attr(Path::new(path), name, AttrCheckFlags::default()).ok().flatten();
    let configured = |name: &str| repository.config().and_then(|mut config| config.snapshot()?.get_string(name)).unwrap_or_default();
    let (text, eol) = (attribute("text"), attribute("eol"));
    let text = AttrValue::from_string(text);
    let is_set = matches!(text, AttrValue::True) || (matches!(text, AttrValue::Unspecified) && eol.is_some());
    let is_auto = matches!(text, AttrValue::String("auto"));
    if matches!(text, AttrValue::False) || (!is_set && looks_odd(bytes)) {
        return false;
    }
    match (eol, &*configured("core.autocrlf").to_lowercase()) {
        (Some("crlf"), _) => is_set || is_auto,
        (Some("lf"), _) | (_, "input") => false,
        (_, "true" | "yes" | "on" | "1") => true,
        _ if is_set || is_auto => match &*configured("core.eol").to_lowercase() {
            "crlf" => true,
            "lf" => false,
            _ => cfg!(windows),
        },
        _ => false,
    }
}

/// Bytes that git does not turn unless it is told that they are text: they hold a NUL, or a carriage return already.
fn looks_odd(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|byte| *byte == 0) || bytes.contains(&b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What git itself writes on a checkout decides.
    #[test]
    fn the_working_tree_holds_what_git_would_write() {
        let attributes = "*.crlf eol=crlf\n*.lf text eol=lf\n*.bin -text\n*.auto text=auto\n*.txt text\n";
        for setting in ["core.autocrlf=true", "core.autocrlf=input", "core.autocrlf=false", "core.eol=crlf", "core.eol=lf"] {
            let dir = tempfile::tempdir().unwrap();
            let git = |args: &[&str]| {
                let mut command = super::super::ground::command(dir.path(), args);
                command.env("HOME", dir.path()).env("GIT_CONFIG_NOSYSTEM", "1");
                assert!(command.output().unwrap().status.success(), "{args:?}");
            };
            git(&["init", "-q"]);
            let repository = Repository::open(dir.path()).unwrap();
            std::fs::write(dir.path().join(".gitattributes"), attributes).unwrap();
            let names = ["a.crlf", "a.lf", "a.bin", "a.auto", "a.txt", "plain"];
            let bodies: [&[u8]; 3] = [b"a\nb\n", b"a\r\nb\n", b"\0a\n"];
            let mut index = repository.index().unwrap();
            let files: Vec<_> = names.iter().flat_map(|name| (0..3).map(move |body| (format!("{body}{name}"), body))).collect();
            for (name, body) in &files {
                index.add(&super::super::scratch::entry(name, 0o100_644, repository.blob(bodies[*body]).unwrap(), 0)).unwrap();
            }
            index.write().unwrap();
            let (key, value) = setting.split_once('=').unwrap();
            git(&["config", key, value]);
            git(&["checkout-index", "-a", "-f"]);
            let repository = Repository::open(dir.path()).unwrap();
            for (name, body) in &files {
                let written = std::fs::read(dir.path().join(name)).unwrap();
                let expected = turned(&repository, name, bodies[*body]).unwrap_or_else(|| bodies[*body].to_vec());
                assert_eq!(expected, written, "{setting} {name}");
                if written != bodies[*body] {
                    assert_eq!(kept(&repository, name, &written).unwrap(), String::from_utf8_lossy(&written).replace('\r', "").as_bytes());
                }
            }
        }
    }
}
