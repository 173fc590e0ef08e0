//! The read models anew: folded into a file beside the live one, which takes its place in one step.

use std::path::Path;

use safar_domain::directory::Directory;
use safar_event_store::{EventStore, Position};
use safar_vault::Vault;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    batch::{self, OnPoison},
    error::ProjectionError,
    file, waiting,
};

/// Events of one transaction: a case that many of them touch is written once.
const PAGE: u32 = 5_000;

/// Folds the whole log into a new file and puts it in the place of `path`; says after each page how far it is and where
/// the log ends. It stops at an event that it cannot read, and whatever stops it leaves the live file as it was. Who has
/// the old file open goes on reading it unchanged, and is told with [`ProjectionError::Replaced`] when it applies more.
pub async fn rebuild(
    store: &EventStore,
    path: &Path,
    progress: impl FnMut(Position, Position),
) -> Result<Position, ProjectionError> {
    rebuild_with(store, path, &Vault::locked(), progress).await
}

/// The same with keys, for what is sealed.
pub async fn rebuild_with(
    store: &EventStore,
    path: &Path,
    vault: &Vault,
    progress: impl FnMut(Position, Position),
) -> Result<Position, ProjectionError> {
    let building = file::beside(path, ".building");
    remove(&building)?;
    let built = build(store, &building, vault, progress).await;
    if built.is_ok() {
        take_the_place(&building, path).await?;
    } else {
        remove(&building)?;
    }
    built
}

async fn build(
    store: &EventStore,
    building: &Path,
    vault: &Vault,
    mut progress: impl FnMut(Position, Position),
) -> Result<Position, ProjectionError> {
    let mut connection = file::builder(building).await?;
    let mut directory = Directory::default();
    let mut at = Position::START;
    loop {
        let page = store.read_all(at, PAGE).await?;
        let Some(last) = page.last() else { break };
        if let Some(changed) = batch::apply(&mut connection, (&page, &[]), &directory, OnPoison::Stop).await?
        {
            directory = changed;
        }
        waiting::take_in(&mut connection, vault, OnPoison::Stop).await?;
        at = last.position;
        progress(at, store.head().await?.max(at));
    }
    connection.close().await?;
    Ok(at)
}

/// What waits beside the old file must not be taken for a part of the new one, so it goes first.
async fn take_the_place(building: &Path, path: &Path) -> Result<(), ProjectionError> {
    let failed = |error: std::io::Error| ProjectionError::file(building, &error);
    std::fs::File::open(building).and_then(|file| file.sync_all()).map_err(failed)?;
    if path.exists() {
        settle(path).await;
    }
    for suffix in ["-wal", "-shm"] {
        remove(&file::beside(path, suffix))?;
    }
    std::fs::rename(building, path).map_err(failed)
}

/// Brings what waits beside the old file into it, so that a crash before the next step leaves it whole. A file that is
/// beyond that is replaced all the same.
async fn settle(path: &Path) {
    let options = SqliteConnectOptions::new().filename(path);
    if let Ok(mut connection) = SqliteConnection::connect_with(&options).await {
        drop(sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await);
        drop(connection.close().await);
    }
}

fn remove(path: &Path) -> Result<(), ProjectionError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ProjectionError::file(path, &error))
        }
        _ => Ok(()),
    }
}
