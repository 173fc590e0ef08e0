//! The key store: wrapped keys in a database of their own, one `SQLite` file or a schema on `PostgreSQL`.
//!
//! Nothing in it opens anything without a root key. An epoch that still wraps a subject's key cannot be removed (a foreign
//! key holds it), and no key can be wrapped under an epoch that is gone.

mod open;

use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

use crate::{Compartment, VaultError};

/// Where wrapped keys are kept; cheap to clone.
#[derive(Clone)]
pub struct KeyStore {
    pub(crate) log: Uuid,
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Does the same on both engines: their statements are one text.
macro_rules! on {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.engine {
            Engine::Sqlite($pool) => $body,
            Engine::Postgres($pool) => $body,
        }
    };
}

/// A wrapped key with the fingerprint of what is inside.
pub(crate) struct Wrapped {
    pub(crate) fingerprint: String,
    pub(crate) bytes: Vec<u8>,
}

/// A subject's key as it is stored.
pub(crate) enum Subject {
    Wrapped { key_id: Uuid, epoch: i64, bytes: Vec<u8> },
    Erased,
}

const NAMES: &str = "SELECT fingerprint, wrapped FROM compartments WHERE compartment = $1";
const ADD_NAMES: &str =
    "INSERT INTO compartments (compartment, fingerprint, wrapped) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const EPOCHS: &str = "SELECT epoch, fingerprint, wrapped FROM epochs WHERE compartment = $1 ORDER BY epoch";
const ADD_EPOCH: &str = "
INSERT INTO epochs (compartment, epoch, fingerprint, wrapped) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const REMOVE_EPOCH: &str = "DELETE FROM epochs WHERE compartment = $1 AND epoch = $2";
const SUBJECT: &str = "SELECT key_id, epoch, wrapped FROM subjects WHERE compartment = $1 AND subject = $2";
const ADD_SUBJECT: &str = "
INSERT INTO subjects (compartment, subject, key_id, epoch, wrapped) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";
/// One that never had a key gets a row all the same: nothing is to be sealed under its name later, and the rows are not to
/// tell of whom there was a record.
const ERASE: &str = "
INSERT INTO subjects (compartment, subject, key_id) VALUES ($1, $2, $3)
    ON CONFLICT (compartment, subject) DO UPDATE SET epoch = NULL, wrapped = NULL";
const OF_EPOCH: &str = "
SELECT subject, wrapped FROM subjects WHERE compartment = $1 AND epoch = $2 ORDER BY subject LIMIT $3";
const REWRAP: &str = "
UPDATE subjects SET epoch = $1, wrapped = $2 WHERE compartment = $3 AND subject = $4 AND epoch = $5";
const COUNT: &str = "SELECT count(*) FROM subjects WHERE compartment = $1 AND epoch = $2";
const COUNT_ERASED: &str = "SELECT count(*) FROM subjects WHERE compartment = $1 AND epoch IS NULL";

impl KeyStore {
    /// Whether keys of a compartment were ever made here.
    pub async fn knows(&self, compartment: Compartment) -> Result<bool, VaultError> {
        Ok(self.names(compartment).await?.is_some())
    }

    pub(crate) async fn names(&self, compartment: Compartment) -> Result<Option<Wrapped>, VaultError> {
        let row: Option<(String, Vec<u8>)> = on!(self, pool => {
            sqlx::query_as(NAMES).bind(compartment.code()).fetch_optional(pool).await?
        });
        Ok(row.map(|(fingerprint, bytes)| Wrapped { fingerprint, bytes }))
    }

    /// Adds the key for names, unless somebody else was faster.
    pub(crate) async fn add_names(&self, compartment: Compartment, key: &Wrapped) -> Result<(), VaultError> {
        on!(self, pool => {
            let query = sqlx::query(ADD_NAMES).bind(compartment.code()).bind(&key.fingerprint);
            query.bind(&key.bytes).execute(pool).await?;
        });
        Ok(())
    }

    pub(crate) async fn epochs(&self, compartment: Compartment) -> Result<Vec<(i64, Wrapped)>, VaultError> {
        let rows: Vec<(i64, String, Vec<u8>)> = on!(self, pool => {
            sqlx::query_as(EPOCHS).bind(compartment.code()).fetch_all(pool).await?
        });
        let epoch = |(epoch, fingerprint, bytes)| (epoch, Wrapped { fingerprint, bytes });
        Ok(rows.into_iter().map(epoch).collect())
    }

    /// Adds an epoch, unless somebody else was faster.
    pub(crate) async fn add_epoch(
        &self,
        compartment: Compartment,
        epoch: i64,
        key: &Wrapped,
    ) -> Result<(), VaultError> {
        on!(self, pool => {
            let query = sqlx::query(ADD_EPOCH).bind(compartment.code()).bind(epoch);
            query.bind(&key.fingerprint).bind(&key.bytes).execute(pool).await?;
        });
        Ok(())
    }

    /// Destroys an epoch; `false` while it still wraps something, for then the database refuses.
    pub(crate) async fn remove_epoch(
        &self,
        compartment: Compartment,
        epoch: i64,
    ) -> Result<bool, VaultError> {
        let removed = on!(self, pool => {
            sqlx::query(REMOVE_EPOCH).bind(compartment.code()).bind(epoch).execute(pool).await.map(drop)
        });
        unless_referenced(removed)
    }

    pub(crate) async fn subject(
        &self,
        compartment: Compartment,
        subject: &str,
    ) -> Result<Option<Subject>, VaultError> {
        let row: Option<(String, Option<i64>, Option<Vec<u8>>)> = on!(self, pool => {
            sqlx::query_as(SUBJECT).bind(compartment.code()).bind(subject).fetch_optional(pool).await?
        });
        let Some((key_id, epoch, bytes)) = row else { return Ok(None) };
        let key_id = key_id.parse().map_err(|_| VaultError::Damaged("a row of the key store"))?;
        Ok(Some(match (epoch, bytes) {
            (Some(epoch), Some(bytes)) => Subject::Wrapped { key_id, epoch, bytes },
            _ => Subject::Erased,
        }))
    }

    /// Adds a subject's key, unless somebody else was faster; `false` when the epoch is gone by now.
    pub(crate) async fn add_subject(
        &self,
        compartment: Compartment,
        subject: &str,
        (key_id, epoch, bytes): (Uuid, i64, &[u8]),
    ) -> Result<bool, VaultError> {
        let added = on!(self, pool => {
            let query = sqlx::query(ADD_SUBJECT).bind(compartment.code()).bind(subject);
            query.bind(key_id.to_string()).bind(epoch).bind(bytes).execute(pool).await.map(drop)
        });
        unless_referenced(added)
    }

    /// Destroys a subject's key, or sees to it that it never gets one: then its row has this id.
    pub(crate) async fn erase(
        &self,
        compartment: Compartment,
        subject: &str,
        id: Uuid,
    ) -> Result<(), VaultError> {
        on!(self, pool => {
            let query = sqlx::query(ERASE).bind(compartment.code()).bind(subject);
            query.bind(id.to_string()).execute(pool).await?;
        });
        Ok(())
    }

    /// Some of the subjects whose keys an epoch wraps.
    pub(crate) async fn of_epoch(
        &self,
        compartment: Compartment,
        epoch: i64,
        limit: i64,
    ) -> Result<Vec<(String, Vec<u8>)>, VaultError> {
        Ok(on!(self, pool => {
            sqlx::query_as(OF_EPOCH).bind(compartment.code()).bind(epoch).bind(limit).fetch_all(pool).await?
        }))
    }

    /// Puts a subject's key under another epoch, if it is still under the old one.
    pub(crate) async fn rewrap(
        &self,
        compartment: Compartment,
        subject: &str,
        (from, to, bytes): (i64, i64, &[u8]),
    ) -> Result<(), VaultError> {
        on!(self, pool => {
            let query = sqlx::query(REWRAP).bind(to).bind(bytes).bind(compartment.code());
            query.bind(subject).bind(from).execute(pool).await?;
        });
        Ok(())
    }

    pub(crate) async fn count(&self, compartment: Compartment, epoch: i64) -> Result<u64, VaultError> {
        let count: i64 = on!(self, pool => {
            sqlx::query_scalar(COUNT).bind(compartment.code()).bind(epoch).fetch_one(pool).await?
        });
        Ok(u64::try_from(count).unwrap_or_default())
    }

    pub(crate) async fn count_erased(&self, compartment: Compartment) -> Result<u64, VaultError> {
        let count: i64 = on!(self, pool => {
            sqlx::query_scalar(COUNT_ERASED).bind(compartment.code()).fetch_one(pool).await?
        });
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Lets go of the database.
    pub async fn close(&self) {
        on!(self, pool => pool.close().await);
    }
}

/// Whether a foreign key let it happen.
fn unless_referenced(done: Result<(), sqlx::Error>) -> Result<bool, VaultError> {
    match done {
        Ok(()) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
