//! Templates and answers that mean harm: each is refused with a place, writes nothing, and ends in time.

use std::time::{Duration, Instant};

use crate::support::{Repo, Run, repo};

/// What the deadline of a rendering allows, with room for a slow machine.
const PATIENCE: Duration = Duration::from_secs(6);

/// A template folder `t` with a manifest and one file.
fn template(manifest: &str, path: &str, content: impl AsRef<[u8]>) -> Repo {
    let manifest = format!("version: 1.0.0\ndescription: d\n{manifest}");
    repo().file("t/template.yaml", manifest).file(&format!("t/files/{path}"), content)
}

/// Runs `polity new ./t out` and expects a refusal that names the place.
#[track_caller]
fn refused(folder: &Repo, args: &[&str], code: i32, title: &str, place: &str) -> Run {
    let started = Instant::now();
    let all = [&["new", "./t", "out", "--defaults"], args].concat();
    let output = folder.command(&all).env("POLITY_TEST_HURRY", "1").output().unwrap();
    let taken = started.elapsed();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let run = Run { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) };
    assert_eq!(run.code, code, "{run}");
    assert!(run.stderr.contains(title), "expected {title:?}\n{run}");
    let end = if place.ends_with(':') { "" } else { "\n" };
    assert!(run.stderr.contains(&format!("--> {place}{end}")), "expected {place:?}\n{run}");
    assert!(!folder.path("out").exists(), "something was written");
    let strays =
        std::fs::read_dir(folder.root()).unwrap().filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().contains("staging"));
    assert_eq!(strays.count(), 0);
    assert!(taken < PATIENCE, "took {taken:?}");
    run
}

#[test]
fn paths_cannot_leave_the_target() {
    for (value, title) in [
        ("../../evil", "has a `..` component"),
        ("/etc/evil", "is absolute"),
        (".git/hooks/post-commit", "lies in a `.git` directory"),
        ("a\\b", "which not every file system accepts"),
        ("sub/nul", "is reserved on some systems"),
    ] {
        let folder = template(&format!("values: {{to: '{value}'}}\n"), "{{ to }}", "x");
        refused(&folder, &[], 3, title, "./t/files/{{ to }}:1:1");
    }
}

#[test]
fn an_answer_cannot_lead_out_either() {
    let folder = template("inputs: {name: {type: string}}\n", "{{ name }}.txt", "x");
    for name in ["../../evil", "/etc/evil", ".git/x"] {
        refused(&folder, &["--set", &format!("name={name}")], 2, "path `", "./t/files/{{ name }}.txt:1:1");
    }
    assert!(!folder.root().parent().unwrap().join("evil.txt").exists());
}

#[test]
fn a_git_directory_in_the_template_is_refused() {
    let folder = template("", ".git/hooks/post-checkout", "#!/bin/sh\n");
    refused(&folder, &[], 3, "lies in a `.git` directory", "./t/files/.git/hooks/post-checkout:1:1");
}

#[test]
fn names_that_are_one_on_some_systems_are_refused() {
    let folder = template("", "README.md", "x").file("t/files/readme.md", "y");
    refused(&folder, &[], 3, "paths `README.md` and `readme.md` are one on some file systems", "./t/files/readme.md:1:1");
    let folder = template("", "caf\u{e9}", "x").file("t/files/cafe\u{301}", "y");
    refused(&folder, &[], 3, "are one on some file systems", "./t/files/caf\u{e9}:1:1");
}

#[cfg(unix)]
#[test]
fn the_files_of_polity_itself_are_not_replaced() {
    for path in ["polity.yaml/x", "polity.lock/x", "POLITY.LOCK", "Polity.yaml"] {
        let own = path.split('/').next().unwrap().to_lowercase();
        let title = format!("path `{path}` takes the place of `{own}`, which polity writes");
        refused(&template("", path, "x"), &[], 3, &title, &format!("./t/files/{path}:1:1"));
    }
}

#[test]
fn links_are_refused_wherever_they_lead() {
    use std::os::unix::fs::symlink;
    for (target, title) in [("/etc/passwd", "template holds what polity does not read"), ("plain", "template holds a link")] {
        let folder = template("", "plain", "x");
        symlink(target, folder.path("t/files/link")).unwrap();
        refused(&folder, &[], 3, title, "./t/files/link:1:1");
    }
    let folder = template("", "plain", "x");
    symlink("/etc", folder.path("t/files/etc")).unwrap();
    refused(&folder, &[], 3, "template holds what polity does not read", "./t/files/etc:1:1");
}

#[test]
fn an_output_of_ten_gigabytes_ends_early() {
    let ten = "{% for a in range(end=100000) %}{% for b in range(end=100000) %}x{% endfor %}{% endfor %}";
    refused(&template("", "big.tera", ten), &[], 3, "", "./t/files/big.tera:1:1");
}

#[test]
fn an_endless_loop_ends_in_time() {
    let body = "first\n{% for a in range(end=100000) %}{% for b in range(end=100000) %}{% endfor %}{% endfor %}";
    let run = refused(&template("", "loop.tera", body), &[], 3, "template takes too long to render", "./t/files/loop.tera:2:1");
    assert!(run.stderr.contains("a template has 1 s of processor time"), "{run}");
}

#[test]
fn a_loop_in_the_manifest_ends_in_time() {
    let body = "{% for a in range(end=100000) %}{% for b in range(end=100000) %}{% endfor %}{% endfor %}";
    let folder = template(&format!("values:\n  slow: '{body}'\n"), "x", "x");
    refused(&folder, &[], 3, "template takes too long to render", "./t/template.yaml:4:10");
}

#[test]
fn memory_is_bounded() {
    let body = "{% set_global x = \"0123456789abcdef\" %}{% for a in range(end=60) %}{% set_global x = x ~ x %}{% endfor %}";
    refused(&template("", "m.tera", body), &[], 3, "", "./t/files/m.tera:1:");
    let folder =
        template("inputs: {n: {type: string, default: aaaa}}\nvalues:\n  v: '{{ n | indent(width=4000000000, first=true) }}'\n", "x", "x");
    refused(&folder, &[], 3, "expression cannot be evaluated", "./t/template.yaml:5:");
}

#[test]
fn recursion_is_bounded() {
    let deep = format!("{}{}", "{% if true %}".repeat(5000), "{% endif %}".repeat(5000));
    refused(&template("", "deep.tera", deep), &[], 3, "file cannot be rendered", "./t/files/deep.tera:1:");
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
    refused(&template("", "parens.tera", parens), &[], 3, "file cannot be rendered", "./t/files/parens.tera:1:");
    refused(
        &template("", "self.tera", "{% include \"files/self.tera\" %}"),
        &[],
        3,
        "the template includes itself",
        "./t/files/self.tera:1:1",
    );
    let folder = template(
        "values: {to: '{{ \"d/\" }}{{ \"d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d\" }}'}\n",
        "{{ to }}",
        "x",
    );
    refused(&folder, &[], 3, "path is nested too deeply", "./t/files/{{ to }}:1:1");
}

#[test]
fn alias_bombs_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{items}]\n");
    }
    let folder = template(&bomb, "x", "x").file("answers.yaml", &bomb);
    refused(&folder, &[], 3, "file has too many values", "./t/template.yaml:");
    let folder = template("", "x", "x").file("answers.yaml", &bomb);
    refused(&folder, &["--answers", "answers.yaml"], 2, "file has too many values", "answers.yaml:");
    let nested = format!("inputs: {}{}\n", "[".repeat(5000), "]".repeat(5000));
    refused(&template(&nested, "x", "x"), &[], 3, "recursion limit exceeded", "./t/template.yaml:3:");
}

#[test]
fn bytes_that_are_no_text_have_a_place() {
    let folder = template("", "bad.tera", b"one\ntwo \xff\n");
    refused(&folder, &[], 3, "file is not UTF-8", "./t/files/bad.tera:2:5");
    let folder = template("", "x", "x").file("t/template.yaml", b"version: \xff\n");
    refused(&folder, &[], 3, "file is not UTF-8", "./t/template.yaml:1:10");
    let folder = template("", "x", "x").file("answers.yaml", b"a: \xff\n");
    refused(&folder, &["--answers", "answers.yaml"], 2, "file is not UTF-8", "answers.yaml:1:4");
}

#[test]
fn large_answers_are_refused() {
    let folder = template("inputs: {name: {type: string}}\n", "x.tera", "{{ name }}");
    let folder = folder.file("answers.yaml", format!("name: {}\n", "x".repeat(1 << 20)));
    refused(&folder, &["--answers", "answers.yaml"], 2, "answers are too large", "answers.yaml:1:1");
    refused(
        &folder,
        &["--set", &format!("name={}", "x".repeat(100_000))],
        2,
        "has 100000 bytes, more than 65536",
        "./t/template.yaml:3:10",
    );
}

#[test]
fn a_pattern_cannot_run_away() {
    let bomb = template("inputs: {name: {type: string, pattern: '((a{1000}){1000}){1000}'}}\n", "x", "x");
    refused(&bomb, &["--set", "name=a"], 3, "pattern is not a regular expression", "./t/template.yaml:3:");
    let slow = template("inputs: {name: {type: string, pattern: '(a|a|a)*b'}}\n", "x", "x");
    refused(&slow, &["--set", &format!("name={}", "a".repeat(60_000))], 2, "does not match", "./t/template.yaml:3:10");
}

#[test]
fn a_file_that_nobody_would_write_is_refused() {
    let folder = template("", "x", "x");
    std::fs::File::create(folder.path("t/files/huge")).unwrap().set_len(10 << 30).unwrap();
    refused(&folder, &[], 3, "a file of the template cannot be read", "./t/files/huge:1:1");
}

#[test]
fn crlf_unicode_and_binary_survive() {
    let folder = template("inputs: {name: {type: string}}\n", "équipe/{{ name }}-日本.txt.tera", "a {{ name }}\r\nb\r\n")
        .file("t/files/bin", b"\0\xff\r\n");
    folder.polity(["new", "./t", "out", "--set", "name=Ñandú {{ x }}"]).exits(0);
    assert_eq!(folder.read("out/équipe/Ñandú {{ x }}-日本.txt"), "a Ñandú {{ x }}\r\nb\r\n");
    assert_eq!(std::fs::read(folder.path("out/bin")).unwrap(), b"\0\xff\r\n");
}

#[test]
fn a_folder_called_embedded_is_not_trusted() {
    let body = "{% for a in range(end=100000) %}{% for b in range(end=100000) %}{% endfor %}{% endfor %}";
    let folder = repo().file("embedded/template.yaml", "version: 1.0.0\ndescription: d\n").file("embedded/files/x.tera", body);
    let run = folder.polity(["new", "embedded/", "out", "--defaults"]).exits(3);
    assert!(run.stderr.contains("template takes too long to render") && run.stderr.contains("has 3 s of processor time"), "{run}");
}
