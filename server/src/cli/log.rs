//! The log: text or JSON, to standard error. What clients send may be part of a line, so no line carries a raw control
//! character: it could move a terminal's cursor, or forge a line.

use std::fmt::Write as _;
use std::io::{self, Write};

use tracing::Dispatch;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// Starts the process's log. Calling it again does nothing.
pub(super) fn start(log: &Log) {
    // An error means that a log was started before.
    let _ = to(log, io::stderr).try_init();
}

/// The log as the process has it, with its lines going to what `place` gives, each in one piece.
pub fn to<W, P>(log: &Log, place: P) -> Dispatch
where
    W: Write + 'static,
    P: Fn() -> W + Send + Sync + 'static,
{
    // The filter was checked when the settings were read.
    let mut filter = log.filter.parse::<EnvFilter>().unwrap_or_default();
    // It tells whole addresses, with the secrets of links and what people search for. Who is turned away is told by us.
    filter = "tower_http::csrf=off".parse().into_iter().fold(filter, EnvFilter::add_directive);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let builder = builder.with_writer(Clean { format: log.format, place });
    match log.format {
        LogFormat::Text => Dispatch::new(builder.finish()),
        LogFormat::Json => Dispatch::new(builder.json().finish()),
    }
}

/// What makes writers, or such a writer.
struct Clean<P> {
    format: LogFormat,
    place: P,
}

impl<W: Write, P: Fn() -> W> MakeWriter<'_> for Clean<P> {
    type Writer = Clean<W>;

    fn make_writer(&self) -> Clean<W> {
        Clean { format: self.format, place: (self.place)() }
    }
}

impl<W: Write> Write for Clean<W> {
    /// One call is one event: a line with its end.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.place.write_all(clean(&String::from_utf8_lossy(line), self.format).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.place.flush()
    }
}

/// The line with everything escaped that is not to be seen, but for its own end. What was JSON stays JSON.
fn clean(line: &str, format: LogFormat) -> String {
    let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
    let mut clean = String::with_capacity(line.len());
    for c in text.chars() {
        if !c.is_control() && !is_invisible(c) {
            clean.push(c);
        } else if format == LogFormat::Text {
            clean.extend(c.escape_default());
        } else {
            // Such signs stand within strings only, and none of them has more digits. Writing to a string does not fail.
            let _ = write!(clean, "\\u{:04x}", u32::from(c));
        }
    }
    clean + end
}

/// Signs that turn the direction of text or break lines.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_raw_control_characters_but_its_end() {
        let of = |line| clean(line, LogFormat::Text);
        assert_eq!(of("client=\u{1b}[2J\r\nforged\t\u{202e}exe\n"), "client=\\u{1b}[2J\\r\\nforged\\t\\u{202e}exe\n");
        assert_eq!(of("größer ✓\n"), "größer ✓\n");
    }

    #[test]
    fn a_line_of_json_stays_one() {
        let line = clean("{\"client\":\"\u{202e}\u{7f}\u{85}é\"}\n", LogFormat::Json);
        assert_eq!(line, "{\"client\":\"\\u202e\\u007f\\u0085é\"}\n");
    }
}
