//! The stylesheet's rules for charts with the colours of one theme: a file of its own cannot load it, and viewers of pictures know
//! neither variables nor stylesheets. The rules are read out of the stylesheet itself, so that a file looks as the page does.

use std::collections::{BTreeMap, HashMap};

const SHEET: &str = include_str!("../../../../static/app.css");
const CHARTS: &str = "/* ---- charts";
/// What is an attribute of SVG, too.
const ATTRIBUTES: [&str; 11] = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linejoin",
    "text-anchor",
    "font-weight",
    "paint-order",
    "shape-rendering",
    "opacity",
];

/// Whose eyes it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ground {
    #[default]
    Light,
    Dark,
}

#[derive(Debug)]
pub(super) struct Style {
    colours: HashMap<&'static str, &'static str>,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    element: Option<&'static str>,
    classes: Vec<&'static str>,
    declarations: Vec<(&'static str, &'static str)>,
}

impl Style {
    pub(super) fn of(ground: Ground) -> Self {
        let (tokens, rest) = SHEET.split_once(CHARTS).unwrap_or((SHEET, ""));
        let charts = rest.split("/* ----").next().unwrap_or_default();
        let colour = |line: &'static str| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
            let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
            Some((name, if ground == Ground::Dark { dark } else { light }))
        };
        Self { colours: tokens.lines().filter_map(colour).collect(), rules: charts.lines().flat_map(rules).collect() }
    }

    /// The colour of a token: `surface`.
    pub(super) fn colour(&self, token: &str) -> &'static str {
        self.colours.get(token).copied().unwrap_or("#808080")
    }

    /// What an element of these classes looks like, as attributes.
    pub(super) fn attributes(&self, element: &str, classes: &str) -> BTreeMap<&'static str, &'static str> {
        let classes: Vec<&str> = classes.split(' ').collect();
        let mut attributes = BTreeMap::new();
        let is_meant = |rule: &&Rule| {
            rule.element.is_none_or(|wanted| wanted == element) && rule.classes.iter().all(|c| classes.contains(c))
        };
        for (name, value) in self.rules.iter().filter(is_meant).flat_map(|rule| &rule.declarations) {
            let token = value.strip_prefix("var(--").and_then(|value| value.strip_suffix(')'));
            match (token, *value) {
                (Some(token), _) => _ = attributes.insert(*name, self.colour(token)),
                (None, "transparent") => _ = attributes.insert("fill-opacity", "0"),
                (None, value) => _ = attributes.insert(*name, value),
            }
        }
        attributes
    }
}

/// The rules of a line that are about elements of a chart alone.
fn rules(line: &'static str) -> Vec<Rule> {
    let blocks = line.split_inclusive('}').filter_map(|rule| rule.trim().strip_suffix('}')?.split_once('{'));
    let rule = |(selector, body): (&'static str, &'static str)| {
        let selector = selector.trim();
        let (element, classes) = match selector.strip_prefix("svg text") {
            Some(classes) => (Some("text"), classes),
            None => (None, selector),
        };
        let is_plain = classes.is_empty() || (classes.starts_with('.') && !classes.contains([' ', ':', '>', ',']));
        let declaration = |text: &'static str| {
            let (name, value) = text.split_once(':')?;
            Some((name.trim(), value.trim())).filter(|(name, _)| ATTRIBUTES.contains(name))
        };
        let declarations: Vec<_> = body.split(';').filter_map(declaration).collect();
        let classes = classes.split('.').filter(|class| !class.is_empty()).collect();
        (is_plain && !declarations.is_empty()).then_some(Rule { element, classes, declarations })
    };
    blocks.filter_map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_looks_as_the_page_does_in_either_theme() {
        let (light, dark) = (Style::of(Ground::Light), Style::of(Ground::Dark));
        assert_eq!((light.colour("surface"), dark.colour("surface")), ("#ffffff", "#14181b"));
        let line = light.attributes("path", "ln over-f thin");
        assert_eq!((line["fill"], line["stroke"], line["stroke-width"]), ("none", "#b8241a", "2.5"));
        assert_eq!(light.attributes("text", "full mid-t")["text-anchor"], "middle");
        assert_eq!(light.attributes("text", "full")["fill"], "#9c1a11");
        assert_eq!(light.attributes("rect", "hit")["fill-opacity"], "0");
        assert_eq!(light.attributes("path", "ev cap")["fill"], light.colour("full-mark"));
        assert_eq!(light.attributes("rect", "gapfill")["fill"], "url(#p-gap)");
        for (token, value) in light.colours.iter().chain(&dark.colours) {
            assert!(value.starts_with('#'), "{token}: {value}");
        }
    }
}
