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

/// Words of Latin letters that are left in a sentence, without the ids and the codes that are the same everywhere.
fn latin(said: &str) -> Vec<String> {
    let same = [
        "LAM",
        "none",
        "kz-tb-shymkent",
        "kz-tb-taraz",
        "ngo-galaba",
        "tj-tb-dushanbe",
        "tj-farkhor",
        "UZ",
        "KZ-79",
    ];
    let words = said.split(|letter: char| !letter.is_alphanumeric() && !"-_/".contains(letter));
    let latin = words.filter(|word| word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'));
    latin.filter(|word| word.len() > 2 && !same.contains(word)).map(str::to_owned).collect()
}

#[test]
fn no_code_is_left_in_a_sentence_of_another_language() {
    let mut left = vec![];
    for (event, data) in samples() {
        for language in [Language::Ru, Language::Tg, Language::Kk] {
            let said = said(language, &event, &data).replace("Shymkent TB dispensary", "");
            left.extend(latin(&said).into_iter().map(|word| format!("{language} {event}: {word}")));
        }
    }
    assert_eq!(
        left,
        Vec::<String>::new(),
        "look at the sets named in services/language/src/timeline/said.rs"
    );
}

#[test]
fn a_code_that_no_vocabulary_knows_would_be_found() {
    let data = serde_json::json!({ "reason": "never_heard_of" });
    assert_eq!(latin(&said(Language::Kk, "case.closed.v1", &data)), ["dispensary", "never", "heard"]);
    assert_eq!(latin("АРТ, LF-LAM, 2HRZE/4HR, kz-tb-taraz"), Vec::<String>::new());
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
