//! How much room the database takes, and where.

use std::path::PathBuf;

use super::{Db, Either, Result};

/// Bytes of the whole database with its free pages. On PostgreSQL its server looks at every file for it.
///
/// # Errors
/// The database's.
pub async fn bytes(db: &Db) -> Result<u64> {
    const SQLITE: &str = "select page_count * page_size from pragma_page_count(), pragma_page_size()";
    const POSTGRES: &str = "select pg_database_size(current_database())";
    let bytes: i64 = match db.reader() {
        Either::Sqlite(pool) => sqlx::query_scalar(SQLITE).fetch_one(pool).await?,
        Either::Postgres(pool) => sqlx::query_scalar(POSTGRES).fetch_one(pool).await?,
    };
    Ok(bytes.unsigned_abs())
}

/// The folder of SQLite's file. None for PostgreSQL, whose disk nobody sees from here, and for what is no file.
#[must_use]
pub fn folder(db: &Db) -> Option<PathBuf> {
    match db.reader() {
        Either::Sqlite(pool) => {
            let file = pool.connect_options().get_filename().canonicalize().ok()?;
            file.parent().map(PathBuf::from)
        }
        Either::Postgres(_) => None,
    }
}
