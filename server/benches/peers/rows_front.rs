//! What somebody would write in an afternoon, with care: takes the agents' batches, stores a row for each session with
//! interned names, and answers the two questions in SQL. A batch is one transaction, durable before it is answered.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use highwater_wire::{Batch, MAX_DECODED_BYTES, Record, Snapshot};
use serde::Deserialize;
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{QueryBuilder, Sqlite};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// The header that names the host of a batch.
pub(crate) const HOST: &str = "x-host";

const SQLITE: &str = "
    create table names (kind integer not null, id integer not null, name text not null, primary key (kind, name)) strict;
    create table sessions (
        host_id integer not null, taken_at integer not null, number integer not null, client_id integer not null,
        user_id integer not null, opens integer not null, started_at integer not null, active_at integer not null,
        primary key (host_id, taken_at, number)
    ) strict, without rowid;
    create index sessions_by_time on sessions (taken_at, client_id)";
const POSTGRES: &str = "
    create table names (kind int not null, id int not null, name text not null, primary key (kind, name));
    create table sessions (
        taken_at bigint not null, started_at bigint not null, active_at bigint not null, host_id int not null,
        client_id int not null, user_id int not null, opens int not null
    );
    create index sessions_by_host on sessions (host_id, taken_at);
    create index sessions_by_time on sessions using brin (taken_at)";
const TOP: &str = "
    select n.name, cast(t.times * 60 as bigint) from (
        select client_id, count(*) as times from sessions where taken_at >= $1 and taken_at < $2 group by client_id
    ) t join names n on n.kind = 1 and n.id = t.client_id order by t.times desc, n.name limit $3";
const AT: &str = "
    select c.name, u.name, cast(s.opens as bigint), s.started_at, s.active_at from sessions s
    join names c on c.kind = 1 and c.id = s.client_id join names u on u.kind = 2 and u.id = s.user_id
    where s.host_id = (select id from names where kind = 0 and name = $1) and s.taken_at = (
        select max(taken_at) from sessions
        where host_id = (select id from names where kind = 0 and name = $1) and taken_at <= $2)";

type Row = (String, String, i64, i64, i64);
type Answer<T> = Result<T, (StatusCode, String)>;

/// Interned names: kind 0 hosts, 1 clients, 2 users.
type Names = HashMap<(i32, String), i32>;

#[derive(Clone)]
struct Front {
    store: Store,
    names: Arc<Mutex<Names>>,
}

#[derive(Clone)]
enum Store {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// Serves until the process is told to end.
pub(crate) async fn serve(address: &str) -> anyhow::Result<()> {
    let front = Front { store: Store::open(address).await?, names: Arc::default() };
    let router = Router::new()
        .route("/batches", post(push))
        .route("/top", get(top))
        .route("/at", get(at))
        .layer(DefaultBodyLimit::max(MAX_DECODED_BYTES))
        .with_state(front);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    super::say(&format!("listening on http://{}", listener.local_addr()?));
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), router).await?;
    Ok(())
}

impl Store {
    async fn open(address: &str) -> anyhow::Result<Self> {
        let Some(path) = address.strip_prefix("sqlite:") else {
            let pool = PgPool::connect(address).await?;
            sqlx::raw_sql(POSTGRES).execute(&pool).await?;
            return Ok(Self::Postgres(pool));
        };
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let options = options.pragma("cache_size", "-65536").pragma("mmap_size", "268435456");
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::raw_sql(SQLITE).execute(&write).await?;
        let read = SqlitePoolOptions::new().max_connections(4).connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite { write, read })
    }
}

async fn push(State(front): State<Front>, headers: HeaderMap, body: Bytes) -> Answer<()> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let stored = async {
        let json = zstd::bulk::decompress(&body, MAX_DECODED_BYTES)?;
        let batch: Batch = serde_json::from_slice(&json)?;
        let snapshots =
            batch.records.into_iter().filter_map(|r| if let Record::Snapshot(s) = r { Some(s) } else { None });
        front.store(&host, &snapshots.collect::<Vec<_>>()).await
    };
    stored.await.map_err(failed)
}

#[derive(Deserialize)]
struct TopOf {
    from_at: i64,
    to_at: i64,
    most: i64,
}

async fn top(State(front): State<Front>, Query(of): Query<TopOf>) -> Answer<Json<Vec<(String, i64)>>> {
    let rows = match &front.store {
        Store::Sqlite { read, .. } => {
            sqlx::query_as(TOP).bind(of.from_at).bind(of.to_at).bind(of.most).fetch_all(read).await
        }
        Store::Postgres(pool) => {
            sqlx::query_as(TOP).bind(of.from_at).bind(of.to_at).bind(of.most).fetch_all(pool).await
        }
    };
    rows.map(Json).map_err(failed)
}

#[derive(Deserialize)]
struct AtOf {
    host: String,
    at: i64,
}

async fn at(State(front): State<Front>, Query(of): Query<AtOf>) -> Answer<Json<Vec<Row>>> {
    let rows: Result<Vec<Row>, _> = match &front.store {
        Store::Sqlite { read, .. } => sqlx::query_as(AT).bind(&of.host).bind(of.at).fetch_all(read).await,
        Store::Postgres(pool) => sqlx::query_as(AT).bind(&of.host).bind(of.at).fetch_all(pool).await,
    };
    let seconds = |(client, user, opens, started_at, active_at): Row| {
        (client, user, opens, started_at.div_euclid(1_000), active_at.div_euclid(1_000))
    };
    rows.map(|rows| Json(rows.into_iter().map(seconds).collect())).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// A row without its number.
struct Stored {
    taken_at: i64,
    client: i32,
    user: i32,
    opens: i32,
    started_at: i64,
    active_at: i64,
}

impl Front {
    async fn store(&self, host: &str, snapshots: &[Snapshot]) -> anyhow::Result<()> {
        let (host, rows) = self.rows(host, snapshots).await?;
        match &self.store {
            Store::Sqlite { write, .. } => store_sqlite(write, host, &rows).await,
            Store::Postgres(pool) => store_postgres(pool, host, &rows).await,
        }
    }

    /// The rows with their names interned; new names are durable first.
    async fn rows(&self, host: &str, snapshots: &[Snapshot]) -> anyhow::Result<(i32, Vec<Stored>)> {
        let mut names = self.names.lock().await;
        let mut fresh = Vec::new();
        let mut id = |kind: i32, name: &str| -> anyhow::Result<i32> {
            if let Some(id) = names.get(&(kind, name.to_owned())) {
                return Ok(*id);
            }
            let id = i32::try_from(names.len())? + 1;
            names.insert((kind, name.to_owned()), id);
            fresh.push((kind, id, name.to_owned()));
            Ok(id)
        };
        let host = id(0, host)?;
        let mut rows = Vec::new();
        for snapshot in snapshots {
            for session in &snapshot.sessions {
                let at = |secs: Option<u32>| snapshot.taken_at - i64::from(secs.unwrap_or_default()) * 1_000;
                rows.push(Stored {
                    taken_at: snapshot.taken_at,
                    client: id(1, &session.client)?,
                    user: id(2, &session.user)?,
                    opens: i32::try_from(session.opens.unwrap_or_default())?,
                    started_at: at(session.age_secs),
                    active_at: at(session.idle_secs),
                });
            }
        }
        self.save_names(&fresh).await.context("names cannot be stored")?;
        Ok((host, rows))
    }

    async fn save_names(&self, fresh: &[(i32, i32, String)]) -> anyhow::Result<()> {
        const NAME: &str = "insert into names (kind, id, name) values ($1, $2, $3)";
        match &self.store {
            Store::Sqlite { write, .. } => {
                let mut tx = write.begin().await?;
                for (kind, id, name) in fresh {
                    sqlx::query(NAME).bind(kind).bind(id).bind(name).execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
            Store::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                for (kind, id, name) in fresh {
                    sqlx::query(NAME).bind(kind).bind(id).bind(name).execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
        }
        Ok(())
    }
}

/// Many rows a statement, all of them in one transaction.
async fn store_sqlite(pool: &SqlitePool, host: i32, rows: &[Stored]) -> anyhow::Result<()> {
    let mut tx = pool.begin().await?;
    let mut number = 0;
    for rows in rows.chunks(200) {
        let mut insert = QueryBuilder::<Sqlite>::new("insert into sessions ");
        insert.push_values(rows, |mut row, stored| {
            row.push_bind(host).push_bind(stored.taken_at).push_bind(number).push_bind(stored.client);
            row.push_bind(stored.user).push_bind(stored.opens).push_bind(stored.started_at).push_bind(stored.active_at);
            number += 1;
        });
        insert.build().execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// COPY in its binary form, the cheapest way in.
async fn store_postgres(pool: &PgPool, host: i32, rows: &[Stored]) -> anyhow::Result<()> {
    let mut copied = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    for row in rows {
        copied.extend(7_i16.to_be_bytes());
        for number in [row.taken_at, row.started_at, row.active_at] {
            copied.extend(8_i32.to_be_bytes());
            copied.extend(number.to_be_bytes());
        }
        for number in [host, row.client, row.user, row.opens] {
            copied.extend(4_i32.to_be_bytes());
            copied.extend(number.to_be_bytes());
        }
    }
    copied.extend((-1_i16).to_be_bytes());
    let mut connection = pool.acquire().await?;
    let mut copy = connection.copy_in_raw("copy sessions from stdin (format binary)").await?;
    copy.send(copied).await?;
    copy.finish().await?;
    Ok(())
}
