//! What the documents name exists: subcommands of the binary, and files of this repository.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};
use safar_tests::binary::Installation;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether a path is there; a decision may be named by its number alone.
fn is_there(path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return path.exists() };
    let numbered = format!("{}-", name.to_string_lossy());
    let decision = || {
        fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
            folder.ends_with("adr") && entry.file_name().to_string_lossy().starts_with(&numbered)
        })
    };
    path.exists() || decision()
}

/// README.md and docs/*.md, with their names.
fn documents() -> Result<Vec<(PathBuf, String)>> {
    let mut files = vec![repository().join("README.md")];
    for entry in fs::read_dir(repository().join("docs"))? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.into_iter().map(|file| Ok((file.clone(), fs::read_to_string(file)?))).collect()
}

/// What stands in backticks or in blocks of code, line by line.
fn code(document: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (number, block) in document.split("```").enumerate() {
        if number % 2 == 1 {
            found.extend(block.lines());
        } else {
            found.extend(block.lines().flat_map(|line| line.split('`').skip(1).step_by(2)));
        }
    }
    found
}

/// The words after `safar` where it is called as a program: options are passed over, values too.
fn subcommands(document: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in code(document) {
        let Some(rest) = line.trim().strip_prefix("safar ") else { continue };
        let word = rest.split_whitespace().find(|word| !word.starts_with('-')).unwrap_or_default();
        if !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase()) {
            found.insert(word.to_owned());
        }
    }
    found
}

/// The relative targets of links, and what looks like a path from the root of the repository.
fn paths(document: &str) -> BTreeSet<String> {
    let links = document.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
    let links = links.filter(|link| !link.contains("://") && !link.starts_with(['#', 'm']));
    let mut found: BTreeSet<_> =
        links.map(|link| link.split('#').next().unwrap_or_default().to_owned()).collect();
    let roots = ["docs/", "deploy/", "domain/", "services/", "projections/", "tests/", "proto/", ".ci/"];
    for word in code(document).into_iter().flat_map(str::split_whitespace) {
        let word = word.trim_end_matches([',', '.', ';', ':']);
        let plain = word.chars().all(|letter| letter.is_ascii_alphanumeric() || "./-_".contains(letter));
        if plain && roots.iter().any(|root| word.starts_with(root)) {
            found.insert(word.to_owned());
        }
    }
    found.remove("");
    found
}

#[test]
fn every_subcommand_that_a_document_names_exists() -> Result<()> {
    let node = Installation::new()?;
    let mut named = BTreeSet::new();
    for (file, document) in documents()? {
        for subcommand in subcommands(&document) {
            let help = node.run(&[&subcommand, "--help"])?;
            ensure!(
                help.status.success(),
                "{} names `safar {subcommand}`, which does not exist",
                file.display()
            );
            named.insert(subcommand);
        }
    }
    ensure!(
        ["migrate", "directory", "verify"].iter().all(|name| named.contains(*name)),
        "only found {named:?}"
    );
    ensure!(!node.run(&["nothing-of-this-name", "--help"])?.status.success(), "any word passes");
    Ok(())
}

#[test]
fn every_file_that_a_document_names_exists() -> Result<()> {
    let mut seen = 0;
    for (file, document) in documents()? {
        for path in paths(&document) {
            let beside = file.parent().is_some_and(|folder| is_there(&folder.join(&path)));
            ensure!(
                beside || is_there(&repository().join(&path)),
                "{} names {path}, which is not there",
                file.display()
            );
            seen += 1;
        }
    }
    ensure!(seen > 10, "only {seen} paths were found");
    Ok(())
}

#[test]
fn names_are_found_where_they_stand() {
    let document = "Run `safar verify --data x` or\n```sh\nsafar --dev serve\ntarget/x\n```\nsee [a](docs/none.md#part), `tests/no-such`.";
    assert_eq!(subcommands(document), ["serve", "verify"].map(str::to_owned).into());
    assert_eq!(paths(document), ["docs/none.md", "tests/no-such"].map(str::to_owned).into());
}

#[test]
fn the_stored_description_of_the_interface_is_the_binarys() -> Result<()> {
    let node = Installation::new()?;
    let printed = node.tool(&["openapi"])?;
    let stored = repository().join("proto/openapi.json");
    if stored.exists() {
        node.tool(&["openapi", "--check", &stored.display().to_string()])?;
    }
    let (fresh, stale) = (node.file("fresh.json"), node.file("stale.json"));
    fs::write(&fresh, &printed)?;
    fs::write(&stale, printed.replacen("3.1.0", "3.0.0", 1))?;
    node.tool(&["openapi", "--check", &fresh.display().to_string()])?;
    let refused = node.run(&["openapi", "--check", &stale.display().to_string()])?;
    let sentence = String::from_utf8_lossy(&refused.stderr);
    ensure!(refused.status.code() == Some(1) && sentence.contains("is stale"), "{sentence}");
    Ok(())
}
