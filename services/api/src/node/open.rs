//! Opening a node: the log first, then the read models, which are built anew when they are of another version.

use std::{path::Path, sync::Arc, time::Duration};

use safar_domain::export::ExportLimits;
use safar_event_store::{
    EventStore, StoreError, StoreOptions,
    ledger::{LedgerError, note::NoteError},
};
use safar_projections::{Accesses, ProjectionError, ReadModels, follow, rebuild_with};
use safar_vault::{RootKeyError, Vault};
use tokio::sync::watch;

use super::{Node, keys, ledger, self_test};
use crate::{
    app::{Access, App, alarm, bring_about_what_is_due},
    clock::Clock,
    config::Config,
    sealed::Sealer,
};

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum NodeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("ledger.key or ledger.key_file: {0}")]
    LedgerKey(#[from] NoteError),
    #[error(
        "the log ends at position {head}, and its witness has cosigned {seen} events: this is an older copy of the log, or its end was \
         cut off; restore the newest copy"
    )]
    BehindWitness { seen: u64, head: u64 },
    #[error(
        "the witness of the log has cosigned another history: this log was written anew or is another one; restore the log"
    )]
    ForkedBeforeWitness,
    #[error(transparent)]
    ReadModels(#[from] ProjectionError),
    #[error(
        "the log holds {0} streams in the clear, from before they were sealed, and what is written cannot be unwritten: \
         begin a new log, and destroy this one with its backups"
    )]
    InTheClear(String),
    #[error("the folder {folder} cannot be made: {source}")]
    Folder { folder: std::path::PathBuf, source: std::io::Error },
    #[error("the self-test failed: {0}")]
    SelfTest(&'static str),
    #[error("the read models stopped following the log; the log lines above say why")]
    FollowerStopped,
}

/// The log that a configuration names: `PostgreSQL`, or the embedded one in the data folder.
pub fn store_options(config: &Config, dev: bool, clock: Option<Clock>) -> StoreOptions {
    let url = match config.store.url.expose() {
        "" => embedded(config, "log.sqlite"),
        url => url.to_owned(),
    };
    options(config, &url, dev, clock).read_connections(config.store.connections)
}

/// The access log that a configuration names: where it says, or beside the log.
pub fn access_options(config: &Config, dev: bool, clock: Option<Clock>) -> StoreOptions {
    options(config, &access_url(config), dev, clock).schema("safar_access").read_connections(2)
}

fn access_url(config: &Config) -> String {
    match (config.store.access_url.expose(), config.store.url.expose()) {
        ("", "") => embedded(config, "access.sqlite"),
        ("", url) | (url, _) => url.to_owned(),
    }
}

fn embedded(config: &Config, file: &str) -> String {
    format!("sqlite:{}", config.store.data_folder.join(file).display())
}

fn options(config: &Config, url: &str, dev: bool, clock: Option<Clock>) -> StoreOptions {
    let options = StoreOptions::new(url)
        .patience(Duration::from_millis(config.store.acquire_timeout_ms))
        .migrate(url.starts_with("sqlite:") || dev)
        .allow_owner(dev);
    match clock {
        None => options,
        Some(clock) => options.clock(Arc::new(move || clock.now())),
    }
}

pub(super) async fn open(config: &Config, dev: bool, clock: Clock, timed: bool) -> Result<Node, NodeError> {
    self_test::policy()?;
    let folder = config.read_models.folder_in(&config.store.data_folder);
    for folder in [folder, config.store.data_folder.as_path()] {
        std::fs::create_dir_all(folder)
            .map_err(|source| NodeError::Folder { folder: folder.to_owned(), source })?;
    }
    let embedded = config.store.url.is_empty();
    let store = EventStore::open(store_options(config, dev, embedded.then(|| clock.clone()))).await?;
    let access_log = access_log(config, dev, &clock).await?;
    let ledgers = ledger::open(config, dev, (&store, &access_log)).await?;
    let vault = keys::vault(config, dev, &store).await?;
    let models = read_models(&store, &folder.join("read-models.sqlite"), vault).await?;
    let sealer = match config.server.token_secret.expose() {
        "" => Sealer::random(),
        secret => Sealer::from_secret(secret.as_bytes()),
    };
    let wait = Duration::from_millis(config.read_models.wait_ms);
    let access = access(config, access_log, &clock).await?;
    let mut app =
        App::new((store.clone(), access.clone(), ledgers.clone()), models.clone(), clock, sealer, wait);
    app.searches_per_hour = config.limits.person_searches_per_hour;
    app.emergencies_per_month = config.limits.emergencies_per_month;
    app.exports = ExportLimits {
        cases: config.limits.export_cases,
        cases_per_month: config.limits.export_cases_per_month,
    };
    let (stop, stopped) = watch::channel(false);
    let (troubled, trouble) = watch::channel(None);
    let following = stopped.clone();
    let follower = tokio::spawn(async move {
        if let Err(error) = follow(store, models, alarm, following).await {
            tracing::error!(%error, "the read models have stopped following the log");
            let _ = troubled.send(Some(format!("the read models have stopped following the log: {error}")));
        }
    });
    let readings = tokio::spawn(access.follow(stopped.clone()));
    let mut tasks = vec![follower, readings];
    if timed {
        tasks.push(tokio::spawn(bring_about_what_is_due(app.clone(), stopped.clone())));
    }
    tasks.extend(ledger::follow(config, ledgers, &stopped));
    Ok(Node { app, stop, trouble, tasks })
}

async fn access_log(config: &Config, dev: bool, clock: &Clock) -> Result<EventStore, StoreError> {
    let embedded = access_url(config).starts_with("sqlite:");
    EventStore::open(access_options(config, dev, embedded.then(|| clock.clone()))).await
}

/// The access log and its index, as this node needs them.
async fn access(config: &Config, log: EventStore, clock: &Clock) -> Result<Access, NodeError> {
    let path = config.read_models.folder_in(&config.store.data_folder).join("accesses.sqlite");
    let index = Accesses::open(&path, &log).await?;
    Ok(Access::open(log, index, config.limits.daily_records, clock.now()).await?)
}

async fn read_models(store: &EventStore, path: &Path, vault: Vault) -> Result<ReadModels, NodeError> {
    match ReadModels::open_with(path, vault.clone()).await {
        Ok(models) => Ok(models),
        Err(ProjectionError::SchemaChanged { .. }) => {
            tracing::info!("the read models are of another version and are built anew");
            rebuild_with(store, path, &vault, |_, _| ()).await?;
            Ok(ReadModels::open_with(path, vault).await?)
        }
        Err(error) => Err(error.into()),
    }
}
