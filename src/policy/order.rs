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
    let mut results: Vec<_> = order.into_iter().par_bridge().map(|place| (place, judge(&pairs[place]))).collect();
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}
