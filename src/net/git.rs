//! The `git` command as the transport: fetch into a bare repository of our own, push from a user's checkout. Nothing is checked out here.
//!
//! Neither the other side's content nor an environment variable may make git run anything but itself and `ssh`.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use crate::finding::plain;

use super::program::{ProgramError, wait};

/// Settings that beat those of every file: nothing runs, nothing recurses, what arrives is checked.
const SETTINGS: [&str; 14] = [
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.http.allow=always",
    "protocol.ssh.allow=always",
    "protocol.git.allow=always",
    "protocol.file.allow=always",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "fetch.recurseSubmodules=no",
    "push.recurseSubmodules=no",
    "transfer.fsckObjects=true",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.followRedirects=initial",
];
/// Before the words for a bare repository of our own: a user may let git use no bare repository that it finds by itself.
pub const OWN: [&str; 2] = ["-c", "safe.bareRepository=all"];
/// What could point git at another repository, another program or another configuration.
const FORGOTTEN: [&str; 15] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXEC_PATH",
    "GIT_TEMPLATE_DIR",
    "GIT_PROXY_COMMAND",
    "GIT_EXTERNAL_DIFF",
    "GIT_ALLOW_PROTOCOL",
];

/// Brings the newest commit of the default branch, and every tag of `patterns`, into the bare repository `folder`.
///
/// The branch becomes `refs/polity/head`. History is left out.
///
/// # Errors
/// [`ProgramError`] when the other side cannot be reached, has no such thing, or takes longer than `deadline`.
pub fn fetch(folder: &Path, url: &str, patterns: &[&str], deadline: Duration) -> Result<(), ProgramError> {
    if !folder.join("HEAD").is_file() {
        std::fs::create_dir_all(folder).map_err(|cause| ProgramError::Start("git".to_owned(), cause))?;
        run(folder, &[OWN[0], OWN[1], "init", "--quiet", "--bare", "--template=", "."], deadline)?;
    }
    let mut args = vec![
        OWN[0],
        OWN[1],
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--prune",
        "--force",
        "--no-write-fetch-head",
        "--end-of-options",
        url,
    ];
    let specs: Vec<_> = patterns.iter().map(|p| format!("+refs/tags/{p}:refs/tags/{p}")).collect();
    args.push("+HEAD:refs/polity/head");
    args.extend(specs.iter().map(String::as_str));
    run(folder, &args, deadline).map(drop)
}

/// Pushes refs of the checkout `folder`, all or none.
///
/// # Errors
/// [`ProgramError`] when the other side cannot be reached or refuses.
pub fn push(folder: &Path, url: &str, refs: &[String], deadline: Duration) -> Result<(), ProgramError> {
    let mut args = vec!["push", "--quiet", "--atomic", "--no-verify", "--end-of-options", url];
    args.extend(refs.iter().map(String::as_str));
    run(folder, &args, deadline).map(drop)
}

/// The default branch of the repository at `url`, as `refs/heads/…`; `None` when it is empty or does not say. Asked from within `folder`.
///
/// # Errors
/// [`ProgramError`] when the other side cannot be reached.
pub fn default_branch(folder: &Path, url: &str, deadline: Duration) -> Result<Option<String>, ProgramError> {
    let said = run(folder, &["ls-remote", "--quiet", "--symref", "--end-of-options", url, "HEAD"], deadline)?;
    Ok(said.lines().find_map(|line| Some(line.strip_prefix("ref: ")?.split_once('\t')?.0.to_owned())))
}

/// Runs git in `folder` and returns what it wrote to its standard output.
///
/// # Errors
/// [`ProgramError`] when it fails or takes longer than `deadline`.
pub fn run(folder: &Path, args: &[&str], deadline: Duration) -> Result<String, ProgramError> {
    let mut command = Command::new("git");
    command.arg("--no-replace-objects").args(SETTINGS.iter().flat_map(|setting| ["-c", setting])).args(args).current_dir(folder);
    for name in FORGOTTEN {
        command.env_remove(name);
    }
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "").env("SSH_ASKPASS_REQUIRE", "never").env("LC_ALL", "C");
    if std::env::var_os("GIT_SSH_COMMAND").is_none() {
        let seconds = deadline.as_secs().max(1);
        let ours = || format!("ssh -oBatchMode=yes -oConnectTimeout={seconds} -oServerAliveInterval={seconds}").into();
        // Set here in any case, so that the repository's own `core.sshCommand` counts for nothing.
        command.env("GIT_SSH_COMMAND", users_ssh().clone().unwrap_or_else(ours));
    }
    wait(command, deadline, cause)
}

/// How the user wants ssh to be run: `core.sshCommand` of the user's or the machine's settings, else the program of `GIT_SSH`.
fn users_ssh() -> &'static Option<OsString> {
    static FOUND: OnceLock<Option<OsString>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let read = |scope: &str| {
            let args = ["config", scope, "--includes", "--get", "core.sshCommand"];
            let said = Command::new("git").args(args).env_remove("GIT_CONFIG").stdin(Stdio::null()).output().ok()?;
            let said = String::from_utf8(said.stdout).ok()?.trim().to_owned();
            (!said.is_empty()).then_some(said)
        };
        // A program and no words for a shell.
        let program = || Some(format!("'{}'", std::env::var("GIT_SSH").ok().filter(|p| !p.is_empty())?.replace('\'', "'\\''")));
        read("--global").or_else(|| read("--system")).or_else(program).map(OsString::from)
    })
}

/// What git says at the end, whatever the reason was: the other side hung up, or nobody signed a commit.
const VAGUE: [&str; 2] = ["Could not read from remote repository.", "failed to write commit object"];

/// The line that says why: the last one that git calls fatal or an error, else the last one.
fn cause(said: &str) -> String {
    // What fsck found in an object says more than that something was found.
    if let Some(line) = said.lines().find_map(|l| l.strip_prefix("error: ").filter(|l| names_object(l))) {
        return line.to_owned();
    }
    if let Some(option) = said.lines().find_map(|l| l.strip_prefix("error: ").filter(|l| l.starts_with("unknown option"))) {
        return format!("{option}: it is older than 2.29, the first version that will do");
    }
    // What no mirror can mend, and what git says of it is in the middle of what it says.
    if let Some(line) = said.lines().find(|line| line.contains("No space left on device")) {
        return line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned();
    }
    if let Some(refused) = refused(said) {
        return refused;
    }
    let line = |start: &str| said.lines().rev().find_map(|l| l.strip_prefix(start)).map(str::to_owned);
    let last = || said.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it failed and said nothing").to_owned();
    let fatal = line("fatal: ");
    let before = fatal.as_ref().filter(|line| VAGUE.contains(&line.as_str())).and_then(|_| before(said));
    before.or(fatal).or_else(|| line("error: ")).unwrap_or_else(last)
}

/// Why the other side does not take a push, in git's words and then in its own.
fn refused(said: &str) -> Option<String> {
    let reasons = said.lines().filter(|line| line.starts_with(" ! [")).filter_map(|line| line.rsplit_once(" (")?.1.strip_suffix(')'));
    let reasons: Vec<_> = reasons.collect();
    let reason = reasons.iter().find(|reason| **reason != "atomic push failed").or(reasons.first())?;
    let words = said.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim).filter(|line| !line.is_empty());
    let all: Vec<_> = std::iter::once(*reason).chain(words).collect();
    Some(plain(&all.join("; ")))
}

/// What `ssh`, or a git on the other side, says before git says that it read nothing.
fn before(said: &str) -> Option<String> {
    let lines = said.lines().take_while(|line| !line.strip_prefix("fatal: ").is_some_and(|line| VAGUE.contains(&line)));
    let line = lines.map(str::trim).filter(|line| !line.is_empty()).last()?;
    Some(line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned())
}

/// Whether a line is about an object of the other side that git does not take: `object <id>: hasDotdot: …`.
fn names_object(line: &str) -> bool {
    let id = line.strip_prefix("object ").and_then(|rest| rest.split(':').next());
    id.is_some_and(|id| id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether git says that it does not take what came, and not that nothing came.
#[must_use]
pub fn is_refusal(error: &ProgramError) -> bool {
    matches!(error, ProgramError::Refused(_, why) if names_object(why) || why.contains("fsck"))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const SHORT: Duration = Duration::from_secs(20);

    #[track_caller]
    fn says(said: &str, expected: &str) {
        assert_eq!(cause(said), expected);
    }

    #[test]
    fn of_all_that_is_said_the_line_that_says_why_is_taken() {
        let rest = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n";
        says(&format!("git@h: Permission denied (publickey).\n{rest}"), "git@h: Permission denied (publickey).");
        says(&format!("Host key verification failed.\n{rest}"), "Host key verification failed.");
        says(&format!("fatal: '/x.git' does not appear to be a git repository\n{rest}"), "'/x.git' does not appear to be a git repository");
        says(rest, "Could not read from remote repository.");
        says("fatal: write error: No space left on device\nfatal: index-pack failed\n", "write error: No space left on device");
        says("error: gpg failed to sign the data\nfatal: failed to write commit object\n", "gpg failed to sign the data");
        says("error: one\nfatal: two\nhint: three\n", "two");
        let push = "remote: not on a\x1b Sunday        \nTo file:///x\n ! [remote rejected] t -> t (atomic push failed)\n ! [remote rejected] main -> main (pre-receive hook declined)\nerror: failed to push some refs to 'file:///x'\n";
        says(push, "pre-receive hook declined; not on a\u{fffd} Sunday");
        says("error: one\nhint: three\n", "one");
        says("three\n", "three");
    }

    #[test]
    fn a_remote_helper_is_not_started() {
        let dir = tempfile::tempdir().unwrap();
        let marker = dir.path().join("ran");
        let url = format!("ext::sh -c touch% {}", marker.display());
        let error = fetch(&dir.path().join("bare"), &url, &[], SHORT).unwrap_err().to_string();
        assert!(error.contains("transport 'ext' not allowed"), "{error}");
        assert!(!marker.exists());
    }

    #[test]
    fn what_never_answers_is_left_after_the_deadline() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("git://{}/x", listener.local_addr().unwrap());
        let dir = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let error = fetch(dir.path(), &url, &[], Duration::from_millis(300)).unwrap_err();
        assert!(matches!(error, ProgramError::Deadline(_)), "{error}");
        assert!(began.elapsed() < SHORT);
    }

    #[test]
    fn the_cause_is_one_line() {
        assert_eq!(cause("warning: x\nfatal: no such path\nhint: y\n"), "no such path");
        assert_eq!(cause("\nwhat\n\n"), "what");
        assert_eq!(cause(""), "it failed and said nothing");
        let old = cause("error: unknown option `no-write-fetch-head'\nusage: git fetch [<options>]\n");
        assert_eq!(old, "unknown option `no-write-fetch-head': it is older than 2.29, the first version that will do");
        let found = format!("object {}: hasDotdot: contains '..'", "a0".repeat(20));
        assert_eq!(cause(&format!("error: {found}\nfatal: fsck error in packed object\n")), found);
        assert_eq!(cause("error: object directory /x does not exist\nfatal: no such path\n"), "no such path");
    }
}
