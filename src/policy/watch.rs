//! A watch over evaluations that take one step without an end, such as the product of two numbers of a million digits each, and over the memory
//! that they take.
//!
//! The engine looks at its clock between steps, and nothing can stop a thread within one: the process has to end.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// What to do about an evaluation that does not come back.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// How much longer than the engine's own limit an evaluation may take.
    pub grace: Duration,
    /// The most memory that the process may have, in bytes.
    pub memory: Option<u64>,
    /// Tells how much it has.
    pub used: fn() -> Option<u64>,
    /// Gets the rule that has been evaluated for longest, and what it has too much of. Should end the process.
    pub end: fn(&str, Excess),
}

/// What an evaluation has had too much of.
#[derive(Clone, Copy, Debug)]
pub enum Excess {
    /// Time.
    Time(Duration),
    /// Memory, in bytes.
    Memory(u64),
}

/// The watch of this process, if it has one. Whoever runs the program sets it, before policies are evaluated.
pub static WATCH: OnceLock<Watch> = OnceLock::new();

/// How often the watch looks.
const ROUND: Duration = Duration::from_millis(100);

/// The evaluations that go on, by the time when they are to be over at the latest, and a number.
static RUNNING: Mutex<Running> = Mutex::new(Running { next: 0, due: BTreeMap::new() });

struct Running {
    next: u64,
    due: BTreeMap<(Instant, u64), (String, Instant)>,
}

/// Evaluates a rule under the watch; `limit` is the engine's own.
pub(super) fn within<T>(limit: Duration, path: &str, evaluate: impl FnOnce() -> T) -> T {
    let Some(watch) = WATCH.get() else { return evaluate() };
    let _under_watch = UnderWatch::new(limit + watch.grace, path);
    evaluate()
}

struct UnderWatch((Instant, u64));

impl UnderWatch {
    fn new(most: Duration, path: &str) -> Self {
        let now = Instant::now();
        let mut running = running();
        if running.next == 0 {
            std::thread::spawn(|| {
                loop {
                    std::thread::sleep(ROUND);
                    look();
                }
            });
        }
        let key = (now + most, running.next);
        running.next += 1;
        running.due.insert(key, (path.to_owned(), now));
        Self(key)
    }
}

impl Drop for UnderWatch {
    fn drop(&mut self) {
        running().due.remove(&self.0);
    }
}

fn look() {
    let (Some(watch), Some(((due, _), (path, since)))) = (WATCH.get(), first()) else { return };
    let now = Instant::now();
    if due < now {
        (watch.end)(&path, Excess::Time(now - since));
    }
    let used = watch.memory.and_then(|most| (watch.used)().filter(|used| *used > most));
    if let Some(used) = used {
        (watch.end)(&path, Excess::Memory(used));
    }
}

/// The evaluation that is to be over first.
fn first() -> Option<((Instant, u64), (String, Instant))> {
    running().due.first_key_value().map(|(key, what)| (*key, what.clone()))
}

fn running() -> std::sync::MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
