//! This repository, as the rules read it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A file: its path from the root, with `/`, and its text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate of the tests lies in the root")
        .to_owned()
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

/// Folders of the crates, as the workspace lists them.
pub(crate) fn members() -> Vec<String> {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml is TOML");
    let members = manifest["workspace"]["members"].as_array().expect("`members` is a list");
    members.iter().map(|member| member.as_str().expect("a member is a path").to_owned()).collect()
}

pub(crate) fn manifests() -> Vec<File> {
    let manifest = |member: String| {
        let path = format!("{member}/Cargo.toml");
        File { text: read(&path), path }
    };
    members().into_iter().map(manifest).collect()
}

/// Every Rust file below the given folder.
pub(crate) fn rust_files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    collect(folder, &mut found);
    assert!(!found.is_empty(), "no Rust file in {folder}: the rule would check nothing");
    found
}

/// Every Rust file of every crate.
pub(crate) fn all_rust_files() -> Vec<File> {
    let sources = members().into_iter().flat_map(|member| rust_files(&format!("{member}/src")));
    sources.chain(rust_files("tests/tests")).collect()
}

fn collect(folder: &str, found: &mut Vec<File>) {
    let entries =
        fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("cannot list {folder}: {error}"));
    for entry in entries {
        let name =
            entry.expect("a folder can be listed").file_name().into_string().expect("file names are UTF-8");
        let path = format!("{folder}/{name}");
        if root().join(&path).is_dir() {
            collect(&path, found);
        } else if Path::new(&path).extension().is_some_and(|extension| extension == "rs") {
            found.push(File { text: read(&path), path });
        }
    }
}

/// What lies in the root and is, or would be, under version control; generated files are none of our business.
pub(crate) fn root_entries() -> Vec<String> {
    let arguments = ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(arguments).current_dir(root()).output().expect("git is installed");
    assert!(listed.status.success(), "`git ls-files` says: {}", String::from_utf8_lossy(&listed.stderr));
    let paths = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let mut entries: Vec<_> =
        paths.lines().map(|path| path.split('/').next().unwrap_or(path).to_owned()).collect();
    entries.sort();
    entries.dedup();
    entries
}
