//! Accounts of people whom another system knows.

use super::{AccountRow, names};
use crate::each;
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource, LONGEST_NAME, is_seen};
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::store::values::{one_row, sight_as_json, text};
use crate::store::{Result, Tx};

/// The account of somebody whom another system knows, made if there is none: found by `source`, `issuer` and `subject`,
/// never by name or address. Its name and role are what that system says now; if another account has the name, or one
/// that nobody tells from it, a number is put behind it. Its word on the role counts also for the last administrator: the
/// command line makes another one. One that is disabled stays so: see [`Account::is_disabled`]; and one that was confined
/// to groups of hosts: see [`Account::sees`], unless that system says which hosts are seen, too: then [`renew_sight`] comes
/// next.
///
/// # Errors
/// The database's; [`crate::store::is_duplicate`] if somebody takes the new name at this very moment: try again.
#[expect(clippy::too_many_arguments, reason = "they come one by one, out of a token or a directory's entry")]
pub async fn upsert_external(
    tx: &mut Tx,
    source: AccountSource,
    issuer: &str,
    subject: &str,
    name: &str,
    role: Role,
    now_at: i64,
) -> Result<Account> {
    const SQL: &str = "
        insert into accounts (name, password_hash, role, created_at, source, issuer, subject, name_key)
        values ($1, '', $2, $3, $4, $5, $6, $7)
        on conflict do nothing";
    let name = tidy(name, subject);
    let (issuer, subject) = (text(issuer), text(subject));
    let known = (source, &*issuer, &*subject);
    let mut number = 1;
    loop {
        if let Some(found) = find(tx, known).await? {
            return update(tx, found, &name, role).await;
        }
        // Either its name is taken, or somebody made the same one just now: then it is found in the next round.
        let wanted = numbered(&name, number);
        each!(&mut *tx, tx => sqlx::query(SQL)
            .bind(&wanted)
            .bind(role.word())
            .bind(now_at)
            .bind(source.word())
            .bind(known.1)
            .bind(known.2)
            .bind(names::key(&wanted))
            .execute(&mut **tx)
            .await
            .map(|_| ()))?;
        number += 1;
    }
}

/// Lets the account see what the other system says now: to be called in the transaction in which it was found or made, so that
/// nobody ever sees more. Kept of an administrator, too, for whom it holds when he is none any more.
///
/// # Errors
/// `RowNotFound` if there is no such account.
pub async fn renew_sight(tx: &mut Tx, account: Account, sight: &Sight) -> Result<Account> {
    const SQL: &str = "update accounts set group_names = $2 where account_id = $1";
    let groups = sight_as_json(sight)?;
    one_row(each!(tx, tx =>
        sqlx::query(SQL).bind(account.id).bind(groups).execute(&mut **tx).await?.rows_affected()))?;
    Ok(Account { sight: sight.clone(), ..account })
}

/// The account of somebody whom another system knows, as it is now.
///
/// # Errors
/// The database's.
pub async fn find_external(tx: &mut Tx, source: AccountSource, issuer: &str, subject: &str) -> Result<Option<Account>> {
    find(tx, (source, &text(issuer), &text(subject))).await
}

async fn find(tx: &mut Tx, (source, issuer, subject): (AccountSource, &str, &str)) -> Result<Option<Account>> {
    const SQL: &str = "
        select account_id, name, role, source, group_names, created_at, disabled_at, signed_in_at from accounts
        where source = $1 and issuer = $2 and subject = $3";
    let row: Option<AccountRow> = each!(tx, tx => sqlx::query_as(SQL)
        .bind(source.word())
        .bind(issuer)
        .bind(subject)
        .fetch_optional(&mut **tx)
        .await?);
    row.map(AccountRow::read).transpose()
}

async fn update(tx: &mut Tx, found: Account, name: &str, role: Role) -> Result<Account> {
    const ROLE: &str = "update accounts set role = $2 where account_id = $1";
    if found.role != role {
        each!(&mut *tx, tx => sqlx::query(ROLE).bind(found.id).bind(role.word()).execute(&mut **tx).await.map(|_| ()))?;
    }
    // One from before that another account's name cannot be told from gets a number, too.
    let stays = is_numbered(&found.name, name) && names::has_key(tx, found.id).await?;
    let name = if stays { found.name } else { rename(tx, found.id, name).await? };
    Ok(Account { name, role, ..found })
}

/// Gives the account this name, or the first one with a number behind it that is free.
async fn rename(tx: &mut Tx, id: AccountId, name: &str) -> Result<String> {
    const SQL: &str = "
        update accounts set name = $2, name_key = $3
        where account_id = $1
            and not exists (select 1 from accounts where (name = $2 or name_key = $3) and account_id <> $1)";
    let mut number = 1;
    loop {
        let wanted = numbered(name, number);
        let rows = each!(&mut *tx, tx =>
            sqlx::query(SQL).bind(id).bind(&wanted).bind(names::key(&wanted)).execute(&mut **tx).await?.rows_affected());
        if rows == 1 {
            return Ok(wanted);
        }
        number += 1;
    }
}

fn numbered(name: &str, number: u32) -> String {
    if number == 1 { name.to_owned() } else { format!("{name} ({number})") }
}

/// Whether it is this name, with or without a number behind it.
fn is_numbered(name: &str, of: &str) -> bool {
    let Some(rest) = name.strip_prefix(of) else { return false };
    let number = rest.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')'));
    rest.is_empty() || number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// What the other system calls somebody, as a name of an account; without one, what it knows him by.
fn tidy(name: &str, subject: &str) -> String {
    let of = |text: &str| {
        let seen = text.chars().filter(|c| c.is_control() || is_seen(*c));
        let plain: String = seen.map(|c| if c.is_control() { ' ' } else { c }).collect();
        plain.trim().chars().take(LONGEST_NAME).collect::<String>().trim_end().to_owned()
    };
    let (name, subject) = (of(name), of(subject));
    if !name.is_empty() {
        name
    } else if !subject.is_empty() {
        subject
    } else {
        "?".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_is_a_line_within_its_length() {
        assert_eq!(tidy(" Ann\r\nMartin\u{1b} ", "s"), "Ann  Martin");
        assert_eq!(tidy("\0", "cn=ann"), "cn=ann");
        assert_eq!(tidy("", ""), "?");
        assert_eq!(tidy("ro\u{200b}ot\u{202e}", "s"), "root");
        assert_eq!(tidy(&"é".repeat(100), "s").chars().count(), LONGEST_NAME);
    }

    #[test]
    fn a_number_behind_a_name_makes_no_other_name_of_it() {
        assert!(is_numbered("ann", "ann") && is_numbered("ann (12)", "ann"));
        for other in ["anna", "ann (x)", "ann (2", "ann 2", "Ann"] {
            assert!(!is_numbered(other, "ann"), "{other}");
        }
        assert_eq!((numbered("ann", 1), numbered("ann", 2)), ("ann".to_owned(), "ann (2)".to_owned()));
    }
}
