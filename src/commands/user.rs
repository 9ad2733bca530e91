//! What belongs to the user of this machine: the cache, the choice of an organisation, the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::catalog::trust::Timestamp;
use crate::disk::{Cache, Org};
use crate::error::Error;

/// The cache of this user.
pub(super) fn cache() -> Result<Cache, Error> {
    let place = Cache::place(|name| std::env::var_os(name));
    // What is compared with it is absolute, such as the folder that is checked.
    let place = place.map(|place| std::path::absolute(&place).unwrap_or(place));
    place.map(Cache::at).ok_or_else(|| Error::config("there is no folder for the cache").help("set POLITY_CACHE to a folder"))
}

/// The organisation of this user.
pub(super) fn org() -> Result<Org, Error> {
    let place = Org::place(|name| std::env::var_os(name));
    place.ok_or_else(|| Error::config("there is no folder for settings").help("set POLITY_CONFIG to a folder"))
}

/// The time by this machine's clock.
pub(super) fn now() -> Timestamp {
    Timestamp::from_unix(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()))
}
