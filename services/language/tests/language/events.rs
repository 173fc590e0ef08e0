use std::{collections::BTreeMap, path::Path};

use safar_domain::{language::Language, notice::About};
use safar_language::{
    notices,
    timeline::{Names, entry},
};
use serde_json::Value;

/// The stored sample of every event, by its name.
fn samples() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/events");
    let files = std::fs::read_dir(folder).expect("the samples are there");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let file = file.expect("the folder can be read").path();
        let text = std::fs::read(&file).expect("a sample can be read");
        let sample: Value = serde_json::from_slice(&text).expect("a sample is JSON");
        let name = file.file_stem().expect("a sample has a name").to_string_lossy().into_owned();
        (name, sample["payload"].clone())
    };
    files.map(read).collect()
}

fn said(language: Language, event: &str, data: &Value) -> String {
    let organisation = |id: &str| (id == "kz-tb-shymkent").then(|| "Shymkent TB dispensary".to_owned());
    let names = Names { organisation: &organisation, place: &|_| None };
    entry(language, (event, data), "kz-tb-shymkent", names)
}

#[test]
fn every_event_is_told_in_every_language() {
    for (event, data) in samples() {
        for language in Language::ALL {
            let said = said(language, &event, &data);
            assert!(!said.contains(['{', '$', '_']) && !said.contains("none"), "{language} {event}: {said}");
            let words = said.trim_start_matches("Shymkent TB dispensary: ");
            let cyrillic = words.chars().any(|letter| ('а'..='я').contains(&letter));
            assert_eq!(cyrillic, language != Language::En, "{language} {event}: {said}");
        }
    }
}

#[test]
fn an_event_that_nobody_wrote_a_sentence_for_would_be_found() {
    assert!(
        !said(Language::Ru, "case.never-heard-of.v1", &Value::Null)
            .chars()
            .any(|letter| ('а'..='я').contains(&letter))
    );
}

#[test]
fn a_sentence_says_days_codes_counts_and_names() {
    let samples = samples();
    let of = |event: &str| said(Language::En, event, &samples[event]);
    assert_eq!(
        of("case.doses-recorded.v1"),
        "Shymkent TB dispensary: 2026-05-08 – 2026-05-14: 6 doses taken, 1 missed."
    );
    assert!(of("case.handoff-offered.v1").contains("to Shymkent TB dispensary"));
    let unknown = said(Language::En, "case.patient-departed.v1", &serde_json::json!({ "on": "2026-05-06" }));
    assert!(unknown.ends_with("Medicine in hand: not recorded."), "{unknown}");
}

#[test]
fn a_sentence_says_nothing_that_somebody_wrote_in_words_of_their_own() {
    for (event, data) in samples() {
        for words in ["Will call", "Fell ill on the train", "0f0f0f0f"] {
            assert!(!said(Language::En, &event, &data).contains(words), "{event}");
        }
    }
}

#[test]
fn every_notice_and_the_bell_are_said_in_every_language() {
    let schema = serde_json::to_value(schemars::schema_for!(About)).unwrap();
    let all = schema["oneOf"].as_array().unwrap();
    let all: Vec<About> =
        all.iter().map(|one| serde_json::from_value(one["const"].clone()).unwrap()).collect();
    assert!(all.len() > 30);
    for language in Language::ALL {
        for said in all.iter().map(|about| notices::notice(language, *about)).chain([notices::bell(language)])
        {
            assert!(said.ends_with('.') && said.contains(' '), "{language}: {said}");
        }
    }
}
