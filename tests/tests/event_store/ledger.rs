//! The tree behind a log: what it proves, what it refuses, and which means finds which damage.

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use safar_event_store::{
    EventStore, Finding, VerifyReport,
    ledger::{
        Evidence, Ledger, LedgerError, LedgerFinding, LedgerOptions, MARKER,
        merkle::{self, Hash},
        note::{Kind, Signer, Verifier},
        tile::TilePath,
        witness::{AddCheckpoint, Reply, Witness},
    },
    verify, verify_against,
};
use tempfile::TempDir;

use crate::{
    fixture::{Fixture, Raw},
    given::{append_of, case, write},
};

const ORIGIN: &str = "safar.test/log";

/// Where the ledger of a test and the copy of its checkpoints are.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Result<Self> {
        let place = Self(tempfile::tempdir()?);
        fs::write(place.0.path().join(MARKER), "")?;
        Ok(place)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.0.path().join("ledger")
    }

    pub(crate) fn copy(&self) -> PathBuf {
        self.0.path().join("copy")
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.folder().join("checkpoint")
    }

    pub(crate) async fn open(&self, store: &EventStore) -> Result<Ledger, LedgerError> {
        Ledger::open(store, self.options()).await
    }

    pub(crate) fn options(&self) -> LedgerOptions {
        LedgerOptions {
            folder: self.folder(),
            copy: Some(self.copy()),
            origin: ORIGIN.to_owned(),
            signer: Some(signer(ORIGIN, Kind::Log, 7)),
            pace: Duration::from_secs(1),
            alarm: || (),
        }
    }

    /// What `safar verify` says of the log with what is kept here.
    pub(crate) async fn verified(&self, store: &EventStore) -> Result<VerifyReport> {
        let (mut evidence, key) = (Evidence::default(), verifier());
        evidence.folder(&self.folder(), std::slice::from_ref(&key))?;
        evidence.checkpoint(&self.copy(), &[key])?;
        Ok(verify_against(store, evidence, |_| {}).await?)
    }
}

pub(crate) fn signer(name: &str, kind: Kind, number: u8) -> Signer {
    // 32 bytes in base64, the last of them 0.
    let letter = char::from(b'A' + number).to_string();
    Signer::new(name, kind, &format!("{}A=", letter.repeat(42))).expect("it is well formed")
}

pub(crate) fn verifier() -> Verifier {
    signer(ORIGIN, Kind::Log, 7).verifier().clone()
}

/// Events in appends of a hundred, `number` being the first one's.
pub(crate) async fn with_events(log: &Fixture, events: u64) -> Result<EventStore> {
    let store = log.open().await?;
    more(&store, 0, events).await?;
    Ok(store)
}

pub(crate) async fn more(store: &EventStore, from: u64, events: u64) -> Result<()> {
    for number in 0..events.div_ceil(100) {
        let count = usize::try_from((events - number * 100).min(100))?;
        let number = from + number;
        store.append(append_of(number, vec![write(&case(number), 0, count)])).await?;
    }
    Ok(())
}

async fn leaves(store: &EventStore) -> Result<Vec<Hash>> {
    let mut leaves = Vec::new();
    loop {
        let page = store.read_all((leaves.len() as u64).into(), 1_000).await?;
        if page.is_empty() {
            return Ok(leaves);
        }
        leaves.extend(page.iter().map(|event| event.leaf_hash));
    }
}

/// Rewrites the payload of an event together with everything that would betray it beside it.
pub(crate) async fn rewrite(raw: &mut Raw, store: &EventStore, position: u64) -> Result<()> {
    let mut event = store.read_all((position - 1).into(), 1).await?.remove(0);
    event.payload = br#"{"some":"other"}"#.to_vec();
    let leaf = safar_event_store::ledger::leaf_hash(&event.ledger_entry());
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let (payload, leaf) = (hex(&event.payload), hex(&leaf));
    let (before, after) = if matches!(raw, Raw::Sqlite(_)) { ("x'", "'") } else { ("'\\x", "'::bytea") };
    let set = format!("payload = {before}{payload}{after}, leaf_hash = {before}{leaf}{after}");
    raw.run(&format!("UPDATE event SET {set} WHERE position = {position}")).await?;
    Ok(())
}

pub(crate) async fn the_tree_follows_the_log_and_proves_every_event_against_every_checkpoint(
    log: &Fixture,
) -> Result<()> {
    let (store, place) = (with_events(log, 300).await?, Place::new()?);
    let ledger = place.open(&store).await?;
    let first = ledger.published();
    more(&store, 50, 333).await?;
    ledger.advance().await?;
    let (second, leaves) = (ledger.published(), leaves(&store).await?);
    assert_eq!((first.checkpoint.size, second.checkpoint.size), (300, 633));
    assert_eq!(second.checkpoint.root, merkle::root_of(&leaves));
    for checkpoint in [&first.checkpoint, &second.checkpoint] {
        for (position, leaf) in (1..=checkpoint.size).zip(&leaves) {
            let proof = ledger.inclusion(position.into(), checkpoint.size)?.expect("it is there");
            ensure!(
                merkle::includes(position - 1, checkpoint.size, leaf, &proof, &checkpoint.root),
                "{position}"
            );
        }
    }
    let proof = ledger.consistency(300, 633)?.expect("both were signed");
    let (old, new) = ((300, &first.checkpoint.root), (633, &second.checkpoint.root));
    ensure!(merkle::is_consistent(old, new, &proof) && !merkle::is_consistent(new, old, &proof));
    ensure!(ledger.inclusion(634.into(), 633)?.is_none() && ledger.inclusion(1.into(), 634)?.is_none());
    ensure!(ledger.consistency(300, 634)?.is_none() && ledger.root(634)?.is_none());
    let tile = |name: &str| ledger.tile(name.parse::<TilePath>()?).map_err(anyhow::Error::from);
    assert_eq!(tile("0/001")?, Some(leaves[256..512].concat()));
    assert_eq!(tile("0/001.p/44")?, Some(leaves[256..300].concat()));
    assert_eq!(tile("0/002.p/121")?, Some(leaves[512..].concat()));
    assert_eq!((tile("0/002.p/122")?, tile("0/002")?, tile("2/000.p/1")?), (None, None, None));
    let again = Place::new()?.open(&store).await?;
    assert_eq!(again.published(), second, "what is derived from the same log is the same");
    ensure!(place.verified(&store).await?.is_sound());
    damage(&place, "0/001")?;
    for read in [ledger.tile("0/001".parse()?).err(), ledger.inclusion(300.into(), 633).err()] {
        let said = read.expect("a damaged tile is not believed").to_string();
        ensure!(said.contains("the tile 0/001 is damaged"), "{said}");
    }
    ensure!(ledger.tile("0/000".parse()?)?.is_some(), "what is not damaged is read");
    Ok(())
}

/// Another byte in the middle of a tile on disk.
fn damage(place: &Place, tile: &str) -> Result<()> {
    let path = place.folder().join("tile").join(tile);
    let mut bytes = fs::read(&path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    Ok(fs::write(path, bytes)?)
}

pub(crate) async fn a_log_that_is_shorter_than_what_was_signed_is_not_opened(log: &Fixture) -> Result<()> {
    let (store, place) = (with_events(log, 300).await?, Place::new()?);
    place.open(&store).await?;
    log.drop_guards().await?.run("DELETE FROM event WHERE position > 299").await?;
    ensure!(verify(&store, |_| {}).await?.is_sound(), "by itself the shorter log is a good one");
    let behind = |path| LedgerError::Behind { path, signed: 300, head: 299.into() };
    assert_eq!(
        place.open(&store).await.expect_err("it is not the log that was signed"),
        behind(place.checkpoint())
    );
    let found = LedgerFinding::Behind { path: place.checkpoint(), size: 300, found: 299 };
    ensure!(place.verified(&store).await?.findings.contains(&Finding::Ledger(found)));
    // The whole data folder is yesterday's: the copy elsewhere is not.
    fs::remove_dir_all(place.folder())?;
    assert_eq!(
        place.open(&store).await.expect_err("it is not the log that was signed"),
        behind(place.copy())
    );
    fs::remove_file(place.copy())?;
    assert_eq!(place.open(&store).await?.published().checkpoint.size, 299, "nobody knows of more");
    Ok(())
}

pub(crate) async fn a_history_that_was_written_anew_is_found_and_not_opened(log: &Fixture) -> Result<()> {
    let (store, place) = (with_events(log, 300).await?, Place::new()?);
    place.open(&store).await?;
    let mut raw = log.drop_guards().await?;
    rewrite(&mut raw, &store, 77).await?;
    more(&store, 50, 20).await.ok();
    ensure!(verify(&store, |_| {}).await?.is_sound(), "every row fits its own leaf");
    let forked = LedgerError::Forked { path: place.checkpoint(), size: 300, first: Some(77.into()) };
    assert_eq!(place.open(&store).await.expect_err("it is not the log that was signed"), forked);
    let found = LedgerFinding::Rewritten { path: place.copy(), size: 300 };
    ensure!(place.verified(&store).await?.findings.contains(&Finding::Ledger(found)));
    Ok(())
}

/// What a database does that fell back to an older copy of itself under a running node, and took other events since.
pub(crate) async fn of_a_log_that_does_not_go_on_where_it_was_signed_nothing_more_is_signed(
    log: &Fixture,
) -> Result<()> {
    let (store, place) = (with_events(log, 300).await?, Place::new()?);
    let ledger = place.open(&store).await?;
    let mut raw = log.drop_guards().await?;
    rewrite(&mut raw, &store, 300).await?;
    more(&store, 50, 20).await?;
    let forked = LedgerError::Forked { path: place.checkpoint(), size: 300, first: None };
    assert_eq!(ledger.advance().await.expect_err("it is another log"), forked);
    assert_eq!(ledger.published().checkpoint.size, 300);
    Ok(())
}

pub(crate) async fn an_event_that_was_removed_is_found_and_the_log_not_opened(log: &Fixture) -> Result<()> {
    let (store, place) = (with_events(log, 300).await?, Place::new()?);
    place.open(&store).await?;
    log.drop_guards().await?.run("DELETE FROM event WHERE position = 77").await?;
    assert_eq!(
        place.open(&store).await.expect_err("it is not the log that was signed"),
        LedgerError::Gap(76.into())
    );
    let findings = place.verified(&store).await?.findings;
    ensure!(findings.contains(&Finding::PositionGap { after: 76.into(), found: 78.into() }), "{findings:?}");
    Ok(())
}

/// A change of one byte of a column, at another place in each event.
fn flip(log: &Fixture, column: &str) -> String {
    let place = format!("(position % length({column}))");
    log.choose(
        format!(
            "{column} = CAST(substr({column}, 1, {place}) || \
             iif(substr({column}, {place} + 1, 1) = x'00', x'01', x'00') || substr({column}, {place} + 2) AS BLOB)"
        ),
        format!("{column} = set_byte({column}, {place}::int, get_byte({column}, {place}::int) # 1)"),
    )
}

pub(crate) async fn a_flipped_byte_of_any_column_is_found_in_each_of_two_thousand_events(
    log: &Fixture,
) -> Result<()> {
    let (store, place) = (with_events(log, 2_000).await?, Place::new()?);
    place.open(&store).await?;
    ensure!(place.verified(&store).await?.is_sound());
    let mut raw = log.drop_guards().await?;
    raw.run("CREATE TABLE kept AS SELECT * FROM event").await?;
    let id = |column: &str| {
        log.choose(
            format!("{column} = CAST(x'ff' || substr({column}, 2) AS BLOB)"),
            format!("{column} = overlay({column}::text placing 'f' from 1 for 1)::uuid"),
        )
    };
    let text = |column: &str| format!("{column} = 'z' || substr({column}, 2)");
    let mut changes: Vec<String> =
        ["payload", "fingerprint", "leaf_hash"].map(|column| flip(log, column)).into();
    changes.extend(["event_id", "command_id"].map(id));
    changes.extend(["stream", "event_type", "actor"].map(text));
    changes.extend(
        ["metadata = '{ }'", "occurred_at = occurred_at + 256", "recorded_at = recorded_at + 256"]
            .map(str::to_owned),
    );
    changes.extend(["ordinal = ordinal + 256", "revision = revision + 1000"].map(str::to_owned));
    for change in changes {
        assert_eq!(raw.run(&format!("UPDATE event SET {change}")).await?, 2_000, "{change}");
        let found: BTreeSet<u64> =
            place.verified(&store).await?.findings.iter().filter_map(damaged).collect();
        assert_eq!(found, (1..=2_000).collect(), "{change}");
        raw.run("DELETE FROM event").await?;
        raw.run("INSERT INTO event SELECT * FROM kept").await?;
    }
    ensure!(place.verified(&store).await?.is_sound());
    Ok(())
}

fn damaged(finding: &Finding) -> Option<u64> {
    match finding {
        Finding::LeafMismatch(position) | Finding::Unreadable(position) => Some(position.get()),
        _ => None,
    }
}

pub(crate) async fn a_damaged_tile_is_found_and_made_anew_and_a_damaged_checkpoint_is_found(
    log: &Fixture,
) -> Result<()> {
    let (store, place) = (with_events(log, 700).await?, Place::new()?);
    let before = place.open(&store).await?.published();
    let tiles = ["0/000", "0/001", "0/002.p/188", "1/000.p/2"];
    tiles.iter().try_for_each(|name| damage(&place, name))?;
    let found = place.verified(&store).await?.findings;
    let expected: Vec<Finding> = tiles
        .map(|name| Finding::Ledger(LedgerFinding::TileDamaged(name.parse().expect("it is well formed"))))
        .into();
    ensure!(expected.iter().all(|finding| found.contains(finding)) && found.len() == 4, "{found:?}");
    assert_eq!(
        place.open(&store).await?.published(),
        before,
        "rebuilt from the leaves it is what was signed"
    );
    ensure!(place.verified(&store).await?.is_sound());
    let note = fs::read_to_string(place.checkpoint())?;
    fs::write(place.checkpoint(), note.replacen("700", "600", 1))?;
    let found = LedgerFinding::CheckpointDamaged(place.checkpoint());
    ensure!(place.verified(&store).await?.findings.contains(&Finding::Ledger(found)));
    ensure!(matches!(place.open(&store).await, Err(LedgerError::Checkpoint { .. })));
    Ok(())
}

/// What a ledger asks of a witness that has cosigned this much.
fn request(ledger: &Ledger, old: u64) -> Vec<u8> {
    let published = ledger.published();
    let proof = ledger.consistency(old, published.checkpoint.size).ok().flatten().unwrap_or_default();
    let note = published.note.clone().expect("it is signed");
    AddCheckpoint { old, proof, note }.body().into_bytes()
}

pub(crate) async fn a_witness_cosigns_what_continues_and_refuses_the_fork_that_two_auditors_are_shown(
    log: &Fixture,
) -> Result<()> {
    let (state, place, others) = (tempfile::tempdir()?, Place::new()?, Place::new()?);
    let witness = || {
        let signer = signer("witness.test/w1", Kind::Witness, 3);
        Witness::new(signer, vec![verifier()], state.path().to_owned()).expect("nobody else is in the folder")
    };
    let store = with_events(log, 300).await?;
    let ledger = place.open(&store).await?;
    ensure!(matches!(witness().add(&request(&ledger, 0), 5)?, Reply::Cosigned(_)));
    ensure!(matches!(witness().add(&request(&ledger, 300), 6)?, Reply::Cosigned(_)), "the same again");
    assert_eq!(witness().add(&request(&ledger, 0), 7)?, Reply::Conflict(300));
    // Another history under the same key: as large, and larger.
    let mut raw = log.drop_guards().await?;
    rewrite(&mut raw, &store, 77).await?;
    let fork = others.open(&store).await?;
    assert_eq!(witness().add(&request(&fork, 300), 8)?, Reply::Conflict(300));
    store.append(append_of(90, vec![write(&case(90), 0, 40)])).await?;
    fork.advance().await?;
    assert_eq!(witness().add(&request(&fork, 300), 9)?, Reply::Inconsistent);
    // Yesterday's log.
    let mut yesterday = AddCheckpoint::parse(&request(&ledger, 300))?;
    yesterday.old = 301;
    assert_eq!(witness().add(yesterday.body().as_bytes(), 10)?, Reply::Malformed);
    assert_eq!(witness().add(b"old 5\n", 10)?, Reply::Malformed);
    let stranger = |name: &str| {
        let note = signer(name, Kind::Log, 5).sign(&format!("{name}\n0\n{}\n", "A".repeat(43) + "="));
        AddCheckpoint { old: 0, proof: vec![], note }.body()
    };
    assert_eq!(witness().add(stranger("other.test/log").as_bytes(), 11)?, Reply::UnknownLog);
    assert_eq!(witness().add(stranger(ORIGIN).as_bytes(), 11)?, Reply::Unsigned);
    // What it remembers is not believed when it was changed.
    for entry in fs::read_dir(state.path())? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        fs::write(&path, text.replacen("300", "200", 1))?;
    }
    ensure!(witness().add(&request(&fork, 200), 12).is_err());
    Ok(())
}
