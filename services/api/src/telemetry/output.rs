//! Log lines that stay one line each, and an exporter that does not flood them.

use std::{
    io::{self, Write},
    sync::Mutex,
    time::{Duration, Instant},
};

use tracing::{Metadata, Subscriber};
use tracing_subscriber::{filter::DynFilterFn, registry::LookupSpan};

/// While the collector is away, it is said this often.
const PAUSE: Duration = Duration::from_mins(1);

/// What the exporters and their HTTP client say about themselves. Sending it out would make them say more.
pub(super) fn is_exporter(metadata: &Metadata<'_>) -> bool {
    ["opentelemetry", "reqwest", "hyper", "h2", "rustls"]
        .iter()
        .any(|start| metadata.target().starts_with(start))
}

/// The HTTP parser reports each malformed request as an error; whoever sends many would fill the disk with them.
fn is_parser(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("actix_http")
}

/// Lets everything through, but the exporters and the HTTP parser only once a minute each.
pub(super) fn quiet_noise<S>()
-> DynFilterFn<S, impl Fn(&Metadata<'_>, &tracing_subscriber::layer::Context<'_, S>) -> bool>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let (exporter, parser) = (Mutex::new(None), Mutex::new(None));
    DynFilterFn::new(move |metadata, _| match metadata {
        metadata if is_exporter(metadata) => may_speak(&exporter, Instant::now()),
        metadata if is_parser(metadata) => may_speak(&parser, Instant::now()),
        _ => true,
    })
}

fn may_speak(last: &Mutex<Option<Instant>>, now: Instant) -> bool {
    let Ok(mut last) = last.lock() else { return true };
    let due = last.is_none_or(|at| now.duration_since(at) >= PAUSE);
    if due {
        *last = Some(now);
    }
    due
}

/// Writes each log line as one line: whatever control character is in it comes out as text.
pub(super) struct OneLine<W>(pub(super) W);

impl<W: Write> Write for OneLine<W> {
    /// A log line comes as one buffer that ends in a line feed.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(harmless(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn harmless(line: &str) -> String {
    let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
    let mut clean = String::with_capacity(line.len());
    for character in text.chars() {
        if character.is_control() || steers_text(character) {
            clean.extend(character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    clean + end
}

/// Separators and direction marks, which make a terminal show something else than what is there.
fn steers_text(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_stays_one_line() {
        let mut out = Vec::new();
        OneLine(&mut out).write_all("ok Ақтау\u{1b}[31m\r\nINFO forged\u{202e}\u{9b}\n".as_bytes()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "ok Ақтау\\u{1b}[31m\\u{d}\\u{a}INFO forged\\u{202e}\\u{9b}\n");
    }

    #[test]
    fn an_exporter_without_its_collector_speaks_once_a_minute() {
        let (last, start) = (Mutex::new(None), Instant::now());
        let spoken = (0..600).filter(|second| may_speak(&last, start + Duration::from_secs(*second))).count();
        assert_eq!(spoken, 10);
    }
}
