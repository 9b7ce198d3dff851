//! Findings: which rules hold on which hosts, what each rule says, and advice that is wrong.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::views::Views;
use crate::findings::{self, ADVICE, Advice, RULES, Rule};
use crate::locale::Locale;
use crate::model::finding::{Finding, Severity};
use crate::model::sight::Sight;
use crate::store;
use crate::store::findings::FindingFilter;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::finding::{detail, rule_title, severity_class, title};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet::{self, Sheet};
use crate::web::sight::Sees;

/// Hosts of a rule, or findings that are gone, on one page.
const MOST: u32 = 100;
/// Rows of a file at most.
const FILE_ROWS: u32 = 100_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    severity: String,
    state: String,
    page: String,
    format: String,
}

impl Asked {
    fn is_gone(&self) -> bool {
        self.state == "gone"
    }

    /// From 1.
    fn page(&self) -> u32 {
        self.page.parse().unwrap_or(1).clamp(1, 10_000)
    }

    fn filter(&self, sight: &Sight) -> FindingFilter {
        FindingFilter {
            sight: sight.clone(),
            severity: Severity::from_word(&self.severity),
            gone: self.is_gone(),
            skip: (self.page() - 1) * MOST,
            // One more says whether there is a next page.
            most: MOST + 1,
            ..FindingFilter::default()
        }
    }

    /// The same from the first one on.
    fn filter_of_file(&self, sight: &Sight) -> FindingFilter {
        FindingFilter { skip: 0, most: FILE_ROWS + 1, ..self.filter(sight) }
    }
}

/// A rule and on how many hosts it holds.
#[derive(Debug)]
pub struct Row {
    rule: &'static Rule,
    severity: Severity,
    hosts: u64,
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "findings/index.html")]
pub struct FindingsPage {
    page: Page,
    sentence: String,
    asked: Asked,
    rows: Vec<Row>,
    /// Worst first: severity, and how many findings.
    severities: Vec<(Severity, u64)>,
    /// Those that hold no more, if they were asked for.
    gone: Vec<Finding>,
    has_next: bool,
    views: Views,
    advice: &'static [Advice],
}

/// `GET /findings?severity&state&page&format`
pub async fn index(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(Some(&asked.format), &headers, viewer.locale.lang) {
        let findings = store::findings::list(&site.db, &asked.filter_of_file(sees.sight())).await?;
        return Ok(sheet_of(&findings).into_answer("highwater-findings", wanted));
    }
    let counts = store::findings::counts(&site.db, sees.sight()).await?;
    let hosts = store::findings::hosts(&site.db, sees.sight()).await?;
    let wanted = Severity::from_word(&asked.severity);
    let severities: Vec<(Severity, u64)> = Severity::ALL
        .into_iter()
        .map(|severity| (severity, counts.iter().filter(|(_, of, _)| *of == severity).map(|(.., n)| n).sum()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let mut rows: Vec<Row> = counts
        .iter()
        .filter(|(_, severity, _)| wanted.is_none_or(|wanted| wanted == *severity))
        .filter_map(|(id, severity, hosts)| Some(Row { rule: findings::rule(id)?, severity: *severity, hosts: *hosts }))
        .collect();
    rows.sort_by_key(|row| (row.severity, std::cmp::Reverse(row.hosts), row.rule.id));
    let mut gone = match asked.is_gone() {
        true => store::findings::list(&site.db, &asked.filter(sees.sight())).await?,
        false => Vec::new(),
    };
    let has_next = gone.len() > MOST as usize;
    gone.truncate(MOST as usize);
    let page = viewer.page(Nav::Findings, viewer.locale.say("nav-findings")).of(&by.account.name, &by.csrf_token);
    let sentence = sentence(&severities, hosts, &viewer.locale);
    let views = Views::of(&site, &by, &viewer).await?;
    Ok(FindingsPage { page, sentence, asked, rows, severities, gone, has_next, views, advice: &ADVICE }.into_response())
}

/// Findings as a table. If there are more than a file has rows, one more says so.
pub(super) fn sheet_of(findings: &[Finding]) -> Sheet {
    let machine = Locale::machine();
    let mut sheet = Sheet::new(&["Host", "Rule", "Severity", "Title", "Detail", "Remedy", "Since", "Gone"]);
    sheet.add_rows(findings, FILE_ROWS as usize, |sheet, finding| {
        sheet
            .text(&finding.host_name)
            .text(&finding.rule)
            .text(finding.severity.word())
            .text(&title(finding, &machine))
            .text(&detail(&finding.detail, &machine))
            .text(findings::rule(&finding.rule).map_or("", |rule| rule.remedy))
            .instant(finding.since_at)
            .known_instant(finding.gone_at);
    });
    sheet
}

fn sentence(severities: &[(Severity, u64)], hosts: u64, locale: &Locale) -> String {
    let all: u64 = severities.iter().map(|(_, count)| count).sum();
    if all == 0 {
        return locale.say("findings-none-anywhere").into();
    }
    let of = |(severity, n): &(Severity, u64)| locale.say_of("findings-of", severity.word()).with("findings", n);
    let each: Vec<String> = severities.iter().map(|one| of(one).into()).collect();
    locale.say("findings-sentence").with("findings", all).with("hosts", hosts).with("each", each.join(", ")).into()
}

impl FindingsPage {
    fn href(&self, severity: &str, state: &str, page: u32) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        format!("/findings{}", query(&[("severity", severity), ("state", state), ("page", &page)]))
    }

    fn is_chosen(&self, severity: &Severity) -> bool {
        self.asked.severity == severity.word()
    }
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "findings/show.html")]
pub struct RulePage {
    page: Page,
    rule: &'static Rule,
    findings: Vec<Finding>,
    hosts: u64,
    number: u32,
    has_next: bool,
}

/// `GET /findings/{rule}?page&format`
pub async fn show(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    (Path(id), Query(asked)): (Path<String>, Query<Asked>),
    headers: HeaderMap,
) -> Result<Response> {
    let rule = findings::rule(&id).ok_or(Error::NotFound("rule"))?;
    if let Some(wanted) = sheet::wanted(Some(&asked.format), &headers, viewer.locale.lang) {
        let filter = FindingFilter { rule: Some(rule.id.to_owned()), ..asked.filter_of_file(sees.sight()) };
        let name = format!("highwater-findings-{}", rule.id.to_lowercase());
        return Ok(sheet_of(&store::findings::list(&site.db, &filter).await?).into_answer(&name, wanted));
    }
    let filter = FindingFilter { rule: Some(rule.id.to_owned()), ..asked.filter(sees.sight()) };
    let mut findings = store::findings::list(&site.db, &filter).await?;
    let has_next = findings.len() > MOST as usize;
    findings.truncate(MOST as usize);
    let counts = store::findings::counts(&site.db, sees.sight()).await?;
    let hosts = counts.iter().filter(|(id, ..)| id == rule.id).map(|(.., hosts)| hosts).sum();
    let page = viewer.page(Nav::Findings, rule_title(rule, &viewer.locale)).of(&by.account.name, &by.csrf_token);
    Ok(RulePage { page, rule, findings, hosts, number: asked.page(), has_next }.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{Lang, Zone};

    #[test]
    fn the_first_line_counts_findings_and_hosts() {
        let [english, french] = Lang::ALL.map(|lang| Locale::new(lang, Zone::utc()));
        assert_eq!(sentence(&[], 0, &english), "No finding on any host");
        let some = [(Severity::High, 2), (Severity::Info, 1_200)];
        assert_eq!(sentence(&some, 900, &english), "1,202 findings on 900 hosts: 2 high, 1,200 info");
        assert_eq!(sentence(&[(Severity::Low, 1)], 1, &french), "1 constat sur 1 hôte\u{a0}: 1 de gravité faible");
    }
}
