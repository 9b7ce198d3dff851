//! SIGKILL between a deed and its commit: there is neither the deed nor its entry, or there are both.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use highwater::model::AccountId;
use highwater::model::audit::{Action, Deed, Subject};
use highwater::store::{audit, tokens};
use sqlx::{Connection as _, PgConnection};
use tokio::time::Instant;

use crate::harness::audit::{done, entries, is_whole, trail};
use crate::harness::server::program;
use crate::harness::store::{Store, both_at_once};
use crate::harness::wait::{eventually, same};

const ROUNDS: u32 = 30;

/// Makes a token, as somebody types it.
fn make_token(store: &Store, folder: &Path) -> Child {
    let mut command = Command::new(program("highwater"));
    command.args(["token", "new"]).env("HIGHWATER_DATABASE", store.address()).env("HIGHWATER_DATA_DIR", folder);
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn sorted(mut ids: Vec<i64>) -> Vec<i64> {
    ids.sort_unstable();
    ids
}

#[test]
fn killed_at_any_instant_there_are_as_many_entries_as_tokens() {
    both_at_once(&[()], async |store: &Store, ()| {
        let folder = tempfile::tempdir().unwrap();
        let began = Instant::now();
        assert!(make_token(store, folder.path()).wait().unwrap().success());
        let whole = began.elapsed();
        for round in 0..ROUNDS {
            let mut child = make_token(store, folder.path());
            tokio::time::sleep(whole * round / ROUNDS).await;
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let made = eventually("the database is done with the last one", async || {
            let (tokens, told) = (tokens::list(store).await.unwrap(), done(store, "token.created").await);
            let of_tokens = sorted(tokens.iter().map(|token| token.id.0).collect());
            let of_entries = sorted(told.iter().filter_map(|entry| entry.subject_id).collect());
            same(&of_entries, &of_tokens).map(|()| of_tokens.len())
        })
        .await;
        assert!((1..=ROUNDS as usize).contains(&made), "some were made, and some were not: {made}");
        is_whole(store).await;
    });
}

/// How many wait for a lock in this database.
async fn waiting(store: &Store) -> i64 {
    const SQL: &str = "
        select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let mut connection = PgConnection::connect(store.address()).await.unwrap();
    let waiting = sqlx::query_scalar(SQL).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    waiting
}

/// The token is written, and its entry waits for the end of the log: exactly in between.
#[tokio::test]
async fn killed_between_the_deed_and_its_entry_there_is_neither() {
    let store = Store::postgres().await;
    let folder = tempfile::tempdir().unwrap();
    let mut tx = store.begin().await.unwrap();
    let deed = Deed::new(Action::SignOut, Subject::account(AccountId(1), "ann"));
    audit::record(&mut tx, &trail(), &deed).await.unwrap();
    let mut child = make_token(&store, folder.path());
    let is = async |wanted: i64| match waiting(&store).await {
        found if found == wanted => Ok(()),
        found => Err(format!("{found} wait")),
    };
    eventually("it waits for the end of the log", async || is(1).await).await;
    child.kill().unwrap();
    child.wait().unwrap();
    drop(tx);
    eventually("nobody waits any more", async || is(0).await).await;
    assert_eq!((tokens::list(&store).await.unwrap(), entries(&store).await), (Vec::new(), Vec::new()));
    assert!(make_token(&store, folder.path()).wait().unwrap().success(), "the next one is not held up");
    assert_eq!((tokens::list(&store).await.unwrap().len(), done(&store, "token.created").await.len()), (1, 1));
    is_whole(&store).await;
    store.close().await;
}
