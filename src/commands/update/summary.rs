//! What an update says: versions, inputs, files, conflicts, and what to do next.

use serde_json::{Value, json};

use crate::cli::OutputFormat;
use crate::disk::update::Ground;
use crate::report::human::count;
use crate::tree::RepoPath;

use super::super::Env;
use super::super::service::Service;
use super::words::{inputs, reason, step};
use super::{Done, Target};

/// What changes in a service besides its files.
pub(in crate::commands) struct About {
    /// The service's name.
    pub(in crate::commands) name: String,
    /// `pay/go 1.2.0 → 2.0.0`.
    pub(in crate::commands) title: String,
    /// Whether it was no service before.
    is_joining: bool,
    /// What a repository that joins had, and keeps as it is.
    pub(in crate::commands) kept: Vec<RepoPath>,
    /// The other layers that change.
    layers: Vec<String>,
    /// Lines on inputs.
    inputs: Vec<String>,
}

impl About {
    /// What changes from a service to its target.
    pub(in crate::commands) fn of(service: &Service, target: &Target) -> Self {
        let (top, new) = (&target.stack.top().name, target.lock());
        let names: std::collections::BTreeSet<_> = service.lock.layers.iter().chain(&new.layers).map(|layer| &layer.name).collect();
        let title = step(top, Some(&service.lock), new).unwrap_or_else(|| format!("{top} {}", target.stack.top().file.version));
        let layers = names.into_iter().filter(|name| *name != top).filter_map(|name| step(name, Some(&service.lock), new));
        Self { name: service.name(), title, is_joining: false, kept: Vec::new(), layers: layers.collect(), inputs: inputs(target) }
    }

    /// What a service that joins becomes.
    pub(in crate::commands) fn joining(ground: &Ground, target: &Target) -> Self {
        let title = format!("{} {}", target.stack.top().name, target.stack.top().file.version);
        Self { name: ground.name(), title, is_joining: true, kept: Vec::new(), layers: Vec::new(), inputs: Vec::new() }
    }

    /// There is nothing to do.
    pub(super) fn unchanged(&self, env: &Env<'_>, format: OutputFormat) -> String {
        match format {
            OutputFormat::Human => format!("{} is up to date with {}\n", self.name, self.title),
            OutputFormat::Json => {
                env.document(json!({"schema": "polity/update/1", "state": "current", "update": self.title, "files": [], "conflicts": []}))
            }
        }
    }

    /// What was done, or would be.
    pub(in crate::commands) fn done(&self, env: &Env<'_>, format: OutputFormat, is_dry: bool, is_versioned: bool, done: &Done) -> String {
        if format == OutputFormat::Json {
            return env.document(self.json(is_dry, done));
        }
        if let Some(diff) = &done.diff {
            return diff.clone();
        }
        let [done_word, planned_word] = if self.is_joining { ["adopted", "would adopt"] } else { ["updated", "would update"] };
        let verb = if is_dry { planned_word } else { done_word };
        let mut text = format!("{verb} {}: {}\n", self.name, self.title);
        if !self.layers.is_empty() {
            text += &format!("  layers: {}\n", self.layers.join(", "));
        }
        text.extend(self.inputs.iter().map(|line| format!("  {line}\n")));
        text.extend(done.moved.iter().map(|step| format!("  moved     {} → {}\n", step.from, step.to)));
        let clean = done.words.iter().filter(|(path, _)| done.merged.clashes.iter().all(|clash| clash.path != **path));
        text.extend(self.kept.iter().map(|path| format!("  kept      {path} (yours)\n")));
        text.extend(clean.map(|(path, word)| format!("  {word:<9} {path}\n")));
        text.extend(done.merged.clashes.iter().map(|clash| format!("  conflict  {} ({})\n", clash.path, reason(clash))));
        text + &next(is_dry, is_versioned, done)
    }

    fn json(&self, is_dry: bool, done: &Done) -> Value {
        let files = done.words.iter().map(|(path, word)| json!({"path": path, "change": word}));
        let clashes = done.merged.clashes.iter().map(|clash| json!({"path": clash.path, "reason": reason(clash)}));
        let moved = done.moved.iter().map(|step| json!({"from": step.from, "to": step.to}));
        json!({
            "schema": "polity/update/1",
            "state": if is_dry { "planned" } else if done.merged.clashes.is_empty() { "updated" } else { "conflicts" },
            "update": self.title, "layers": self.layers, "inputs": self.inputs, "moved": moved.collect::<Vec<_>>(),
            "files": files.collect::<Vec<_>>(), "conflicts": clashes.collect::<Vec<_>>(), "kept": self.kept, "stashed": done.back.is_none(),
        })
    }
}

/// The lock holds, to the byte.
pub(super) fn as_locked(env: &Env<'_>, service: &Service, format: OutputFormat) -> String {
    let (name, files) = (format!("{} {}", service.record.from, service.record.version), service.lock.files.len());
    match format {
        OutputFormat::Human => {
            format!("{} is locked to {name}: {} rendered again, no difference\n", service.name(), count(files, "file", "files"))
        }
        OutputFormat::Json => {
            env.document(json!({"schema": "polity/update/1", "state": "locked", "update": name, "files": [], "conflicts": []}))
        }
    }
}

/// What to do next.
fn next(is_dry: bool, is_versioned: bool, done: &Done) -> String {
    let text = match (is_dry, done.merged.clashes.is_empty()) {
        (true, _) => "nothing was written\n",
        (false, true) if is_versioned => "look at it with `git diff --staged` and commit it; `polity update --abort` takes it back\n",
        (false, true) => "",
        (false, false) if is_versioned => "resolve the conflicts, `git add` the files and commit; `polity update --abort` takes it back\n",
        (false, false) => "resolve the conflicts between the markers; `polity update --abort` takes it back\n",
    };
    let stash = if done.back.is_none() { "your own changes wait in `git stash`: bring them back with `git stash pop`\n" } else { "" };
    format!("{text}{stash}")
}
