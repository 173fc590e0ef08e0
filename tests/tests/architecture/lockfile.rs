//! Floors and bans of `deny.toml`, held here as well, so that they hold where cargo-deny is not installed.

use crate::repository::read;

/// Below these versions a fault is known that matters to us; `deny.toml` names each.
const FLOORS: [(&str, [u64; 3]); 8] = [
    ("actix-http", [3, 12, 1]),
    ("actix-web", [4, 14, 0]),
    ("bytes", [1, 11, 1]),
    ("h2", [0, 4, 16]),
    ("jsonwebtoken", [10, 3, 0]),
    ("libsqlite3-sys", [0, 37, 0]),
    ("time", [0, 3, 47]),
    ("tracing-subscriber", [0, 3, 20]),
];

const BANNED: [&str; 7] = [
    "actix-files",
    "actix-governor",
    "native-tls",
    "openssl-sys",
    "rsa",
    "sonic-rs",
    "actix-web-opentelemetry",
];

/// Two versions of these compile side by side and do harm: spans are lost, a TLS provider cannot be chosen.
const ALONE: [&str; 4] = ["opentelemetry", "opentelemetry_sdk", "rustls", "libsqlite3-sys"];

#[test]
fn no_dependency_is_below_its_floor_or_banned() {
    assert_eq!(breaches(&read("Cargo.lock")), Vec::<String>::new());
}

#[test]
fn every_dependency_comes_from_one_registry() {
    assert_eq!(foreign(&read("Cargo.lock")), Vec::<String>::new());
}

#[test]
fn deny_toml_holds_the_same_floors_and_bans() {
    let deny = read("deny.toml");
    for (name, [major, minor, patch]) in FLOORS {
        let short = if patch == 0 { format!("{major}.{minor}") } else { format!("{major}.{minor}.{patch}") };
        assert!(deny.contains(&format!("\"{name}:<{short}\"")), "deny.toml lacks the floor {name} {short}");
    }
    for name in BANNED {
        assert!(deny.contains(&format!("\"{name}\"")), "deny.toml does not ban {name}");
    }
}

#[test]
fn an_old_a_banned_and_a_doubled_dependency_would_be_found() {
    assert_eq!(breaches(&lock("h2", "0.4.15")), ["h2 0.4.15 is below its floor 0.4.16"]);
    assert_eq!(breaches(&lock("h2", "0.3.27")), ["h2 0.3.27 is below its floor 0.4.16"]);
    assert_eq!(breaches(&lock("h2", "0.4.16")), Vec::<String>::new());
    assert_eq!(
        breaches(&lock("jsonwebtoken", "10.3.0-rc.1")),
        ["jsonwebtoken 10.3.0-rc.1 is below its floor 10.3.0"]
    );
    assert_eq!(breaches(&lock("openssl-sys", "0.9.0")), ["openssl-sys is banned"]);
    let twice = lock("opentelemetry", "0.32.0") + &lock("opentelemetry", "0.33.1");
    assert_eq!(breaches(&twice), ["opentelemetry is there twice"]);
}

#[test]
fn a_dependency_from_elsewhere_would_be_found() {
    let git = "[[package]]\nname = 'x'\nversion = '1.0.0'\nsource = 'git+https://example.org/x'\n";
    assert_eq!(foreign(git), ["x comes from git+https://example.org/x"]);
}

fn lock(name: &str, version: &str) -> String {
    format!("[[package]]\nname = '{name}'\nversion = '{version}'\n")
}

fn packages(lock: &str) -> Vec<toml::Value> {
    let lock: toml::Table = lock.parse().expect("Cargo.lock is TOML");
    lock["package"].as_array().expect("Cargo.lock lists packages").clone()
}

fn text<'a>(package: &'a toml::Value, field: &str) -> &'a str {
    package.get(field).and_then(toml::Value::as_str).unwrap_or_default()
}

fn breaches(lock: &str) -> Vec<String> {
    let packages = packages(lock);
    let mut breaches = Vec::new();
    for package in &packages {
        let (name, version) = (text(package, "name"), text(package, "version"));
        if let Some((_, floor)) = FLOORS.iter().find(|(floored, _)| *floored == name)
            && below(version, *floor)
        {
            let [major, minor, patch] = floor;
            breaches.push(format!("{name} {version} is below its floor {major}.{minor}.{patch}"));
        }
        if BANNED.contains(&name) {
            breaches.push(format!("{name} is banned"));
        }
    }
    let count = |alone: &str| packages.iter().filter(|package| text(package, "name") == alone).count();
    breaches
        .extend(ALONE.iter().filter(|alone| count(alone) > 1).map(|alone| format!("{alone} is there twice")));
    breaches
}

/// A version before the floor; a pre-release of the floor itself is before it.
fn below(version: &str, floor: [u64; 3]) -> bool {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<u64> =
        release.split('.').map(|part| part.parse().expect("a version has numbers")).collect();
    let is = [numbers[0], numbers[1], numbers[2]];
    is < floor || (is == floor && version.contains('-'))
}

fn foreign(lock: &str) -> Vec<String> {
    let packages = packages(lock);
    let sources = packages.iter().map(|package| text(package, "source"));
    let usual = sources.filter(|source| source.starts_with("registry+")).min().unwrap_or_default();
    let registry = |source: &str| source.is_empty() || source == usual;
    let strangers = packages.iter().filter(|package| !registry(text(package, "source")));
    strangers
        .map(|package| format!("{} comes from {}", text(package, "name"), text(package, "source")))
        .collect()
}
