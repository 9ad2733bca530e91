//! In which order rules are evaluated.

use rayon::prelude::*;

use super::Policy;

/// What `judge` says of each pair, in their order. The longest rules are begun first, one at a time: a long one that is begun last leaves all
/// other threads without work.
pub(super) fn longest_first<'a, S: Sync, R: Send>(
    pairs: &[(&'a Policy, &'a S)],
    judge: impl Fn(&(&'a Policy, &'a S)) -> R + Sync,
) -> Vec<R> {
    let mut order: Vec<_> = (0..pairs.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(pairs[*place].0.rego().text().len()));
    spread();
    let mut results: Vec<_> = order.into_iter().par_bridge().map(|place| (place, judge(&pairs[place]))).collect();
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Lets each thread begin on a processor of its own, once, wherever the system moves it later. On a virtual machine an idle processor looks taken, and threads
/// that are woken share one for a dozen milliseconds, which is a fifth of a check. Nobody waits for it: a thread of the pool that waits takes other work upon
/// itself, and may nest without end.
#[cfg(target_os = "linux")]
fn spread() {
    use std::sync::Once;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    /// With more threads than this some are awake on any processor.
    const FEW: usize = 8;
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        let Ok(allowed) = sched_getaffinity(None) else { return };
        let processors: Vec<_> = (0..CpuSet::MAX_CPU).filter(|processor| allowed.is_set(*processor)).collect();
        if rayon::current_num_threads() > processors.len().min(FEW) {
            return;
        }
        rayon::spawn_broadcast(move |worker| {
            let mut own = CpuSet::new();
            own.set(processors[worker.index()]);
            if sched_setaffinity(None, &own).is_ok() {
                let _ = sched_setaffinity(None, &allowed);
            }
        });
    });
}

#[cfg(not(target_os = "linux"))]
fn spread() {}
