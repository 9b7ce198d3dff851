use crate::each;
use crate::model::AccountId;
use crate::model::account::{Link, LinkPurpose};
use crate::store::values::word;
use crate::store::{Db, Result, Tx};

#[derive(sqlx::FromRow)]
struct LinkRow {
    purpose: String,
    account_id: Option<AccountId>,
    expires_at: i64,
}

/// Keeps a one-time link.
///
/// # Errors
/// The database's.
pub async fn insert_link(
    tx: &mut Tx,
    secret_sha256: &[u8; 32],
    purpose: LinkPurpose,
    account: Option<AccountId>,
    expires_at: i64,
) -> Result<()> {
    const SQL: &str = "
        insert into links (secret_sha256, purpose, account_id, expires_at) values ($1, $2, $3, $4)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(secret_sha256.as_slice())
        .bind(purpose.word())
        .bind(account)
        .bind(expires_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// The link, if it was not used and has not expired.
///
/// # Errors
/// The database's.
pub async fn find_link(db: &Db, secret_sha256: &[u8; 32], now_at: i64) -> Result<Option<Link>> {
    const SQL: &str = "
        select purpose, account_id, expires_at from links
        where secret_sha256 = $1 and used_at is null and expires_at > $2";
    let row: Option<LinkRow> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(secret_sha256.as_slice()).bind(now_at).fetch_optional(pool).await?);
    row.map(LinkRow::read).transpose()
}

/// Uses the link up. None if it was used, has expired or never was: it works once, however many try at the same time.
///
/// # Errors
/// The database's.
pub async fn use_link(tx: &mut Tx, secret_sha256: &[u8; 32], now_at: i64) -> Result<Option<Link>> {
    // A second user waits here for the first one's transaction and then finds used_at set.
    const SQL: &str = "
        update links set used_at = $2 where secret_sha256 = $1 and used_at is null and expires_at > $2
        returning purpose, account_id, expires_at";
    let row: Option<LinkRow> = each!(tx, tx =>
        sqlx::query_as(SQL).bind(secret_sha256.as_slice()).bind(now_at).fetch_optional(&mut **tx).await?);
    row.map(LinkRow::read).transpose()
}

impl LinkRow {
    fn read(self) -> Result<Link> {
        Ok(Link {
            purpose: word("links.purpose", &self.purpose, LinkPurpose::from_word)?,
            account: self.account_id,
            expires_at: self.expires_at,
        })
    }
}
