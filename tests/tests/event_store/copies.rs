//! What is kept of a ledger elsewhere, and in which order it is written.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Result, ensure};
use safar_event_store::ledger::{
    Ledger, LedgerError, LedgerOptions, MARKER, checkpoint::Checkpoint, note::Kind, witness::Witness,
};

use crate::{
    fixture::Fixture,
    ledger::{Place, more, rewrite, signer, verifier, with_events},
};

/// Every file below a folder, with what is in it.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.insert(path.display().to_string(), fs::read(&path)?);
        }
    }
    Ok(found)
}

fn size_of(path: &Path) -> Result<u64> {
    Ok(Checkpoint::open(&fs::read(path)?, &verifier())?.size)
}

pub(crate) async fn a_start_over_another_history_changes_no_tile(log: &Fixture) -> Result<()> {
    let (store, place) = (with_events(log, 700).await?, Place::new()?);
    place.open(&store).await?;
    let before = files(&place.folder())?;
    rewrite(&mut log.drop_guards().await?, &store, 301).await?;
    let refused = place.open(&store).await.expect_err("it is another history");
    assert_eq!(refused, LedgerError::Forked { path: place.checkpoint(), size: 700, first: Some(301.into()) });
    ensure!(refused.to_string().contains("another one at position 301"), "{refused}");
    assert_eq!(files(&place.folder())?, before, "the tiles still say which event it was");
    Ok(())
}

pub(crate) async fn a_checkpoint_is_written_only_after_a_witness_could_be_asked(log: &Fixture) -> Result<()> {
    let (store, place) = (with_events(log, 300).await?, Place::new()?);
    let prepared = Ledger::prepare(&store, place.options()).await?;
    assert_eq!(prepared.ledger().published().checkpoint.size, 300, "what a witness is shown");
    ensure!(prepared.ledger().consistency(256, 300)?.is_some(), "with the proof");
    ensure!(!place.checkpoint().exists() && !place.copy().exists());
    prepared.publish().await?;
    assert_eq!((size_of(&place.checkpoint())?, size_of(&place.copy())?), (300, 300));
    Ok(())
}

/// Another node that shares the folder of copies.
fn beside(place: &Place, other: &Place) -> LedgerOptions {
    LedgerOptions { copy: Some(place.copy()), ..other.options() }
}

pub(crate) async fn a_copy_never_goes_back_though_several_nodes_write_it(log: &Fixture) -> Result<()> {
    let (store, place, other) = (with_events(log, 300).await?, Place::new()?, Place::new()?);
    let slow = Ledger::prepare(&store, beside(&place, &other)).await?;
    let quick = place.open(&store).await?;
    more(&store, 50, 100).await?;
    quick.advance().await?;
    quick.copied().await;
    let slow = slow.publish().await?;
    assert_eq!((size_of(&other.checkpoint())?, size_of(&place.copy())?), (300, 400));
    more(&store, 60, 100).await?;
    slow.advance().await?;
    slow.copied().await;
    assert_eq!(size_of(&place.copy())?, 500, "what goes on is copied by either");
    Ok(())
}

pub(crate) async fn a_ledger_whose_second_place_has_another_history_signs_nothing_more(
    log: &Fixture,
) -> Result<()> {
    let (store, place, other) = (with_events(log, 300).await?, Place::new()?, Place::new()?);
    let ledger = place.open(&store).await?;
    rewrite(&mut log.drop_guards().await?, &store, 77).await?;
    other.open(&store).await?;
    fs::copy(other.checkpoint(), place.copy())?;
    more(&store, 50, 20).await?;
    ledger.advance().await?;
    ledger.copied().await;
    more(&store, 60, 20).await?;
    let forked = LedgerError::Forked { path: place.copy(), size: 300, first: None };
    assert_eq!(ledger.advance().await.expect_err("somebody was shown another history"), forked);
    assert_eq!((ledger.published().checkpoint.size, size_of(&place.copy())?), (320, 300));
    Ok(())
}

/// The folder as it is while nothing is mounted there.
fn unmount(place: &Place) -> Result<()> {
    fs::remove_file(place.copy())?;
    Ok(fs::remove_file(place.copy().with_file_name(MARKER))?)
}

pub(crate) async fn a_second_place_that_is_not_mounted_is_not_taken_for_an_empty_one(
    log: &Fixture,
) -> Result<()> {
    let (store, place) = (with_events(log, 300).await?, Place::new()?);
    let ledger = place.open(&store).await?;
    unmount(&place)?;
    more(&store, 50, 20).await?;
    ledger.advance().await?;
    ledger.copied().await;
    ensure!(!place.copy().exists(), "nothing is written below a medium that is away");
    assert_eq!(size_of(&place.checkpoint())?, 320, "the ledger goes on");
    let refused = place.open(&store).await.expect_err("what was signed elsewhere is not seen");
    let folder = place.copy().parent().expect("it has one").to_owned();
    assert_eq!(refused, LedgerError::NotMounted { folder: folder.clone() });
    ensure!(refused.to_string().contains(&format!("touch {}", folder.join(MARKER).display())), "{refused}");
    fs::write(folder.join(MARKER), "")?;
    place.open(&store).await?;
    assert_eq!(size_of(&place.copy())?, 320);
    Ok(())
}

pub(crate) async fn a_second_place_that_hangs_holds_up_nobody(log: &Fixture) -> Result<()> {
    let (store, place) = (with_events(log, 300).await?, Place::new()?);
    let ledger = place.open(&store).await?;
    fs::remove_file(place.copy())?;
    // Who opens it waits for somebody to write, for ever.
    ensure!(Command::new("mkfifo").arg(place.copy()).status()?.success());
    for number in 50..55 {
        more(&store, number, 20).await?;
        ledger.advance().await?;
    }
    assert_eq!(size_of(&place.checkpoint())?, 400);
    Ok(())
}

#[test]
fn two_witnesses_do_not_remember_in_one_folder() -> Result<()> {
    let state = tempfile::tempdir()?;
    let witness = || {
        let signer = signer("witness.test/w1", Kind::Witness, 3);
        Witness::new(signer, vec![verifier()], state.path().to_owned())
    };
    let first = witness()?;
    let refused = witness().expect_err("the folder is taken").to_string();
    ensure!(refused.contains("another witness"), "{refused}");
    drop(first);
    witness()?;
    Ok(())
}
