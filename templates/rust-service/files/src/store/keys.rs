//! Creation with an idempotency key: the key and the item are written by one transaction, or neither is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::Row as _;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Row, Store, StoreError, database, span, sql};
use crate::item::Item;

/// A client's key, with what it stands for.
#[derive(Clone, Debug)]
pub struct Key {
    /// As the client wrote it.
    pub text: String,
    /// A digest of the request; another digest under the same key is a mistake of the client.
    pub fingerprint: Vec<u8>,
    /// How long the key is remembered.
    pub ttl: Duration,
}

/// The result of a creation.
#[derive(Debug, PartialEq, Eq)]
pub enum Created {
    /// The item is new.
    Now,
    /// An earlier request with this key created `id`, and got `answer`.
    Before {
        /// The identifier of the item.
        id: Uuid,
        /// The representation that was answered.
        answer: String,
    },
    /// The key stands for another request.
    KeyReused,
}

impl Key {
    /// What an earlier request with this key did, from the row that it left.
    fn judge(&self, row: &Row) -> Result<Created, StoreError> {
        let fingerprint: Vec<u8> = row.try_get("fingerprint")?;
        if fingerprint != self.fingerprint {
            return Ok(Created::KeyReused);
        }
        Ok(Created::Before { id: row.try_get("item_id")?, answer: row.try_get("answer")? })
    }
}

impl Store {
    /// Adds `item`, whose representation is `answer`; with a key at most once.
    pub async fn create(&self, item: &Item, answer: &str, key: Option<&Key>) -> Result<Created, StoreError> {
        self.insert(item, answer, key).instrument(span("INSERT")).await
    }

    async fn insert(&self, item: &Item, answer: &str, key: Option<&Key>) -> Result<Created, StoreError> {
        let mut transaction = self.pool.begin_with(database::BEGIN).await?;
        if let Some(key) = key {
            let now = unix_seconds();
            let claim = sqlx::query(sql::CLAIM_KEY).bind(&key.text).bind(&key.fingerprint).bind(item.id);
            let claim = claim.bind(answer).bind(now.saturating_add_unsigned(key.ttl.as_secs())).bind(now);
            if claim.execute(&mut *transaction).await?.rows_affected() == 0 {
                let row = sqlx::query(sql::FIND_KEY).bind(&key.text).fetch_one(&mut *transaction).await?;
                // An explicit end frees the store's write lock at once.
                transaction.rollback().await?;
                return key.judge(&row);
            }
        }
        let insert = sqlx::query(sql::INSERT).bind(item.id).bind(&item.name).bind(&item.note);
        let insert = insert.bind(item.version).bind(item.created_at).bind(item.updated_at);
        insert.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Created::Now)
    }

    /// Forgets keys whose time is over.
    pub async fn forget_keys(&self) -> Result<u64, StoreError> {
        let query = sqlx::query(sql::FORGET_KEYS).bind(unix_seconds()).execute(&self.pool);
        Ok(query.await?.rows_affected())
    }
}

fn unix_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
