//! The settings by which a server started last, to see what is another one.

use super::{Result, Tx};
use crate::each;

/// Puts what is said now in the place of what was said, and answers that; none if nothing was. Who does so at the same time waits here.
///
/// # Errors
/// The database's.
pub async fn swap(tx: &mut Tx, said: &str) -> Result<Option<String>> {
    const FIRST: &str = "insert into meta (key, value) values ('settings_said', $1) on conflict (key) do nothing";
    // An update that changes nothing locks the row on both databases.
    const HOLD: &str = "update meta set value = value where key = 'settings_said' returning value";
    const SQL: &str = "update meta set value = $1 where key = 'settings_said'";
    each!(tx, tx => {
        if sqlx::query(FIRST).bind(said).execute(&mut **tx).await?.rows_affected() == 1 {
            return Ok(None);
        }
        let before: String = sqlx::query_scalar(HOLD).fetch_one(&mut **tx).await?;
        sqlx::query(SQL).bind(said).execute(&mut **tx).await?;
        Ok(Some(before))
    })
}
