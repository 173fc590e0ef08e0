//! Who is to be erased, and what of those who were is still to be forgotten here?
//!
//! The rows outlive the person's: they say that a record was erased and by whose hand. What was folded from the record is
//! forgotten when the end of the erasure is read, on each node, as far as it holds the keys that find it.

use std::collections::BTreeMap;

use safar_domain::{
    compartment::Compartment,
    decider::{Decider as _, Fact},
    erasure::{Erasure, ErasureEvent, ErasureState},
    ids::PersonId,
};
use safar_event_store::{Position, RecordedEvent, Revision};
use safar_vault::Vault;
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;

use crate::{
    columns::{code, from_json, hex, json, number, position, revision},
    error::ProjectionError,
    models::ReadModels,
    waiting::SealedRecord,
};

pub(crate) const TABLES: &str = "
CREATE TABLE erasures (
    began INTEGER PRIMARY KEY, -- position of the first event: the order of every list
    person BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    state TEXT, -- of the last request
    erasure TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX erasures_by_state ON erasures (state, began);
CREATE TABLE erased_subjects (
    compartment TEXT NOT NULL,
    subject TEXT NOT NULL, -- whose key was destroyed: a person or a case
    PRIMARY KEY (compartment, subject)
) STRICT, WITHOUT ROWID;
";

const LOAD: &str = "
SELECT began, person, revision, erasure FROM erasures
 WHERE person IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO erasures (began, person, revision, state, erasure)
SELECT v->>0, unhex(v->>1), v->>2, v->>3, v->>4 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (began) DO UPDATE SET
       revision = excluded.revision, state = excluded.state, erasure = excluded.erasure";
const TO_FORGET: &str = "
INSERT INTO erased_subjects (compartment, subject)
SELECT v->>0, v->>1 FROM (SELECT value AS v FROM json_each(?1)) WHERE true ON CONFLICT DO NOTHING";
const ONE: &str = "SELECT began, person, revision, erasure FROM erasures WHERE person = ?1";
const APPROVED: &str = "SELECT person FROM erasures WHERE state = 'approved' ORDER BY began LIMIT ?1";
const ALL: &str = "
SELECT began, person, revision, erasure FROM erasures
 WHERE began < coalesce((SELECT began FROM erasures WHERE person = ?1), iif(?1 IS NULL, 9223372036854775807, 0))
   AND (?2 IS NULL OR state = ?2)
 ORDER BY began DESC LIMIT ?3";
const ERASED_IN: &str = "SELECT subject FROM erased_subjects WHERE compartment = ?1 ORDER BY subject";
const FORGOTTEN: &str = "DELETE FROM erased_subjects WHERE compartment = ?1";
const FORGET_RECORD: &str = "DELETE FROM sealed_records WHERE stream = ?1";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 7] = [LOAD, ONE, APPROVED, ALL, ERASED_IN, FORGOTTEN, FORGET_RECORD];

/// An erasure as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRecord {
    /// Of whom.
    pub person: PersonId,
    /// Of its stream.
    pub revision: Revision,
    /// As it stands.
    pub erasure: Erasure,
}

/// Which erasures to list; newest first.
#[derive(Debug, Clone)]
pub struct ErasuresQuery {
    /// Only those whose last request stands so.
    pub state: Option<ErasureState>,
    /// The last person of the page before; an unknown one ends the list.
    pub after: Option<PersonId>,
    /// At most this many.
    pub limit: u32,
}

impl ReadModels {
    /// What became of a person's record, if anybody has asked to erase or to keep it.
    pub async fn erasure(&self, person: PersonId) -> Result<Option<ErasureRecord>, ProjectionError> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(person.0).fetch_optional(self.reader()).await?;
        Ok(row.map(Folded::read).transpose()?.map(|folded| folded.record))
    }

    /// Erasures and legal holds, newest first.
    pub async fn erasures(&self, query: ErasuresQuery) -> Result<Vec<ErasureRecord>, ProjectionError> {
        let rows: Vec<Row> = sqlx::query_as(ALL)
            .bind(query.after.map(|person| person.0))
            .bind(query.state.map(|state| code(&state)))
            .bind(query.limit)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(|row| Folded::read(row).map(|folded| folded.record)).collect()
    }

    /// Those who are agreed on and not erased yet, first come first.
    pub async fn approved_erasures(&self, most: u32) -> Result<Vec<PersonId>, ProjectionError> {
        let persons: Vec<Uuid> = sqlx::query_scalar(APPROVED).bind(most).fetch_all(self.reader()).await?;
        Ok(persons.into_iter().map(PersonId).collect())
    }
}

type Row = (i64, Uuid, i64, String);

/// An erasure while events are folded into it.
struct Folded {
    began: Position,
    record: ErasureRecord,
}

impl Folded {
    fn read((began, person, at_revision, erasure): Row) -> Result<Self, ProjectionError> {
        let record = ErasureRecord {
            person: PersonId(person),
            revision: revision(at_revision),
            erasure: from_json("erasures", &erasure)?,
        };
        Ok(Self { began: position(began), record })
    }
}

/// What happened to an erasure.
pub(crate) type Happened<'a> = (PersonId, &'a RecordedEvent, Box<Fact<ErasureEvent>>);

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
) -> Result<(), ProjectionError> {
    if happened.is_empty() {
        return Ok(());
    }
    let persons: Vec<_> = happened.iter().map(|(person, ..)| hex(person.0)).collect();
    let rows: Vec<Row> = sqlx::query_as(LOAD).bind(json(&persons)).fetch_all(&mut *connection).await?;
    let known = rows.into_iter().map(|row| Folded::read(row).map(|folded| (folded.record.person, folded)));
    let mut all: BTreeMap<_, _> = known.collect::<Result<_, _>>()?;
    let mut to_forget = Vec::new();
    for (person, event, fact) in happened {
        let absent = || {
            let erasure = Erasure::default();
            let record = ErasureRecord { person: *person, revision: Revision::ABSENT, erasure };
            Folded { began: event.position, record }
        };
        let ErasureRecord { erasure, revision, .. } = &mut all.entry(*person).or_insert_with(absent).record;
        *erasure = std::mem::take(erasure).evolve(fact);
        *revision = event.revision;
        to_forget.extend(sealed_of(*person, &fact.event));
    }
    let row = |Folded { began, record }: &Folded| {
        let state = record.erasure.state().map(|state| code(&state));
        (number(*began), hex(record.person.0), record.revision.get(), state, json(&record.erasure))
    };
    let rows: Vec<_> = all.values().map(row).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(&mut *connection).await?;
    sqlx::query(TO_FORGET).bind(json(&to_forget)).execute(connection).await?;
    Ok(())
}

/// What was sealed about a person, by compartment, once the person is erased.
fn sealed_of(person: PersonId, event: &ErasureEvent) -> Vec<(&'static str, String)> {
    let ErasureEvent::Erased(done) = event else { return Vec::new() };
    let of_cases = [Compartment::CareNotes, Compartment::Hiv]
        .into_iter()
        .flat_map(|compartment| done.cases.iter().map(move |case| (compartment.code(), case.to_string())));
    [(Compartment::Identity.code(), person.to_string())].into_iter().chain(of_cases).collect()
}

/// Drops the keys of notes that were destroyed; there is nothing else of them here.
pub(crate) async fn forget_notes(
    connection: &mut SqliteConnection,
    vault: &Vault,
) -> Result<(), ProjectionError> {
    let compartment = Compartment::CareNotes;
    let cases: Vec<String> =
        sqlx::query_scalar(ERASED_IN).bind(compartment.code()).fetch_all(&mut *connection).await?;
    for case in &cases {
        vault.forget(compartment, &format!("case-{case}"));
    }
    if !cases.is_empty() {
        sqlx::query(FORGOTTEN).bind(compartment.code()).execute(connection).await?;
    }
    Ok(())
}

/// Drops the keys of records that were destroyed, what was folded from them, and all by which that was found.
pub(crate) async fn forget<R: SealedRecord>(
    connection: &mut SqliteConnection,
    vault: &Vault,
) -> Result<(), ProjectionError> {
    let compartment = R::COMPARTMENT;
    let subjects: Vec<String> =
        sqlx::query_scalar(ERASED_IN).bind(compartment.code()).fetch_all(&mut *connection).await?;
    if subjects.is_empty() {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for subject in subjects {
        let stream = format!("{}-{}", R::CATEGORY, vault.stream_name(compartment, &subject)?);
        vault.forget(compartment, &stream);
        for statement in R::FORGET.iter().chain([&FORGET_RECORD]) {
            sqlx::query(*statement).bind(&stream).execute(&mut *transaction).await?;
        }
    }
    sqlx::query(FORGOTTEN).bind(compartment.code()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    // What was deleted is overwritten in the file; its old pages wait in the side file until they are moved.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await?;
    Ok(())
}
