//! The import table of `docs/architecture.md`: what each crate may build on, and what it must never name.

use crate::{
    code,
    repository::{File, manifests, rust_files},
};

/// One line of the table.
struct Wall {
    /// Name of the crate.
    name: &'static str,
    /// Folder of its sources.
    sources: &'static str,
    /// The crates of this repository that it may use.
    ours: &'static [&'static str],
    /// If set, the only crates of others that it may use.
    others: Option<&'static [&'static str]>,
    /// What its code must not name.
    never: &'static [&'static str],
}

const PURE: [&str; 8] = ["jiff", "schemars", "serde", "serde_json", "sha2", "thiserror", "toml", "uuid"];

/// What keys, their store and the format of sealed bytes need.
const SEALING: [&str; 14] = [
    "aws-lc-rs",
    "base64",
    "chacha20poly1305",
    "cryptoki",
    "hkdf",
    "hmac",
    "moka",
    "sha2",
    "sqlx",
    "subtle",
    "thiserror",
    "tracing",
    "uuid",
    "zeroize",
];

const IMPURE: [&str; 14] = [
    "tokio",
    "sqlx",
    "actix",
    "reqwest",
    "tracing",
    "async fn",
    "async move",
    ".await",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime",
    "Instant::now",
];

const WALLS: [Wall; 8] = [
    Wall { name: "safar-domain", sources: "domain/src", ours: &[], others: Some(&PURE), never: &IMPURE },
    Wall {
        name: "safar-event-store",
        sources: "services/event-store/src",
        ours: &[],
        others: None,
        never: &["actix", "safar_domain"],
    },
    Wall {
        name: "safar-projections",
        sources: "projections/src",
        ours: &["safar-domain", "safar-event-store", "safar-vault"],
        others: None,
        never: &["actix", "PgPool", "PgConnection", "sqlx::postgres", "Postgres"],
    },
    Wall {
        name: "safar-documents",
        sources: "services/documents/src",
        ours: &["safar-domain"],
        others: None,
        never: &IMPURE,
    },
    Wall {
        name: "safar-vault",
        sources: "services/vault/src",
        ours: &["safar-domain"],
        others: Some(&SEALING),
        never: &["actix", "safar_event_store", "serde_json"],
    },
    Wall {
        name: "safar-language",
        sources: "services/language/src",
        ours: &["safar-domain"],
        others: None,
        never: &IMPURE,
    },
    Wall {
        name: "safar-api",
        sources: "services/api/src",
        ours: &[
            "safar-documents",
            "safar-domain",
            "safar-event-store",
            "safar-language",
            "safar-projections",
            "safar-vault",
        ],
        others: None,
        never: &["sqlx"],
    },
    Wall {
        name: "safar-tests",
        sources: "tests/src",
        ours: &["safar-api", "safar-domain", "safar-event-store", "safar-projections", "safar-vault"],
        others: None,
        never: &[],
    },
];

#[test]
fn every_crate_stands_behind_its_wall() {
    let breaches: Vec<_> =
        manifests().iter().flat_map(|manifest| dependency_breaches(&manifest.text)).collect();
    assert_eq!(breaches, Vec::<String>::new());
    assert_eq!(manifests().len(), WALLS.len(), "the table and the workspace list the same crates");
}

#[test]
fn the_rulebooks_are_pure_and_synchronous() {
    assert_eq!(breaches_of("safar-domain"), Vec::<String>::new());
}

#[test]
fn the_log_knows_no_case_and_no_http() {
    assert_eq!(breaches_of("safar-event-store"), Vec::<String>::new());
}

#[test]
fn papers_are_made_of_what_they_say_and_of_nothing_else() {
    assert_eq!(breaches_of("safar-documents"), Vec::<String>::new());
}

#[test]
fn the_vault_knows_keys_and_bytes_and_nothing_of_what_they_say() {
    assert_eq!(breaches_of("safar-vault"), Vec::<String>::new());
}

#[test]
fn words_are_made_of_what_they_are_asked_for_and_of_nothing_else() {
    assert_eq!(breaches_of("safar-language"), Vec::<String>::new());
}

#[test]
fn read_models_live_in_sqlite_only() {
    assert_eq!(
        naming_breaches(wall("safar-projections"), &rust_files("projections/src")),
        Vec::<String>::new()
    );
}

#[test]
fn sql_stays_in_the_crate_that_owns_the_table() {
    assert_eq!(breaches_of("safar-api"), Vec::<String>::new());
}

#[test]
fn a_forbidden_dependency_would_be_found() {
    let domain = |dependency: &str| {
        dependency_breaches(&format!(
            "[package]\nname = 'safar-domain'\n[dependencies]\n{dependency}.workspace = true"
        ))
    };
    assert_eq!(domain("serde"), Vec::<String>::new());
    assert_eq!(domain("tokio"), ["safar-domain may not use tokio"]);
    assert_eq!(domain("safar-event-store"), ["safar-domain may not use safar-event-store"]);
}

#[test]
fn a_forbidden_dependency_would_be_found_behind_another_name_or_a_target() {
    let renamed =
        "[package]\nname = 'safar-domain'\n[dependencies]\nserde = { package = 'tokio', version = '1' }";
    assert_eq!(dependency_breaches(renamed), ["safar-domain may not use tokio"]);
    let target = "[package]\nname = 'safar-projections'\n[target.'cfg(unix)'.dependencies]\nactix-web = '4'";
    assert_eq!(dependency_breaches(target), ["safar-projections may not use actix-web"]);
    let build = "[package]\nname = 'safar-event-store'\n[build-dependencies]\nsafar-domain = '*'";
    assert_eq!(dependency_breaches(build), ["safar-event-store may not use safar-domain"]);
}

#[test]
fn a_crate_outside_the_table_would_be_found() {
    assert_eq!(
        dependency_breaches("[package]\nname = 'safar-utils'"),
        ["safar-utils is not in the import table"]
    );
}

#[test]
fn a_forbidden_name_would_be_found() {
    let file = |text: &str| [File { path: "domain/src/x.rs".to_owned(), text: text.to_owned() }];
    let domain = |text: &str| naming_breaches(wall("safar-domain"), &file(text));
    assert_eq!(domain("fn decide() {} // tokio is not used"), Vec::<String>::new());
    assert_eq!(domain("\nasync fn decide() {}"), ["domain/src/x.rs:2 names `async fn`"]);
    assert_eq!(domain("use sqlx::query;"), ["domain/src/x.rs:1 names `sqlx`"]);
    assert_eq!(domain("let now = std::time::Instant::now();"), ["domain/src/x.rs:1 names `Instant::now`"]);
    assert_eq!(domain("fn untokioed() {}"), Vec::<String>::new());
}

fn wall(name: &str) -> &'static Wall {
    WALLS.iter().find(|wall| wall.name == name).expect("the crate is in the table")
}

/// What the sources of a crate name in spite of its line of the table.
fn breaches_of(name: &str) -> Vec<String> {
    let wall = wall(name);
    naming_breaches(wall, &rust_files(wall.sources))
}

/// Dependencies that the crate's line of the table does not allow. What only tests use is free.
fn dependency_breaches(manifest: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let name = manifest["package"]["name"].as_str().expect("a crate has a name");
    let Some(wall) = WALLS.iter().find(|wall| wall.name == name) else {
        return vec![format!("{name} is not in the import table")];
    };
    let forbidden = dependencies(&manifest).into_iter().filter(|dependency| !allowed(wall, dependency));
    forbidden.map(|dependency| format!("{name} may not use {dependency}")).collect()
}

fn allowed(wall: &Wall, dependency: &str) -> bool {
    if dependency.starts_with("safar-") {
        return wall.ours.contains(&dependency);
    }
    let named =
        wall.never.iter().any(|never| dependency == *never || dependency.starts_with(&format!("{never}-")));
    !named && wall.others.is_none_or(|others| others.contains(&dependency))
}

/// Names of everything a crate is built from, under whatever name it uses them.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
    let mut found = Vec::new();
    for table in tables.chain([manifest]) {
        for kind in ["dependencies", "build-dependencies"] {
            for (name, value) in table.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
                let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(name);
                found.push(package.to_owned());
            }
        }
    }
    found
}

fn naming_breaches(wall: &Wall, files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for File { path, text } in files {
        for (number, line) in code::only(text).lines().enumerate() {
            let named = wall.never.iter().filter(|never| names(line, never));
            breaches.extend(named.map(|never| format!("{path}:{} names `{never}`", number + 1)));
        }
    }
    breaches
}

/// Whether the line has these words as words; `actix` also names `actix_web`, for a crate's name begins a path.
fn names(line: &str, words: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric();
    line.match_indices(words).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + words.len()..].chars().next();
        !before.is_some_and(|c| letter(c) || c == '_') && !after.is_some_and(letter)
    })
}
