//! Rules that say what clients and users are, and who is what by them. What each name is, is worked out once and remembered by its
//! id until a rule or a name changes; so a filter over 100,000 clients compares numbers, not texts.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::rank::By;
use super::values::{text, word};
use super::{Db, Result, Tx, aliases, erasure, names};
use crate::each;
use crate::model::ClassRuleId;
use crate::model::alias::Aliases;
use crate::model::class::{Class, Rule, Rules, Subject};
use crate::model::eyes::Eyes;

const REVISION: &str = "class_rules_revision";
/// More rules than anybody needs would make each new name slow.
pub const MOST_RULES: usize = 500;
/// From so many unknown names on, all are read in one go.
const MANY: usize = 1_000;

/// Places of rules by id; these two are no places.
const UNKNOWN: u16 = u16::MAX;
const NONE: u16 = u16::MAX - 1;

/// What is remembered. One for the whole process.
#[derive(Default)]
pub(super) struct Known {
    state: Mutex<State>,
    /// Whoever works out the class of many names: others wait, and find it done.
    many: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// Of the rules and of the names that this was worked out from; none before the first time.
    revisions: Option<Vec<(String, String)>>,
    rules: Arc<Rules>,
    clients: Vec<u16>,
    users: Vec<u16>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

impl State {
    fn places(&mut self, by: By) -> &mut Vec<u16> {
        match by {
            By::Client => &mut self.clients,
            By::User => &mut self.users,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    rule_id: ClassRuleId,
    class: String,
    subject: String,
    pattern: String,
    created_at: i64,
    created_by: String,
}

/// All rules, in order.
///
/// # Errors
/// The database's; `Decode` for a word of another version.
pub async fn rules(db: &Db) -> Result<Vec<Rule>> {
    const SQL: &str = "
        select rule_id, class, subject, pattern, created_at, created_by from class_rules order by position, rule_id";
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter().map(Row::read).collect()
}

/// Adds a rule at the end. None if there are [`MOST_RULES`] already.
///
/// # Errors
/// The database's.
pub async fn insert(
    tx: &mut Tx,
    (class, subject, pattern): (Class, Subject, &str),
    by: &str,
    now_at: i64,
) -> Result<Option<ClassRuleId>> {
    const COUNT: &str = "select count(*) from class_rules";
    const SQL: &str = "
        insert into class_rules (position, class, subject, pattern, created_at, created_by)
        values ((select coalesce(max(position), 0) + 1 from class_rules), $1, $2, $3, $4, $5)
        returning rule_id";
    super::next_revision(tx, REVISION).await?;
    each!(tx, tx => {
        let count: i64 = sqlx::query_scalar(COUNT).fetch_one(&mut **tx).await?;
        if usize::try_from(count).is_ok_and(|count| count >= MOST_RULES) {
            return Ok(None);
        }
        sqlx::query_scalar(SQL)
            .bind(class.word())
            .bind(subject.word())
            .bind(text(pattern))
            .bind(now_at)
            .bind(text(by))
            .fetch_one(&mut **tx)
            .await
            .map(Some)
    })
}

/// Removes a rule. Answers its class, subject and pattern, as they are stored; none if there is no such rule.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, id: ClassRuleId) -> Result<Option<[String; 3]>> {
    const SQL: &str = "delete from class_rules where rule_id = $1 returning class, subject, pattern";
    super::next_revision(tx, REVISION).await?;
    let was: Option<(String, String, String)> =
        each!(tx, tx => sqlx::query_as(SQL).bind(id).fetch_optional(&mut **tx).await?);
    Ok(was.map(<[String; 3]>::from))
}

/// Puts another pattern in the place of a rule's.
///
/// # Errors
/// The database's.
pub async fn save_pattern(tx: &mut Tx, id: ClassRuleId, pattern: &str) -> Result<()> {
    const SQL: &str = "update class_rules set pattern = $1 where rule_id = $2";
    super::next_revision(tx, REVISION).await?;
    each!(tx, tx => sqlx::query(SQL).bind(text(pattern)).bind(id).execute(&mut **tx).await.map(|_| ()))
}

/// Moves a rule one place up or down. False if there is no such rule; at either end it stays.
///
/// # Errors
/// The database's.
pub async fn shift(tx: &mut Tx, id: ClassRuleId, is_up: bool) -> Result<bool> {
    const LIST: &str = "select rule_id, position from class_rules order by position, rule_id";
    const SAVE: &str = "update class_rules set position = $1 where rule_id = $2";
    super::next_revision(tx, REVISION).await?;
    each!(tx, tx => {
        let mut list: Vec<(ClassRuleId, i64)> = sqlx::query_as(LIST).fetch_all(&mut **tx).await?;
        let Some(place) = list.iter().position(|(rule, _)| *rule == id) else { return Ok(false) };
        let other = if is_up { place.checked_sub(1) } else { Some(place + 1).filter(|other| *other < list.len()) };
        let Some(other) = other else { return Ok(true) };
        list.swap(place, other);
        for (position, (rule, before)) in (1_i64..).zip(&list) {
            if position != *before {
                sqlx::query(SAVE).bind(position).bind(*rule).execute(&mut **tx).await?;
            }
        }
        Ok(true)
    })
}

/// What these clients or users are, where a rule matches: a client with several names is what the first rule says of any of them.
///
/// # Errors
/// The database's.
pub async fn of(db: &Db, by: By, ids: &[i64]) -> Result<HashMap<i64, Class>> {
    let aliases = aliases::of(db, by).await?;
    let (rules, places) = places(db, by, &aliases, ids).await?;
    Ok(places.into_iter().filter_map(|(id, place)| Some((id, rules.class(place)?))).collect())
}

/// Of these clients or users (main clients only) those of a class.
pub(super) async fn having(db: &Db, by: By, class: Class, (aliases, ids): (&Aliases, &[i64])) -> Result<HashSet<i64>> {
    let (rules, places) = places(db, by, aliases, ids).await?;
    Ok(places.into_iter().filter(|(_, place)| rules.class(*place) == Some(class)).map(|(id, _)| id).collect())
}

/// Of how many names each rule is the first that matches, in the order of [`rules`]: of clients and of users.
///
/// # Errors
/// The database's.
pub async fn counts(db: &Db) -> Result<Vec<usize>> {
    let mut counts = Vec::new();
    for by in [By::Client, By::User] {
        counts_of(db, by, &mut counts).await?;
    }
    Ok(counts)
}

/// Adds those of clients, or of users.
async fn counts_of(db: &Db, by: By, counts: &mut Vec<usize>) -> Result<()> {
    let revisions = revisions(db).await?;
    counts.resize(rules_of(db, &revisions).await?.len(), 0);
    let mut add = |place: usize| {
        // The rules may have changed in between.
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    };
    if let Some(places) = all_remembered(db, by, &revisions, how_many(db, by).await?) {
        places.into_iter().for_each(&mut add);
    } else {
        let ids = ids(db, by).await?;
        places(db, by, &Aliases::default(), &ids).await?.1.into_iter().for_each(|(_, place)| add(place));
    }
    Ok(())
}

/// The places of all that a rule matches, if nobody of so many is unknown: when a name is removed, the revision of the names changes and all is
/// forgotten, so as many known as there are names are these names.
fn all_remembered(db: &Db, by: By, revisions: &[(String, String)], all: i64) -> Option<Vec<usize>> {
    let mut state = db.classes.state.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = state.revisions.as_deref() == Some(revisions);
    let known = state.places(by).iter().filter(|place| **place != UNKNOWN);
    let is_whole = is_same && i64::try_from(known.clone().count()).is_ok_and(|known| known == all);
    is_whole.then(|| known.filter(|place| **place < NONE).map(|place| usize::from(*place)).collect())
}

async fn how_many(db: &Db, by: By) -> Result<i64> {
    const CLIENTS: &str = "select count(*) from clients";
    const USERS: &str = "select count(*) from users";
    let sql = if by == By::Client { CLIENTS } else { USERS };
    each!(db.reader(), pool => sqlx::query_scalar(sql).fetch_one(pool).await)
}

async fn ids(db: &Db, by: By) -> Result<Vec<i64>> {
    const CLIENTS: &str = "select client_id from clients";
    const USERS: &str = "select user_id from users";
    let sql = if by == By::Client { CLIENTS } else { USERS };
    each!(db.reader(), pool => sqlx::query_scalar(sql).fetch_all(pool).await)
}

/// Every client's or user's name.
///
/// # Errors
/// The database's.
pub async fn everybody(db: &Db, by: By) -> Result<Vec<(i64, String)>> {
    const CLIENTS: &str = "select client_id, name from clients";
    const USERS: &str = "select user_id, name from users";
    let sql = if by == By::Client { CLIENTS } else { USERS };
    each!(db.reader(), pool => sqlx::query_as(sql).fetch_all(pool).await)
}

/// The rules, and the place of the first that matches each of these, where one does.
async fn places(db: &Db, by: By, aliases: &Aliases, ids: &[i64]) -> Result<(Arc<Rules>, Vec<(i64, usize)>)> {
    let revisions = revisions(db).await?;
    let rules = rules_of(db, &revisions).await?;
    let all: Vec<i64> = ids.iter().flat_map(|id| aliases.names(*id)).collect();
    let mut found: HashMap<i64, u16> = HashMap::with_capacity(all.len());
    let mut missing = remembered(db, by, &revisions, all, &mut found);
    let _turn = if missing.len() > MANY {
        let turn = db.classes.many.lock().await;
        missing = remembered(db, by, &revisions, missing, &mut found);
        Some(turn)
    } else {
        None
    };
    if !missing.is_empty() {
        let fresh = work_out(db, by, &rules, &missing).await?;
        remember(db, by, &revisions, &fresh);
        found.extend(fresh);
    }
    let first = |id: &i64| aliases.names(*id).filter_map(|name| found.get(&name)).min().copied();
    let place = |id: &i64| first(id).filter(|place| *place < NONE).map(|place| (*id, usize::from(place)));
    let places = ids.iter().filter_map(place).collect();
    Ok((rules, places))
}

/// Takes in what is remembered of these; answers of whom nothing is.
fn remembered(
    db: &Db,
    by: By,
    revisions: &[(String, String)],
    ids: Vec<i64>,
    found: &mut HashMap<i64, u16>,
) -> Vec<i64> {
    let mut state = db.classes.state.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = state.revisions.as_deref() == Some(revisions);
    let places = state.places(by);
    let place = |id: &i64| usize::try_from(*id).ok().and_then(|id| places.get(id)).copied().unwrap_or(UNKNOWN);
    let mut missing = Vec::new();
    for id in ids {
        match if is_same { place(&id) } else { UNKNOWN } {
            UNKNOWN => missing.push(id),
            known => _ = found.insert(id, known),
        }
    }
    missing
}

async fn work_out(db: &Db, by: By, rules: &Arc<Rules>, missing: &[i64]) -> Result<Vec<(i64, u16)>> {
    let names: Vec<(i64, String)> = if missing.len() > MANY {
        everybody(db, by).await?
    } else if by == By::Client {
        names::clients_by_raw_id(db, missing).await?.into_iter().collect()
    } else {
        names::users_by_raw_id(db, missing, &Eyes::Names).await?.into_iter().collect()
    };
    let rules = Arc::clone(rules);
    let place = move |name: &str| match by {
        By::Client => rules.of_client(name),
        By::User => rules.of_user(name),
    };
    let place = move |name: &str| place(name).and_then(|place| u16::try_from(place).ok()).unwrap_or(NONE);
    let all = move || names.iter().map(|(id, name)| (*id, place(name))).collect::<Vec<_>>();
    if missing.len() <= MANY {
        return Ok(all());
    }
    // A hundred thousand names and hundreds of rules are seconds.
    tokio::task::spawn_blocking(all).await.map_err(|_| sqlx::Error::WorkerCrashed)
}

fn remember(db: &Db, by: By, revisions: &[(String, String)], fresh: &[(i64, u16)]) {
    // Ids are handed out one after the other; one beyond this is damaged and not worth the memory.
    const MOST_IDS: usize = 1 << 26;
    let mut state = db.classes.state.lock().unwrap_or_else(PoisonError::into_inner);
    if state.revisions.as_deref() != Some(revisions) {
        return;
    }
    let places = state.places(by);
    for (id, place) in fresh {
        let Some(id) = usize::try_from(*id).ok().filter(|id| *id < MOST_IDS) else { continue };
        if places.len() <= id {
            places.resize(id + 1, UNKNOWN);
        }
        places[id] = *place;
    }
}

/// The rules as they are now. If they changed, everything that was remembered is forgotten.
async fn rules_of(db: &Db, revisions: &[(String, String)]) -> Result<Arc<Rules>> {
    {
        let state = db.classes.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.revisions.as_deref() == Some(revisions) {
            return Ok(Arc::clone(&state.rules));
        }
    }
    let fresh = Arc::new(Rules::of(&rules(db).await?));
    let state = State { revisions: Some(revisions.to_vec()), rules: Arc::clone(&fresh), ..State::default() };
    *db.classes.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    Ok(fresh)
}

async fn revisions(db: &Db) -> Result<Vec<(String, String)>> {
    const SQL: &str = "select key, value from meta where key in ($1, $2) order by key";
    each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(REVISION).bind(erasure::REVISION).fetch_all(pool).await)
}

impl Row {
    fn read(self) -> Result<Rule> {
        Ok(Rule {
            id: self.rule_id,
            class: word("class_rules.class", &self.class, Class::from_word)?,
            subject: word("class_rules.subject", &self.subject, Subject::from_word)?,
            pattern: self.pattern,
            created_at: self.created_at,
            created_by: self.created_by,
        })
    }
}
