//! What a repository says to polity: its own files, and the words of waivers and calls in others. A rule that searches for proof of something must not
//! find what was only written down about its policy.

use std::ops::Range;

use crate::config::{BASELINE_FILE, FEDERATION_FILE, LOCK_FILE, SERVICE_FILE};

use super::calls::{MOST_LINES, PROGRAM, calls, end_of_line};
use super::comments::{around, of_file};
use super::purpose::is_source;
use super::repository::relative;
use super::waivers;

/// The names of files that only polity reads, wherever they stand.
const NAMES: [&str; 5] = [SERVICE_FILE, LOCK_FILE, FEDERATION_FILE, BASELINE_FILE, ".polityignore"];

/// How the policies of the binary are called.
const OURS: &str = "polity/";

/// Whether polity is the only one that reads a file; `roots` are those of the services, which may have `waivers/` as the repository may.
pub(super) fn is_own(path: &str, roots: &[String]) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_layer = || name == "layer.yaml" && folder.rsplit('/').nth(1) == Some("layers");
    let is_waiver = || {
        let of = |root: &str| relative(root, path).is_some_and(|path| path.starts_with("waivers/"));
        (name.ends_with(".yaml") || name.ends_with(".yml")) && (of("") || roots.iter().any(|root| of(root)))
    };
    NAMES.contains(&name) || is_layer() || is_waiver()
}

/// A text without what it says to polity: spaces stand for what a waiver says, for the name of the policy that asks, and for what the program is called with.
/// Nothing where `hits` are in no line that says anything of that kind. Source code says it in comments alone.
pub(super) fn without(path: &str, text: &str, policy: &str, hits: &[Range<usize>]) -> Option<String> {
    let id = policy.rsplit('/').next().unwrap_or(policy);
    if !is_near(text, id, hits) {
        return None;
    }
    let comments = of_file(path, text);
    let is_source = is_source(path);
    // Somebody's policy may be called by the very word that it forbids.
    let is_name =
        |at: &Range<usize>| policy.starts_with(OURS) && is_word(text, at) && (!is_source || around(&comments, at.start).is_some());
    let names = text.match_indices(id).map(|(at, _)| at..at + id.len()).filter(is_name);
    let waivers = text.match_indices(waivers::MARK).filter_map(|(at, mark)| {
        let end = around(&comments, at)?.end.min(end_of_line(text, at));
        Some(end.min(at + mark.len())..end)
    });
    let said = names.chain(waivers).chain(if is_source { Vec::new() } else { calls(text) });
    let mut bytes = text.as_bytes().to_vec();
    for range in said {
        bytes[range].iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
    String::from_utf8(bytes).ok()
}

/// Whether a line of a hit, or one that goes on in it or may, speaks of the program or of a policy. The rest of a text, which may be long, is not asked.
fn is_near(text: &str, id: &str, hits: &[Range<usize>]) -> bool {
    let mut seen = 0;
    hits.iter().any(|hit| {
        let end = end_of_line(text, hit.start);
        let line = &text[seen.max(beginning(text, hit.start)).min(end)..end];
        seen = end;
        line.contains(PROGRAM) || line.contains(id)
    })
}

/// Where the line of a place begins, with those before it that an argument may begin in, and that end with `\`.
fn beginning(text: &str, mut at: usize) -> usize {
    let mut lines = 0;
    while let Some(end) = text[..at].rfind('\n') {
        if lines == MOST_LINES && !text[..end].trim_end_matches('\r').ends_with('\\') {
            return end + 1;
        }
        lines = MOST_LINES.min(lines + 1);
        at = end;
    }
    0
}

/// Whether a name stands for itself, and is no part of a longer one.
fn is_word(text: &str, at: &Range<usize>) -> bool {
    let is_apart = |c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_');
    text[..at.start].chars().next_back().is_none_or(is_apart) && text[at.end..].chars().next().is_none_or(is_apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_only_polity_reads_are_its_own() {
        let own = |path: &str| is_own(path, &["a".to_owned()]);
        for path in
            ["polity.yaml", "a/polity.lock", "polity.federation.yaml", ".polity-baseline.yaml", "waivers/a.yaml", "a/waivers/b/c.yml"]
        {
            assert!(own(path), "{path}");
        }
        for path in ["layers/org/layer.yaml", "registries/pay/layers/org/layer.yaml", ".polityignore"] {
            assert!(own(path), "{path}");
        }
        for path in
            ["a.yaml", "waivers.yaml", "src/waivers/main.go", "b/waivers/a.yaml", "waivers/main.go", "polity.yaml.md", "my-polity.yaml"]
        {
            assert!(!own(path), "{path}");
        }
        for path in ["layer.yaml", "deploy/layer.yaml", "registry.yaml", "deploy/registry.yaml"] {
            assert!(!own(path), "{path}");
        }
    }

    fn hits(text: &str) -> Vec<Range<usize>> {
        text.match_indices("outbox").map(|(at, hit)| at..at + hit.len()).collect()
    }

    #[track_caller]
    fn check_in(path: &str, policy: &str, text: &str, expected: &str) {
        let said = without(path, text, policy, &hits(text)).unwrap_or_else(|| text.to_owned());
        assert_eq!(said.len(), text.len());
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&said), words(expected), "{text}");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        check_in("ci.yaml", "polity/no-outbox", text, expected);
    }

    #[test]
    fn what_is_said_to_polity_is_no_evidence() {
        check("with: {skip: no-outbox}", "with: {skip: }");
        check("with: {skip: polity/no-outbox, k: a-no-outbox}", "with: {skip: polity/ , k: a-no-outbox}");
        check("a: b # polity:waive x: until outbox\nc: d", "a: b # polity:waive\nc: d");
        check("run: polity check --skip outbox && outbox", "run: polity && outbox");
        check("run: |\n  bin/polity check \\\n   --skip outbox\n  outbox", "run: |\n  bin/polity\n  outbox");
        check("polity waiver add --because 'é outbox'", "polity");
        check("{a: polity check ., b: outbox}", "{a: polity , b: outbox}");
        check("[\"polity check .\", \"outbox\"]", "[\"polity \", \"outbox\"]");
        check("{\"a\": \"polity check\", \"b\": \"outbox\"}", "{\"a\": \"polity \", \"b\": \"outbox\"}");
        check("polity check `outbox`", "polity `outbox`");
        check("polity check $(outbox)", "polity $(outbox)");
        check("polity check . > >(outbox)", "polity (outbox)");
        check("polity check < <(outbox)", "polity (outbox)");
        check("(polity check .) outbox", "(polity ) outbox");
        check("polity check --x \"$(outbox)\"", "polity $(outbox)");
        check("polity check --x \"`outbox`\"", "polity `outbox`");
        check("polity waiver add --because \"the outbox in `v2`\"", "polity `v2`");
        check("polity waiver add --ticket ${T} --because \"outbox\"; x", "polity ; x");
        check("polity waiver add --ticket ${{ inputs.t }} --because \"outbox\"; x", "polity ; x");
        check("polity waiver add --expires \"$(date -d (x) +%F)\" --because 'outbox'; x", "polity $(date -d (x) +%F) ; x");
        check("polity waiver add --expires $(date\noutbox", "polity $(date outbox");
        check("polity --registry reg --offline waiver add --because outbox", "polity");
        check("polity waiver add --because \"an outbox\n and outbox\" && x", "polity && x");
        check("polity waiver add --because don't outbox\noutbox", "polity outbox");
        check("polity waiver add --because \"an\noutbox", "polity \"an outbox");
        check("run: \"polity waiver add --because \\\"outbox\\\"\" outbox", "run: \"polity \" outbox");
        check("echo \"don't\"; polity waiver add x --because 'the outbox waits'", "echo \"don't\"; polity");
        check("run: 'polity waiver add --because ''the outbox''' outbox", "run: 'polity ' outbox");
        check("Run `polity check` for the outbox, `or` not", "Run `polity ` for the outbox, `or` not");
        check("echo \"`polity check` outbox\"", "echo \"`polity ` outbox\"");
        check("polity check $(polity check --x outbox; outbox)", "polity $(polity ; outbox)");
        check("OUT=\"$(polity waiver add --because \"an outbox\")\" outbox", "OUT=\"$(polity )\" outbox");
        check("OUT=$(polity waiver add --because \"an outbox (ADR 7)\") outbox", "OUT=$(polity ) outbox");
        check("run: 'polity waiver add --because \"it''s an outbox\"' outbox", "run: 'polity ' outbox");
        check("run: \"polity waiver add --because 'an \\\"outbox\\\" here'\" outbox", "run: \"polity \" outbox");
        check("run: \"polity check .\\noutbox --x\\n\"", "run: \"polity \\noutbox --x\\n\"");
        check("polity \\\n --registry r \\\n waiver add --because outbox", "polity");
        check("polity check --path a/[id]/{x}.ts --because outbox", "polity");
        check("[polity check a/[id].ts, outbox]", "[polity , outbox]");
        check("echo don\\'t; polity check --because 'outbox'", "echo don\\'t; polity");
        check("polity check . # 5\" outbox\noutbox\necho \"x\"", "polity # 5\" outbox outbox echo \"x\"");
        check("polity check \"$(a) outbox\necho $(date)", "polity \"$(a) outbox echo $(date)");
        check("{\"lint\":\"polity check .\",\"contract\":\"outbox x\"}", "{\"lint\":\"polity \",\"contract\":\"outbox x\"}");
        check("docker run acme/polity:1 waiver add --because \"outbox\"", "docker run acme/polity");
        check("polity waiver add --because 'the outbox (ADR 7) `x` $(y)'", "polity");
        check("polity waiver add --because \"the outbox (ADR 7)\"", "polity");
        check("run: \"polity waiver add --because 'outbox'\" outbox", "run: \"polity \" outbox");
        for text in ["polity contract outbox", "the polity of outbox", "outbox polity", "no-outboxes"] {
            check(text, text);
        }
        check("polity check\noutbox", "polity outbox");
        for text in ["outbox", "outbox\npolity check outpost"] {
            assert_eq!(without("ci.yaml", text, "polity/no-outbox", &hits(text)), None, "{text}");
        }
    }

    #[test]
    fn a_file_may_be_one_line() {
        for part in
            ["polity check outbox ", "polity check $(outbox ", "polity check `outbox", "polity check \"outbox ", "é'\"` polity x outbox"]
        {
            let text = part.repeat((1 << 17) / part.len());
            assert_eq!(without("ci.txt", &text, "polity/no-outbox", &hits(part)).map(|said| said.len()), Some(text.len()), "{part}");
        }
    }

    #[test]
    fn source_code_speaks_to_polity_in_comments() {
        let code = |text: &str, expected: &str| check_in("a.js", "polity/no-outbox", text, expected);
        code("a() // polity:waive x: until outbox\nb()", "a() // polity:waive\nb()");
        code("/* polity:waive outbox */ outbox()", "/* polity:waive outbox()");
        code("x // no-outbox", "x //");
        for text in ["s = \"polity:waive\"; outbox(y)", "f(\"polity check\", outbox(x))", "s = \"no-outbox\""] {
            code(text, text);
        }
        // What a policy forbids may be its name.
        for (path, text) in [("a.js", "outbox(x)"), ("a.yaml", "image: a:outbox"), ("a.js", "a() // outbox"), ("a.conf", "'un-outbox'")] {
            check_in(path, "acme/outbox", text, text);
            check_in(path, "acme/un-outbox", text, text);
        }
    }
}
