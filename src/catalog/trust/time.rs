//! Points in time as statements write them, and how long ago they were. Whole seconds, always UTC; nothing here reads a clock.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z, written as RFC 3339 with `Z` and without fractions, such as `2026-11-24T22:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(u64);

/// The last second of the year 9999, the last one that RFC 3339 can write.
const LAST: u64 = 253_402_300_799;

/// A text that is no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time such as 2026-11-24T22:00:00Z")]
pub struct TimeError(String);

impl Timestamp {
    /// The point `seconds` after 1970-01-01T00:00:00Z; points after the year 9999 are moved to its end.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        Self(seconds.min(LAST))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> u64 {
        self.0
    }

    /// Reads `2026-11-24T22:00:00Z` and nothing else.
    ///
    /// # Errors
    /// [`TimeError`] for any other notation, so that a point in time has one text.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let wrong = || TimeError(text.to_owned());
        let time = humantime::parse_rfc3339(text).map_err(|_| wrong())?;
        let parsed = Self::from_unix(time.duration_since(UNIX_EPOCH).map_err(|_| wrong())?.as_secs());
        if parsed.to_string() == text { Ok(parsed) } else { Err(wrong()) }
    }

    /// The point `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_unix(self.0.saturating_add(duration.as_secs()))
    }

    /// The time that passed since `earlier`; nothing when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(self.0)).fmt(f)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::parse(&text)
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

/// The largest unit of a duration, such as `21d`, `3h`, `5m` or `40s`.
#[must_use]
pub fn rough(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_has_one_text() {
        assert_eq!(Timestamp::parse("1970-01-02T00:00:01Z").unwrap().unix(), 86_401);
        for text in ["2026-11-24", "2026-11-24T22:00:00", "2026-11-24 22:00:00Z", "2026-11-24T22:00:00.0Z", "2026-02-30T00:00:00Z", ""] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ages_are_short() {
        let said: Vec<_> = [5, 65, 3 * 3600, 26 * 3600, 21 * 86_400].map(|s| rough(Duration::from_secs(s))).into();
        assert_eq!(said, ["5s", "1m", "3h", "26h", "21d"]);
    }

    proptest! {
        #[test]
        fn text_and_time_are_inverse(seconds in 0..=LAST) {
            let time = Timestamp::from_unix(seconds);
            prop_assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
        }
    }
}
