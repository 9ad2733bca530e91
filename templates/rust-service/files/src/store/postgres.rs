//! What is particular to PostgreSQL: how to connect, how a transaction begins, and which errors pass.

use std::fmt;
use std::str::FromStr;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnectOptions;

/// The database driver.
pub type Database = sqlx::Postgres;
/// Its name in the semantic conventions of OpenTelemetry.
pub const SYSTEM: &str = "postgresql";
/// Begins a transaction that writes.
pub const BEGIN: &str = "BEGIN";

/// Where the store is.
#[derive(Clone, Default)]
pub struct Url(PgConnectOptions);

impl Url {
    /// What a correct address looks like.
    pub const EXPECTED: &str = "a PostgreSQL address such as postgres://user:password@host:5432/database";
    /// An address for tests of the configuration.
    pub const EXAMPLE: &str = "postgres://user:secret@localhost/database";

    /// Options for new connections.
    pub fn options(&self) -> PgConnectOptions {
        self.0.clone().application_name(crate::names::SERVICE)
    }

    /// Nothing has to be there before the first connection.
    pub fn prepare(&self) {}
}

impl FromStr for Url {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(());
        }
        text.parse().map(Self).map_err(|_| ())
    }
}

/// Host, port and database; the rest is secret.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.0.get_host(), self.0.get_port());
        write!(f, "postgres://{host}:{port}/{}", self.0.get_database().unwrap_or_default())
    }
}

/// Whether the same statement may succeed later (PostgreSQL, appendix A): connections (class 08), resources (53),
/// shutdown and start (57P), serialization and deadlock (40).
pub fn is_transient(error: &dyn DatabaseError) -> bool {
    error.code().is_some_and(|code| ["08", "40", "53", "57P"].iter().any(|class| code.starts_with(class)))
}
