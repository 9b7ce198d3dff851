//! What is true of PostgreSQL only.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgPool, Row as _};

use super::{Either, OpenError, Pool};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/postgres");

const CONNECTIONS: u32 = 16;

/// Opens the pool that reads and writes.
pub(super) async fn open(address: &str) -> Result<(Pool, Pool), OpenError> {
    let options = PgConnectOptions::from_str(address)
        .map_err(OpenError::Connect)?
        .application_name("highwater")
        // What was acknowledged must survive a crash, whatever the cluster's default is.
        .options([("synchronous_commit", "on")]);
    refuse_transaction_pooler(&options).await?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(30))
        // After a failover an old connection may lead to a server that has become a standby.
        .before_acquire(|connection, _| {
            Box::pin(async move {
                let read_only: String =
                    sqlx::query_scalar("select current_setting('transaction_read_only')").fetch_one(connection).await?;
                Ok(read_only == "off")
            })
        })
        .connect_with(options)
        .await
        .map_err(OpenError::Connect)?;
    MIGRATIONS.run(&pool).await.map_err(OpenError::Migrate)?;
    Ok((Either::Postgres(PgPool::clone(&pool)), Either::Postgres(pool)))
}

/// A pooler in transaction mode lends one server connection to both of ours, so that the second overwrites what the first
/// set. Plain queries only: prepared ones are what such a pooler breaks.
async fn refuse_transaction_pooler(options: &PgConnectOptions) -> Result<(), OpenError> {
    async fn connect_and_mark(options: &PgConnectOptions, mark: &'static str) -> sqlx::Result<PgConnection> {
        let mut connection = options.connect().await?;
        connection.execute(sqlx::raw_sql(mark)).await?;
        Ok(connection)
    }
    let seen = async {
        let mut first = connect_and_mark(options, "select set_config('highwater.probe', 'first', false)").await?;
        let second = connect_and_mark(options, "select set_config('highwater.probe', 'second', false)").await?;
        let row = first.fetch_one(sqlx::raw_sql("select current_setting('highwater.probe', true)")).await?;
        let seen: Option<String> = row.try_get(0)?;
        first.close().await?;
        second.close().await?;
        Ok(seen)
    };
    match seen.await.map_err(OpenError::Connect)?.as_deref() {
        Some("first") => Ok(()),
        _ => Err(OpenError::TransactionPooler),
    }
}

/// Keeps the rules of groups as they are until the transaction ends. Many may at once; who changes them waits.
pub(super) async fn hold_group_rules(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("select 1 from meta where key = 'group_rules' for share").execute(tx).await.map(|_| ())
}

/// Removes dead rows of the tables that hold names; with `whole`, writes these tables anew.
pub(super) async fn remove_remains(pool: &PgPool, whole: bool) -> Result<(), sqlx::Error> {
    const DEAD: &str = "
        vacuum clients, users, events, snapshot_parts, findings, saved_views, class_rules, incidents, incident_entries, deliveries,
            delivery_attempts, idempotent_answers, audit_entries";
    const WHOLE: &str = "
        vacuum full clients, users, events, snapshot_parts, findings, saved_views, class_rules, incidents, incident_entries,
            deliveries, delivery_attempts, idempotent_answers, audit_entries";
    sqlx::query(if whole { WHOLE } else { DEAD }).execute(pool).await.map(|_| ())
}
