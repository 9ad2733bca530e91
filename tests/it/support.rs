//! The test builder: a folder of files, a scrubbed environment, and output with places and times made stable.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A temporary folder to run polity in.
pub struct Repo {
    dir: tempfile::TempDir,
}

/// What a run of polity left behind.
pub struct Run {
    /// The exit code; `-1` when a signal ended the process.
    pub code: i32,
    /// The standard output, with the folder's name replaced by `[ROOT]`.
    pub stdout: String,
    /// The standard error, with the folder's name replaced by `[ROOT]`.
    pub stderr: String,
}

/// An empty folder.
pub fn repo() -> Repo {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    Repo { dir: tempfile::tempdir_in(PLACE.get_or_init(place)).unwrap() }
}

/// Memory, where the machine has a folder there with a gigabyte to spare in which programs may run: thousands of small files, each of which
/// is synced, are a matter of the disk otherwise.
fn place() -> PathBuf {
    let script = "cd /dev/shm && [ $(df -Pk . | awk 'NR == 2 {print $4}') -gt 1000000 ] && d=$(mktemp -d ./polity.XXXXXX) || exit 1\n\
                  cp /bin/true $d/true && $d/true; fits=$?; rm -rf $d; exit $fits";
    let fits = || Command::new("sh").args(["-c", script]).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if std::env::var_os("TMPDIR").is_none() && fits() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() }
}

/// The polity binary under test.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_polity")
}

impl Repo {
    /// Writes a file, with its folders.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let target = self.path(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, content).unwrap();
        self
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// A path below the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// The text of a file below the folder.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Every file below `path`, sorted, without `.git`.
    pub fn files(&self, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.path(path), "", &mut found);
        found.sort();
        found
    }

    /// A command that runs polity in this folder, without a terminal and without the user's environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.root()).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.root()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LLVM_PROFILE_FILE", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        // Maintenance after each command costs a process and changes nothing here.
        let settings = [("maintenance.auto", "false"), ("gc.auto", "0")];
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (index, (key, value)) in settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        command
    }

    /// Runs polity in this folder.
    pub fn polity<const N: usize>(&self, args: [&str; N]) -> Run {
        self.run(&args)
    }

    /// Runs polity in this folder with any number of arguments.
    pub fn run(&self, args: &[&str]) -> Run {
        self.finish(&mut self.command(args))
    }

    /// Runs a command to its end.
    pub fn finish(&self, command: &mut Command) -> Run {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| self.scrub(&String::from_utf8_lossy(bytes));
        Run { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    fn scrub(&self, text: &str) -> String {
        let real = self.root().canonicalize().unwrap();
        text.replace(&*real.to_string_lossy(), "[ROOT]").replace(&*self.root().to_string_lossy(), "[ROOT]")
    }
}

impl Run {
    /// Fails with everything the run printed unless it ended with `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{self}");
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = format!("exit: {}\n", self.code);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                write!(text, "----- {name}\n{stream}")?;
            }
        }
        f.write_str(text.trim_end())
    }
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            if name != ".git" {
                collect(&entry.path(), &format!("{name}/"), found);
            }
        } else {
            found.push(name);
        }
    }
}
