//! The ledgers of a node: the key from where the configuration says, one tree behind each log.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use safar_event_store::{
    EventStore,
    ledger::{
        Evidence, Folder, Ledger, LedgerOptions, MARKER, is_the_second_place,
        note::{Kind, Signer, Verifier},
    },
};
use safar_vault::{RootKey, read_private};
use tokio::{sync::watch, task::JoinHandle};

use super::{NodeError, witness};
use crate::{
    app::{Ledgers, alarm},
    config::Config,
};

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
    if dev {
        mark(&config.ledger.copy_folder);
    }
    let ledgers = Ledgers {
        log: one(config, log, log_options?).await?,
        access: one(config, access, access_options?).await?,
        witness: config.ledger.witness(),
    };
    if ledgers.log.verifier().is_none() {
        tracing::warn!("this node has no key of the ledger, and signs no checkpoints");
    }
    Ok(ledgers)
}

/// What was signed before holds, and the witness agrees: only then something is signed for others.
async fn one(config: &Config, store: &EventStore, options: LedgerOptions) -> Result<Ledger, NodeError> {
    let prepared = Ledger::prepare(store, options).await?;
    witness::ask_at_start(config, store, prepared.ledger()).await?;
    Ok(prepared.publish().await?)
}

/// In development, whatever folder is there is the right one.
fn mark(copies: &Path) {
    if copies.is_dir() {
        let _marked = std::fs::File::options().create(true).append(true).open(copies.join(MARKER));
    }
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

fn folder(config: &Config, name: &str) -> PathBuf {
    config.store.data_folder.join("ledger").join(name)
}

fn copy_of(config: &Config, name: &str) -> Option<PathBuf> {
    let copies = &config.ledger.copy_folder;
    (!copies.as_os_str().is_empty()).then(|| copies.join(format!("{name}.checkpoint")))
}

fn options(config: &Config, name: &str, dev: bool) -> Result<LedgerOptions, NodeError> {
    Ok(LedgerOptions {
        folder: folder(config, name),
        copy: copy_of(config, name),
        origin: config.ledger.origin_of(name),
        signer: signer(config, name, dev)?,
        pace: PACE,
        alarm,
    })
}

/// What signs; only `make` lets a missing key be made, for development.
fn signer(config: &Config, name: &str, make: bool) -> Result<Option<Signer>, NodeError> {
    let own = config.store.data_folder.join("ledger.key");
    let (file, origin) = (&config.ledger.key_file, config.ledger.origin_of(name));
    let from = |seed: &str| Ok(Some(Signer::new(&origin, Kind::Log, seed)?));
    match config.ledger.key.expose() {
        "" if !file.as_os_str().is_empty() => from(&read_private(file)?),
        "" if make || own.exists() => {
            if make {
                RootKey::read_or_make(&own)?;
            }
            from(&read_private(&own)?)
        }
        "" => Ok(None),
        seed => from(seed),
    }
}

/// The public halves that a tool finds: the key of each log, and the witness's; none where there is no key.
pub fn ledger_keys(config: &Config) -> Result<Vec<[Option<Verifier>; 2]>, NodeError> {
    let witness = config.ledger.witness();
    let log = |name| signer(config, name, false).map(|signer| signer.map(|signer| signer.verifier().clone()));
    LOGS.into_iter().map(|name| Ok([log(name)?, witness.clone()])).collect()
}

/// The files in which the newest checkpoints of a log are kept.
#[derive(Debug)]
pub struct CheckpointFiles {
    /// What this node has signed.
    pub signed: PathBuf,
    /// The same with its witness's line.
    pub cosigned: PathBuf,
    /// The copy in its second place, where there is one.
    pub copy: Option<PathBuf>,
}

/// Where the checkpoints of the log and of the access log are.
pub fn checkpoint_files(config: &Config) -> [CheckpointFiles; 2] {
    LOGS.map(|name| {
        let folder = Folder::new(folder(config, name));
        CheckpointFiles {
            signed: folder.checkpoint(),
            cosigned: folder.cosigned(),
            copy: copy_of(config, name),
        }
    })
}

/// The checkpoints of the log that are kept here, the best first: cosigned, the newest, and the copy in its second place.
pub fn ledger_notes(config: &Config) -> Vec<String> {
    let [CheckpointFiles { signed, cosigned, copy }, _] = checkpoint_files(config);
    let places = [cosigned, signed].into_iter().chain(copy);
    places.filter_map(|path| std::fs::read_to_string(path).ok()).collect()
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
        options.copy.as_deref().map_or(Ok(()), is_the_second_place)?;
        let taken = evidence.folder(&options.folder, &keys).and_then(|()| match &options.copy {
            Some(copy) => evidence.checkpoint(copy, &keys).map(drop),
            None => Ok(()),
        });
        taken.map_err(|source| NodeError::Folder { folder: options.folder.clone(), source })?;
    }
    Ok(both)
}
