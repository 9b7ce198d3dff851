//! The first line of the page: is it bad, where, since when. Its parts lead to what they tell of.

use super::asked::Asked;
use crate::model::HostId;
use crate::model::host::{HostInShort, Level};
use crate::web::layout::Page;
use crate::web::markup::Markup;

#[derive(Debug)]
pub(super) struct Headline {
    pub(super) all: usize,
    pub(super) full: usize,
    pub(super) watch: usize,
    pub(super) silent: usize,
    pub(super) without_report: usize,
    /// The host that has been full the longest.
    pub(super) longest: Option<Longest>,
}

#[derive(Debug)]
pub(super) struct Longest {
    pub(super) id: HostId,
    pub(super) name: String,
    pub(super) since_at: i64,
}

impl Headline {
    #[must_use]
    pub(super) fn of(hosts: &[HostInShort], longest: Option<(HostId, String, i64)>, now_at: i64) -> Self {
        let count = |level| hosts.iter().filter(|h| h.level(now_at) == level).count();
        Self {
            all: hosts.len(),
            full: count(Level::Full),
            watch: count(Level::Watch),
            silent: count(Level::Silent),
            without_report: hosts.iter().filter(|h| h.now.is_none()).count(),
            longest: longest.map(|(id, name, since_at)| Longest { id, name, since_at }),
        }
    }

    #[must_use]
    pub(super) fn sentence(&self, page: &Page, asked: &Asked) -> Markup {
        let id = match (self.full, self.watch) {
            (0, 0) if self.without_report == self.all => "fleet-no-report",
            (0, 0) => "fleet-calm",
            (0, _) => "fleet-watched",
            (_, _) if self.longest.is_some() => "fleet-full-since",
            _ => "fleet-full",
        };
        let href = |level| format!("{}#hosts", asked.with("level", level));
        self.counted(page, id)
            .with("watched", self.watch)
            .with("to_full", href("full"))
            .with("to_watched", href("watch"))
    }

    /// Said besides, if a host is silent.
    #[must_use]
    pub(super) fn silence(&self, page: &Page, asked: &Asked) -> Markup {
        let href = format!("{}#hosts", asked.with("level", "silent"));
        page.markup("fleet-silent").with("silent", self.silent).with("to_silent", href)
    }

    /// What is read from across the room.
    #[must_use]
    pub(super) fn on_the_wall(&self, page: &Page) -> Markup {
        let id = match (self.full, &self.longest) {
            (0, _) => "fleet-wall-none-full",
            (_, Some(_)) => "fleet-wall-full-since",
            (_, None) => "fleet-wall-full",
        };
        self.counted(page, id)
    }

    fn counted(&self, page: &Page, id: &'static str) -> Markup {
        let said = page.markup(id).with("full", self.full).with("hosts", self.all);
        match &self.longest {
            None => said,
            Some(longest) => {
                let said = said.with("name", &longest.name).with("to_name", format!("/hosts/{}", longest.id));
                said.with_html("span", page.since(longest.since_at))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{Lang, Locale, Zone};
    use crate::model::time::MINUTE_MS;
    use crate::web::layout::{Nav, Theme, Viewer};

    /// Without tags.
    fn bare(markup: &Markup) -> String {
        let mut is_in_tag = false;
        let mut keep = |c: &char| {
            let keeps = !is_in_tag && *c != '<';
            is_in_tag = if *c == '<' { true } else { is_in_tag && *c != '>' };
            keeps
        };
        markup.to_string().replace('\u{a0}', " ").chars().filter(|c| keep(c)).collect()
    }

    #[test]
    fn the_first_line_is_a_sentence_in_both_languages() {
        let longest = Longest { id: HostId(7), name: "<FS01>".into(), since_at: 0 };
        let headline = Headline { all: 50, full: 1, watch: 3, silent: 2, without_report: 0, longest: Some(longest) };
        let [english, french] = Lang::ALL.map(|lang| {
            Viewer::of(Locale::new(lang, Zone::utc()), Theme::System, 16 * MINUTE_MS).page(Nav::Fleet, "Fleet")
        });
        let asked = Asked::default();
        let said = |page| bare(&headline.sentence(page, &asked));
        assert_eq!(
            said(&english),
            "1 of 50 hosts is full, 3 at 80 % or more; &#60;FS01&#62; has been full for 16 min."
        );
        assert_eq!(
            said(&french),
            "1 hôte sur 50 est plein, 3 à 80 % ou plus ; &#60;FS01&#62; est plein depuis 16 min."
        );
        assert_eq!(bare(&headline.silence(&french, &asked)), "2 sont muets.");
        let calm = Headline { full: 0, longest: None, ..headline };
        assert_eq!(bare(&calm.sentence(&english, &asked)), "No host is full; 3 of 50 hosts are at 80 % or more.");
        assert!(calm.sentence(&english, &asked).to_string().contains(r##"href="?level=watch#hosts""##));
        assert_eq!(bare(&calm.on_the_wall(&french)), "Aucun hôte n’est plein.");
        let new = Headline { all: 1, watch: 0, silent: 0, without_report: 1, ..calm };
        assert_eq!(bare(&new.sentence(&english, &asked)), "1 host enrolled; the first report is awaited.");
    }
}
