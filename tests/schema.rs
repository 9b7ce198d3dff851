//! The two databases are the same, and every function of the store is run on both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sqlx::{PgPool, SqlitePool};

use crate::harness::store::Store;

/// A table: its columns in order (name, type, may be null), its primary key, and what else is unique, indexed or referred to.
#[derive(Debug, PartialEq, Eq, Default)]
struct Table {
    columns: Vec<(String, String, bool)>,
    primary_key: Vec<String>,
    unique: BTreeSet<String>,
    indexes: BTreeSet<String>,
    references: BTreeSet<String>,
}

type Schema = BTreeMap<String, Table>;

const OWN: &str = "_sqlx_migrations";

async fn schema_of_sqlite(address: &str) -> Schema {
    const COLUMNS: &str = r#"
        select m.name, c.name, lower(c.type), c."notnull" = 0 and c.pk = 0, c.pk
        from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' order by m.name, c.cid"#;
    const INDEXES: &str = r#"
        select m.name, i.name, i."unique", i.origin,
            (select group_concat(c.name, ', ') from (select name from pragma_index_info(i.name) order by seqno) c)
        from sqlite_schema m join pragma_index_list(m.name) i where m.type = 'table'"#;
    const REFERENCES: &str = r#"
        select m.name, f."from", f."table", f."to"
        from sqlite_schema m join pragma_foreign_key_list(m.name) f where m.type = 'table'"#;
    let pool = SqlitePool::connect(address).await.unwrap();
    let mut schema = Schema::new();
    let mut keys: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
    let columns: Vec<(String, String, String, bool, i64)> = sqlx::query_as(COLUMNS).fetch_all(&pool).await.unwrap();
    for (table, column, kind, is_nullable, place_in_key) in columns {
        let kind = match kind.as_str() {
            "integer" => "bigint",
            "blob" => "bytea",
            "real" => "double precision",
            other => other,
        };
        schema.entry(table.clone()).or_default().columns.push((column.clone(), kind.to_owned(), is_nullable));
        if place_in_key > 0 {
            keys.entry(table).or_default().insert(place_in_key, column);
        }
    }
    for (table, key) in keys {
        schema.entry(table).or_default().primary_key = key.into_values().collect();
    }
    let indexes: Vec<(String, String, bool, String, String)> = sqlx::query_as(INDEXES).fetch_all(&pool).await.unwrap();
    for (table, index, is_unique, origin, columns) in indexes {
        let table = schema.entry(table).or_default();
        match origin.as_str() {
            "pk" => {}
            "u" => _ = table.unique.insert(columns),
            _ => _ = table.indexes.insert(format!("{index} ({columns}){}", if is_unique { " unique" } else { "" })),
        }
    }
    let references: Vec<(String, String, String, String)> = sqlx::query_as(REFERENCES).fetch_all(&pool).await.unwrap();
    for (table, from, to_table, to) in references {
        schema.entry(table).or_default().references.insert(format!("{from} -> {to_table} ({to})"));
    }
    pool.close().await;
    schema.remove(OWN);
    // Where SQLite keeps the last ids of tables that never tell one again.
    schema.remove("sqlite_sequence");
    schema
}

async fn schema_of_postgres(address: &str) -> Schema {
    const COLUMNS: &str = "
        select table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
        from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position";
    const INDEXES: &str = "
        select t.relname::text, i.relname::text, x.indisunique, x.indisprimary, k.oid is not null,
            (select string_agg(a.attname, ', ' order by n)
             from unnest(x.indkey::int[]) with ordinality as c (attnum, n)
             join pg_attribute a on a.attrelid = t.oid and a.attnum = c.attnum)
        from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
        left join pg_constraint k on k.conindid = i.oid and k.contype = 'u'
        where t.relnamespace = 'public'::regnamespace";
    const REFERENCES: &str = "
        select c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text, b.attname::text
        from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
        where c.contype = 'f' and c.connamespace = 'public'::regnamespace";
    let pool = PgPool::connect(address).await.unwrap();
    let mut schema = Schema::new();
    let columns: Vec<(String, String, String, bool)> = sqlx::query_as(COLUMNS).fetch_all(&pool).await.unwrap();
    for (table, column, kind, is_nullable) in columns {
        schema.entry(table).or_default().columns.push((column, kind, is_nullable));
    }
    let indexes: Vec<(String, String, bool, bool, bool, String)> =
        sqlx::query_as(INDEXES).fetch_all(&pool).await.unwrap();
    for (table, index, is_unique, is_primary, is_constraint, columns) in indexes {
        let table = schema.entry(table).or_default();
        if is_primary {
            table.primary_key = columns.split(", ").map(str::to_owned).collect();
        } else if is_constraint {
            table.unique.insert(columns);
        } else {
            table.indexes.insert(format!("{index} ({columns}){}", if is_unique { " unique" } else { "" }));
        }
    }
    let references: Vec<(String, String, String, String)> = sqlx::query_as(REFERENCES).fetch_all(&pool).await.unwrap();
    for (table, from, to_table, to) in references {
        schema.entry(table).or_default().references.insert(format!("{from} -> {to_table} ({to})"));
    }
    pool.close().await;
    schema.remove(OWN);
    schema
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_keys_and_indexes() {
    let (sqlite, postgres) = (Store::sqlite().await, Store::postgres().await);
    let one = schema_of_sqlite(sqlite.address()).await;
    let other = schema_of_postgres(postgres.address()).await;
    assert!(one.len() > 15, "found almost no tables");
    assert!(one.keys().eq(other.keys()), "tables differ: {:?} / {:?}", one.keys(), other.keys());
    for (name, table) in &one {
        assert_eq!(table, &other[name], "the table {name} differs (SQLite left, PostgreSQL right)");
    }
    // That the comparison sees what it is meant to see.
    let agents = &one["agents"];
    assert_eq!(agents.primary_key, ["agent_id"]);
    assert!(agents.unique.contains("key_sha256"));
    assert!(agents.indexes.contains("agents_by_host (host_id)"));
    assert!(agents.references.contains("host_id -> hosts (host_id)"));
    assert!(agents.columns.contains(&("decided_at".to_owned(), "bigint".to_owned(), true)));
    assert_eq!(one["cursors"].primary_key, ["host_id", "epoch"]);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort();
    found
}

/// The names of all `pub fn` and `pub async fn`.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("pub ")?;
        let rest = rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("fn ")?;
        rest.split(['(', '<']).next()
    })
}

#[test]
fn every_function_of_the_store_is_called_by_a_test_on_both_databases() {
    let tests: Vec<_> =
        files(&root().join("tests")).into_iter().filter(|(name, _)| name.starts_with("store_")).collect();
    let (mut count, mut missing) = (0, Vec::new());
    for (noun, text) in files(&root().join("server/src/store")) {
        for function in functions(&text) {
            count += 1;
            let calls = match noun.as_str() {
                // Methods of the store itself, and what is said of its errors.
                "mod" => [format!(".{function}("), format!("store::{function}("), format!("Db::{function}(")].to_vec(),
                _ => [format!("{noun}::{function}("), format!("{noun}::{function})")].to_vec(),
            };
            if !tests.iter().any(|(_, test)| calls.iter().any(|call| test.contains(call))) {
                missing.push(format!("{noun}::{function}"));
            }
        }
    }
    assert!(count > 50, "found almost no functions of the store");
    assert!(missing.is_empty(), "no tests/store_*.rs calls {}", missing.join(", "));
}

#[test]
fn the_tests_of_the_store_run_on_both_databases() {
    for (name, text) in files(&root().join("tests")) {
        if name.starts_with("store_") {
            let (tests, both) = (text.matches("#[tokio::test").count(), text.matches("both(async |").count());
            assert!(both > 0 && both + 1 >= tests, "{name}: of {tests} tests {both} run on both databases");
        }
    }
}
