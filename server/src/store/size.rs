//! How much room the database takes, and where.

use std::path::PathBuf;

use super::way::{self, Way};
use super::{Db, Either, Result};

/// Bytes that are taken in the database: without the free pages of SQLite's file, which what comes next fills. Of PostgreSQL, whose server looks
/// at every file for it, with whatever is free in them.
///
/// # Errors
/// The database's.
pub async fn bytes(db: &Db) -> Result<u64> {
    const SQLITE: &str = "
        select (page_count - freelist_count) * page_size
        from pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
    const POSTGRES: &str = "select pg_database_size(current_database())";
    let bytes: i64 = match db.reader() {
        Either::Sqlite(pool) => sqlx::query_scalar(SQLITE).fetch_one(pool).await?,
        Either::Postgres(pool) => sqlx::query_scalar(POSTGRES).fetch_one(pool).await?,
    };
    Ok(bytes.unsigned_abs())
}

/// Bytes of the free pages inside SQLite's file; 0 for PostgreSQL.
///
/// # Errors
/// The database's.
pub async fn free_inside(db: &Db) -> Result<u64> {
    const SQL: &str = "select freelist_count * page_size from pragma_freelist_count(), pragma_page_size()";
    let bytes: i64 = match db.reader() {
        Either::Sqlite(pool) => sqlx::query_scalar(SQL).fetch_one(pool).await?,
        Either::Postgres(_) => 0,
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

/// The folder in which SQLite's file lies, or will, as the address says. None for PostgreSQL. Relative if the address is.
#[must_use]
pub fn folder_of(address: &str) -> Option<PathBuf> {
    let Some(Way::File(file)) = way::of(address) else { return None };
    // It may be a link to another disk.
    let file = file.canonicalize().unwrap_or(file);
    let folder = file.parent()?;
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}
