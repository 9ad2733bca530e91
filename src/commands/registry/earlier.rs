//! What an earlier build left in the outbox.

use crate::disk::Queued;

/// The refs with commits by their ids. Earlier builds queued names such as `HEAD`, which name something else by now: the commit is that of
/// the release's tag, or the last one that is called as the publication is.
pub(super) fn pinned(queued: &Queued, run: &dyn Fn(&[&str]) -> Result<String, String>) -> Result<Vec<String>, String> {
    let is_id = |name: &str| name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let pairs: Vec<_> = queued.refs.iter().filter_map(|r| r.split_once(':')).collect();
    let published = || -> Result<String, String> {
        if let Some((tag, _)) = pairs.iter().find(|(from, _)| from.starts_with("refs/tags/")) {
            return run(&["rev-parse", "--verify", &format!("{tag}^{{commit}}")]);
        }
        let log = run(&["log", "--branches", "--format=%H %s"])?;
        let found = log.lines().filter_map(|line| line.split_once(' ')).find(|(_, subject)| *subject == queued.summary);
        let found = found.map(|(id, _)| id.to_owned());
        found.ok_or_else(|| format!("an earlier build kept `{}` of it, and no commit is called so: publish it again", pairs[0].0))
    };
    let pin = |(from, to): &(&str, &str)| match *from {
        id if is_id(id) => Ok(format!("{id}:{to}")),
        tag if tag.starts_with("refs/tags/") => Ok(format!("{}:{to}", run(&["rev-parse", "--verify", tag])?)),
        _ => Ok(format!("{}:{to}", published()?)),
    };
    pairs.iter().map(pin).collect()
}
