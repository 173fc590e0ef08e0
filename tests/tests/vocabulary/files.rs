//! The files behind the sets: each is served, and none contradicts what is printed.

use std::{collections::BTreeSet, fs, path::Path};

use safar_domain::{case::CaseCommand, language::Language, vocabulary};

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

#[test]
fn every_file_of_the_folder_is_a_set() -> anyhow::Result<()> {
    let files = fs::read_dir(folder("domain/vocabulary"))?.map(|file| Ok(file?.path()));
    let files = files.collect::<anyhow::Result<Vec<_>>>()?.into_iter();
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "toml"));
    let names: BTreeSet<_> =
        files.filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned())).collect();
    let sets: BTreeSet<_> = vocabulary::sets().keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(names, sets);
    Ok(())
}

#[test]
fn every_source_of_a_set_is_explained_in_the_folder() -> anyhow::Result<()> {
    let readme = fs::read_to_string(folder("domain/vocabulary/README.md"))?;
    let keys: BTreeSet<_> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .flat_map(|keys| keys.split(", "))
        .collect();
    let known = |key: &str| keys.contains(key) || (key.starts_with("KSP-") && keys.contains("KSP-n"));
    assert!(known("DAK") && known("KSP-2970") && !known("NOBODY"), "the control");
    for set in vocabulary::sets().values() {
        let unknown: Vec<_> = set.sources.iter().filter(|key| !known(key)).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", set.name);
    }
    Ok(())
}

/// Sections of the printed labels, and the sets that say the same.
const PRINTED: [(&str, &str); 18] = [
    ("country", "countries"),
    ("programme", "programmes"),
    ("urgency", "urgencies"),
    ("warning", "handoff-warnings"),
    ("ground", "override-grounds"),
    ("sex", "sexes"),
    ("site", "sites"),
    ("confirmation", "confirmations"),
    ("history", "treatment-histories"),
    ("resistance", "resistance-categories"),
    ("phase", "treatment-phases"),
    ("specimen", "specimen-kinds"),
    ("smear", "smear-results"),
    ("growth", "culture-results"),
    ("mtb", "molecular-results"),
    ("susceptibility", "susceptibilities"),
    ("drug", "drugs"),
    ("reaction", "adverse-event-kinds"),
];

#[test]
fn a_printed_page_says_what_the_screen_says() -> anyhow::Result<()> {
    for language in Language::ALL {
        let file = folder("services/documents/labels").join(format!("{language}.toml"));
        let labels: toml::Table = fs::read_to_string(file)?.parse()?;
        for (section, set) in PRINTED {
            let set = vocabulary::set(set).expect(set);
            for (code, printed) in labels[section].as_table().expect(section) {
                let entry = set.entry(code).unwrap_or_else(|| panic!("{} lacks {code}", set.name));
                assert_eq!(printed.as_str(), Some(entry.label(language)), "{language} {section} {code}");
            }
        }
    }
    Ok(())
}

#[test]
fn every_place_of_the_reference_data_has_its_words() -> anyhow::Result<()> {
    let mut table = csv::Reader::from_path(folder("domain/reference/places.csv"))?;
    let ids: BTreeSet<_> =
        table.records().map(|row| Ok(row?[0].to_owned())).collect::<anyhow::Result<_>>()?;
    let places = vocabulary::set("places").expect("places");
    assert_eq!(ids, places.entries.iter().map(|entry| entry.code.clone()).collect());
    Ok(())
}

#[test]
fn every_command_on_a_case_has_a_label() {
    let commands = vocabulary::set("commands").expect("commands");
    let missing: Vec<_> = CaseCommand::NAMES.iter().filter(|name| commands.entry(name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let known = |code: &str| code == "register_person" || CaseCommand::NAMES.contains(&code);
    assert!(commands.entries.iter().all(|entry| known(&entry.code)));
}

#[test]
fn old_definitions_stay_beside_the_new_ones() {
    let of = |name: &str| vocabulary::set(name).and_then(|set| set.definitions.as_deref());
    assert_eq!(of("outcomes"), Some("who-2021"));
    assert_eq!(of("outcomes-2013"), Some("who-2013"));
    assert_eq!(of("registration-groups"), Some("who-2013"));
    assert_eq!(of("resistance-categories-2013"), Some("who-2013"));
}

#[test]
fn transferred_out_is_an_outcome_in_no_definition_set_of_the_who() {
    for name in ["outcomes", "outcomes-2013"] {
        assert!(vocabulary::set(name).expect(name).entry("transferred_out").is_none());
    }
    assert!(vocabulary::set("outcomes-tj").expect("the register").entry("transferred_out").is_some());
}
