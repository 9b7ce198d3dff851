//! Saved views: the filters of a page under a name, for the account that kept them.

use axum::extract::State;
use axum::http::Uri;
use axum::response::Redirect;
use serde::Deserialize;

use crate::locale::Message;
use crate::model::audit::{Action, Deed, Subject, SubjectKind, Trail};
use crate::model::view::{LONGEST_NAME, LONGEST_QUERY, MOST_VIEWS, SavedPage, View};
use crate::model::{ViewId, typed};
use crate::store;
use crate::web::Site;
use crate::web::address::Path;
use crate::web::auth::{self, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;
use crate::web::query::query;

/// Parameters that say where in the rows somebody is, or how they are shown: no part of a view.
const NO_FILTERS: [&str; 5] = ["page", "after", "format", "chart", "wall"];

/// Field `views` of every page that includes `views.html`.
#[derive(Debug, Default)]
pub(super) struct Views {
    pub(super) all: Vec<View>,
    /// The filters that are shown, as a view keeps them.
    shown: String,
}

#[derive(Debug, Deserialize)]
pub struct NewView {
    /// The path and query of the page that is shown.
    here: String,
    name: String,
}

#[derive(Debug, Deserialize)]
pub struct Changed {
    #[serde(rename = "do")]
    what: Change,
    here: String,
    name: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    Rename,
    /// It keeps what is shown from now on.
    Replace,
    Delete,
}

impl Views {
    /// The account's views of the page that the viewer looks at. Parts of a page are shared with others: they have none.
    pub(super) async fn of(site: &Site, by: &SignedIn, viewer: &Viewer) -> Result<Self> {
        if viewer.is_parts() {
            return Ok(Self::default());
        }
        // Too long a query is shown all the same; it can just not be kept.
        let Ok((page, shown)) = read(&viewer.here) else { return Ok(Self::default()) };
        Ok(Self { all: store::views::list(&site.db, by.account.id, page).await?, shown })
    }

    pub(super) fn is_shown(&self, view: &View) -> bool {
        view.query == self.shown
    }
}

/// `POST /views`: keeps what is shown under a name, instead of what was kept under it.
pub async fn create(State(site): State<Site>, form: auth::Form<NewView>) -> Result<Redirect> {
    let (page, query) = read(&form.fields.here)?;
    save(&site, (&form.by, &form.trail), (page, &form.fields.name), &query).await
}

/// `POST /views/{id}`
pub async fn change(State(site): State<Site>, Path(id): Path<ViewId>, form: auth::Form<Changed>) -> Result<Redirect> {
    let (account, fields, trail) = (form.by.account.id, form.fields, form.trail);
    let view = store::views::find(&site.db, account, id).await?.ok_or(Error::NotFound("view"))?;
    if matches!(fields.what, Change::Replace) {
        let (_, query) = read(&fields.here)?;
        return save(&site, (&form.by, &trail), (view.page, &view.name), &query).await;
    }
    let mut tx = site.db.begin().await?;
    let is_done = match fields.what {
        Change::Rename => match store::views::rename(&mut tx, account, id, name(&fields.name)?).await {
            Err(error) if store::is_duplicate(&error) => {
                return Err(Error::Conflict(Message::for_anybody("views-taken")));
            }
            renamed => renamed?,
        },
        Change::Replace | Change::Delete => store::views::delete(&mut tx, account, id).await?,
    };
    if !is_done {
        return Err(Error::NotFound("view"));
    }
    let is_deleted = matches!(fields.what, Change::Delete);
    let action = if is_deleted { Action::ViewDeleted } else { Action::ViewRenamed };
    let deed = Deed::on(action, (SubjectKind::View, id.0, "")).before("name", &view.name);
    let deed = if is_deleted { deed } else { deed.after("name", fields.name.trim()) };
    store::audit::record(&mut tx, &trail, &deed).await?;
    tx.commit().await?;
    // Back to what is shown, also where it could not be kept.
    let (page, query) = filters(&fields.here).unwrap_or((view.page, "?".to_owned()));
    Ok(Redirect::to(&format!("{}{query}", page.path())))
}

async fn save(
    site: &Site,
    (by, trail): (&SignedIn, &Trail),
    (page, typed): (SavedPage, &str),
    query: &str,
) -> Result<Redirect> {
    let (name, now_at) = (name(typed)?, site.clock.now_at());
    let mut tx = site.db.begin().await?;
    if !store::views::save(&mut tx, by.account.id, (page, name), query, now_at).await? {
        let why = Message::for_anybody("views-too-many").with("most", MOST_VIEWS);
        return Err(Error::Conflict(why));
    }
    let deed = Deed::new(Action::ViewSaved, Subject::new(SubjectKind::View, None, ""));
    // The view itself says what is looked for: there a name can be erased.
    store::audit::record(&mut tx, trail, &deed.after("name", name).after("page", page.path())).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}{query}", page.path())))
}

fn name(typed: &str) -> Result<&str> {
    typed::line(typed, LONGEST_NAME)
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Error::BadRequest(Message::for_anybody("views-bad-name").with("longest", LONGEST_NAME)))
}

/// The page and its filters, if they can be kept.
fn read(here: &str) -> Result<(SavedPage, String)> {
    let (page, query) = filters(here)?;
    if query.len() > LONGEST_QUERY {
        return Err(Error::BadRequest(Message::for_anybody("views-too-long")));
    }
    Ok((page, query))
}

/// The page, and its filters written anew: nothing of what a browser sent is kept as it is.
///
/// # Errors
/// It is no page of which filters are kept.
pub fn filters(here: &str) -> Result<(SavedPage, String)> {
    let (path, asked) = here.split_once('?').unwrap_or((here, ""));
    let unknown = || Error::BadRequest(Message::for_anybody("views-no-filters"));
    let page = SavedPage::from_path(path).ok_or_else(unknown)?;
    let uri: Uri = format!("/?{asked}").parse().map_err(|_| unknown())?;
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(|_| unknown())?.0;
    let filters: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !NO_FILTERS.contains(name) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        .collect();
    Ok((page, query(&filters)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_keeps_the_filters_of_a_page_of_ours_and_nothing_else() {
        let kept = |here| read(here).map(|(page, query)| format!("{}{query}", page.path())).ok();
        assert_eq!(kept("/?q=a+b&level=full&page=3&sort=").as_deref(), Some("/?q=a%20b&level=full"));
        assert_eq!(kept("/events?host=7&after=1-2&format=csv").as_deref(), Some("/events?host=7"));
        assert_eq!(kept("/clients").as_deref(), Some("/clients?"));
        assert_eq!(
            kept("/?q=%22%3E%3Cscript%3E%0D%0A//evil").as_deref(),
            Some("/?q=%22%3E%3Cscript%3E%0D%0A%2F%2Fevil")
        );
        assert_eq!(kept("/?<b>=1&a%22b=2&q=x").as_deref(), None, "no address that a browser would send");
        assert_eq!(kept("/?%3Cb%3E=1&q=x").as_deref(), Some("/?q=x"));
        for no_page in
            ["", "//evil.example/?q=1", "https://evil.example/?q=1", "/\\evil?q=1", "/settings/tokens", "/clients/1"]
        {
            assert_eq!(kept(no_page), None, "{no_page}");
        }
        assert_eq!(kept(&format!("/?q={}", "x".repeat(LONGEST_QUERY))), None);
    }

    #[test]
    fn a_name_is_a_line() {
        assert_eq!(name(" Paris, full ").unwrap(), "Paris, full");
        for no in ["", "  ", "a\u{1b}b", &"x".repeat(101)] {
            assert!(name(no).is_err(), "{no:?}");
        }
    }
}
