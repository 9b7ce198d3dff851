//! What is true of SQLite only.

use std::fs::File;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Either, OpenError, Pool};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/sqlite");

const READERS: u32 = 8;
/// In KiB, as SQLite has it: negative. What a reader has cached is void with the next commit, and most of it comes out of mapped
/// memory anyway.
const WRITER_CACHE: &str = "-65536";
const READER_CACHE: &str = "-8192";
/// Rows that a reader may be ahead of who asked. Each time it has to wait, two threads change places: ten thousand rows in
/// fifties took 60 ms.
const ROWS_AHEAD: usize = 4_096;

/// Opens a pool of readers and the one writer. `path` may carry SQLite's own `?options`.
pub(super) async fn open(path: &str) -> Result<(Pool, Pool), OpenError> {
    make_private(path);
    let options = SqliteConnectOptions::from_str(&format!("sqlite:{path}"))
        .map_err(OpenError::Connect)?
        // NORMAL may lose the last commits at a power cut; what was acknowledged must not be lost.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(30))
        .pragma("mmap_size", "268435456");
    // What is kept in the file is stated by the writer only: a reader may not even try.
    let writer = options
        .clone()
        .pragma("cache_size", WRITER_CACHE)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .auto_vacuum(SqliteAutoVacuum::Incremental);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        // The one writer has to outlive any queue of writers; a closed one would cost a checkpoint.
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(60))
        .connect_with(writer)
        .await
        .map_err(OpenError::Connect)?;
    refuse_wal_reset_bug(&write).await?;
    MIGRATIONS.run(&write).await.map_err(OpenError::Migrate)?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options.pragma("cache_size", READER_CACHE).read_only(true).row_buffer_size(ROWS_AHEAD))
        .await
        .map_err(OpenError::Connect)?;
    Ok((Either::Sqlite(read), Either::Sqlite(write)))
}

/// A new file is its owner's alone; SQLite gives those beside it the same mode. If it cannot be made, opening it says why.
fn make_private(path: &str) {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    // What is no plain path is SQLite's to understand.
    if path == ":memory:" || path.contains('%') || path.starts_with("file:") {
        return;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// The lock of nobody else who serves the database. None if somebody does, or it cannot be known.
pub(super) fn alone(pool: &SqlitePool) -> Option<File> {
    let file = serving_file(pool).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

/// The lock of one who serves the database beside others. It waits for whoever is [`alone`], which nobody is for long.
pub(super) async fn serving(pool: &SqlitePool) -> io::Result<File> {
    let file = serving_file(pool)?;
    let locked = tokio::task::spawn_blocking(move || file.lock_shared().map(|()| file)).await;
    locked.map_err(io::Error::other)?
}

/// A file beside the database; never that itself, as closing it would end SQLite's own locks. One database has one, by whatever path it is opened.
fn serving_file(pool: &SqlitePool) -> io::Result<File> {
    let mut path = pool.connect_options().get_filename().canonicalize()?.into_os_string();
    path.push("-serving");
    File::options().create(true).truncate(false).write(true).open(path)
}

/// SQLite 3.7.0 to 3.51.2 can lose committed transactions when the write-ahead log restarts.
async fn refuse_wal_reset_bug(pool: &SqlitePool) -> Result<(), OpenError> {
    let version: String =
        sqlx::query_scalar("select sqlite_version()").fetch_one(pool).await.map_err(OpenError::Connect)?;
    let parts: Vec<u32> = version.split('.').map_while(|p| p.parse().ok()).collect();
    if parts.as_slice() < [3, 51, 3].as_slice() { Err(OpenError::SqliteTooOld(version)) } else { Ok(()) }
}

/// Gives up to `pages` free pages back to the file system. Answers how many there were. A file that was not made for it keeps them for itself.
pub(super) async fn give_back(pool: &SqlitePool, pages: u32) -> Result<u64, sqlx::Error> {
    const FREE: &str = "pragma freelist_count";
    // Nothing is written between the looks: it is the only one that writes.
    let mut writer = pool.acquire().await?;
    let before: i64 = sqlx::query_scalar(FREE).fetch_one(&mut *writer).await?;
    if before == 0 {
        return Ok(0);
    }
    // A pragma takes no parameters. It frees one page for each row that is fetched.
    let sql = format!("pragma incremental_vacuum({pages})");
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *writer).await?;
    let after: i64 = sqlx::query_scalar(FREE).fetch_one(&mut *writer).await?;
    Ok((before - after).max(0).unsigned_abs())
}

/// Overwrites with zeros what this pool's connection removes.
pub(super) async fn overwrite_removed(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::query("pragma secure_delete = on").fetch_all(pool).await.map(|_| ())
}

/// Empties the write-ahead log into the file; with `whole`, writes the file anew first, without its free pages.
pub(super) async fn remove_remains(pool: &SqlitePool, whole: bool) -> Result<(), sqlx::Error> {
    if whole {
        sqlx::query("vacuum").execute(pool).await?;
    }
    let (busy, ..): (i64, i64, i64) = sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(pool).await?;
    if busy == 0 {
        return Ok(());
    }
    Err(sqlx::Error::Protocol(
        "the write-ahead log (highwater.db-wal) could not be emptied, since the server reads the database: do it again, or \
         stop the server meanwhile"
            .to_owned(),
    ))
}
