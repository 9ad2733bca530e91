//! Repositories that tests make.

use std::path::Path;
use std::process::Command;

/// Runs git in a folder, as somebody.
#[track_caller]
pub(super) fn git(folder: &Path, args: &[&str]) {
    let settings = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"];
    let said = Command::new("git").args(settings).args(args).current_dir(folder).output().expect("git runs");
    assert!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
}
