//! The ledgers of a node: the key from where the configuration says, one tree behind each log.

use std::time::Duration;

use safar_event_store::{
    EventStore,
    ledger::{
        Evidence, Ledger, LedgerOptions,
        note::{Kind, Signer, Verifier},
    },
};
use safar_vault::{RootKey, RootKeyError, read_private};
use tokio::{sync::watch, task::JoinHandle};

use super::{NodeError, witness};
use crate::{app::Ledgers, config::Config};

/// The least time between two checkpoints.
const PACE: Duration = Duration::from_secs(1);
/// The logs, as they are named behind the origin and on disk.
const LOGS: [&str; 2] = ["log", "access"];

/// Opens the trees of the log and of the access log, and asks the witness whether they are the ones that it knows.
pub(super) async fn open(
    config: &Config,
    dev: bool,
    (log, access): (&EventStore, &EventStore),
) -> Result<Ledgers, NodeError> {
    // A key that was made for development signs nothing in service, where no origin was given for it.
    let unnamed = !dev && config.ledger.origin.is_empty();
    let [log_options, access_options] = LOGS.map(|name| {
        let found = options(config, name, dev)?;
        Ok::<_, NodeError>(LedgerOptions { signer: found.signer.filter(|_| !unnamed), ..found })
    });
    let ledgers = Ledgers {
        log: Ledger::open(log, log_options?).await?,
        access: Ledger::open(access, access_options?).await?,
    };
    if ledgers.log.verifier().is_none() {
        tracing::warn!("this node has no key of the ledger, and signs no checkpoints");
    }
    for (store, ledger) in [(log, &ledgers.log), (access, &ledgers.access)] {
        witness::ask_at_start(config, store, ledger).await?;
    }
    Ok(ledgers)
}

/// Keeps both trees up with their logs, and the witness with both.
pub(super) fn follow(
    config: &Config,
    ledgers: Ledgers,
    stop: &watch::Receiver<bool>,
) -> impl Iterator<Item = JoinHandle<()>> {
    [ledgers.log, ledgers.access].into_iter().flat_map(|ledger| {
        let witness = witness::follow(config.clone(), ledger.clone(), stop.clone());
        [tokio::spawn(ledger.follow(stop.clone())), tokio::spawn(witness)]
    })
}

fn options(config: &Config, name: &str, dev: bool) -> Result<LedgerOptions, NodeError> {
    let copies = &config.ledger.copy_folder;
    Ok(LedgerOptions {
        folder: config.store.data_folder.join("ledger").join(name),
        copy: (!copies.as_os_str().is_empty()).then(|| copies.join(format!("{name}.checkpoint"))),
        origin: config.ledger.origin_of(name),
        signer: signer(config, name, dev)?,
        pace: PACE,
    })
}

/// What signs; only `make` lets a missing key be made, for development.
fn signer(config: &Config, name: &str, make: bool) -> Result<Option<Signer>, NodeError> {
    let seed = seed(config, make)?;
    let origin = config.ledger.origin_of(name);
    Ok(seed.map(|seed| Signer::new(&origin, Kind::Log, &seed)).transpose()?)
}

fn seed(config: &Config, make: bool) -> Result<Option<String>, RootKeyError> {
    let own = config.store.data_folder.join("ledger.key");
    let file = &config.ledger.key_file;
    let read = |path| read_private(path).map(|text| Some(text.to_string()));
    match config.ledger.key.expose() {
        "" if !file.as_os_str().is_empty() => read(file),
        "" if make || own.exists() => {
            if make {
                RootKey::read_or_make(&own)?;
            }
            read(&own)
        }
        "" => Ok(None),
        seed => Ok(Some(seed.to_owned())),
    }
}

/// The public halves that a tool finds: the key of each log, and the witness's; none where there is no key.
pub fn ledger_keys(config: &Config) -> Result<Vec<[Option<Verifier>; 2]>, NodeError> {
    let witness = config.ledger.witness();
    let log = |name| signer(config, name, false).map(|signer| signer.map(|signer| signer.verifier().clone()));
    LOGS.into_iter().map(|name| Ok([log(name)?, witness.clone()])).collect()
}

/// What a tool holds the logs against: checkpoints and tiles of this node, and the checkpoints in their second place.
pub fn ledger_evidence(config: &Config) -> Result<[Evidence; 2], NodeError> {
    let keys = ledger_keys(config)?;
    let mut both = [Evidence::default(), Evidence::default()];
    for ((name, keys), evidence) in LOGS.into_iter().zip(keys).zip(&mut both) {
        // The keys of witnesses say nothing without the log's own.
        let keys: Vec<Verifier> = match keys {
            [Some(log), witness] => [log].into_iter().chain(witness).collect(),
            _ => Vec::new(),
        };
        let options = LedgerOptions { signer: None, ..options(config, name, false)? };
        let taken = evidence.folder(&options.folder, &keys).and_then(|()| match &options.copy {
            Some(copy) => evidence.checkpoint(copy, &keys).map(drop),
            None => Ok(()),
        });
        taken.map_err(|source| NodeError::Folder { folder: options.folder.clone(), source })?;
    }
    Ok(both)
}
