//! A registry `pay` with a template `go` whose versions a test writes, and a service made from it, in git.

use std::path::Path;
use std::process::Command;

use crate::support::{Repo, Run, repo};

/// A folder with a registry and, once made, a service.
pub struct Shelf {
    pub repo: Repo,
}

/// A registry with version 1.0.0 of `pay/go`.
pub fn shelf(files: &[(&str, &str)]) -> Shelf {
    let shelf = Shelf { repo: repo().file("reg/registry.yaml", "namespace: pay\n") };
    std::fs::write(
        shelf.repo.path(".gitconfig"),
        "[user]\nname = Ana\nemail = ana@acme\n[init]\ndefaultBranch = main\n[maintenance]\nauto = false\n[gc]\nauto = 0\n",
    )
    .unwrap();
    shelf.version("1.0.0", "", files);
    shelf
}

impl Shelf {
    /// Puts a version in the place of the last one: more of the manifest, and all files.
    pub fn version(&self, version: &str, manifest: &str, files: &[(&str, &str)]) {
        let folder = self.repo.path("reg/templates/go");
        let _ = std::fs::remove_dir_all(&folder);
        let manifest = if manifest.is_empty() { "inputs:\n  port: {type: integer, default: 8080}\n" } else { manifest };
        self.write("reg/templates/go/template.yaml", format!("version: {version}\ndescription: A service\n{manifest}"));
        for (path, text) in files {
            self.write(&format!("reg/templates/go/files/{path}"), text);
        }
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.repo.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Makes the service `svc`.
    pub fn made(self) -> Self {
        self.polity(&["new", "pay/go", "svc", "--defaults"]).exits(0);
        self
    }

    /// Runs polity with the registry.
    pub fn polity(&self, args: &[&str]) -> Run {
        self.repo.run(&[&["--registry", "reg"], args].concat())
    }

    /// Updates the service.
    pub fn update(&self, more: &[&str]) -> Run {
        self.polity(&[&["update", "svc"], more].concat())
    }

    /// Runs git in the service.
    pub fn git(&self, args: &[&str]) -> String {
        git(&self.repo.path("svc"), self.repo.root(), args)
    }

    /// Commits everything in the service.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Edits files of the service and commits.
    pub fn edit(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.write(&format!("svc/{path}"), text);
        }
        self.commit("edit");
    }

    /// The text of a file of the service.
    pub fn read(&self, path: &str) -> String {
        self.repo.read(&format!("svc/{path}"))
    }
}

/// Runs git in a folder and returns what it says; fails unless git succeeds.
pub fn git(folder: &Path, home: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(args).current_dir(folder).env("HOME", home).env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
