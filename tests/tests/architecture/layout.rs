//! What lies where: few entries in the root, one set of lints, one toolchain rule.

use crate::repository::{manifests, read, root, root_entries};

const FOLDERS: [&str; 7] = ["deploy", "docs", "domain", "projections", "proto", "services", "tests"];

const FILES: [&str; 10] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "NOTICE",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
];

const HIDDEN: [&str; 4] = [".ci", ".config", ".editorconfig", ".gitignore"];

/// Naming a toolchain in such a file makes rustup fetch it; `rust-version` in Cargo.toml says what is needed.
const PINS: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];

#[test]
fn the_root_holds_only_what_a_newcomer_expects() {
    assert_eq!(strangers(&root_entries()), Vec::<String>::new());
}

#[test]
fn every_room_of_the_house_exists() {
    let missing: Vec<_> = FOLDERS.iter().filter(|folder| !root().join(folder).is_dir()).collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

#[test]
fn a_stranger_in_the_root_would_be_found() {
    let entries = ["Cargo.toml", "utils", "domain"].map(str::to_owned);
    assert_eq!(strangers(&entries), ["utils"]);
}

#[test]
fn no_file_names_a_toolchain() {
    assert_eq!(pins(&root_entries()), Vec::<String>::new());
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml is TOML");
    assert!(
        manifest["workspace"]["package"].get("rust-version").is_some(),
        "Cargo.toml says which Rust it needs"
    );
}

#[test]
fn a_file_that_names_a_toolchain_would_be_found() {
    assert_eq!(pins(&["rust-toolchain.toml".to_owned()]), ["rust-toolchain.toml"]);
}

#[test]
fn every_crate_inherits_the_lints() {
    let bare = manifests().into_iter().filter(|manifest| !inherits_lints(&manifest.text));
    assert_eq!(bare.map(|manifest| manifest.path).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_crate_with_lints_of_its_own_would_be_found() {
    assert!(inherits_lints("[lints]\nworkspace = true"));
    assert!(!inherits_lints("[package]\nname = 'x'"));
    assert!(!inherits_lints("[lints.rust]\nunsafe_code = 'allow'"));
}

#[test]
fn unsafe_code_is_forbidden_and_functions_stay_short() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml is TOML");
    let lints = &manifest["workspace"]["lints"];
    assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("forbid"));
    assert_eq!(lints["clippy"]["too_many_lines"].as_str(), Some("warn"));
    let clippy: toml::Table = read("clippy.toml").parse().expect("clippy.toml is TOML");
    assert_eq!(clippy["too-many-lines-threshold"].as_integer(), Some(60));
    assert_eq!(clippy["too-many-arguments-threshold"].as_integer(), Some(5));
}

#[test]
fn every_ban_of_clock_and_randomness_gives_its_reason() {
    let clippy: toml::Table = read("clippy.toml").parse().expect("clippy.toml is TOML");
    let banned = clippy["disallowed-methods"].as_array().expect("it is a list");
    for method in
        ["jiff::Timestamp::now", "std::time::SystemTime::now", "uuid::Uuid::now_v7", "uuid::Uuid::new_v4"]
    {
        let ban = banned.iter().find(|ban| ban["path"].as_str() == Some(method));
        let reason = ban.and_then(|ban| ban.get("reason")).and_then(toml::Value::as_str);
        assert!(reason.is_some_and(|reason| !reason.is_empty()), "{method} is not banned with a reason");
    }
}

fn strangers(entries: &[String]) -> Vec<String> {
    let known = |entry: &str| [&FOLDERS[..], &FILES, &HIDDEN].iter().any(|list| list.contains(&entry));
    entries.iter().filter(|entry| !known(entry)).cloned().collect()
}

fn pins(entries: &[String]) -> Vec<String> {
    entries.iter().filter(|entry| PINS.contains(&entry.as_str())).cloned().collect()
}

fn inherits_lints(manifest: &str) -> bool {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let lints = manifest.get("lints").and_then(toml::Value::as_table);
    lints.is_some_and(|lints| {
        lints.len() == 1 && lints.get("workspace").and_then(toml::Value::as_bool) == Some(true)
    })
}
