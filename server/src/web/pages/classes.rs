//! Rules by which clients and users get their class: their order, what each matches, a look at a new one before it counts.

mod file;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::holders::shown_name;
use crate::locale::Message;
use crate::model::ClassRuleId;
use crate::model::audit::{Action, Deed, SubjectKind};
use crate::model::class::{Class, LONGEST_PATTERN, Name, Pattern, PatternError, Rule, Rules, Subject};
use crate::store;
use crate::store::classes::{self, MOST_RULES};
use crate::store::rank::By;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::audit::told;
use crate::web::auth::{self, Nothing, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet;

/// Names that a look shows.
const SHOWN: usize = 30;
const PATH: &str = "/settings/classes";

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/classes.html")]
pub struct ClassesPage {
    page: Page,
    rules: Vec<Row>,
    fields: Fields,
    refusal: String,
    look: Option<Look>,
}

#[derive(Debug)]
struct Row {
    rule: Rule,
    /// Names of which it is the first that matches.
    count: usize,
}

/// What a rule matches.
#[derive(Debug)]
struct Look {
    subject: Subject,
    pattern: String,
    class: Class,
    /// The rule that it is already; none of what somebody is about to add.
    kept: Option<ClassRuleId>,
    all: usize,
    /// Of those, the ones that an earlier rule decides about.
    before: usize,
    shown: Vec<Match>,
}

#[derive(Debug)]
struct Match {
    id: i64,
    name: String,
    /// What an earlier rule says.
    before: Option<Class>,
}

/// The form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    class: String,
    subject: String,
    pattern: String,
    /// `add`, or anything else for a look.
    then: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// The id of the rule whose matches are shown.
    #[serde(default)]
    rule: String,
    /// A file of these (`names`), of what the rule in the other fields would match (`look`), or else of the rules.
    #[serde(default)]
    table: String,
    format: Option<String>,
    #[serde(default)]
    class: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    pattern: String,
}

#[derive(Debug, Deserialize)]
pub struct Move {
    /// `up` or `down`.
    to: String,
}

/// `GET /settings/classes?rule&table&format&class&subject&pattern`: the last three are a rule that is tried out.
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let rules = classes::rules(&site.db).await?;
    let wanted = asked.rule.parse::<ClassRuleId>().ok();
    let place = wanted.and_then(|id| rules.iter().position(|rule| rule.id == id));
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        return file::answer(&site, (rules, place), &asked, wanted).await;
    }
    let look = match place {
        Some(place) => {
            let rule = &rules[place];
            let pattern =
                Pattern::parse(rule.subject, &rule.pattern).map_err(|e| Error::BadRequest(refusal_words(&e)))?;
            let of = (rule.class, rule.subject, rule.pattern.clone());
            Some(look(&site, &rules[..place], of, &pattern).await?).map(|look| Look { kept: Some(rule.id), ..look })
        }
        None => None,
    };
    Ok(page(&site, viewer, &by, (Fields::default(), None, look)).await?.into_response())
}

/// `POST /settings/classes`: adds a rule, or shows what it would match.
pub async fn create(State(site): State<Site>, viewer: Viewer, form: auth::Form<Fields>) -> Result<Response> {
    let fields = form.fields;
    let (class, subject, pattern) = match fields.read() {
        Ok(read) => read,
        Err(refusal) => return refused(&site, viewer, &form.by, (fields, refusal)).await,
    };
    let text = pattern.text(&fields.pattern);
    if fields.then != "add" {
        let rules = classes::rules(&site.db).await?;
        let look = look(&site, &rules, (class, subject, text), &pattern).await?;
        return Ok(page(&site, viewer, &form.by, (fields, None, Some(look))).await?.into_response());
    }
    let (by, now_at) = (&form.by.account, viewer.now_at);
    let mut tx = site.db.begin().await?;
    let Some(rule) = classes::insert(&mut tx, (class, subject, &text), &by.name, now_at).await? else {
        // The page of the refusal reads; nobody else could write meanwhile.
        drop(tx);
        let refusal = Message::for_anybody("class-refusal-most").with("most", MOST_RULES);
        return refused(&site, viewer, &form.by, (fields, refusal)).await;
    };
    store::audit::record(&mut tx, &form.trail, &told::class_rule(rule, (class, subject, &text))).await?;
    tx.commit().await?;
    tracing::info!(rule = rule.0, account = by.id.0, class = class.word(), "a rule of classes was added");
    Ok(Redirect::to(&format!("{PATH}#rule-{rule}")).into_response())
}

/// `POST /settings/classes/{id}/move`
pub async fn shift(State(site): State<Site>, Path(id): Path<ClassRuleId>, form: auth::Form<Move>) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    if !classes::shift(&mut tx, id, form.fields.to == "up").await? {
        return Err(Error::NotFound("rule"));
    }
    let deed = Deed::on(Action::ClassRuleMoved, (SubjectKind::ClassRule, id.0, "")).after("to", &form.fields.to);
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(rule = id.0, account = form.by.account.id.0, to = %form.fields.to.escape_debug(), "a rule was moved");
    Ok(Redirect::to(&format!("{PATH}#rule-{id}")))
}

/// `POST /settings/classes/{id}/delete`
pub async fn delete(
    State(site): State<Site>,
    Path(id): Path<ClassRuleId>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    let Some(was) = classes::delete(&mut tx, id).await? else {
        return Err(Error::Conflict(Message::for_anybody("class-gone")));
    };
    store::audit::record(&mut tx, &form.trail, &told::class_rule_deleted(id, was)).await?;
    tx.commit().await?;
    tracing::info!(rule = id.0, account = form.by.account.id.0, "a rule of classes was deleted");
    Ok(Redirect::to(PATH))
}

async fn refused(site: &Site, viewer: Viewer, by: &SignedIn, (fields, refusal): (Fields, Message)) -> Result<Response> {
    let page = page(site, viewer, by, (fields, Some(refusal), None)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    site: &Site,
    viewer: Viewer,
    by: &SignedIn,
    (fields, refusal, look): (Fields, Option<Message>, Option<Look>),
) -> Result<ClassesPage> {
    let rules = classes::rules(&site.db).await?;
    let rules = counted(site, rules).await?;
    let title = viewer.locale.say("class-tab");
    Ok(ClassesPage {
        refusal: refusal.map(|refusal| refusal.in_words_of(&viewer.locale)).unwrap_or_default(),
        page: viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token),
        rules,
        fields,
        look,
    })
}

async fn counted(site: &Site, rules: Vec<Rule>) -> Result<Vec<Row>> {
    let counts = classes::counts(&site.db).await?;
    // A rule that was added meanwhile has no count yet.
    let counts = counts.into_iter().chain(std::iter::repeat(0));
    Ok(rules.into_iter().zip(counts).map(|(rule, count)| Row { rule, count }).collect())
}

/// What a pattern matches, and about which of those one of the rules before it decides.
async fn look(
    site: &Site,
    before: &[Rule],
    (class, subject, text): (Class, Subject, String),
    pattern: &Pattern,
) -> Result<Look> {
    let mut shown = matches(site, before, subject, pattern).await?;
    let (all, count_before) = (shown.len(), shown.iter().filter(|one| one.before.is_some()).count());
    shown.truncate(SHOWN);
    Ok(Look { subject, pattern: text, class, kept: None, all, before: count_before, shown })
}

/// Everybody whom a pattern matches, by name.
async fn matches(site: &Site, before: &[Rule], subject: Subject, pattern: &Pattern) -> Result<Vec<Match>> {
    let by = if subject == Subject::User { By::User } else { By::Client };
    let mut names = classes::everybody(&site.db, by).await?;
    names.retain(|(_, name)| {
        let name = if by == By::User { Name::of_user(name) } else { Name::of_client(name) };
        pattern.matches(&name)
    });
    let earlier = Rules::of(before);
    let decided = |name: &str| {
        let place = if by == By::User { earlier.of_user(name) } else { earlier.of_client(name) };
        place.and_then(|place| earlier.class(place))
    };
    names.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(names.into_iter().map(|(id, name)| Match { id, before: decided(&name), name }).collect())
}

impl Asked {
    /// The rule that is tried out, as it was typed.
    fn fields(&self) -> Fields {
        let (class, subject, pattern) = (self.class.clone(), self.subject.clone(), self.pattern.clone());
        Fields { class, subject, pattern, then: String::new() }
    }
}

impl Fields {
    fn read(&self) -> std::result::Result<(Class, Subject, Pattern), Message> {
        let class = Class::from_word(&self.class).ok_or_else(|| Message::for_anybody("class-refusal-class"))?;
        let subject = Subject::from_word(&self.subject).ok_or_else(|| Message::for_anybody("class-refusal-subject"))?;
        let pattern = Pattern::parse(subject, &self.pattern).map_err(|e| refusal_words(&e))?;
        Ok((class, subject, pattern))
    }
}

impl ClassesPage {
    fn is_class(&self, class: &Class) -> bool {
        self.fields.class == class.word()
    }

    fn is_subject(&self, subject: &Subject) -> bool {
        self.fields.subject == subject.word() || (self.fields.subject.is_empty() && *subject == Subject::default())
    }

    fn sentence(&self) -> Message {
        let names: usize = self.rules.iter().map(|row| row.count).sum();
        match self.rules.len() {
            0 => self.page.say("class-none"),
            rules => self.page.say("class-some").with("rules", rules).with("names", names),
        }
    }
}

impl Look {
    fn sentence(&self, page: &Page) -> Message {
        match self.subject {
            Subject::User => page.say("class-users-matched").with("all", self.all),
            Subject::Client | Subject::Address => page.say("class-clients-matched").with("all", self.all),
        }
    }

    fn path(&self) -> &'static str {
        if self.subject == Subject::User { "/users" } else { "/clients" }
    }

    /// All of it as a file.
    fn href_of_file(&self, format: &str) -> String {
        let rule = self.kept.map(|id| id.to_string()).unwrap_or_default();
        let of_kept = [("rule", rule.as_str()), ("table", "names"), ("format", format)];
        let of_new = [
            ("table", "look"),
            ("class", self.class.word()),
            ("subject", self.subject.word()),
            ("pattern", &self.pattern),
            ("format", format),
        ];
        format!("{PATH}{}", if self.kept.is_some() { query(&of_kept) } else { query(&of_new) })
    }

    fn left_out(&self) -> usize {
        self.all - self.shown.len()
    }
}

/// Why a pattern cannot be one, and what to write instead.
fn refusal_words(error: &PatternError) -> Message {
    match error {
        PatternError::Empty => Message::for_anybody("class-refusal-empty"),
        PatternError::Everything => Message::for_anybody("class-refusal-everything"),
        PatternError::NotALine => Message::for_anybody("class-refusal-line").with("most", LONGEST_PATTERN),
        PatternError::Range(text) => Message::for_anybody("class-refusal-range").with("text", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_in_the_form_is_named() {
        let read = |class: &str, subject: &str, pattern: &str| {
            let text = str::to_owned;
            Fields { class: text(class), subject: text(subject), pattern: text(pattern), then: String::new() }.read()
        };
        let why = |class, subject, pattern| read(class, subject, pattern).unwrap_err().to_string();
        assert!(read("backup", "client", "bkp*").is_ok());
        assert!(why("", "client", "bkp*").contains("Choose the class"));
        assert!(why("backup", "luck", "bkp*").contains("looks at"));
        assert!(why("backup", "address", "bkp*").contains("no range"));
    }
}
