//! The evidence as plain text: for mails and tickets, which show no page.

use super::said;
use super::sentence::sentence;
use crate::locale::Locale;
use crate::model::evidence::{Evidence, Point};

/// Characters of the whole text at most: what every ticket system takes.
pub const LONGEST: usize = 4_000;
/// Rows of each list.
const MOST: usize = 8;
/// Characters of one thing that came from outside.
const LONGEST_NAME: usize = 120;

/// The sentence, and below it what it is made of, most important first; cut where it gets too long, with a line that says so. `url` is
/// where the whole is, empty for none.
#[must_use]
pub fn plain(evidence: &Evidence, locale: &Locale, url: &str) -> String {
    let sections = [
        vec![said::day_and_zone(evidence, locale)],
        holders(evidence, locale),
        causes(evidence, locale),
        list(locale, "evidence-head-full", &stretches(evidence, locale)),
        list(locale, "evidence-head-events", &events(evidence, locale)),
        list(locale, "evidence-head-changes", &changes(evidence, locale)),
        list(locale, "evidence-head-findings", &findings(evidence, locale)),
        before(evidence, locale),
        known(evidence, locale),
    ];
    let (more, end) = (locale.say("evidence-more-text").to_string(), format!("\n{url}"));
    let mut text = Bounded { text: sentence(evidence, locale), left: 0, is_cut: false };
    text.left = LONGEST.saturating_sub(chars(&text.text) + chars(&more) + chars(&end) + 4);
    for section in sections.iter().filter(|section| !section.is_empty()) {
        text.add("\n");
        section.iter().for_each(|line| text.add(&format!("\n{line}")));
    }
    let Bounded { mut text, is_cut, .. } = text;
    if is_cut {
        text.push_str(&format!("\n\n{more}"));
    }
    if !url.is_empty() {
        text.push_str(&format!("\n{end}"));
    }
    // A sentence or an address of its own that is too long: nothing else is.
    text.chars().take(LONGEST).collect()
}

/// A text that grows until there is no room.
struct Bounded {
    text: String,
    left: usize,
    is_cut: bool,
}

impl Bounded {
    fn add(&mut self, more: &str) {
        let length = chars(more);
        if self.is_cut || length > self.left {
            self.is_cut = true;
            return;
        }
        self.left -= length;
        self.text.push_str(more);
    }
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// A head and its rows, and how many are left out.
fn list(locale: &Locale, head: &'static str, rows: &[String]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![locale.say(head).to_string()];
    lines.extend(rows.iter().take(MOST).map(|row| format!("- {row}")));
    if rows.len() > MOST {
        lines.push(format!("- {}", locale.say("evidence-more-rows").with("rows", rows.len() - MOST)));
    }
    lines
}

fn holders(evidence: &Evidence, locale: &Locale) -> Vec<String> {
    let Some(head) = said::at_peak(evidence, locale) else { return Vec::new() };
    let all = evidence.peak.map_or(0, |peak| peak.sessions);
    let mut lines = vec![head];
    lines.extend(evidence.holders.iter().take(MOST).map(|holder| format!("- {}", said::who(holder, all, locale))));
    let left_out = evidence.holders.len().saturating_sub(MOST);
    if left_out > 0 {
        lines.push(format!("- {}", locale.say("evidence-more-rows").with("rows", left_out)));
    }
    lines.extend(said::rest(evidence, locale).map(|rest| format!("- {rest}")));
    lines.extend(said::partial(evidence, locale));
    lines
}

fn causes(evidence: &Evidence, locale: &Locale) -> Vec<String> {
    let mut lines = Vec::new();
    for cause in &evidence.causes {
        if lines.is_empty() {
            lines.push(locale.say("evidence-head-causes").to_string());
        }
        let said = locale.say("evidence-cause-line").with("cause", said::cause(cause, locale));
        lines.push(format!("- {}", said.with("likelihood", said::likelihood(cause, locale))));
        let points = |sign: &'static str, points: &[Point]| -> Vec<String> {
            points.iter().map(|point| format!("  {sign} {}", said::point(point, evidence, locale))).collect()
        };
        lines.extend(points("+", &cause.points_for));
        lines.extend(points("−", &cause.points_against));
    }
    lines
}

/// One stretch is in the sentence.
fn stretches(evidence: &Evidence, locale: &Locale) -> Vec<String> {
    let stretches = &evidence.at_limit.stretches;
    let is_more = evidence.at_limit.count > 1;
    stretches.iter().filter(|_| is_more).map(|stretch| said::stretch(stretch, evidence, locale)).collect()
}

fn events(evidence: &Evidence, locale: &Locale) -> Vec<String> {
    evidence.events.iter().map(|event| said::event(event, evidence, locale)).collect()
}

fn changes(evidence: &Evidence, locale: &Locale) -> Vec<String> {
    // The newest first: of too many, those that were long before matter less.
    evidence.changes.iter().rev().map(|changed| said::changed(changed, evidence, locale)).collect()
}

fn findings(evidence: &Evidence, locale: &Locale) -> Vec<String> {
    let said = |finding| {
        let (title, detail) = said::finding(finding, locale);
        String::from(locale.say("evidence-finding").with_ready("title", title).with_ready("detail", detail))
    };
    evidence.findings.iter().map(said).collect()
}

fn before(evidence: &Evidence, locale: &Locale) -> Vec<String> {
    let is_of_host = evidence.host.id.is_some();
    let week = is_of_host.then(|| said::week_before(evidence, locale));
    week.into_iter().chain(said::earlier(evidence, locale)).collect()
}

/// How much is known at all.
fn known(evidence: &Evidence, locale: &Locale) -> Vec<String> {
    let mut lines: Vec<String> = said::holes(evidence, locale).into_iter().collect();
    lines.extend(
        evidence.holes.longest.iter().take(MOST).map(|hole| format!("- {}", said::hole(hole, evidence, locale))),
    );
    lines.extend(said::cut(evidence, locale));
    lines
}

/// What came from outside, on one line and not too long: it must not look like a line of ours.
pub(super) fn line(text: &str) -> String {
    let is_odd = |c: char| turns_text(c) || breaks_line(c);
    let shown = |c: char| if is_odd(c) { char::REPLACEMENT_CHARACTER } else { c };
    let mut line: String = text.chars().take(LONGEST_NAME).map(shown).collect();
    if text.chars().nth(LONGEST_NAME).is_some() {
        line.push('…');
    }
    line
}

/// Words of ours with names in them, on one line.
pub(super) fn one_line(words: &str) -> String {
    words.chars().map(|c| if breaks_line(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Marks that are not seen and turn the text beside them.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
