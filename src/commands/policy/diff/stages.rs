//! What a new version's severity and day of enforcement change, whether or not some repository has a finding today.

use crate::catalog::Bump;
use crate::config::{Date, Grade};
use crate::policy::PolicyFile;
use crate::policy::difference::Regraded;

/// Each change, with the least bump that announces it: findings that fail a build sooner break it.
pub(super) fn changes(old: &PolicyFile, new: &PolicyFile, today: Date) -> Vec<(Bump, String)> {
    let line = |one: Regraded| {
        let breaks = one.is == Grade::Error && one.is > one.was;
        let when = if one.day == today { "today".to_owned() } else { format!("on {}", one.day) };
        let text = format!("{when} a finding is {}, and was to be {}", noun(one.is), noun(one.was));
        (if breaks { Bump::Major } else { Bump::Minor }, text)
    };
    Regraded::between(old, new, today).into_iter().map(line).collect()
}

fn noun(grade: Grade) -> &'static str {
    match grade {
        Grade::Error => "an error",
        Grade::Warning => "a warning",
        Grade::Advice => "advice",
        Grade::Off => "none",
    }
}
