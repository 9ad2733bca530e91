//! Comments that waive, read from texts of several languages.

use super::inline::read;
use super::*;
use crate::finding::SourceText;

#[track_caller]
fn check_in(path: &str, text: &str, expected: &str) {
    let (waivers, wrong) = read(&SourceText::new(path, text), "");
    let line = |waiver: &Waiver| match &waiver.covers {
        Covers::Line(_, line) => format!("{} line {line} until {} for {}: {}", waiver.policy, waiver.expires, waiver.owner, waiver.because),
        Covers::Subject(_) => String::new(),
    };
    let said: Vec<_> = waivers.iter().map(line).chain(wrong.iter().map(|finding| finding.diagnostic.title.clone())).collect();
    assert_eq!(said.join("; "), expected, "{path} {text:?}");
}

#[track_caller]
fn check(text: &str, expected: &str) {
    check_in("a.yaml", text, expected);
}

const GIVEN: &str = "until=2026-12-31 owner=pay reason=accepted-risk it goes away";

#[test]
fn a_comment_is_about_its_line_or_about_the_next_one() {
    check(&format!("image: a:latest # polity:waive p {GIVEN}\n"), "p line 1 until 2026-12-31 for pay: it goes away");
    check(&format!("# polity:waive p {GIVEN}\n\n# another\nimage: a\n"), "p line 4 until 2026-12-31 for pay: it goes away");
    check_in("a.go", &format!("\t// polity:waive a/p {GIVEN}\n\tcall();\n"), "a/p line 2 until 2026-12-31 for pay: it goes away");
    check_in("a.html", &format!("<!-- polity:waive p {GIVEN} -->\ntext\n"), "p line 2 until 2026-12-31 for pay: it goes away");
    check(&format!("# polity:waive p {GIVEN}"), "p line 1 until 2026-12-31 for pay: it goes away");
}

#[test]
fn a_comment_that_is_wrong_waives_nothing() {
    check("# polity:waive", "waiver names no policy");
    check("# polity:waive p owner=a reason=accepted-risk why", "waiver has no end: `until=DATE` is missing");
    check("# polity:waive p until=2026-02-30 owner=a reason=accepted-risk why", "`2026-02-30` is not a day such as 2026-12-31");
    check("# polity:waive p until=2026-12-31 owner=a why", "waiver has no reason: `reason=REASON` is missing");
    check(
        "# polity:waive p until=2026-12-31 reason=because why",
        "`because` is no reason; one of: false-positive, accepted-risk, compensating-control, migration, third-party, test-only",
    );
    check("# polity:waive p until=2026-12-31 reason=migration", "waiver does not say why");
}

#[test]
fn what_is_no_comment_is_no_waiver() {
    check_in("f", "say(\"polity:waive p\")\npolity:waive p\n# polity:waiver p\n", "");
    let line = format!("# polity:waive p {GIVEN}");
    for (path, text) in [
        ("a.yaml", format!("a: \"x {line}\"\nb: |\n  {line}\n  image: a\n")),
        ("run.sh", format!("cat <<EOF\n{line}\nEOF\necho '{line}'\n")),
        ("a.rs", format!("let a = \"// polity:waive p {GIVEN}\";\n")),
        ("a.py", format!("\"\"\"\n{line}\n\"\"\"\n")),
        ("a.rs", format!("/// Write `{line}`.\nfn a() {{}}\n")),
        ("notes.txt", format!("bad {line}\n")),
    ] {
        check_in(path, &text, "");
    }
}

#[test]
fn a_comment_may_stand_behind_another_one() {
    check(&format!("a: 1 # why # polity:waive p {GIVEN}\n"), "p line 1 until 2026-12-31 for pay: it goes away");
    check_in(
        "a.yaml",
        &format!("{{{{/* polity:waive p {GIVEN} */}}}}\n{{{{ x }}}}: [\n"),
        "p line 2 until 2026-12-31 for pay: it goes away",
    );
    check_in("notes.txt", &format!("# polity:waive p {GIVEN}\nbad\n"), "p line 2 until 2026-12-31 for pay: it goes away");
}

#[test]
fn a_page_may_show_how_to_write_one() {
    let said = |path: &str, text: &str| {
        let (waivers, wrong) = read(&SourceText::new(path, text), "");
        (waivers.len(), wrong.len())
    };
    assert_eq!(said("guide.md", "Write `# polity:waive POLICY why`, or:\n\n# polity:waive p\n"), (0, 0));
    assert_eq!(said("guide.md", "```html\n<!-- polity:waive p -->\n```\n"), (0, 0));
    assert_eq!(said("guide.md", &format!("~~~\n~~~\n<!-- polity:waive p {GIVEN} -->\n<!-- polity:waive -->\n")), (1, 1));
    assert_eq!(said("guide.yaml", "# polity:waive p\n"), (0, 1));
}

#[test]
fn the_findings_about_waivers_are_sorted_and_named() {
    assert!(OWN_FINDINGS.is_sorted());
    for (id, title) in [("expired-waiver", Some("a waiver is past its last day")), ("expired", None), ("", None)] {
        assert_eq!(own_title(id), title, "{id}");
    }
    assert_ne!(own_title("unreadable-evidence"), own_title("lost-baseline"));
}
