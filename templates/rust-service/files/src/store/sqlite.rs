//! What is particular to SQLite: how to connect, how a transaction begins, and which errors pass.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

/// The database driver.
pub type Database = sqlx::Sqlite;
/// Its name in the semantic conventions of OpenTelemetry.
pub const SYSTEM: &str = "sqlite";
/// Begins a transaction that writes. It takes the write lock at once: two readers that both upgrade would deadlock.
pub const BEGIN: &str = "BEGIN IMMEDIATE";

/// How long one writer waits for another.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the store is.
#[derive(Clone, Default)]
pub struct Url(SqliteConnectOptions);

impl Url {
    /// What a correct address looks like.
    pub const EXPECTED: &str = "a SQLite address such as sqlite://data/service.db";
    /// An address for tests of the configuration.
    pub const EXAMPLE: &str = "sqlite://data/service.db";

    /// Options for new connections. Write-ahead logging lets readers go on while somebody writes, and the data survives
    /// the end of the process at any moment; `synchronous = FULL` makes it survive the end of the power, too.
    pub fn options(&self) -> SqliteConnectOptions {
        let options = self.0.clone().create_if_missing(true).busy_timeout(BUSY_TIMEOUT);
        options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
    }

    /// Creates the folder of the database file; an error shows when the file is opened.
    pub fn prepare(&self) {
        let folder = self.0.get_filename().parent().unwrap_or(Path::new(""));
        if !folder.as_os_str().is_empty() {
            let _ = std::fs::create_dir_all(folder);
        }
    }
}

impl FromStr for Url {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // Every connection of the pool would have a memory, or a temporary file, of its own.
        if !text.starts_with("sqlite:") || text.contains(":memory:") || text.contains("mode=memory") {
            return Err(());
        }
        let options: SqliteConnectOptions = text.parse().map_err(|_| ())?;
        if options.get_filename().as_os_str().is_empty() { Err(()) } else { Ok(Self(options)) }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite://{}", self.0.get_filename().display())
    }
}

/// Whether the same statement may succeed later: SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_IOERR.
pub fn is_transient(error: &dyn DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14))
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn an_address_names_a_file() {
        let is_ok = |text: &str| text.parse::<Url>().is_ok();
        assert!(is_ok(Url::EXAMPLE) && is_ok("sqlite:service.db") && is_ok("sqlite:///data/service.db?mode=rwc"));
        for wrong in [
            "data/service.db",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite://a.db?mode=memory",
            "sqlite://a.db?x=1",
        ] {
            assert!(!is_ok(wrong), "{wrong}");
        }
    }
}
