//! A watch over evaluations that take one step without an end, such as the product of two numbers of a million digits each, and over the memory
//! that they take.
//!
//! The engine looks at its clock between steps, and nothing can stop a thread within one: the process has to end.

use std::cell::{Cell, RefCell};
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
/// The most that a time limit is stretched on a machine that has no time for an evaluation.
const STRETCH: u32 = 10;

/// The evaluations that go on, by the time when they are to be over at the latest, and a number.
static RUNNING: Mutex<Running> = Mutex::new(Running { next: 0, due: BTreeMap::new() });

struct Running {
    next: u64,
    due: BTreeMap<(Instant, u64), (String, Instant)>,
}

thread_local! {
    /// What evaluations on top of others have used of a processor.
    static ABOVE: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// The evaluation that this thread is at.
    static CURRENT: RefCell<Option<UnderWatch>> = const { RefCell::new(None) };
}

/// Evaluates under the watch until the evaluation has had `limit` of a processor.
///
/// The engine counts the time of the clock, and that includes what the thread did for others: on a busy machine, or while it waits for a file and takes
/// up another rule meanwhile, an evaluation has little of it. One that was too late for such a reason (`is_late`) begins again with a longer `clock`.
pub(super) fn within<T>(limit: Duration, path: &str, mut evaluate: impl FnMut(Duration) -> T, is_late: impl Fn(&T) -> bool) -> T {
    let mut clock = limit;
    loop {
        let (began, above) = (processor(), ABOVE.get());
        let answer = watched(clock, path, || evaluate(clock));
        let used = processor().zip(began).map(|(now, began)| now.saturating_sub(began));
        let own = used.map(|used| used.saturating_sub(ABOVE.get() - above));
        ABOVE.set(above + used.unwrap_or_default());
        match own.and_then(|own| stretched(limit, clock, own)) {
            Some(longer) if is_late(&answer) => clock = longer,
            _ => return answer,
        }
    }
}

/// The time of the clock in which an evaluation that had `own` of a processor within `clock` would have `limit` of it; `None` for one that had its share.
fn stretched(limit: Duration, clock: Duration, own: Duration) -> Option<Duration> {
    let most = limit * STRETCH;
    let needed = clock.mul_f64(limit.as_secs_f64() / own.max(limit / STRETCH).as_secs_f64());
    (own < limit.mul_f64(0.9) && clock < most).then(|| needed.max(clock * 2).min(most))
}

/// How much of a processor the calling thread has used (POSIX `CLOCK_THREAD_CPUTIME_ID`).
#[cfg(unix)]
fn processor() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ThreadCPUTime).try_into().ok()
}

/// Nothing: other systems do not tell a thread.
#[cfg(not(unix))]
fn processor() -> Option<Duration> {
    None
}

fn watched<T>(clock: Duration, path: &str, evaluate: impl FnOnce() -> T) -> T {
    let Some(watch) = WATCH.get() else { return evaluate() };
    let below = CURRENT.with_borrow_mut(|current| current.replace(UnderWatch::new(clock + watch.grace, path)));
    let _until_the_end = Back(below.map(UnderWatch::halted));
    evaluate()
}

/// Goes back to the evaluation below, whose time stood still, when the one above is over.
struct Back(Option<Halted>);

impl Drop for Back {
    fn drop(&mut self) {
        let below = self.0.take().map(Halted::resumed);
        CURRENT.with_borrow_mut(|current| *current = below);
    }
}

struct UnderWatch((Instant, u64));

/// An evaluation whose thread is at another one.
struct Halted {
    path: String,
    /// How long it has gone on.
    had: Duration,
    /// What it may take yet.
    left: Duration,
}

impl UnderWatch {
    fn new(most: Duration, path: &str) -> Self {
        Self::since(Instant::now(), most, path.to_owned())
    }

    fn since(since: Instant, most: Duration, path: String) -> Self {
        let mut running = running();
        if running.next == 0 {
            std::thread::spawn(|| {
                loop {
                    std::thread::sleep(ROUND);
                    look();
                }
            });
        }
        let key = (Instant::now() + most, running.next);
        running.next += 1;
        running.due.insert(key, (path, since));
        Self(key)
    }

    fn halted(self) -> Halted {
        let now = Instant::now();
        let (path, since) = running().due.remove(&self.0).unwrap_or_else(|| (String::new(), now));
        Halted { path, had: now.saturating_duration_since(since), left: self.0.0.saturating_duration_since(now) }
    }
}

impl Halted {
    fn resumed(self) -> UnderWatch {
        let now = Instant::now();
        UnderWatch::since(now.checked_sub(self.had).unwrap_or(now), self.left, self.path)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_that_had_no_processor_gets_more_time() {
        let seconds = Duration::from_secs;
        let (limit, most) = (seconds(5), Some(seconds(50)));
        assert_eq!(stretched(limit, limit, seconds(5)), None, "it had all of it");
        assert_eq!(stretched(limit, limit, Duration::from_millis(4600)), None, "it had nearly all of it");
        assert_eq!(stretched(limit, limit, seconds(4)), Some(seconds(10)), "most of it: at least twice as much");
        assert_eq!(stretched(limit, limit, seconds(1)), Some(seconds(25)), "a fifth");
        assert_eq!(stretched(limit, seconds(25), seconds(4)), Some(seconds(50)), "and then less than that");
        assert_eq!(stretched(limit, limit, seconds(0)), most, "nothing: never more than ten times the limit");
        assert_eq!(stretched(limit, seconds(50), seconds(0)), None, "it had that");
    }

    #[test]
    #[cfg(unix)]
    fn what_goes_on_above_an_evaluation_is_not_counted() {
        let limit = Duration::from_millis(50);
        let busy = |how_long| {
            let began = processor().unwrap();
            while processor().unwrap() - began < how_long {}
        };
        let clocks = RefCell::new(Vec::new());
        // Each is late, below for what it waits for, above for its own work.
        within(
            limit,
            "below",
            |clock| {
                clocks.borrow_mut().push(("below", clock));
                within(limit, "above", |clock| clocks.borrow_mut().push(("above", clock)), |()| false);
                within(limit, "above", |_| busy(limit), |()| true);
            },
            |()| clocks.borrow().len() < 4,
        );
        let clocks = clocks.into_inner();
        let of = |name| clocks.iter().filter(|(of, _)| *of == name).map(|(_, clock)| *clock).collect::<Vec<_>>();
        assert_eq!(of("above"), [limit, limit], "no work for others");
        assert_eq!(of("below"), [limit, limit * STRETCH]);
    }

    #[test]
    #[cfg(unix)]
    fn a_thread_that_sleeps_uses_no_processor() {
        let before = processor().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        assert!(processor().unwrap() - before < Duration::from_millis(100));
    }
}
