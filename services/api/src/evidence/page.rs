//! The page of a pack: what it proves, what it does not, how to check it, and the events with both their times.
//!
//! It is made of the other files alone, so that whoever checks a pack makes it again and compares.

use std::fmt::Write as _;

use jiff::Timestamp;
use safar_domain::{free_text, ids::PlaceId, language::Language};
use safar_event_store::{
    RecordedEvent,
    ledger::{
        checkpoint::Checkpoint,
        note::{Kind, Note, Verifier},
    },
};
use safar_language::{
    evidence::{sentence, word},
    timeline::{self, Names},
};
use serde_json::Value;

use super::layout::{self, Manifest, hexadecimal};
use crate::app::places;

const PROVES: [&str; 4] = ["proves-content", "proves-unchanged", "proves-order", "proves-time"];
const NOT_PROVED: [&str; 6] =
    ["not-truth", "not-happened", "not-last", "not-person", "not-sealed", "not-page"];
const COLUMNS: [&str; 6] = ["number", "happened", "recorded", "what", "position", "leaf"];
/// Everything a browser might fetch or run is forbidden to it.
const HEAD: &str = "<meta charset=\"utf-8\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
const STYLE: &str = "<style>\n\
    body { font: 1rem/1.5 sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff }\n\
    table { border-collapse: collapse; width: 100% }\n\
    th, td { border-bottom: 1px solid #bbb; padding: .3rem .6rem; text-align: left; vertical-align: top }\n\
    code { overflow-wrap: anywhere }\n\
    nav a { margin-right: 1rem }\n\
    </style>\n";

/// What a page shows.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    /// What the pack is; the digests of its files are not looked at.
    pub(super) manifest: &'a Manifest,
    /// The checkpoint as it was signed.
    pub(super) note: &'a str,
    /// In order.
    pub(super) events: &'a [&'a RecordedEvent],
}

/// The page in a language.
pub(super) fn page(language: Language, shown: &Shown<'_>) -> String {
    let title = escaped(&word(language, "title"));
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n{HEAD}<title>{title}</title>\n{STYLE}</head>\n<body>\n<nav>"
    );
    for other in Language::ALL {
        let _ = write!(html, "<a href=\"{}\" lang=\"{other}\">{other}</a>", layout::page(other));
    }
    let _ = write!(html, "</nav>\n<h1>{title}</h1>\n<p>{}</p>\n", escaped(&word(language, "intro")));
    about(language, shown, &mut html);
    list(language, ("proves", &PROVES), &mut html);
    list(language, ("not-proved", &NOT_PROVED), &mut html);
    how_to_check(language, shown.manifest, &mut html);
    events(language, shown, &mut html);
    html + "</body>\n</html>\n"
}

fn about(language: Language, Shown { manifest, note, .. }: &Shown<'_>, html: &mut String) {
    let checkpoint = Note::parse(note.as_bytes()).and_then(|note| Checkpoint::parse(note.text)).ok();
    let (log, size, root) = checkpoint.map_or_else(Default::default, |checkpoint| {
        (checkpoint.origin, checkpoint.size.to_string(), hexadecimal(&checkpoint.root))
    });
    let reach = match manifest.up_to {
        None => word(language, "reach-all"),
        Some(position) => sentence(language, "reach-until", &[("position", position.to_string())]),
    };
    let rows = [
        ("case", manifest.case.to_string()),
        ("asked-by", manifest.asked_by.clone()),
        ("asked-at", moment(manifest.asked_at)),
        ("reach", reach),
        ("made-by", format!("Safar {}", manifest.safar)),
        ("log", log),
        ("size", size),
        ("root", root),
        ("cosigned", cosigned(language, manifest, note)),
    ];
    heading(language, "about", html);
    html.push_str("<table>\n");
    for (name, value) in rows {
        let (name, value) = (escaped(&word(language, name)), escaped(&value));
        let _ = writeln!(html, "<tr><th scope=\"row\">{name}</th><td><code>{value}</code></td></tr>");
    }
    html.push_str("</table>\n");
}

/// Which witnesses of the manifest have seen the checkpoint, and when.
fn cosigned(language: Language, manifest: &Manifest, note: &str) -> String {
    let Ok(note) = Note::parse(note.as_bytes()) else { return word(language, "not-cosigned") };
    let witnesses = manifest.keys.iter().filter_map(|key| Verifier::parse(&key.verifier).ok());
    let seen: Vec<String> = witnesses
        .filter(|key| key.kind() == Kind::Witness)
        .filter_map(|key| Some((key.name().to_owned(), seconds(note.cosigned_at(&key).ok()??)?)))
        .map(|(name, at)| sentence(language, "cosigned-at", &[("name", name), ("at", moment(at))]))
        .collect();
    if seen.is_empty() { word(language, "not-cosigned") } else { seen.join("; ") }
}

/// A moment that a witness names.
pub(super) fn seconds(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

fn list(language: Language, (title, sentences): (&str, &[&str]), html: &mut String) {
    heading(language, title, html);
    html.push_str("<ul>\n");
    for id in sentences {
        let _ = writeln!(html, "<li>{}</li>", escaped(&word(language, id)));
    }
    html.push_str("</ul>\n");
}

fn how_to_check(language: Language, manifest: &Manifest, html: &mut String) {
    heading(language, "check", html);
    let _ = writeln!(html, "<p>{}</p>\n<ul>", escaped(&word(language, "check-key")));
    for key in &manifest.keys {
        let fingerprint = sentence(language, "fingerprint", &[("fingerprint", key.fingerprint.clone())]);
        let (key, fingerprint) = (escaped(&key.verifier), escaped(&fingerprint));
        let _ = writeln!(html, "<li><code>{key}</code><br><code>{fingerprint}</code></li>");
    }
    let (run, other) = (word(language, "check-run"), word(language, "check-other"));
    let command = "safar verify --pack FILE --verifier-key KEY";
    let _ = writeln!(
        html,
        "</ul>\n<p>{}</p>\n<pre><code>{command}</code></pre>\n<p>{}</p>",
        escaped(&run),
        escaped(&other)
    );
}

fn events(language: Language, shown: &Shown<'_>, html: &mut String) {
    heading(language, "events", html);
    html.push_str("<table>\n<thead><tr>");
    for column in COLUMNS {
        let _ = write!(html, "<th scope=\"col\">{}</th>", escaped(&word(language, column)));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    let name = |id: &str| shown.manifest.organisations.get(id).cloned();
    for event in shown.events {
        let mut said = told(language, event, &name);
        if has_sealed_words(event) {
            said = format!("{said} {}", word(language, "sealed"));
        }
        let (revision, position) = (event.revision, event.position);
        let (happened, recorded) = (moment(event.occurred_at), moment(event.recorded_at));
        let (said, kind, leaf) = (escaped(&said), escaped(&event.event_type), hexadecimal(&event.leaf_hash));
        let _ = writeln!(
            html,
            "<tr><td>{revision}</td><td>{happened}</td><td>{recorded}</td><td>{said}<br><code>{kind}</code></td>\
             <td>{position}</td><td><code>{leaf}</code></td></tr>"
        );
    }
    html.push_str("</tbody>\n</table>\n");
}

/// What happened and who recorded it, as a sentence.
pub(super) fn told(
    language: Language,
    event: &RecordedEvent,
    organisation: &dyn Fn(&str) -> Option<String>,
) -> String {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or(Value::Null);
    let (payload, metadata) = (read(&event.payload), read(&event.metadata));
    let by = metadata.pointer("/actor/organisation").and_then(Value::as_str).unwrap_or_default();
    let place = |id: &str| places::all().name(&PlaceId::parse(id).ok()?, language).map(str::to_owned);
    let names = Names { organisation, place: &place };
    timeline::entry(language, (&event.event_type, &payload), by, names)
}

fn has_sealed_words(event: &RecordedEvent) -> bool {
    let payload: Value = serde_json::from_slice(&event.payload).unwrap_or(Value::Null);
    let words = free_text::words(&event.event_type, &payload);
    words.into_iter().any(|(_, words)| free_text::sealed(words).is_some())
}

fn heading(language: Language, id: &str, html: &mut String) {
    let _ = writeln!(html, "<h2>{}</h2>", escaped(&word(language, id)));
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
        escaped
    })
}
