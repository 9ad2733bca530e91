//! Days as people write them in policies, layers and waivers: `2026-12-31`, always UTC. Nothing here reads a clock.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "date"))]
pub struct Date(i64);

/// A text that is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day such as 2026-12-31")]
pub struct DateError(String);

impl Date {
    /// A day after all that anybody writes.
    pub const LAST: Self = Self(2_932_896);

    /// The day that a point in time falls on, in UTC.
    #[must_use]
    pub fn of_unix(seconds: u64) -> Self {
        Self(i64::try_from(seconds / 86_400).unwrap_or(Self::LAST.0).min(Self::LAST.0))
    }

    /// Reads `2026-12-31` and nothing else.
    ///
    /// # Errors
    /// [`DateError`] for any other notation and for days that the calendar does not have.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let wrong = || DateError(text.to_owned());
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else { return Err(wrong()) };
        let number = |part: &str, length: usize| {
            let fits = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| part.parse::<i64>().ok()).flatten()
        };
        let (Some(y), Some(m), Some(d)) = (number(year, 4), number(month, 2), number(day, 2)) else { return Err(wrong()) };
        if y < 1970 || !(1..=12).contains(&m) || d < 1 {
            return Err(wrong());
        }
        let date = Self(days(y, m, d));
        // A day that the month does not have comes out as one of the next month.
        if date.to_string() == text { Ok(date) } else { Err(wrong()) }
    }

    /// The day `days` later, or earlier.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days).clamp(0, Self::LAST.0))
    }

    /// The number of days from `earlier` to this one; negative when it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// Days from 1970-01-01; the algorithm counts years from March, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shifted = self.0 + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        write!(f, "{:04}-{month:02}-{day:02}", year + era * 400 + carry)
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;
    fn try_from(text: String) -> Result<Self, DateError> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl std::str::FromStr for Date {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_read() {
        assert_eq!(Date::parse("1970-01-01"), Ok(Date(0)));
        assert_eq!(Date::parse("2024-02-29").unwrap().plus(1).to_string(), "2024-03-01");
        assert_eq!(Date::parse("9999-12-31"), Ok(Date::LAST));
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "26-01-01", "2026-01-01T00:00:00Z", "1969-12-31", "tomorrow", ""]
        {
            assert_eq!(Date::parse(text), Err(DateError(text.to_owned())));
        }
    }

    #[test]
    fn a_day_ends_at_midnight_utc() {
        assert_eq!(Date::of_unix(86_399).to_string(), "1970-01-01");
        assert_eq!(Date::of_unix(86_400).to_string(), "1970-01-02");
        assert_eq!(Date::of_unix(u64::MAX), Date::LAST);
    }

    proptest! {
        #[test]
        fn text_and_day_are_inverse(day in 0..=Date::LAST.0) {
            prop_assert_eq!(Date::parse(&Date(day).to_string()), Ok(Date(day)));
        }
    }
}
