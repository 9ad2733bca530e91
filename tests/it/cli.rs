//! The command line as such: help, versions, exit codes, completions, the manual page.

use crate::support::repo;

#[test]
fn version_goes_to_stdout() {
    let run = repo().polity(["--version"]).exits(0);
    assert_eq!(run.stdout, format!("polity {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_verb_is_a_usage_error_with_a_suggestion() {
    let run = repo().polity(["chekc"]).exits(2);
    insta::assert_snapshot!(run, @r"
    exit: 2
    ----- stderr
    error: unrecognized subcommand 'chekc'

      tip: a similar subcommand exists: 'check'

    Usage: polity [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn completions_and_the_manual_page_are_made_from_the_command_line() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = repo().polity(["completions", shell]).exits(0);
        assert!(run.stdout.contains("template"), "{shell}");
    }
    assert!(repo().polity(["man"]).exits(0).stdout.contains(".TH polity"));
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let folder = repo();
    let mut child = folder.command(&["completions", "bash"]);
    let mut child = child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = repo().command(&["template", "list"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the result: No space left on device"));
}

#[test]
fn a_second_demo_asks_for_another_folder() {
    let run = crate::support::repo().file("polity-demo/README.md", "").polity(["demo"]).exits(2);
    insta::assert_snapshot!(run, @r"
    exit: 2
    ----- stderr
    error: `polity-demo` is not empty
     |
     = help: name another folder, as in `polity demo DIR`, or remove this one
    ");
}

#[test]
fn a_call_is_known_by_every_verb_that_is_about_something() {
    let help = repo().run(&["--help"]).exits(0).stdout;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let verbs = commands.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let verbs: Vec<_> = verbs.filter(|verb| !verb.is_empty() && !["completions", "man"].contains(verb)).collect();
    let known = include_str!("../../src/policy/calls.rs");
    let unknown: Vec<_> = verbs.iter().filter(|verb| !known.contains(&format!("    \"{verb}\",\n"))).collect();
    assert!(verbs.len() > 10 && unknown.is_empty(), "{verbs:?}: {unknown:?}");
}
