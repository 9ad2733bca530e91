//! The schema's history. A released migration never changes: add the next file of `migrations/`, and its line here.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Version, description and text of every migration.
const ALL: &[(i64, &str, &str)] = &[(1, "create", include_str!("../../migrations/0001_create.sql"))];

/// All migrations, in order.
///
/// A version that the database knows and this build does not is no error: that is how a rollback looks.
pub fn migrator() -> Migrator {
    let migrations = ALL.iter().map(|&(version, description, sql)| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.set_ignore_missing(true);
    migrator
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_file_is_listed_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut files: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
        files.sort();
        let listed: Vec<_> = ALL.iter().map(|(version, name, _)| format!("{version:04}_{name}.sql")).collect();
        assert_eq!(files, listed);
    }
}
