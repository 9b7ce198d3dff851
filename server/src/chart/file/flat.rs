//! A chart out of a page, made flat: percents and stretched boxes become pixels, classes become attributes, links go.

use std::fmt::Write as _;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::style::Style;

/// What of an element stays; the rest is for pages and people's tools.
const KEPT: [&str; 24] = [
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "dx",
    "dy",
    "width",
    "height",
    "d",
    "fill",
    "stroke",
    "href",
    "id",
    "patternUnits",
    "patternTransform",
    "stroke-width",
    "viewBox",
    "transform",
];
/// Lengths that are percents of the plot's width.
const ACROSS: [&str; 6] = ["x", "x1", "x2", "cx", "width", "dx"];

/// Writes charts into `out`.
pub(super) struct Flat<'a> {
    pub(super) style: &'a Style,
    pub(super) out: String,
    open: Vec<Open>,
}

/// An element that is open.
#[derive(Clone, Copy)]
struct Open {
    /// Its width in pixels, and how its paths are stretched.
    width: f64,
    stretch: Option<(f64, f64)>,
    end: &'static str,
}

/// Where a chart's boxes lie side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
}

impl<'a> Flat<'a> {
    pub(super) fn new(style: &'a Style) -> Self {
        Self { style, out: String::new(), open: Vec::new() }
    }

    /// Adds the boxes of a chart; the one of `100%` takes what the others leave. Answers how high they are.
    pub(super) fn add(&mut self, chart: &str, place: Place) -> quick_xml::Result<f64> {
        let boxes = boxes(chart)?;
        let fixed: f64 = boxes.iter().filter_map(|(width, _)| *width).sum();
        let mut widths = boxes.iter().map(|(width, _)| width.unwrap_or(place.width - fixed));
        let mut x = place.x;
        let mut reader = Reader::from_str(chart);
        loop {
            match reader.read_event()? {
                Event::Start(start) if self.open.is_empty() => {
                    let width = widths.next().unwrap_or(place.width);
                    let _ = write!(self.out, "<g transform=\"translate({} {})\">", px(x), px(place.y));
                    x += width;
                    let _ = start;
                    self.open.push(Open { width, stretch: None, end: "</g>" });
                }
                Event::Start(start) => self.start(&start, false),
                Event::Empty(start) => self.start(&start, true),
                Event::End(_) => self.out.push_str(self.open.pop().map_or("", |open| open.end)),
                Event::Text(text) if !self.open.is_empty() => self.out.push_str(&text),
                Event::GeneralRef(name) => {
                    let name: &str = &name;
                    let _ = write!(self.out, "&{name};");
                }
                Event::Eof => break,
                _ => {}
            }
        }
        Ok(boxes.iter().map(|(_, height)| *height).fold(0.0, f64::max))
    }

    fn start(&mut self, start: &BytesStart<'_>, is_empty: bool) {
        let name = start.local_name();
        let (name, around) = (name.as_ref(), self.open.last().copied());
        let around = around.unwrap_or(Open { width: 0.0, stretch: None, end: "" });
        let attribute = |wanted: &str| value(start, wanted);
        let length = |wanted: &str| attribute(wanted).map_or(0.0, |text| in_px(&text, around.width));
        let end = match name {
            "a" => "",
            "svg" => {
                let (x, y) = (length("x"), length("y"));
                let _ = write!(self.out, "<g transform=\"translate({} {})\">", px(x), px(y));
                "</g>"
            }
            _ => {
                self.element(name, start, around);
                self.out.push_str(if is_empty { "/>" } else { ">" });
                ENDS.iter().find(|(element, _)| *element == name).map_or("", |(_, end)| end)
            }
        };
        if is_empty {
            if name == "svg" {
                self.out.push_str(end);
            }
            return;
        }
        let stretch = match (name, attribute("viewBox")) {
            ("svg", Some(of)) => stretch(&of, length("width"), length("height")),
            _ => around.stretch,
        };
        self.open.push(Open { stretch, end, ..around });
    }

    fn element(&mut self, name: &str, start: &BytesStart<'_>, around: Open) {
        let _ = write!(self.out, "<{name}");
        let mut looks = self.style.attributes(name, &value(start, "class").unwrap_or_default());
        for attribute in start.attributes().flatten() {
            let (key, value) = (attribute.key.as_ref(), attribute.value.as_ref());
            // What leads anywhere but to a shape of this file does not belong into it.
            let is_kept = KEPT.contains(&key) && (key != "href" || value.starts_with('#'));
            if !is_kept {
                continue;
            }
            looks.remove(key);
            let value = match (key, around.stretch) {
                ("d", Some(by)) => scaled(value, by),
                _ if ACROSS.contains(&key) && value.ends_with('%') => px(in_px(value, around.width)),
                _ => value.to_owned(),
            };
            let _ = write!(self.out, " {key}=\"{value}\"");
        }
        for (key, value) in looks {
            let _ = write!(self.out, " {key}=\"{value}\"");
        }
    }
}

/// Elements of charts that hold others or text.
const ENDS: [(&str, &str); 9] = [
    ("text", "</text>"),
    ("title", "</title>"),
    ("rect", "</rect>"),
    ("g", "</g>"),
    ("use", "</use>"),
    ("path", "</path>"),
    ("line", "</line>"),
    ("circle", "</circle>"),
    ("pattern", "</pattern>"),
];

fn value(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(found.value.into_owned())
}

/// Width (none if it takes what is left) and height of the outermost boxes.
fn boxes(chart: &str) -> quick_xml::Result<Vec<(Option<f64>, f64)>> {
    let (mut reader, mut depth, mut boxes) = (Reader::from_str(chart), 0_u32, Vec::new());
    loop {
        match reader.read_event()? {
            Event::Start(start) => {
                if depth == 0 {
                    let number = |name| value(&start, name).and_then(|text| text.parse().ok());
                    boxes.push((number("width"), number("height").unwrap_or(0.0)));
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof => return Ok(boxes),
            _ => {}
        }
    }
}

fn in_px(text: &str, width: f64) -> f64 {
    match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().unwrap_or(0.0) / 100.0 * width,
        None => text.parse().unwrap_or(0.0),
    }
}

/// With two digits at most.
pub(super) fn px(length: f64) -> String {
    let text = format!("{length:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How many pixels a unit of a box is: `0 0 10000 1000`.
fn stretch(view_box: &str, width: f64, height: f64) -> Option<(f64, f64)> {
    let mut sides = view_box.split(' ').skip(2).map(|side| side.parse::<f64>().ok());
    let (across, down) = (sides.next()??, sides.next()??);
    Some((width / across, height / down))
}

/// An outline of `super::super::path` in pixels.
fn scaled(outline: &str, (across, down): (f64, f64)) -> String {
    let mut out = String::with_capacity(outline.len());
    let (mut command, mut is_second) = ('M', false);
    let mut rest = outline;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_alphabetic() {
            (command, is_second) = (c, false);
            out.push(c);
            rest = &rest[1..];
        } else if c == ' ' {
            out.push(' ');
            rest = &rest[1..];
        } else {
            let end = rest.find(|c: char| c.is_ascii_alphabetic() || c == ' ').unwrap_or(rest.len());
            let is_down = matches!(command, 'V' | 'v') || (matches!(command, 'M' | 'L') && is_second);
            let number: f64 = rest[..end].parse().unwrap_or(0.0);
            out.push_str(&px(number * if is_down { down } else { across }));
            is_second = !is_second;
            rest = &rest[end.max(1)..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::style::Ground;
    use super::*;

    #[test]
    fn outlines_become_pixels() {
        assert_eq!(scaled("M0 500H1000V300L2000 1000Zh1", (0.05, 0.1)), "M0 50H50V30L100 100Zh0.05");
        assert_eq!(stretch("0 0 10000 1000", 500.0, 100.0), Some((0.05, 0.1)));
    }

    #[test]
    fn boxes_lie_side_by_side_and_nothing_of_the_page_stays() {
        let style = Style::of(Ground::Light);
        let mut flat = Flat::new(&style);
        let chart = r##"<svg width="46" height="20"><text class="end-t" x="38" y="4">a &#60; b</text></svg>
<svg class="plot" width="100%" height="30" data-from="1" role="group"><a href="/hosts/7" tabindex="-1"><rect class="hit" x="50%" width="25%" height="9"><title>t</title></rect></a>
<svg class="stretch" x="0" y="5" width="100%" height="10" viewBox="0 0 10000 1000"><path class="ln" d="M0 1000H10000"/></svg><use href="#m-cap" x="10%" y="3"/></svg>"##;
        let height = flat.add(chart, Place { x: 0.0, y: 0.0, width: 246.0 }).unwrap();
        assert!((height - 30.0).abs() < 0.1);
        let out = flat.out;
        assert!(out.contains("translate(46 0)") && out.contains(r#"x="100" width="50""#), "{out}");
        assert!(out.contains("M0 10H200") && out.contains(r##"<use href="#m-cap" x="20" y="3"/>"##), "{out}");
        assert!(out.contains("a &#60; b") && !out.contains("/hosts") && !out.contains('%') && !out.contains("class"));
        assert_eq!(out.matches("<g").count(), out.matches("</g>").count());
    }
}
