//! A chart as a file of its own: a picture that any viewer opens, without stylesheet, script or link. Promises:
//!
//! 1. **Whole**: title, axes, legend and a ground of its own colour are in it.
//! 2. **Nothing from elsewhere**: no address, no style to be loaded, nothing that runs.
//! 3. **XML**: names from outside are escaped, and controls, which XML knows no way to write or terminals obey, become `U+FFFD`.

mod flat;
mod style;

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;
use flat::{Flat, Place, px};
pub use style::Ground;
use style::Style;

const WIDTH: f64 = 1_000.0;
const MARGIN: f64 = 20.0;
/// Room for the title above the first chart.
const HEAD: f64 = 64.0;
const LEGEND_LINE: f64 = 18.0;
/// A letter of the legend, about.
const LETTER: f64 = 6.3;
/// Families that computers have; one without serifs in any case.
const FONTS: &str = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif";
const SYMBOLS: &str = include_str!("../../../../templates/symbols.svg");

/// What stands before words of the legend. Classes and names of shapes are those of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swatch {
    Shape(&'static str),
    Line(&'static str),
    Fill(&'static str),
    Pattern(&'static str),
}

/// One chart of the picture; beside some stands a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    /// As on a page.
    pub svg: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    pub title: String,
    /// Of what time it is, and whose.
    pub sub: String,
    pub parts: Vec<Part>,
    pub legend: Vec<(Swatch, String)>,
    pub ground: Ground,
}

impl File {
    /// # Errors
    /// A chart is not what the templates write.
    pub fn draw(&self) -> quick_xml::Result<String> {
        let style = Style::of(self.ground);
        let mut flat = Flat::new(&style);
        let named = if self.parts.iter().any(|part| !part.name.is_empty()) { 180.0 } else { 0.0 };
        let mut y = HEAD;
        for part in &self.parts {
            let place = Place { x: MARGIN + named, y, width: WIDTH - 2.0 * MARGIN - named };
            let height = flat.add(&part.svg, place)?;
            if !part.name.is_empty() {
                let name = shortened(&part.name);
                let _ = write!(
                    flat.out,
                    "<text x=\"{MARGIN}\" y=\"{}\" fill=\"{}\">{}</text>",
                    px(y + 12.0),
                    style.colour("ink"),
                    escaped(&name)
                );
            }
            y += height + 6.0;
        }
        let legend = self.legend(&style, &mut y)?;
        Ok(writable(&self.whole(&style, &format!("{}{legend}", flat.out), y + MARGIN)?))
    }

    fn whole(&self, style: &Style, inside: &str, height: f64) -> quick_xml::Result<String> {
        let (height, ink, muted) = (px(height), style.colour("ink"), style.colour("ink-3"));
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" font-family=\"{FONTS}\" font-size=\"11\" fill=\"{muted}\">\n"
        );
        let (title, sub) = (escaped(&self.title), escaped(&self.sub));
        let _ = write!(out, "<title>{title}</title>\n<defs>{}</defs>\n", shapes(style)?);
        let _ = writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>", style.colour("surface"));
        let _ = writeln!(
            out,
            "<text x=\"{MARGIN}\" y=\"28\" font-size=\"15\" font-weight=\"600\" fill=\"{ink}\">{title}</text>"
        );
        let _ = writeln!(out, "<text x=\"{MARGIN}\" y=\"46\">{sub}</text>\n{inside}\n</svg>");
        Ok(out)
    }

    /// Side by side, as many as there is room for in a line.
    fn legend(&self, style: &Style, y: &mut f64) -> quick_xml::Result<String> {
        let (mut flat, mut x) = (Flat::new(style), MARGIN);
        if !self.legend.is_empty() {
            *y += LEGEND_LINE;
        }
        for (swatch, words) in &self.legend {
            #[expect(clippy::cast_precision_loss, reason = "a legend has a few letters")]
            let width = 30.0 + words.chars().count() as f64 * LETTER;
            if x > MARGIN && x + width > WIDTH - MARGIN {
                (x, *y) = (MARGIN, *y + LEGEND_LINE);
            }
            flat.add(&swatch.to_string(), Place { x, y: *y - 9.0, width: 16.0 })?;
            let _ = write!(flat.out, "<text x=\"{}\" y=\"{}\">{}</text>", px(x + 20.0), px(*y), escaped(words));
            x += width;
        }
        Ok(flat.out)
    }
}

/// A small picture of 16 × 10 pixels.
impl fmt::Display for Swatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = match self {
            Self::Shape(name) => format!("<use href=\"#{name}\" x=\"8\" y=\"1\"/>"),
            Self::Line(class) => format!("<path class=\"{class}\" d=\"M0 5H16\"/>"),
            Self::Fill(class) => format!("<rect class=\"{class}\" width=\"16\" height=\"10\"/>"),
            Self::Pattern(name) => format!("<rect fill=\"url(#{name})\" width=\"16\" height=\"10\"/>"),
        };
        write!(f, "<svg width=\"16\" height=\"10\" aria-hidden=\"true\">{inside}</svg>")
    }
}

// Classes and names of shapes are ours.
impl HtmlSafe for Swatch {}

/// Patterns and shapes that charts use, out of those of pages.
fn shapes(style: &Style) -> quick_xml::Result<String> {
    let lines = SYMBOLS.lines().filter(|line| line.starts_with("<pattern") || line.starts_with("<g id=\"m-"));
    let mut flat = Flat::new(style);
    let all = format!("<svg width=\"0\" height=\"0\">{}</svg>", lines.collect::<String>());
    flat.add(&all, Place { x: 0.0, y: 0.0, width: 0.0 })?;
    Ok(flat.out)
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= 28 { name.to_owned() } else { name.chars().take(27).chain(['…']).collect() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Without what XML 1.0 cannot hold, however it is escaped, and other controls.
fn writable(text: &str) -> String {
    // Of the second set of controls XML would take all, and terminals obey some.
    let is_writable = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if is_writable(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use quick_xml::events::Event;
    use quick_xml::reader::Reader;

    use super::*;

    type Element = (String, Vec<(String, String)>);

    /// Every element's name and attributes, and all text. Fails if it is not XML.
    fn read(svg: &str) -> (Vec<Element>, String) {
        let (mut reader, mut elements, mut text) = (Reader::from_str(svg), Vec::new(), String::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(e) | Event::Empty(e) => {
                    let attributes = e.attributes().map(Result::unwrap);
                    let attributes = attributes.map(|a| (a.key.as_ref().to_owned(), a.value.into_owned())).collect();
                    elements.push((e.name().as_ref().to_owned(), attributes));
                }
                Event::Text(t) => text.push_str(&t),
                Event::GeneralRef(r) => {
                    text.push_str(&r.resolve_char_ref().unwrap().map_or_else(String::new, String::from))
                }
                Event::Eof => return (elements, text),
                _ => {}
            }
        }
    }

    #[test]
    fn a_file_is_xml_that_needs_nothing_and_holds_no_script_whatever_names_say() {
        let hostile = "<script>alert(1)</script>\u{1}\u{ffff}\u{1b}[2J & \"x\" ' onload=";
        let svg = "<svg width=\"46\" height=\"20\"><text x=\"3\">FS&#60;b&#62;</text></svg><svg width=\"100%\" height=\"20\"><a href=\"https://evil.example/\"><rect class=\"c6\" x=\"5%\" width=\"9%\" height=\"9\"/></a></svg>";
        for ground in [Ground::Light, Ground::Dark] {
            let file = File {
                title: hostile.to_owned(),
                sub: hostile.to_owned(),
                parts: vec![Part { name: hostile.to_owned(), svg: svg.to_owned() }],
                legend: vec![(Swatch::Shape("m-cap"), hostile.to_owned()), (Swatch::Line("ln"), "sessions".to_owned())],
                ground,
            };
            let drawn = file.draw().unwrap();
            let (elements, text) = read(&drawn);
            assert!(text.contains("FS<b>") || text.contains("FSb"), "{text}");
            assert!(!drawn.contains(['\u{1}', '\u{1b}', '\u{ffff}']));
            for (name, attributes) in elements {
                assert!(!["script", "style", "a", "image", "foreignObject"].contains(&name.as_str()), "{name}");
                for (key, value) in attributes {
                    assert!(!key.starts_with("on") && key != "class" && key != "style", "{key}");
                    assert!(key == "xmlns" || !value.contains("//"), "{key}={value}");
                    assert!(!value.contains("var("), "{key}={value}");
                    assert!(key != "href" || value.starts_with('#'));
                }
            }
        }
    }

    #[test]
    fn shapes_of_the_legend_and_of_charts_are_in_it() {
        let drawn = File::default().draw().unwrap();
        for id in ["p-gap", "p-silent", "p-unknown", "p-unlimited", "m-cap", "m-mem", "m-set", "m-other"] {
            assert!(drawn.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
}
