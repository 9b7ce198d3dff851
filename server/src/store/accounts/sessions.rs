use std::collections::HashMap;

use super::AccountRow;
use crate::each;
use crate::model::AccountId;
use crate::model::account::{NewWebSession, Oldest, SessionInShort, WebSession};
use crate::model::sight::Sight;
use crate::store::values::{sha256, text};
use crate::store::{Db, Result, Tx};

/// Signs a browser in.
///
/// # Errors
/// The database's.
pub async fn insert_session(tx: &mut Tx, new: &NewWebSession<'_>, now_at: i64) -> Result<()> {
    const SQL: &str = "
        insert into web_sessions
            (session_sha256, account_id, csrf_token, created_at, seen_at, is_screen, address, browser)
        values ($1, $2, $3, $4, $4, $5, $6, $7)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(new.sha256.as_slice())
        .bind(new.account)
        .bind(new.csrf_token)
        .bind(now_at)
        .bind(i64::from(new.is_screen))
        .bind(text(new.address))
        .bind(text(new.browser))
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// The signed-in browser with its account, as that is now.
///
/// # Errors
/// The database's.
pub async fn find_session(db: &Db, session_sha256: &[u8; 32]) -> Result<Option<WebSession>> {
    const SQL: &str = "
        select a.account_id, a.name, a.role, a.source, a.group_names, a.created_at, a.disabled_at, a.signed_in_at,
            s.csrf_token, s.created_at as session_created_at, s.seen_at, s.is_screen
        from web_sessions s join accounts a on a.account_id = s.account_id
        where s.session_sha256 = $1";
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        account: AccountRow,
        csrf_token: String,
        session_created_at: i64,
        seen_at: i64,
        is_screen: i64,
    }
    let row: Option<Row> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(session_sha256.as_slice()).fetch_optional(pool).await?);
    let Some(row) = row else { return Ok(None) };
    Ok(Some(WebSession {
        account: row.account.read()?,
        csrf_token: row.csrf_token,
        created_at: row.session_created_at,
        seen_at: row.seen_at,
        is_screen: row.is_screen != 0,
    }))
}

/// The browsers in which the account is signed in, the one that was used last first.
///
/// # Errors
/// The database's.
pub async fn sessions_of(db: &Db, account: AccountId, oldest: Oldest) -> Result<Vec<SessionInShort>> {
    const SQL: &str = "
        select session_sha256, created_at, seen_at, is_screen, address, browser from web_sessions
        where account_id = $1
            and ((is_screen = 0 and seen_at > $2 and created_at > $3) or (is_screen = 1 and created_at > $4))
        order by seen_at desc, session_sha256";
    #[derive(sqlx::FromRow)]
    struct Row {
        session_sha256: Vec<u8>,
        created_at: i64,
        seen_at: i64,
        is_screen: i64,
        address: String,
        browser: String,
    }
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(account)
        .bind(oldest.seen_at)
        .bind(oldest.created_at)
        .bind(oldest.screen_created_at)
        .fetch_all(pool)
        .await?);
    let read = |row: Row| -> Result<SessionInShort> {
        Ok(SessionInShort {
            sha256: sha256("web_sessions.session_sha256", row.session_sha256)?,
            created_at: row.created_at,
            seen_at: row.seen_at,
            is_screen: row.is_screen != 0,
            address: row.address,
            browser: row.browser,
        })
    };
    rows.into_iter().map(read).collect()
}

/// The browsers that are signed in to accounts that nobody disabled, and which hosts each one's person sees.
///
/// # Errors
/// The database's.
pub async fn sessions_since(db: &Db, oldest: Oldest) -> Result<HashMap<[u8; 32], Sight>> {
    const SQL: &str = "
        select s.session_sha256, a.account_id, a.name, a.role, a.source, a.group_names, a.created_at, a.disabled_at,
            a.signed_in_at
        from web_sessions s join accounts a on a.account_id = s.account_id
        where a.disabled_at is null
            and ((s.is_screen = 0 and s.seen_at > $1 and s.created_at > $2)
                or (s.is_screen = 1 and s.created_at > $3))";
    #[derive(sqlx::FromRow)]
    struct Row {
        session_sha256: Vec<u8>,
        #[sqlx(flatten)]
        account: AccountRow,
    }
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(oldest.seen_at)
        .bind(oldest.created_at)
        .bind(oldest.screen_created_at)
        .fetch_all(pool)
        .await?);
    let read = |row: Row| -> Result<([u8; 32], Sight)> {
        Ok((sha256("web_sessions.session_sha256", row.session_sha256)?, row.account.read()?.sees()))
    };
    rows.into_iter().map(read).collect()
}

/// Notes that the session was used. Callers do so once a minute at most.
///
/// # Errors
/// The database's. A session that has gone is none.
pub async fn touch_session(tx: &mut Tx, session_sha256: &[u8; 32], now_at: i64) -> Result<()> {
    const SQL: &str = "update web_sessions set seen_at = $2 where session_sha256 = $1";
    each!(tx, tx =>
        sqlx::query(SQL).bind(session_sha256.as_slice()).bind(now_at).execute(&mut **tx).await.map(|_| ()))
}

/// Signs a browser out.
///
/// # Errors
/// The database's. A session that has gone is none.
pub async fn delete_session(tx: &mut Tx, session_sha256: &[u8; 32]) -> Result<()> {
    const SQL: &str = "delete from web_sessions where session_sha256 = $1";
    each!(tx, tx => sqlx::query(SQL).bind(session_sha256.as_slice()).execute(&mut **tx).await.map(|_| ()))
}

/// Signs a browser of the account out. False if the account has no such one.
///
/// # Errors
/// The database's.
pub async fn delete_session_of(tx: &mut Tx, account: AccountId, session_sha256: &[u8; 32]) -> Result<bool> {
    const SQL: &str = "delete from web_sessions where account_id = $1 and session_sha256 = $2";
    let rows = each!(tx, tx =>
        sqlx::query(SQL).bind(account).bind(session_sha256.as_slice()).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// Signs every browser of the account out.
///
/// # Errors
/// The database's.
pub async fn delete_sessions_of(tx: &mut Tx, account: AccountId) -> Result<u64> {
    const SQL: &str = "delete from web_sessions where account_id = $1";
    each!(tx, tx => sqlx::query(SQL).bind(account).execute(&mut **tx).await.map(|done| done.rows_affected()))
}

/// Signs every browser of the account out but this one.
///
/// # Errors
/// The database's.
pub async fn delete_other_sessions(tx: &mut Tx, account: AccountId, kept_sha256: &[u8; 32]) -> Result<u64> {
    const SQL: &str = "delete from web_sessions where account_id = $1 and session_sha256 <> $2";
    each!(tx, tx => sqlx::query(SQL)
        .bind(account)
        .bind(kept_sha256.as_slice())
        .execute(&mut **tx)
        .await
        .map(|done| done.rows_affected()))
}

/// Deletes sessions that are over, links that expired as long ago as a session may be idle, and what waits for a second
/// factor in vain. Answers how many rows went.
///
/// # Errors
/// The database's.
pub async fn delete_expired(tx: &mut Tx, oldest: Oldest) -> Result<u64> {
    const SESSIONS: &str = "
        delete from web_sessions where (is_screen = 0 and (seen_at < $1 or created_at < $2))
            or (is_screen = 1 and created_at < $3)";
    const LINKS: &str = "delete from links where expires_at < $1";
    const STEPS: &str = "delete from sign_in_steps where expires_at < $1";
    each!(tx, tx => {
        let sessions = sqlx::query(SESSIONS).bind(oldest.seen_at).bind(oldest.created_at);
        let mut rows = sessions.bind(oldest.screen_created_at).execute(&mut **tx).await?.rows_affected();
        for sql in [LINKS, STEPS] {
            rows += sqlx::query(sql).bind(oldest.seen_at).execute(&mut **tx).await?.rows_affected();
        }
        Ok(rows)
    })
}
