//! The time zones of the world, from the database that comes with the program: every machine gives the same answer.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Failure;

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone(TimeZone);

/// What clocks in a zone have.
pub(super) struct Clock {
    /// How far they are ahead of UTC, in seconds.
    pub offset: i64,
    /// What people call it, such as `CET`.
    pub name: String,
}

impl Zone {
    /// The zone that a policy names; the empty name is UTC.
    pub fn named(name: &str) -> Result<Self, Failure> {
        match name {
            "" | "UTC" => Ok(Self(TimeZone::UTC)),
            "Local" => Err(Failure::Unsupported("the time zone of the machine is not asked: name a zone".to_owned())),
            // Names are told apart by their capitals, as those of files are.
            name => TimeZone::get(name)
                .ok()
                .filter(|zone| zone.iana_name() == Some(name))
                .map(Self)
                .ok_or_else(|| Failure::from(format!("unknown time zone {name}"))),
        }
    }

    /// What clocks have so many seconds after the start of 1970 in UTC.
    pub fn clock(&self, seconds: i64) -> Clock {
        let moment = Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX });
        let info = self.0.to_offset_info(moment);
        Clock { offset: info.offset().seconds().into(), name: info.abbreviation().to_owned() }
    }
}
