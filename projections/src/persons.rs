//! Whom has an organisation registered? Nothing here can be read without the key, and nobody is found by name alone.

use safar_domain::{
    ids::{OrganisationId, PersonId},
    person::Person,
};
use safar_event_store::StreamId;
use safar_vault::{Compartment, Vault, VaultError};

use crate::{
    error::ProjectionError,
    models::ReadModels,
    waiting::{FoundBy, Row, SealedRecord, SealedRow},
};

pub(crate) const TABLES: &str = "
CREATE TABLE person_registrars (
    organisation BLOB NOT NULL, -- a keyed hash of who registered the person
    position INTEGER NOT NULL, -- of the last event of the person
    stream TEXT NOT NULL,
    PRIMARY KEY (organisation, position, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_registrars_by_stream ON person_registrars (stream);
";

const REGISTRAR: &str = "INSERT INTO person_registrars (organisation, stream, position) VALUES (?1, ?2, ?3)";
const FORGET_REGISTRAR: &str = "DELETE FROM person_registrars WHERE stream = ?1";
const NEWEST: &str = "
SELECT r.stream, r.revision, r.position, r.state
  FROM person_registrars AS g CROSS JOIN sealed_records AS r ON r.stream = g.stream
 WHERE g.organisation = ?1 ORDER BY g.position DESC LIMIT ?2";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [FORGET_REGISTRAR, NEWEST];

/// A person's record as it stands after its last event.
pub type PersonRow = SealedRow<Person>;

impl ReadModels {
    /// A person's record by the name of its stream.
    pub async fn person(&self, stream: &StreamId) -> Result<Option<PersonRow>, ProjectionError> {
        self.sealed_record(stream).await
    }

    /// The persons whom an organisation has registered, those last written to first.
    pub async fn registered_by(
        &self,
        organisation: &OrganisationId,
        most: u32,
    ) -> Result<Vec<PersonId>, ProjectionError> {
        let index = self.vault().index(Compartment::Identity, organisation.as_str())?;
        let query = sqlx::query_as(NEWEST).bind(index.as_slice()).bind(most);
        let rows: Vec<Row> = query.fetch_all(self.reader()).await?;
        let persons: Vec<PersonRow> = self.opened(rows).await?;
        Ok(persons.iter().filter_map(|row| row.record.id).collect())
    }
}

impl SealedRecord for Person {
    const COMPARTMENT: Compartment = Compartment::Identity;
    const FORGET: &'static [&'static str] = &[FORGET_REGISTRAR];

    fn found_by(&self, vault: &Vault) -> Result<Vec<FoundBy>, VaultError> {
        let registrar = |organisation: &OrganisationId| {
            let index = vault.index(Compartment::Identity, organisation.as_str())?;
            Ok(FoundBy { statement: REGISTRAR, key: index.to_vec() })
        };
        self.organisation.iter().map(registrar).collect()
    }
}
