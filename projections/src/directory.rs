//! Who takes part? Small enough to be asked in memory; the tables are what a restart begins with.

use std::sync::Arc;

use safar_domain::{
    directory::Directory,
    organisation::{OrganisationEvent, OrganisationState},
    worker::{WorkerEvent, WorkerState},
};
use safar_event_store::Position;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::SqliteConnection;

use crate::{
    columns::{from_code, from_json, json, number},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE organisations (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE workers (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE directory_changes (position INTEGER PRIMARY KEY, change TEXT NOT NULL) STRICT;
";

const WRITE_ORGANISATIONS: &str = "
INSERT INTO organisations SELECT v->>0, v->>1 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (id) DO UPDATE SET state = excluded.state";
const WRITE_WORKERS: &str = "
INSERT INTO workers SELECT v->>0, v->>1 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (id) DO UPDATE SET state = excluded.state";
const WRITE_CHANGES: &str = "
INSERT INTO directory_changes SELECT v->>0, v->>1 FROM (SELECT value AS v FROM json_each(?1))";
const CHANGES: &str = "SELECT change FROM directory_changes WHERE position <= ?1 ORDER BY position";
const ORGANISATIONS: &str = "SELECT id, state FROM organisations ORDER BY id";
const WORKERS: &str = "SELECT id, state FROM workers ORDER BY id";

impl ReadModels {
    /// Organisations and workers at the checkpoint.
    pub fn directory(&self) -> Arc<Directory> {
        self.known_directory()
    }

    /// Organisations and workers as they were known at a position that the read models have reached.
    pub async fn directory_then(&self, position: Position) -> Result<Directory, ProjectionError> {
        let query = sqlx::query_scalar(CHANGES).bind(number(position));
        let changes: Vec<String> = query.fetch_all(self.reader()).await?;
        let mut directory = Directory::default();
        for change in changes {
            from_json::<DirectoryChange>("directory_changes", &change)?.take_place_in(&mut directory);
        }
        Ok(directory)
    }
}

/// Something that changed the directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DirectoryChange {
    /// An organisation.
    Organisation(OrganisationEvent),
    /// A worker.
    Worker(WorkerEvent),
}

impl DirectoryChange {
    pub(crate) fn take_place_in(&self, directory: &mut Directory) {
        match self {
            Self::Organisation(event) => directory.organisation_changed(event),
            Self::Worker(event) => directory.worker_changed(event),
        }
    }
}

pub(crate) async fn load(connection: &mut SqliteConnection) -> Result<Directory, ProjectionError> {
    let organisations = rows::<OrganisationState>(connection, "organisations", ORGANISATIONS).await?;
    let workers = rows::<WorkerState>(connection, "workers", WORKERS).await?;
    let mut directory = Directory::default();
    for (id, state) in organisations {
        directory.organisations.insert(from_code("organisations", id)?, state);
    }
    for (id, state) in workers {
        directory.workers.insert(from_code("workers", id)?, state);
    }
    Ok(directory)
}

async fn rows<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    table: &'static str,
    statement: &'static str,
) -> Result<Vec<(String, T)>, ProjectionError> {
    let rows: Vec<(String, String)> = sqlx::query_as(statement).fetch_all(connection).await?;
    rows.into_iter().map(|(id, state)| Ok((id, from_json(table, &state)?))).collect()
}

/// Writes what changed, and what differs from before.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    (before, after): (&Directory, &Directory),
    happened: &[(Position, DirectoryChange)],
) -> Result<(), ProjectionError> {
    let rows: Vec<_> = happened.iter().map(|(at, change)| (number(*at), json(change))).collect();
    sqlx::query(WRITE_CHANGES).bind(json(&rows)).execute(&mut *connection).await?;
    let organisations = after.organisations.iter();
    let changed = organisations.filter(|(id, state)| before.organisations.get(id) != Some(state));
    sqlx::query(WRITE_ORGANISATIONS).bind(texts(changed)).execute(&mut *connection).await?;
    let changed = after.workers.iter().filter(|(id, state)| before.workers.get(id) != Some(state));
    sqlx::query(WRITE_WORKERS).bind(texts(changed)).execute(connection).await?;
    Ok(())
}

fn texts<'a, K: ToString + 'a, V: Serialize + 'a>(changed: impl Iterator<Item = (&'a K, &'a V)>) -> String {
    json(&changed.map(|(id, state)| (id.to_string(), json(state))).collect::<Vec<_>>())
}
