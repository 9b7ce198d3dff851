//! Fresh databases of both kinds, and what tests put into them.

use std::ops::Deref;

use highwater::model::agent::{AgentState, NewAgent};
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::snapshot::{Session, Snapshot};
use highwater::model::{AgentId, ClientId, HostId, UserId};
use highwater::store::agents::{self, Keyholder};
use highwater::store::{Db, Tx};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// 2026-03-02T10:00:00Z, a whole hour.
pub const T0: i64 = 1_772_445_600_000;

/// A store in a database of its own, which goes when this is dropped.
#[derive(Debug)]
pub struct Store {
    db: Db,
    address: String,
    // In this order: the connections go before the database.
    _database: Option<PostgresDatabase>,
    _folder: TempDir,
}

impl Deref for Store {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl Store {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("highwater.db").display());
        Self { db: Db::open(&address).await.unwrap(), address, _database: None, _folder: folder }
    }

    pub async fn postgres() -> Self {
        let folder = tempfile::Builder::new().prefix("highwater_test_").tempdir().unwrap();
        // The folder's name was free: so is the database's.
        let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
        let database = PostgresDatabase::create(&name).await;
        let address = database.address.clone();
        Self { db: Db::open(&address).await.unwrap(), address, _database: Some(database), _folder: folder }
    }

    /// For another [`Db::open`], as another process would do it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs the writes in one transaction and commits it.
    pub async fn write<T>(&self, writes: impl AsyncFnOnce(&mut Tx) -> sqlx::Result<T>) -> T {
        let mut tx = self.db.begin().await.unwrap();
        let done = writes(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        done
    }

    /// The leases of processes that are gone end now.
    pub async fn without_leases(&self) {
        const SQL: &str = "update deliveries set leased_until = 0 where state = 'waiting'";
        let done = if self.address.starts_with("sqlite") {
            SqliteConnection::connect(&self.address).await.unwrap().execute(SQL).await.unwrap().rows_affected()
        } else {
            PgConnection::connect(&self.address).await.unwrap().execute(SQL).await.unwrap().rows_affected()
        };
        assert!(done > 0, "something was leased");
    }

    /// A host without an agent.
    pub async fn host(&self, name: &str) -> HostId {
        self.write(async |tx| agents::host_of_identity(tx, name, name, "", T0).await).await
    }

    pub async fn agent(&self, host: HostId, state: AgentState, key: u8) -> AgentId {
        let agent = new_agent(host, state, key);
        self.write(async |tx| agents::insert(tx, &agent, T0 + i64::from(key)).await).await
    }

    /// A host with an agent that may push; always the same for a name.
    pub async fn pusher(&self, name: &str) -> Keyholder {
        let key_sha256 = highwater::secret::sha256(name);
        if let Some(there) = agents::find_by_key(&self.db, &key_sha256).await.unwrap() {
            return there;
        }
        let host = self.host(name).await;
        let state = AgentState::Approved;
        let agent = NewAgent { key_sha256, ..new_agent(host, state, 0) };
        let agent = self.write(async |tx| agents::insert(tx, &agent, T0).await).await;
        Keyholder { key_sha256, agent, host, state }
    }

    /// Where a text stands in the database, as `table.column`: in a text, in bytes, or as hexadecimal digits.
    pub async fn columns_with(&self, text: &str) -> Vec<String> {
        if self.kind() == "sqlite" {
            self.sqlite_columns_with(text).await
        } else {
            self.postgres_columns_with(text).await
        }
    }

    async fn sqlite_columns_with(&self, text: &str) -> Vec<String> {
        const COLUMNS: &str = "
            select m.name, c.name from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' order by 1, 2";
        let mut connection = SqliteConnection::connect(&self.address).await.unwrap();
        let columns: Vec<(String, String)> = sqlx::query_as(COLUMNS).fetch_all(&mut connection).await.unwrap();
        let mut found = Vec::new();
        for (table, column) in columns {
            let sql = format!("select count(*) from \"{table}\" where instr(cast(\"{column}\" as text), $1) > 0");
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(text).fetch_one(&mut connection).await.unwrap();
            found.extend((rows > 0).then(|| format!("{table}.{column}")));
        }
        connection.close().await.unwrap();
        found
    }

    async fn postgres_columns_with(&self, text: &str) -> Vec<String> {
        const COLUMNS: &str = "
            select table_name::text, column_name::text from information_schema.columns where table_schema = 'public' order by 1, 2";
        let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut connection = PgConnection::connect(&self.address).await.unwrap();
        let columns: Vec<(String, String)> = sqlx::query_as(COLUMNS).fetch_all(&mut connection).await.unwrap();
        let mut found = Vec::new();
        for (table, column) in columns {
            let sql = format!(
                "select count(*) from \"{table}\" where strpos(\"{column}\"::text, $1) > 0 or strpos(\"{column}\"::text, $2) > 0"
            );
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(text)
                .bind(&digits)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            found.extend((rows > 0).then(|| format!("{table}.{column}")));
        }
        connection.close().await.unwrap();
        found
    }

    /// All columns of the product's tables that hold texts or bytes, as `table.column`.
    pub async fn text_columns(&self) -> Vec<String> {
        const SQLITE: &str = "
            select m.name || '.' || c.name from sqlite_schema m join pragma_table_info(m.name) c
            where m.type = 'table' and lower(c.type) in ('text', 'blob') and m.name not in ('_sqlx_migrations', 'sqlite_sequence')";
        const POSTGRES: &str = "
            select table_name::text || '.' || column_name::text from information_schema.columns
            where table_schema = 'public' and data_type in ('text', 'bytea') and table_name <> '_sqlx_migrations'";
        if self.kind() == "sqlite" {
            let mut connection = SqliteConnection::connect(&self.address).await.unwrap();
            let columns = sqlx::query_scalar(SQLITE).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            columns
        } else {
            let mut connection = PgConnection::connect(&self.address).await.unwrap();
            let columns = sqlx::query_scalar(POSTGRES).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            columns
        }
    }

    /// Runs one statement, as somebody who damages the database; answers how many rows it met.
    pub async fn execute(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.kind() == "sqlite" {
            let mut connection = SqliteConnection::connect(&self.address).await.unwrap();
            let done = sqlx::query(sql).execute(&mut connection).await.unwrap().rows_affected();
            connection.close().await.unwrap();
            done
        } else {
            let mut connection = PgConnection::connect(&self.address).await.unwrap();
            let done = sqlx::query(sql).execute(&mut connection).await.unwrap().rows_affected();
            connection.close().await.unwrap();
            done
        }
    }
}

/// Runs the test on a fresh SQLite file, then on a fresh PostgreSQL database.
pub async fn both(test: impl AsyncFn(&Store)) {
    let sqlite = Store::sqlite().await;
    Box::pin(test(&sqlite)).await;
    sqlite.close().await;
    let postgres = Store::postgres().await;
    Box::pin(test(&postgres)).await;
    postgres.close().await;
}

/// The same with each of these, all at the same time, each on a thread and databases of its own: for tests that wait for other processes.
pub fn both_at_once<C: Copy + Send>(cases: &[C], test: impl AsyncFn(&Store, C) + Sync) {
    let test = &test;
    let alone = async |store: Store, case: C| {
        Box::pin(test(&store, case)).await;
        store.close().await;
    };
    let alone = &alone;
    std::thread::scope(|scope| {
        for case in cases.iter().copied() {
            scope.spawn(move || runtime().block_on(async { alone(Store::sqlite().await, case).await }));
            scope.spawn(move || runtime().block_on(async { alone(Store::postgres().await, case).await }));
        }
    });
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

pub fn new_agent(host: HostId, state: AgentState, key: u8) -> NewAgent {
    NewAgent {
        host,
        state,
        key_sha256: [key; 32],
        attempt_sha256: [key ^ 0xff; 32],
        machine_id: format!("machine-{host}"),
        name: "FS01".to_owned(),
        os: "Windows Server 2022".to_owned(),
        version: "0.1.0".to_owned(),
        address: "10.1.2.3".to_owned(),
        token: None,
        domain: String::new(),
        rule: None,
    }
}

/// A snapshot with a limit of 20, of sessions given as (client, user, opens).
pub fn snapshot(taken_at: i64, sessions: &[(ClientId, UserId, u32)]) -> Snapshot {
    let mut sessions: Vec<_> = sessions
        .iter()
        .map(|(client, user, opens)| Session {
            client: *client,
            user: *user,
            started_at: Some(T0 - 60_000),
            active_at: Some(taken_at - 1_000),
            opens: Some(*opens),
        })
        .collect();
    sessions.sort_unstable();
    Snapshot {
        taken_at,
        source: "win32-502".to_owned(),
        sampling_secs: 60,
        limit: Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api },
        partial: false,
        burst_of: None,
        sessions,
    }
}

#[derive(Debug)]
struct PostgresDatabase {
    server: String,
    name: String,
    address: String,
}

impl PostgresDatabase {
    async fn create(name: &str) -> Self {
        let server = server_address();
        let (before, query) = server.split_once('?').map_or((server.as_str(), None), |(b, q)| (b, Some(q)));
        let (host, _) = before.rsplit_once('/').expect("HIGHWATER_TEST_POSTGRES ends in /DATABASE");
        let address = format!("{host}/{name}{}", query.map(|q| format!("?{q}")).unwrap_or_default());
        run(&server, &format!("create database \"{name}\"")).await.unwrap();
        Self { server, name: name.to_owned(), address }
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let (server, drop) = (self.server.clone(), format!("drop database \"{}\" with (force)", self.name));
        // On a thread of its own: a test's runtime cannot wait here.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&server, &drop))
        });
        let outcome = dropped.join();
        assert!(std::thread::panicking() || matches!(outcome, Ok(Ok(()))), "the test's database stays: {outcome:?}");
    }
}

async fn run(server: &str, sql: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await?;
    connection.close().await
}

#[expect(clippy::disallowed_methods, reason = "the one place of the tests that reads this variable")]
fn server_address() -> String {
    std::env::var("HIGHWATER_TEST_POSTGRES").expect(
        "HIGHWATER_TEST_POSTGRES is not set: run tests/run, which starts a PostgreSQL, or give the address of one whose user may \
         create databases",
    )
}
