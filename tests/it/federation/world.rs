//! A federation in a folder: keys of Ana, Bob and Eve, the registry `pay` as a bare repository with a working copy, a federation file.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use polity::catalog::UnitKind;
use polity::catalog::trust::{Body, Checkpoint, Release, Signed, Statement, StatementSet, Timestamp, files, sign, verify};
use polity::tree::Digest;
use ssh_key::PrivateKey;

use super::copies::Copies;
use crate::support::{Repo, Run, repo};

/// Whose commits they are, and what keeps a repository small and quick to copy: packs from the first push on, no hooks to begin with, and
/// no waiting for a disk that no machine loses.
const GIT: &str = "[user]\nname = Ana\nemail = ana@acme\n[init]\ndefaultBranch = main\ntemplateDir =\n\
                   [core]\nfsync = none\n[gc]\nauto = 0\n[maintenance]\nauto = false\n[receive]\nunpackLimit = 1\n[fetch]\nunpackLimit = 1\n";

pub struct World {
    pub repo: Repo,
}

/// The registry `pay` with one release of its template `greeting`, made once and copied.
pub fn world() -> World {
    static FIRST: OnceLock<Copies> = OnceLock::new();
    let make = || {
        let world = World { repo: repo() };
        world.found();
        Copies::of(world)
    };
    FIRST.get_or_init(make).world()
}

impl World {
    fn found(&self) {
        std::fs::write(self.repo.path(".gitconfig"), GIT).unwrap();
        std::fs::create_dir(self.repo.path("keys")).unwrap();
        for name in ["ana", "bob", "eve"] {
            let path = self.repo.path(&format!("keys/{name}"));
            self.run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path.to_str().unwrap()], ".");
        }
        self.git(&["init", "-q", "--bare", "pay.git"], ".");
        self.git(&["init", "-q", "pay"], ".");
        std::fs::write(self.repo.path("pay/registry.yaml"), "namespace: pay\n").unwrap();
        self.federate("");
        self.polity_in("pay", &["template", "new", "templates/greeting"]).exits(0);
        self.commit("first");
        self.release("ana").exits(0);
    }

    /// Writes the federation file; `more` is added to the namespace `pay`.
    pub fn federate(&self, more: &str) {
        self.write("polity.federation.yaml", &self.federation(&[&self.signer("ana"), &self.signer("bob")], more));
    }

    /// A federation file with these signers of `pay`.
    pub fn federation(&self, signers: &[&str], more: &str) -> String {
        let list: String = signers.iter().map(|line| format!("      - '{line}'\n")).collect();
        format!("federation: acme\nnamespaces:\n  pay:\n    url: {}\n    signers:\n{list}{more}", self.url())
    }

    pub fn url(&self) -> String {
        format!("file://{}/pay.git", self.repo.root().display())
    }

    /// A line of allowed_signers.
    pub fn signer(&self, name: &str) -> String {
        format!("{name}@acme {}", self.repo.read(&format!("keys/{name}.pub")).trim())
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.repo.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything in Ana's working copy.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"], "pay");
        self.git(&["commit", "-q", "-m", message], "pay");
    }

    /// Pushes Ana's branch and tags as they are, whatever they are.
    pub fn push(&self) {
        self.git(&["push", "-q", "--force", "--tags", &self.url(), "HEAD:refs/heads/main"], "pay");
    }

    /// Raises the template's version, with the snapshots that belong to it.
    pub fn edit(&self, version: &str) {
        self.raise(version);
        self.polity_in("pay", &["template", "test", "templates/greeting/", "--accept", "--no-checks"]).exits(0);
        self.commit("snapshots");
    }

    /// Raises the template's version alone.
    pub fn raise(&self, version: &str) {
        let path = "pay/templates/greeting/template.yaml";
        let text = self.repo.read(path);
        let old = text.lines().find(|l| l.starts_with("version: ")).unwrap();
        self.write(path, &text.replace(old, &format!("version: {version}")));
        self.commit(version);
    }

    /// Writes and commits a template of one file, which says its name and version.
    pub fn template(&self, id: &str, version: &str, requires: &[&str], file: &str) {
        self.draft(id, version, requires, file);
        self.polity_in("pay", &["template", "test", &format!("templates/{id}/"), "--accept", "--no-checks"]).exits(0);
        self.commit(&format!("{id} {version}"));
    }

    /// Writes a template of one file, which nobody has tested.
    pub fn draft(&self, id: &str, version: &str, requires: &[&str], file: &str) {
        let requires = if requires.is_empty() { String::new() } else { format!("requires: [{}]\n", requires.join(", ")) };
        let folder = format!("pay/templates/{id}");
        self.write(&format!("{folder}/template.yaml"), &format!("version: {version}\ndescription: A test\n{requires}"));
        self.write(&format!("{folder}/README.md"), &format!("# {id}\n"));
        self.write(&format!("{folder}/files/{file}"), &format!("{id} {version}\n"));
        self.write(&format!("{folder}/cases/minimal/answers.yaml"), "{}\n");
    }

    pub fn release(&self, author: &str) -> Run {
        let key = self.repo.path(&format!("keys/{author}"));
        self.polity_in("pay", &["registry", "release", "templates/greeting", "--no-checks", "--key", key.to_str().unwrap()])
    }

    /// A verb that publishes from Ana's working copy with her key.
    pub fn publish(&self, args: &[&str]) -> Run {
        let key = self.repo.path("keys/ana");
        self.polity_in("pay", &[&["registry"], args, &["--key", key.to_str().unwrap()]].concat())
    }

    /// Runs polity in a folder below the root, as the machine whose cache is the user's own.
    pub fn polity_in(&self, folder: &str, args: &[&str]) -> Run {
        self.machine("home", folder, args)
    }

    /// Runs polity as one of several machines: each has a cache of its own.
    pub fn machine(&self, name: &str, folder: &str, args: &[&str]) -> Run {
        let mut command = self.repo.command(args);
        command.current_dir(self.repo.path(folder)).env("POLITY_CACHE", self.repo.path(&format!("caches/{name}")));
        self.repo.finish(&mut command)
    }

    /// A first sync on a machine that knows nothing.
    pub fn sync(&self) -> Run {
        self.machine("fresh", ".", &["registry", "sync"])
    }

    pub fn git(&self, args: &[&str], folder: &str) -> String {
        String::from_utf8(self.run("git", args, folder).stdout).unwrap().trim().to_owned()
    }

    pub fn run(&self, program: &str, args: &[&str], folder: &str) -> Output {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.repo.path(folder)).env("HOME", self.repo.root()).env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn key(&self, name: &str) -> PrivateKey {
        PrivateKey::read_openssh_file(&self.repo.path(&format!("keys/{name}"))).unwrap()
    }

    /// A statement with a signature, as somebody makes it who does not use polity to do so.
    pub fn forge(&self, statement: &Statement, author: &str) -> Signed {
        let text = statement.to_text().unwrap();
        let armor = sign(&self.key(author), text.as_bytes()).unwrap();
        let attestor = verify(&armor, text.as_bytes()).unwrap();
        let attested = polity::catalog::trust::Attested { armor: armor.clone().into(), attestor };
        Signed { statement: statement.clone(), text: text.into(), signatures: [(Digest::of(armor.as_bytes()), attested)].into() }
    }

    /// Puts statements, and a checkpoint by the same author over them alone, in the place of the registry's own.
    pub fn replace_statements(&self, statements: &[Statement], author: &str) {
        std::fs::remove_dir_all(self.repo.path("pay/statements")).unwrap();
        let signed: Vec<_> = statements.iter().map(|s| self.forge(s, author)).collect();
        let mut adds: Vec<_> = signed.iter().map(|s| Digest::of(s.text.as_bytes())).collect();
        adds.sort();
        let covered: String = adds.iter().map(|id| format!("{id}\n")).collect();
        let expires = Timestamp::parse("2099-01-01T00:00:00Z").unwrap();
        let body = Checkpoint { previous: Vec::new(), adds, statements: Digest::of(covered.as_bytes()), expires };
        let checkpoint = Statement { seq: 9, body: Body::Checkpoint(body), ..statements[0].clone() };
        let mut all: StatementSet = StatementSet::default();
        for signed in signed.into_iter().chain([self.forge(&checkpoint, author)]) {
            all.insert(signed);
        }
        for (name, text) in all.iter().flat_map(|(_, signed)| files(signed)) {
            self.write(&format!("pay/{name}"), &text);
        }
        self.commit("forged");
        self.push();
    }

    /// A release of `greeting` 9.9.9 as it would be made in 2020.
    pub fn statement(&self, author: &str) -> Statement {
        let release = Release {
            kind: UnitKind::Template,
            name: "greeting".to_owned(),
            version: "9.9.9".to_owned(),
            tree_digest: Digest::of(b"evil"),
            requires: Vec::new(),
        };
        Statement {
            federation: "acme".to_owned(),
            namespace: "pay".to_owned(),
            seq: 8,
            issued: Timestamp::parse("2020-01-01T00:00:00Z").unwrap(),
            signer: format!("{author}@acme"),
            body: Body::Release(release),
        }
    }

    /// Where a process that must not run would leave a trace.
    pub fn marker(&self) -> std::path::PathBuf {
        self.repo.path("somebody-was-here")
    }
}

/// Fails unless the run ended with `code` and says `expected`.
#[track_caller]
pub fn said(run: Run, code: i32, expected: &str) {
    let run = run.exits(code);
    assert!(run.stdout.contains(expected) || run.stderr.contains(expected), "`{expected}` is not in\n{run}");
}

/// Makes an executable file.
pub fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
