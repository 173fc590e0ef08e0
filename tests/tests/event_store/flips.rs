//! Every byte. A part of them is tried each time; with `SAFAR_NIGHTLY` set (`tests/run --nightly`) all of them are.
//!
//! That a change of a row is a change of its event, column by column and on both engines, is shown in `ledger`; so here the fields of
//! an event are changed without the way through the database. In a file every byte is tried: what changes nothing that can be read
//! (free space, counters of the head of the file) need not be found, all else has to be.

use std::fs;

use anyhow::{Result, ensure};
use jiff::Timestamp;
use safar_event_store::{EventStore, Finding, FirstResult, RecordedEvent, StreamId, ledger::LedgerFinding};
use uuid::Uuid;

use crate::{
    checks::whole_log,
    fixture::Fixture,
    given::{append_of, case, write},
    ledger::{Place, with_events},
};

/// Each so many, or all.
fn every(step: usize) -> usize {
    if std::env::var_os("SAFAR_NIGHTLY").is_some() { 1 } else { step }
}

/// The same bytes with the one at this place changed.
fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

fn each(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len()).map(|at| flipped(bytes, at))
}

fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

fn array<const N: usize>(bytes: Vec<u8>) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// An event with one byte of one field changed, for each byte; `None` where it is no event any more.
type Changed = Vec<Option<RecordedEvent>>;
/// Puts other bytes into a field.
type Put<'a> = &'a dyn Fn(&mut RecordedEvent, Vec<u8>) -> Option<()>;

/// Changes each byte of a field.
fn field(all: &mut Changed, event: &RecordedEvent, bytes: &[u8], put: Put<'_>) {
    all.extend(each(bytes).map(|bytes| {
        let mut changed = event.clone();
        put(&mut changed, bytes).map(|()| changed)
    }));
}

fn changes(event: &RecordedEvent) -> Changed {
    let mut all = Vec::new();
    change_texts(event, &mut all);
    change_numbers(event, &mut all);
    all
}

fn change_texts(event: &RecordedEvent, all: &mut Changed) {
    let mut field = |bytes: &[u8], put: Put<'_>| field(all, event, bytes, put);
    field(&event.payload, &|event, bytes| {
        event.payload = bytes;
        Some(())
    });
    field(&event.metadata, &|event, bytes| {
        event.metadata = bytes;
        Some(())
    });
    field(&event.fingerprint, &|event, bytes| {
        event.fingerprint = array(bytes)?;
        Some(())
    });
    field(&event.leaf_hash, &|event, bytes| {
        event.leaf_hash = array(bytes)?;
        Some(())
    });
    field(event.event_id.as_bytes(), &|event, bytes| {
        event.event_id = Uuid::from_bytes(array(bytes)?);
        Some(())
    });
    field(event.command.id.as_bytes(), &|event, bytes| {
        event.command.id = Uuid::from_bytes(array(bytes)?);
        Some(())
    });
    field(event.stream.as_str().as_bytes(), &|event, bytes| {
        event.stream = StreamId::parse(&text(bytes)?).ok()?;
        Some(())
    });
    field(event.event_type.as_bytes(), &|event, bytes| {
        event.event_type = text(bytes)?;
        Some(())
    });
    field(event.command.actor.as_bytes(), &|event, bytes| {
        event.command.actor = text(bytes)?;
        Some(())
    });
}

fn change_numbers(event: &RecordedEvent, all: &mut Changed) {
    let mut field = |bytes: &[u8], put: Put<'_>| field(all, event, bytes, put);
    let number = |bytes: Vec<u8>| array(bytes).map(u64::from_be_bytes);
    let moment = |bytes: Vec<u8>| Timestamp::from_microsecond(i64::from_be_bytes(array(bytes)?)).ok();
    field(&event.position.get().to_be_bytes(), &|event, bytes| {
        event.position = number(bytes)?.into();
        Some(())
    });
    field(&event.revision.get().to_be_bytes(), &|event, bytes| {
        event.revision = number(bytes)?.into();
        Some(())
    });
    field(&event.ordinal.to_be_bytes(), &|event, bytes| {
        event.ordinal = u32::from_be_bytes(array(bytes)?);
        Some(())
    });
    field(&event.occurred_at.as_microsecond().to_be_bytes(), &|event, bytes| {
        event.occurred_at = moment(bytes)?;
        Some(())
    });
    field(&event.recorded_at.as_microsecond().to_be_bytes(), &|event, bytes| {
        event.recorded_at = moment(bytes)?;
        Some(())
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_changed_byte_of_every_field_of_two_thousand_events_is_noticed() -> Result<()> {
    let log = Fixture::sqlite()?;
    let store = with_events(&log, 2_000).await?;
    let (mut tried, events) = (0, whole_log(&store).await?);
    for event in events.iter().step_by(every(40)) {
        ensure!(event.is_intact(), "the control: unchanged it is what was stored");
        for changed in changes(event) {
            tried += 1;
            ensure!(!changed.is_some_and(|changed| changed.is_intact()), "position {}", event.position);
        }
    }
    ensure!(tried > 50 * 150, "only {tried} bytes were tried");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_changed_byte_of_every_tile_is_found() -> Result<()> {
    let (log, place) = (Fixture::sqlite()?, Place::new()?);
    let store = with_events(&log, 2_000).await?;
    place.open(&store).await?;
    let names = ["0/000", "0/001", "0/002", "0/003", "0/004", "0/005", "0/006", "0/007.p/208", "1/000.p/7"];
    let mut tiles = Vec::new();
    for name in names {
        let path = place.folder().join("tile").join(name);
        let bytes = fs::read(&path)?;
        tiles.push((path, bytes, Finding::Ledger(LedgerFinding::TileDamaged(name.parse()?))));
    }
    // Each tile is judged by itself, so all of them are changed at a time, at the same place.
    for at in (0..256 * 32).step_by(every(577)) {
        for (path, bytes, _) in &tiles {
            fs::write(path, flipped(bytes, at % bytes.len()))?;
        }
        let found = place.verified(&store).await?.findings;
        ensure!(found.len() == tiles.len(), "byte {at}: {found:?}");
        ensure!(tiles.iter().all(|(_, _, finding)| found.contains(finding)), "byte {at}: {found:?}");
    }
    for (path, bytes, _) in &tiles {
        fs::write(path, bytes)?;
    }
    ensure!(place.verified(&store).await?.is_sound(), "the control");
    Ok(())
}

/// Everything that can be asked of a log: as a whole, by stream, by command.
type Asked = (Vec<RecordedEvent>, Vec<Vec<RecordedEvent>>, Vec<Option<FirstResult>>);

async fn ask(store: &EventStore, like: &[RecordedEvent]) -> Result<Asked> {
    let (mut streams, mut commands) = (Vec::new(), Vec::new());
    for event in like {
        streams.push(store.read_stream(&event.stream, 0.into(), 100).await?);
        commands.push(store.find_command(&event.command).await?);
    }
    Ok((whole_log(store).await?, streams, commands))
}

/// A small log in a file that is at rest, and what can be asked of it.
async fn at_rest() -> Result<(Fixture, Vec<u8>, Asked)> {
    let log = Fixture::sqlite()?;
    let store = log.open().await?;
    for number in 0..40 {
        store.append(append_of(number, vec![write(&case(number), 0, 1)])).await?;
    }
    let asked = ask(&store, &whole_log(&store).await?).await?;
    store.close().await;
    log.owner().await?.run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE").await?;
    let bytes = fs::read(log.file())?;
    Ok((log, bytes, asked))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_changed_byte_of_the_file_is_found_or_changes_nothing_that_can_be_asked() -> Result<()> {
    let (log, bytes, asked) = at_rest().await?;
    ensure!(bytes.len() > 20_000, "{} bytes: the file holds the log", bytes.len());
    let (mut found, step) = (0, every(151));
    for at in (0..bytes.len()).step_by(step) {
        fs::write(log.file(), flipped(&bytes, at))?;
        let Ok(store) = EventStore::open(log.options().migrate(false).read_only(true)).await else {
            found += 1;
            continue;
        };
        let sound = safar_event_store::verify(&store, |_| {}).await.is_ok_and(|report| report.is_sound());
        let same = ask(&store, &asked.0).await.is_ok_and(|now| now == asked);
        store.close().await;
        ensure!(!sound || same, "byte {at} changes what is answered, and nothing notices");
        found += usize::from(!sound);
    }
    ensure!(found * step > bytes.len() / 3, "only {found} changes were found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_has_lost_an_event_is_found() -> Result<()> {
    let (log, bytes, asked) = at_rest().await?;
    // The name of a stream stands in its row, in the index by streams, and in what they have left behind when they were moved.
    let name = asked.0[7].stream.as_str().as_bytes();
    let places = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name));
    let mut found = 0;
    for at in places {
        fs::write(log.file(), flipped(&bytes, at + name.len() - 1))?;
        let store = EventStore::open(log.options().migrate(false).read_only(true)).await?;
        let findings = safar_event_store::verify(&store, |_| {}).await?.findings;
        let same = ask(&store, &asked.0).await.is_ok_and(|now| now == asked);
        store.close().await;
        ensure!(same || !findings.is_empty(), "byte {at}");
        found += usize::from(findings.iter().any(|finding| matches!(finding, Finding::Pages(_))));
    }
    ensure!(found >= 2, "a row without its line in the index, and a line without its row: {found}");
    Ok(())
}
