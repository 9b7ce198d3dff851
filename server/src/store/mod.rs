//! Every SQL statement of the server, for SQLite and PostgreSQL alike. Promises:
//!
//! 1. **A commit that returned is durable**: SQLite runs with `synchronous=FULL`, PostgreSQL with `synchronous_commit=on`.
//! 2. **Writes go through [`Tx`]**, one writer at a time on SQLite (`begin immediate`), so that no write meets "database is
//!    locked"; readers have a pool of their own and never wait for the writer.
//! 3. **One text for both databases**: `$1…$n`, `on conflict`, `returning`. What truly differs is in `sqlite.rs` and
//!    `postgres.rs`.
//! 4. **No ambient clock**: instants are bound.
//!
//! `sqlx` binds a parameter that was forgotten as NULL on SQLite without a word, so every function here is called by a test
//! that runs on both databases.

use std::fs::File;
use std::sync::Arc;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

mod hot;
mod keys;
mod live;
mod packed;
mod postgres;
mod rows;
mod sqlite;
mod standing;
mod tiers;
mod values;

pub mod accounts;
pub mod agents;
pub mod alerts;
pub mod aliases;
pub mod alike;
pub mod api_keys;
pub mod approvals;
pub mod audit;
pub mod beginning;
pub mod changes;
pub mod chunks;
pub mod classes;
pub mod connectors;
pub mod counters;
pub mod courses;
pub mod cursors;
pub mod deliveries;
pub mod episode;
pub mod erasure;
pub mod events;
pub mod findings;
pub mod fleet;
pub mod frames;
pub mod gaps;
pub mod groups;
pub mod heat;
pub mod holders;
pub mod hosts;
pub mod idempotency;
pub mod incidents;
pub mod intake;
pub mod names;
pub mod news;
pub mod parts;
pub mod past;
pub mod rank;
pub mod records;
pub mod retention;
pub mod sealed;
pub mod search;
pub mod second_factors;
pub mod settings;
pub mod shares;
pub mod sign_ins;
pub mod size;
pub mod tickets;
pub mod tokens;
pub mod usage;
pub mod views;
pub mod way;
pub mod webhooks;
pub mod work;

/// One of the two databases.
#[derive(Debug, Clone)]
pub enum Either<S, P> {
    Sqlite(S),
    Postgres(P),
}

/// Expands the body once per database, with `$x` bound to that database's pool, connection or transaction.
#[macro_export]
macro_rules! each {
    ($either:expr, $x:ident => $body:expr) => {
        match $either {
            $crate::store::Either::Sqlite($x) => $body,
            $crate::store::Either::Postgres($x) => $body,
        }
    };
}

pub type Pool = Either<SqlitePool, PgPool>;
/// A transaction: the only way to write.
pub type Tx = Either<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;

/// The open store.
#[derive(Debug, Clone)]
pub struct Db {
    /// Many readers. On SQLite they cannot write.
    read: Pool,
    write: Pool,
    store_id: String,
    hot: Arc<hot::Hot>,
    classes: Arc<classes::Known>,
}

/// A mark on a store's file. It is given back when this is dropped, and when the process ends, however it does.
#[derive(Debug)]
pub struct Mark(File);

/// What went wrong when the store was opened, in words that say what to check.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is not said again: a password may be in it.
    #[error("the database's address is none: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")]
    Address,
    #[error("the database could not be opened: {0}. Check its address, its rights and whether it runs")]
    Connect(#[source] sqlx::Error),
    #[error("SQLite {0} has a bug that can lose committed data (WAL reset); build with SQLite 3.51.3 or later")]
    SqliteTooOld(String),
    #[error(
        "this PostgreSQL address leads to a connection pooler in transaction mode, which mixes up prepared statements. \
         Give the address of PostgreSQL itself, or set the pooler to pool_mode = session"
    )]
    TransactionPooler,
    #[error("the tables could not be brought up to date: {0}. Is the database older or newer than this program?")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

pub type Result<T, E = sqlx::Error> = std::result::Result<T, E>;

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`, brings the tables up to date and names the store on its first start.
    ///
    /// # Errors
    /// Says what to check; see [`OpenError`].
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        let (read, write) = if let Some(path) = address.strip_prefix("sqlite:") {
            sqlite::open(path).await?
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            postgres::open(address).await?
        } else {
            return Err(OpenError::Address);
        };
        let store_id = name_store(&write).await.map_err(OpenError::Connect)?;
        let db = Self { read, write, store_id, hot: Arc::default(), classes: Arc::default() };
        accounts::renew_keys(&db).await.map_err(OpenError::Connect)?;
        Ok(db)
    }

    /// Names this store to its agents: another name means that what they were told is stored may not be.
    #[must_use]
    pub fn store_id(&self) -> &str {
        &self.store_id
    }

    /// Which database it is, for logs and the self-diagnosis.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.read {
            Either::Sqlite(_) => "sqlite",
            Either::Postgres(_) => "postgres",
        }
    }

    /// That no process serves the store, nor begins to as long as the mark is kept. None if one does or may: with PostgreSQL, that is never known.
    #[must_use]
    pub fn alone(&self) -> Option<Mark> {
        match &self.write {
            Either::Sqlite(pool) => sqlite::alone(pool).map(Mark),
            Either::Postgres(_) => None,
        }
    }

    /// Marks this process as one that serves the store, for those that come later. None on PostgreSQL, where nobody looks for it.
    ///
    /// # Errors
    /// The file of the mark cannot be made or locked.
    pub async fn serving(&self) -> std::io::Result<Option<Mark>> {
        match &self.write {
            Either::Sqlite(pool) => sqlite::serving(pool).await.map(Mark).map(Some),
            Either::Postgres(_) => Ok(None),
        }
    }

    /// Begins a write. On SQLite it waits for the one writer to be free.
    ///
    /// # Errors
    /// The database cannot be reached, or it refuses writes (a standby).
    pub async fn begin(&self) -> Result<Tx> {
        match &self.write {
            Either::Sqlite(pool) => Ok(Either::Sqlite(pool.begin_with("begin immediate").await?)),
            Either::Postgres(pool) => Ok(Either::Postgres(pool.begin().await?)),
        }
    }

    /// Whether the store answers, for `/readyz`.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<()> {
        each!(&self.read, pool => sqlx::query("select 1").execute(pool).await.map(|_| ()))
    }

    /// Closes every connection; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) {
        each!(&self.read, pool => pool.close().await);
        each!(&self.write, pool => pool.close().await);
    }

    fn hot(&self) -> &hot::Hot {
        &self.hot
    }

    pub(crate) fn reader(&self) -> &Pool {
        &self.read
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        // If it could not be given back, closing the file does it.
        let _ = self.0.unlock();
    }
}

impl Tx {
    /// Makes the writes durable.
    ///
    /// # Errors
    /// They may or may not be stored: treat them as not.
    pub async fn commit(self) -> Result<()> {
        each!(self, tx => tx.commit().await)
    }

    /// Undoes the writes. Dropping does the same, later.
    ///
    /// # Errors
    /// The connection is gone, and the writes with it.
    pub async fn rollback(self) -> Result<()> {
        each!(self, tx => tx.rollback().await)
    }
}

async fn name_store(write: &Pool) -> Result<String> {
    const SQL: &str = "insert into meta (key, value) values ('store_id', $1) on conflict (key) do nothing";
    const READ: &str = "select value from meta where key = 'store_id'";
    let fresh = uuid::Uuid::now_v7().simple().to_string();
    each!(write, pool => sqlx::query(SQL).bind(&fresh).execute(pool).await.map(|_| ()))?;
    each!(write, pool => sqlx::query_scalar(READ).fetch_one(pool).await)
}

/// Counts up what readers compare with what they remember. The row is locked until the transaction ends.
async fn next_revision(tx: &mut Tx, key: &str) -> Result<()> {
    const FIRST: &str = "insert into meta (key, value) values ($1, '0') on conflict (key) do nothing";
    const NEXT: &str = "update meta set value = cast(cast(value as bigint) + 1 as text) where key = $1";
    each!(tx, tx => {
        sqlx::query(FIRST).bind(key).execute(&mut **tx).await?;
        sqlx::query(NEXT).bind(key).execute(&mut **tx).await?;
    });
    Ok(())
}

/// Whether the error is a unique or primary key that exists already.
#[must_use]
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether the database undid the transaction only because another one was in its way: done again, it may succeed.
#[must_use]
pub fn is_transient(error: &sqlx::Error) -> bool {
    const SERIALIZATION_FAILURE: &str = "40001";
    const DEADLOCK_DETECTED: &str = "40P01";
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == SERIALIZATION_FAILURE || code == DEADLOCK_DETECTED)
}
