//! `safar evidence`: what was recorded of a case as a file that proves itself.

use std::{
    collections::BTreeMap, fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path,
};

use anyhow::{Context as _, bail, ensure};
use safar_domain::{actor::OPERATOR, ids::OrganisationId, organisation::OrganisationEvent};
use safar_event_store::{
    EventStore, RecordedEvent, Revision, StoreError, StreamId,
    ledger::{Tree, note::Verifier},
};
use safar_projections::recorded;

use super::{Failure, rebuild::progress_bar, runtime, say, tool_config};
use crate::{
    cli::EvidenceArgs,
    clock::Clock,
    config::{Config, Sources},
    evidence::{Asked, Pack, note_over},
    node::{ledger_keys, ledger_notes, store_options},
};

const PAGE: u32 = 500;

pub(super) fn run(sources: &Sources, dev: bool, arguments: &EvidenceArgs) -> Result<(), Failure> {
    let config = tool_config(sources)?;
    let made = runtime()?.block_on(async {
        let store =
            EventStore::open(store_options(&config, dev, None).migrate(false).read_only(true)).await?;
        let pack = gathered(&config, &store, arguments).await;
        store.close().await;
        let pack = pack?;
        let bytes = pack.write()?;
        if let Some(doubt) = pack.doubts(&bytes) {
            bail!("the pack would not hold ({}): ask `safar verify` what is wrong with the log", doubt.said);
        }
        anyhow::Ok((pack, bytes))
    });
    let (pack, bytes) = made.map_err(|error: anyhow::Error| Failure::failed(format!("{error:#}")))?;
    let file =
        arguments.out.clone().unwrap_or_else(|| format!("safar-evidence-{}.zip", arguments.case).into());
    keep(&file, &bytes).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    say(format!(
        "Wrote {} events of the case into {}. Whoever checks it needs this key, in another way than by the file:",
        pack.events.len(),
        file.display()
    ));
    for key in &pack.keys {
        say(key);
    }
    Ok(())
}

/// A file of one's own, never in the place of another.
fn keep(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    new.write_all(bytes)?;
    new.sync_all()
}

async fn gathered(config: &Config, store: &EventStore, arguments: &EvidenceArgs) -> anyhow::Result<Pack> {
    let keys: Vec<Verifier> = ledger_keys(config)?.swap_remove(0).into_iter().flatten().collect();
    let Some(key) = keys.first().filter(|key| key.name() == config.ledger.origin_of("log")) else {
        bail!(
            "there is no key of the ledger here; give the configuration of the server with --config or --data"
        );
    };
    let mut events = stream(store, &StreamId::new("case", arguments.case)).await?;
    events.retain(|event| arguments.as_of.is_none_or(|as_of| event.position.get() <= as_of));
    let Some(last) = events.last().map(|event| event.position.get()) else {
        bail!(
            "nothing was recorded of the case {} up to there; look whether the id is right",
            arguments.case
        );
    };
    let (note, size) = note_over(ledger_notes(config), key, last).with_context(|| {
        format!(
            "no signed checkpoint here reaches position {last}: a running server signs one within a second; \
             or ask with --as-of for what was signed before"
        )
    })?;
    let bar = progress_bar("leaves");
    bar.set_length(size);
    let tree = Tree::read(store, size, |leaves| bar.set_position(leaves)).await?;
    bar.finish_and_clear();
    ensure!(tree.size() == size, "the log is shorter than its checkpoint; ask `safar verify` what is wrong");
    let organisations = organisations(store, &events).await?;
    let proven = events.into_iter().map(|event| {
        let hashes = tree.inclusion(event.position).context("an event is behind the checkpoint")?;
        anyhow::Ok((event, hashes))
    });
    let events = proven.collect::<Result<_, _>>()?;
    let asked = Asked { by: OPERATOR.to_owned(), at: Clock::system().now(), up_to: arguments.as_of };
    Ok(Pack { case: arguments.case, asked, events, note, keys, organisations })
}

async fn stream(store: &EventStore, stream: &StreamId) -> Result<Vec<RecordedEvent>, StoreError> {
    let (mut events, mut from) = (Vec::new(), Revision::ABSENT);
    loop {
        let page = store.read_stream(stream, from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(events) };
        from = last.revision;
        events.extend(page);
    }
}

/// What the organisations that are named are called now.
async fn organisations(
    store: &EventStore,
    events: &[RecordedEvent],
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for id in Pack::named(events) {
        let Ok(organisation) = OrganisationId::parse(&id) else { continue };
        for event in stream(store, &StreamId::new("organisation", organisation)).await? {
            let fact = recorded::decode::<OrganisationEvent>(&event)?;
            if let OrganisationEvent::Described { description, .. } = fact.event {
                names.insert(id.clone(), description.name);
            }
        }
    }
    Ok(names)
}
