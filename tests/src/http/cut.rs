//! A server whose log was cut at an earlier position: what another one says of the past must be what this one says.

use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use safar_api::clock::Clock;
use safar_event_store::{EventStore, Position, RecordedEvent};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Settings, TestApp, configured, folder};

impl TestApp {
    /// Another app with the same keys, whose log ends at a position, and whose clock stands still at a moment.
    pub async fn cut(&self, at: u64, moment: Timestamp) -> Result<Self> {
        let folder = folder()?;
        let issuer = self.issuer.clone();
        let mut config = configured(&folder, &issuer)?;
        config.limits = Settings::on(super::Engine::Sqlite).limits;
        self.copy_log(at, &folder.path().join("log.sqlite")).await?;
        match &self.database {
            Some(database) => config.vault.key_store = database.owner_url.clone().into(),
            None => copy(&self.folder().join("keys.sqlite"), &folder.path().join("keys.sqlite")).await?,
        }
        let (_, clock) = Clock::settable(moment);
        Self::run((config, None), (folder, None, issuer, clock)).await
    }

    async fn copy_log(&self, at: u64, to: &Path) -> Result<()> {
        EventStore::open(format!("sqlite:{}", to.display())).await?.close().await;
        let mut copy = open(to).await?;
        let mut transaction = copy.begin().await?;
        let mut after = Position::START;
        while after.get() < at {
            let limit = u32::try_from((at - after.get()).min(500))?;
            let events = self.app.store.read_all(after, limit).await?;
            after = events.last().context("the log is long enough")?.position;
            for event in events {
                insert(&mut transaction, event).await?;
            }
        }
        transaction.commit().await?;
        copy.close().await?;
        Ok(())
    }
}

/// A row of the log as it is.
async fn insert(log: &mut SqliteConnection, event: RecordedEvent) -> Result<()> {
    const INSERT: &str = "
INSERT INTO event (position, stream, revision, event_id, event_type, occurred_at, recorded_at, actor, command_id, ordinal,
                   fingerprint, metadata, payload, leaf_hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(INSERT)
        .bind(i64::try_from(event.position.get())?)
        .bind(event.stream.as_str())
        .bind(i64::try_from(event.revision.get())?)
        .bind(event.event_id)
        .bind(event.event_type)
        .bind(event.occurred_at.as_microsecond())
        .bind(event.recorded_at.as_microsecond())
        .bind(event.command.actor)
        .bind(event.command.id)
        .bind(i64::from(event.ordinal))
        .bind(event.fingerprint.to_vec())
        .bind(String::from_utf8(event.metadata)?)
        .bind(event.payload)
        .bind(event.leaf_hash.to_vec())
        .execute(log)
        .await?;
    Ok(())
}

/// A copy of a file of `SQLite` that another process writes to.
async fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut file = open(from).await?;
    sqlx::query("VACUUM INTO ?").bind(to.display().to_string()).execute(&mut file).await?;
    file.close().await?;
    Ok(())
}

async fn open(path: &Path) -> Result<SqliteConnection> {
    Ok(SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await?)
}
