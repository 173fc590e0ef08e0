//! A log and a key store that nodes come and go on.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use jiff::tz::TimeZone;
use safar_api::{
    app::{Caller, Outcome, Request, Rulebook},
    clock::Clock,
    config::Config,
    node::{Node, access_options, migrate_keys, store_options},
    problem::Problem,
};
use safar_domain::{
    actor::{Actor, Role},
    ids::Country,
    time::OccurredAt,
};
use safar_event_store::EventStore;
use safar_tests::postgres::{Database, Postgres};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) use safar_tests::http::Engine;

use crate::diary::Diary;

/// Everything on disk of one installation.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) config: Config,
    database: Option<Database>,
}

impl Place {
    pub(crate) async fn on(engine: Engine) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("safar-sealed-").tempdir()?;
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::shared()?.database().await?),
        };
        let mut config = Config::development();
        folder.path().clone_into(&mut config.store.data_folder);
        if let Some(database) = &database {
            config.store.url = database.owner_url.clone().into();
            for log in [store_options(&config, false, None), access_options(&config, false, None)] {
                EventStore::migrate(log.grant_to(&database.login)).await?;
            }
            migrate_keys(&config, Some(&database.login)).await?;
            config.store.url = database.app_url.clone().into();
        }
        Ok(Self { folder, config, database })
    }

    /// A node with the key that development makes, or with the one that the configuration names.
    pub(crate) async fn node(&self) -> Result<Node> {
        Ok(Node::open(&self.config, true, Clock::system()).await?)
    }

    /// Every file of the node, in whatever folder; what goes away while it is looked for is a draft of something that is read.
    pub(crate) fn files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let (mut folders, mut files) = (vec![self.folder().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(bytes) = std::fs::read(&path) {
                    files.push((path.display().to_string(), bytes));
                }
            }
        }
        Ok(files)
    }

    /// A copy of everything that a backup takes in, as a place of its own to be restored to: the log with what was signed of it,
    /// the key store and, since those are kept elsewhere, the root keys. No node may be running.
    pub(crate) async fn backed_up(&self) -> Result<Config> {
        let mut config = self.config.clone();
        config.store.data_folder = self.folder().join("restored");
        std::fs::create_dir(&config.store.data_folder)?;
        for entry in std::fs::read_dir(self.folder())? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if !name.starts_with("read-models") && path.is_file() {
                std::fs::copy(&path, config.store.data_folder.join(name))?;
            }
        }
        copy_whole(&self.folder().join("ledger"), &config.store.data_folder.join("ledger"))?;
        if let Some(database) = &self.database {
            let (address, name) = database.app_url.rsplit_once('/').context("an address with a name")?;
            let mut server: PgConnection = PgConnection::connect(Postgres::shared()?.url()).await?;
            let copy = [
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
                format!("CREATE DATABASE {name}_copy TEMPLATE {name}"),
            ];
            for statement in copy {
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server).await?;
            }
            server.close().await?;
            config.store.url = format!("{address}/{name}_copy").into();
        }
        Ok(config)
    }

    /// The file with the root key.
    pub(crate) fn key(&self) -> std::path::PathBuf {
        self.folder.path().join("hiv.key")
    }

    /// The same place for a node that was given another key.
    pub(crate) fn with_key(&self, key: &str) -> Config {
        let mut config = self.config.clone();
        config.vault.hiv_key = key.to_owned().into();
        config
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Copies a folder with everything in it, in place of what is there.
pub(crate) fn copy_whole(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (from, to) = (entry?.path(), to);
        let to = to.join(from.file_name().context("it has a name")?);
        if from.is_dir() { copy_whole(&from, &to)? } else { std::fs::copy(&from, &to).map(drop)? }
    }
    Ok(())
}

/// A worker who writes.
pub(crate) fn caller(node: &Node) -> Caller {
    let actor = Actor {
        worker: "hiv-kz-aktobe".parse().expect("well formed"),
        organisation: "kz-aids-aktobe".parse().expect("well formed"),
        country: Country::KZ,
        role: Role::HivClinician,
    };
    Caller {
        actor,
        directory: Arc::clone(&node.app.models.directory()),
        duty: safar_domain::policy::Duty::On,
        signed_in: None,
    }
}

pub(crate) fn request(node: &Node) -> Request {
    let key = node.app.ids.mint();
    Request {
        key,
        fingerprint: [7; 32],
        correlation_id: key,
        occurred_at: OccurredAt::at("2026-01-02T03:04:05Z".parse().expect("a moment"), &TimeZone::UTC),
        expected: None,
        birth: None,
        person_revision: None,
    }
}

/// Writes a word into the record of a case.
pub(crate) async fn write<const SEALED: bool>(
    node: &Node,
    case: Uuid,
    word: &str,
) -> Result<Outcome, Problem> {
    let request = request(node);
    write_as::<SEALED>(node, case, word, &request).await
}

pub(crate) async fn write_as<const SEALED: bool>(
    node: &Node,
    case: Uuid,
    word: &str,
    request: &Request,
) -> Result<Outcome, Problem>
where
    Diary<SEALED>: Rulebook<Command = String>,
{
    let caller = caller(node);
    node.app.execute::<Diary<SEALED>>(&case, &word.to_owned(), (&caller, request), |_| Ok(())).await
}
