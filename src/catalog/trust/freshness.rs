//! How old the knowledge is that an answer rests on: `fresh`, `cached 3h`, `STALE 21d`, `EXPIRED 100d`, `STALE, clock went back 5d`.

use std::fmt;
use std::time::Duration;

use super::time::{Timestamp, rough};

/// Knowledge younger than this is called fresh.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// How far a clock may be corrected without anything being said of it.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// The limits that a federation sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From this age on knowledge is called stale.
    pub max_staleness: Duration,
    /// From this age on it is not used without a reason given.
    pub hard_expiry: Duration,
}

/// How old knowledge is, against its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// There is none: the namespace was never synced on this machine.
    Never,
    /// Less than an hour old.
    Fresh,
    /// Within the limits.
    Cached(Duration),
    /// Older than `max_staleness`.
    Stale(Duration),
    /// Older than `hard_expiry`.
    Expired(Duration),
    /// It was synced later than it is now, by so much: one of the two clocks was wrong, and its age is not known.
    ClockWentBack(Duration),
}

impl Freshness {
    /// The mark at the time `now` of what was last synced at `synced`.
    #[must_use]
    pub fn of(synced: Option<Timestamp>, now: Timestamp, limits: Limits) -> Self {
        let Some(synced) = synced else { return Self::Never };
        let (age, ahead) = (now.since(synced), synced.since(now));
        if ahead > SKEW {
            Self::ClockWentBack(ahead)
        } else if age >= limits.hard_expiry {
            Self::Expired(age)
        } else if age >= limits.max_staleness {
            Self::Stale(age)
        } else if age >= FRESH {
            Self::Cached(age)
        } else {
            Self::Fresh
        }
    }

    /// Whether what rests on it may be used without further ado. A clock that was set back takes nothing away: whoever can set it can as
    /// well set it to the time of the sync.
    #[must_use]
    pub fn is_usable(self) -> bool {
        !matches!(self, Self::Never | Self::Expired(_))
    }
}

impl fmt::Display for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never synced"),
            Self::Fresh => f.write_str("fresh"),
            Self::Cached(age) => write!(f, "cached {}", rough(*age)),
            Self::Stale(age) => write!(f, "STALE {}", rough(*age)),
            Self::Expired(age) => write!(f, "EXPIRED {}", rough(*age)),
            Self::ClockWentBack(ahead) => write!(f, "STALE, clock went back {}", rough(*ahead)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_says_how_old() {
        let limits = Limits { max_staleness: Duration::from_secs(7 * 86_400), hard_expiry: Duration::from_secs(90 * 86_400) };
        let now = Timestamp::parse("2026-11-24T00:00:00Z").unwrap();
        let mark = |hours: u64| Freshness::of(Some(Timestamp::from_unix(now.unix() - hours * 3600)), now, limits).to_string();
        assert_eq!([mark(0), mark(3), mark(21 * 24), mark(100 * 24)], ["fresh", "cached 3h", "STALE 21d", "EXPIRED 100d"]);
        let ahead = |seconds: u64| Freshness::of(Some(now.plus(Duration::from_secs(seconds))), now, limits).to_string();
        assert_eq!(
            [ahead(9), ahead(300), ahead(301), ahead(5 * 86_400)],
            ["fresh", "fresh", "STALE, clock went back 5m", "STALE, clock went back 5d"]
        );
        assert!(!Freshness::of(None, now, limits).is_usable());
    }
}
