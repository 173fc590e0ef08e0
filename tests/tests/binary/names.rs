//! Five hundred people, and every file that a server writes about them.

use std::{collections::HashSet, fs, path::Path};

use anyhow::{Result, ensure};
use safar_api::auth::DevIssuer;
use safar_tests::binary::{Installation, token};

use crate::asking::{Chance, Worker, note, open, register};

const MANY: u64 = 500;
const SYLLABLES: [&str; 8] = ["Шоҳ", "бек", "гул", "наз", "рӯз", "мир", "зод", "қул"];

/// A family name and a number that nobody else has.
fn seeded(number: u64) -> (String, String) {
    let mut rest = number;
    let mut name = "Ҷаҳон".to_owned();
    for _ in 0..4 {
        name += SYLLABLES[usize::try_from(rest % 8).unwrap_or_default()];
        rest /= 8;
    }
    (name + "ов", format!("90765{:05}", 10_000 + 7 * number))
}

/// Every file below a folder, with what is in it.
fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push((path.display().to_string(), fs::read(&path)?));
        }
    }
    Ok(found)
}

/// The files that hold one of these texts; few places begin like one of them, and only those are looked at.
fn holding<'a>(files: &'a [(String, Vec<u8>)], texts: &[String]) -> Vec<&'a str> {
    let short = texts.iter().map(String::len).min().unwrap_or(1);
    let begins: HashSet<&[u8]> = texts.iter().map(|text| &text.as_bytes()[..short]).collect();
    let holds = |bytes: &[u8]| {
        let mut places = bytes.windows(short).enumerate().filter(|(_, window)| begins.contains(window));
        places.any(|(at, _)| texts.iter().any(|text| bytes[at..].starts_with(text.as_bytes())))
    };
    files.iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_and_no_number_of_five_hundred_people_is_in_what_a_server_writes() -> Result<()> {
    let issuer = DevIssuer::ephemeral();
    let node = Installation::new()?.in_service(&issuer);
    node.describe_directory()?;
    let mut server = node.start(&["serve"]).await?;
    let worker = Worker::new("sw-galaba", token(&issuer, "sw-galaba"));
    let (mut chance, mut texts, mut last) = (Chance(11), Vec::new(), String::new());
    for number in 0..MANY {
        let (family, telephone) = seeded(number);
        last = worker.insist(&server.address, &register(chance.key(), &family, &[&telephone])).await?.id()?;
        texts.extend([family, telephone]);
    }
    let case = worker.insist(&server.address, &open(chance.key(), &last)).await?.id()?;
    let words = note(chance.key(), &case, &format!("{} {}", texts[0], texts[1]));
    worker.insist(&server.address, &words).await?.success()?;
    let shown = worker.get(&server.address, &format!("/v1/persons/{last}")).await?.success()?;
    ensure!(shown.to_string().contains(&texts[texts.len() - 2]), "it is there, for the one who may read it");
    ensure!(worker.get(&server.address, &format!("/v1/cases/{case}")).await?.status == 200);
    let mut written = files(&node.data())?;
    written.push(("the log of the server".to_owned(), server.log()?.into_bytes()));
    server.stop().await?;
    written.extend(files(&node.data())?);
    ensure!(written.iter().any(|(name, _)| name.ends_with("read-models.sqlite")), "there are files");
    let held = holding(&written, &texts);
    ensure!(held.is_empty(), "{held:?}");
    // The control: what lies in the clear is found.
    fs::write(node.data().join("clear"), format!("… {} …", texts[texts.len() / 2]))?;
    ensure!(holding(&files(&node.data())?, &texts).len() == 1);
    Ok(())
}
