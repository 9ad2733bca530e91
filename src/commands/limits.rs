//! Limits of a process that does a stranger's work.

use std::io::Write as _;
use std::time::Duration;

use crate::error::{Error, Exit, Kind};
use crate::finding::{Diagnostic, Location};
use crate::policy::{Excess, WATCH, Watch};
use crate::report::human::Paint;

/// How much longer than the engine's limit an evaluation may take, for a machine that has no time for it.
const GRACE: Duration = Duration::from_secs(10);
/// Set by tests of a development build, it leaves strangers little time: what ends them is the same.
pub(super) const HURRY: &str = "POLITY_TEST_HURRY";

/// The most that a child may have; what is `None` is not limited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// The address space, in bytes.
    pub memory: u64,
    /// The processor time, in seconds.
    pub processor: Option<u64>,
    /// The size of a file that it writes, in bytes.
    pub file: Option<u64>,
}

/// Takes from this process what it does not need. A system that refuses still has the deadlines of the parent and the engine.
#[cfg(unix)]
pub(super) fn limit(most: Most) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits =
        [(Resource::As, Some(most.memory)), (Resource::Cpu, most.processor), (Resource::Core, Some(0)), (Resource::Fsize, most.file)];
    for (resource, most) in limits.into_iter().filter_map(|(resource, most)| Some((resource, most?))) {
        // One second more lets the signal of the first limit say what happened.
        let maximum = most + u64::from(resource == Resource::Cpu);
        let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(maximum) });
    }
}

/// Nothing: the deadlines of the parent and the engine are the limits here.
#[cfg(not(unix))]
pub(super) fn limit(_: Most) {}

/// A child ends with its parent, whatever ended that: nobody would see what it says, and it might still write.
#[cfg(target_os = "linux")]
pub(super) fn die_with_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

/// Nothing: other systems do not tell a child.
#[cfg(not(target_os = "linux"))]
pub(super) fn die_with_parent() {}

/// Whether a test wants strangers stopped soon.
pub(super) fn is_hurried() -> bool {
    cfg!(debug_assertions) && std::env::var_os(HURRY).is_some()
}

/// Ends this process when a policy takes a step that does not end, or more memory than `memory`; `end` says so, and how.
pub(super) fn watch(memory: Option<u64>, end: fn(&str, Excess)) {
    let grace = if is_hurried() { GRACE / 10 } else { GRACE };
    let _ = WATCH.set(Watch { grace, memory, used: resident, end });
}

/// Says which rule did not come back, and ends the process with the exit code of a policy that is wrong.
pub(super) fn stuck(path: &str, excess: Excess) {
    let place = Location::file(path, "one step of this rule does not end");
    let help = "look for products of large numbers, and for functions of the engine with large arguments";
    let error = Error::new(Kind::Config, Diagnostic::new(format!("a policy {}", excessive(excess))).at(place).help(help));
    super::fail(&error, &mut std::io::stderr(), Paint::Plain);
    std::process::exit(Exit::Config as i32);
}

/// As [`stuck`], in conftest's words.
pub(super) fn stuck_in_conftest(rule: &str, excess: Excess) {
    let _ = writeln!(std::io::stderr(), "Error: running test: evaluation of {rule} {}", excessive(excess));
    std::process::exit(Exit::Findings as i32);
}

fn excessive(excess: Excess) -> String {
    match excess {
        Excess::Time(had) => format!("did not end within {} s", had.as_secs()),
        Excess::Memory(used) => format!("took {} GiB of memory", used >> 30),
    }
}

/// How much memory this process has, in bytes, as Linux tells it.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}
