//! What waits is opened, folded and sealed again, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use safar_domain::{
    decider::Fact,
    hiv::HivRecord,
    person::Person,
    stored::{self, Enclosed},
};
use safar_vault::{Held, Place, Vault, VaultError, Why};
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{FoundBy, SealedRecord, SealedRow, at, opened};
use crate::{
    batch::OnPoison,
    columns::{json, timestamp},
    erasures,
    error::ProjectionError,
    parked,
    recorded::Unreadable,
};

/// Events of one transaction.
const PAGE: u32 = 500;

pub(super) const NEXT: &str = "
SELECT position, stream, revision, id, event_type, recorded_at, payload
  FROM sealed_waiting WHERE category = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
const WRITE: &str = "
INSERT INTO sealed_records (stream, revision, position, state) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (stream) DO UPDATE SET
       revision = excluded.revision, position = excluded.position, state = excluded.state";
const FORGET: &str = "DELETE FROM sealed_records WHERE stream = ?1";
const DONE: &str = "DELETE FROM sealed_waiting WHERE position IN (SELECT value FROM json_each(?1))";

/// Whether anything goes on waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Left {
    Nothing,
    Something,
}

type Waiting = (i64, String, i64, Uuid, String, i64, Vec<u8>);

/// What a page of events leads to.
struct Page<R> {
    /// Streams as they stand behind the events; `None` for those that were erased.
    records: BTreeMap<String, Option<(i64, i64, R)>>,
    /// Streams that stand still, and those whose key is not there now.
    stuck: BTreeSet<String>,
    closed: BTreeSet<String>,
    parked: Vec<parked::Row>,
    done: Vec<i64>,
}

/// Opens and folds everything that waits, as far as there are keys.
pub(crate) async fn take_in(
    connection: &mut SqliteConnection,
    vault: &Vault,
    poison: OnPoison,
) -> Result<Left, ProjectionError> {
    erasures::forget_notes(connection, vault).await?;
    let persons = take_in_of::<Person>(connection, vault, poison).await?;
    let hiv = take_in_of::<HivRecord>(connection, vault, poison).await?;
    Ok(persons.max(hiv))
}

async fn take_in_of<R: SealedRecord>(
    connection: &mut SqliteConnection,
    vault: &Vault,
    poison: OnPoison,
) -> Result<Left, ProjectionError> {
    if vault.holds(R::COMPARTMENT) != Held::Open {
        return Ok(Left::Something);
    }
    erasures::forget::<R>(connection, vault).await?;
    let (mut after, mut left) = (0, Left::Nothing);
    let (mut stuck, mut closed) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let query = sqlx::query_as(NEXT).bind(R::CATEGORY).bind(after).bind(PAGE);
        let waiting: Vec<Waiting> = query.fetch_all(&mut *transaction).await?;
        let Some((last, ..)) = waiting.last() else { return Ok(left) };
        after = *last;
        // What stands still or is closed in one page is so in the next: nothing of a stream is folded over a gap.
        let mut page = Page::<R>::after(stuck, closed);
        for event in waiting {
            match page.take_in(&mut transaction, vault, event, poison).await {
                Ok(()) => (),
                Err(ProjectionError::Sealed(VaultError::KeyUnavailable(why))) => {
                    tracing::warn!(%why, "sealed events wait for their key");
                    return Ok(Left::Something);
                }
                Err(error) => return Err(error),
            }
        }
        if !page.closed.is_empty() {
            left = Left::Something;
        }
        (stuck, closed) = (page.stuck.clone(), page.closed.clone());
        page.write(&mut transaction, vault).await?;
        transaction.commit().await?;
    }
}

impl<R: SealedRecord> Page<R> {
    fn after(stuck: BTreeSet<String>, closed: BTreeSet<String>) -> Self {
        Self { records: BTreeMap::new(), stuck, closed, parked: Vec::new(), done: Vec::new() }
    }

    async fn take_in(
        &mut self,
        connection: &mut SqliteConnection,
        vault: &Vault,
        event: Waiting,
        poison: OnPoison,
    ) -> Result<(), ProjectionError> {
        let (position, stream, revision) = (event.0, event.1.clone(), event.2);
        if self.closed.contains(&stream) {
            return Ok(());
        }
        self.done.push(position);
        if self.stuck.contains(&stream) {
            self.parked.push((stream, revision, position, event.4, None));
            return Ok(());
        }
        match read::<R>(vault, &event).await {
            Ok(fact) => {
                let (before, known) = self.record(connection, vault, &stream).await?;
                if before + 1 != revision {
                    let gap = VaultError::Damaged("an event of its stream before it is not there");
                    return self.stand_still(event, &gap, poison);
                }
                self.records.insert(stream, Some((revision, position, known.evolve(&fact))));
            }
            Err(VaultError::Erased) => {
                self.records.insert(stream, None);
            }
            // Nothing of the stream can be folded before this, so the rest of it waits too.
            Err(VaultError::KeyUnavailable(Why::Unknown)) => {
                self.done.pop();
                self.closed.insert(stream);
            }
            Err(error @ VaultError::KeyUnavailable(_)) => return Err(error.into()),
            Err(error) => self.stand_still(event, &error, poison)?,
        }
        Ok(())
    }

    fn stand_still(
        &mut self,
        (position, stream, revision, _, event_type, ..): Waiting,
        error: &VaultError,
        poison: OnPoison,
    ) -> Result<(), ProjectionError> {
        if poison == OnPoison::Stop {
            let reason = Unreadable::Sealed(error.clone());
            return Err(ProjectionError::Poison { position: crate::columns::position(position), reason });
        }
        tracing::error!(event.position = position, "a sealed event cannot be read; its stream stands still");
        self.parked.push((stream.clone(), revision, position, event_type, Some(error.to_string())));
        self.stuck.insert(stream);
        Ok(())
    }

    /// The record as it stands before the next event, and the revision of the last one in it.
    async fn record(
        &self,
        connection: &mut SqliteConnection,
        vault: &Vault,
        stream: &str,
    ) -> Result<(i64, R), ProjectionError> {
        if let Some(known) = self.records.get(stream) {
            let known = known.as_ref().map(|(revision, _, record)| (*revision, record.clone()));
            return Ok(known.unwrap_or_default());
        }
        let row = sqlx::query_as(super::ONE).bind(stream).fetch_optional(connection).await?;
        match row {
            None => Ok((0, R::default())),
            Some(row) => {
                let known: SealedRow<R> = opened(vault, row).await?;
                Ok((i64::try_from(known.revision.get()).unwrap_or(i64::MAX), known.record))
            }
        }
    }

    async fn write(self, connection: &mut SqliteConnection, vault: &Vault) -> Result<(), ProjectionError> {
        for (stream, record) in &self.records {
            for forget in R::FORGET {
                sqlx::query(*forget).bind(stream).execute(&mut *connection).await?;
            }
            let Some((revision, position, record)) = record else {
                sqlx::query(FORGET).bind(stream).execute(&mut *connection).await?;
                continue;
            };
            let text = Zeroizing::new(json(record));
            let place = at(stream, u64::try_from(*revision).unwrap_or_default());
            let state = vault.reseal(R::COMPARTMENT, &place, text.as_bytes()).await?;
            let query = sqlx::query(WRITE).bind(stream).bind(revision).bind(position).bind(state);
            query.execute(&mut *connection).await?;
            for FoundBy { statement, key } in record.found_by(vault)? {
                let query = sqlx::query(statement).bind(key).bind(stream).bind(position);
                query.execute(&mut *connection).await?;
            }
        }
        parked::insert(connection, &self.parked).await?;
        sqlx::query(DONE).bind(json(&self.done)).execute(connection).await?;
        Ok(())
    }
}

/// What a sealed event says.
async fn read<R: SealedRecord>(vault: &Vault, event: &Waiting) -> Result<Fact<R::Event>, VaultError> {
    const NO_EVENT: VaultError = VaultError::Damaged("what is inside is no event that this version knows");
    let (_, stream, revision, id, event_type, recorded_at, payload) = event;
    if event_type != R::COMPARTMENT.event_type() {
        return Err(VaultError::Damaged("it is in a sealed stream and not sealed"));
    }
    let revision = u64::try_from(*revision).unwrap_or_default();
    let place = Place { stream, revision, id: *id, event_type };
    let content = vault.unseal(R::COMPARTMENT, &place, payload).await?;
    let Enclosed { encoded, occurred_at } = Enclosed::from_bytes(&content).map_err(|_| NO_EVENT)?;
    let recorded_at: Timestamp = timestamp("sealed_waiting", *recorded_at).map_err(|_| NO_EVENT)?;
    let times = (occurred_at, recorded_at);
    stored::decode(&encoded.event_type, &encoded.payload, &encoded.metadata, times).map_err(|_| NO_EVENT)
}
