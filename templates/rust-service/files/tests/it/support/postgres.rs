//! A database of its own for each test: a schema of the server at `TEST_DATABASE_URL`, dropped when the test ends.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

/// An empty schema.
#[derive(Debug)]
pub struct Database {
    server: String,
    schema: String,
}

impl Database {
    /// Makes one.
    pub async fn new() -> Self {
        let server = std::env::var("TEST_DATABASE_URL");
        let server =
            server.expect("set TEST_DATABASE_URL to a PostgreSQL server for tests, such as postgres://localhost/test");
        let schema = format!("test_{}", Uuid::new_v4().simple());
        let database = Self { server, schema };
        database.execute(format!("CREATE SCHEMA {}", database.schema)).await;
        database
    }

    /// Its address.
    pub fn url(&self) -> String {
        let separator = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{separator}options[search_path]={}", self.server, self.schema)
    }

    async fn execute(&self, statement: String) {
        let mut connection = PgConnection::connect(&self.server).await.expect("TEST_DATABASE_URL leads to a server");
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, schema) = (std::mem::take(&mut self.server), std::mem::take(&mut self.schema));
        // A new thread, since a runtime cannot wait inside another one.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let database = Self { server, schema };
            runtime.block_on(database.execute(format!("DROP SCHEMA {} CASCADE", database.schema)));
            std::mem::forget(database);
        });
        let _ = dropped.join();
    }
}
