//! A database of its own for each test: a file that goes when the test ends.

use std::path::PathBuf;

use uuid::Uuid;

/// An empty database.
#[derive(Debug)]
pub struct Database(PathBuf);

impl Database {
    /// Makes one.
    pub async fn new() -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(Uuid::new_v4().to_string());
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("test.db").display())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
