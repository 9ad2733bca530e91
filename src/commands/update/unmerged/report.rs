//! What is said of a lock that was merged: what the other side brings, what needs a person, what to do next.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cli::{OutputFormat, UpdateArgs};
use crate::config::{LOCK_FILE, SERVICE_FILE};
use crate::template::life::Contested;
use crate::template::shown;

use super::super::words::step;
use super::Settled;

/// For people, or for programs.
pub(super) fn text(args: &UpdateArgs, settled: &Settled) -> String {
    let names: BTreeSet<_> = settled.ours.layers.iter().chain(&settled.lock.layers).map(|unit| &unit.name).collect();
    let layers: Vec<_> = names.into_iter().filter_map(|name| step(name, Some(&settled.ours), &settled.lock)).collect();
    let contested: Vec<_> = settled.contested.iter().map(line).collect();
    if args.format == OutputFormat::Json {
        let files = [LOCK_FILE, SERVICE_FILE].map(|path| json!({"path": path, "change": "merged"}));
        let clashes = settled.left.iter().map(|path| json!({"path": path, "reason": "both changed it"}));
        let value = json!({
            "schema": "polity/update/1", "state": if args.dry_run { "planned" } else { "merged" }, "update": "both sides of the merge",
            "layers": layers, "inputs": contested, "moved": [], "files": files, "conflicts": clashes.collect::<Vec<_>>(),
        });
        return format!("{value:#}\n");
    }
    let verb = if args.dry_run { "would merge" } else { "merged" };
    let mut text = format!("{verb} {LOCK_FILE} and the record in {SERVICE_FILE} from both sides\n");
    if !layers.is_empty() {
        text += &format!("  layers: {}\n", layers.join(", "));
    }
    text.extend(contested.iter().map(|line| format!("  {line}\n")));
    text.extend(settled.left.iter().map(|path| format!("  conflict  {path}\n")));
    text + match (args.dry_run, settled.left.is_empty()) {
        (true, _) => "nothing was written\n",
        (false, true) => "commit the merge; `polity update` renders what both sides ask for together\n",
        (false, false) => {
            "resolve the conflicts, `git add` the files and commit; `polity update` renders what both sides ask for together\n"
        }
    }
}

fn line(contested: &Contested) -> String {
    let [ours, theirs] = contested.answers.each_ref().map(|answer| answer.as_ref().map_or("nothing".to_owned(), |v: &Value| shown(v)));
    format!("input `{}` is `{ours}` on our side and `{theirs}` on the other: {SERVICE_FILE} has ours", contested.input)
}
