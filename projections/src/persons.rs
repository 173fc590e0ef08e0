//! Who can be the person of this name, and whom has an organisation registered? Nothing here can be read without the key.
//!
//! A record is found by keyed hashes of its names in one spelling, cut so short that several people share each: how many
//! have a name does not show, and the record says whether it is the one that was meant.

use std::collections::{BTreeMap, BTreeSet};

use safar_domain::{
    ids::{OrganisationId, PersonId},
    person::{Person, spelling},
};
use safar_vault::{Compartment, Vault, VaultError};

use crate::{
    columns::json,
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
CREATE INDEX person_registrars_by_stream ON person_registrars (stream, organisation);
CREATE TABLE person_ids (
    id BLOB PRIMARY KEY,
    stream TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_ids_by_stream ON person_ids (stream, id);
CREATE TABLE person_keys (
    key BLOB NOT NULL, -- a keyed hash of names and more, of three bytes
    stream TEXT NOT NULL,
    PRIMARY KEY (key, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_keys_by_stream ON person_keys (stream);
";

const REGISTRAR: &str = "INSERT INTO person_registrars (organisation, stream, position) VALUES (?1, ?2, ?3)";
const ID: &str = "INSERT INTO person_ids (id, stream) VALUES (?1, ?2)";
const KEY: &str = "INSERT OR IGNORE INTO person_keys (key, stream) VALUES (?1, ?2)";
const FORGET: [&str; 3] = [
    "DELETE FROM person_registrars WHERE stream = ?1",
    "DELETE FROM person_ids WHERE stream = ?1",
    "DELETE FROM person_keys WHERE stream = ?1",
];
/// Only those with whom the organisation has a tie: by having registered them, or through a case.
const FIND: &str = "
SELECT r.stream, r.revision, r.position, r.state
  FROM json_each(?1) AS s CROSS JOIN person_keys AS k ON k.key = unhex(s.value)
 CROSS JOIN sealed_records AS r ON r.stream = k.stream
 WHERE EXISTS (SELECT 1 FROM person_registrars AS g WHERE g.stream = k.stream AND g.organisation = ?2)
    OR EXISTS (
       SELECT 1 FROM person_ids AS i CROSS JOIN cases AS c ON c.person = i.id
        CROSS JOIN reach AS h ON h.case_id = c.id AND h.organisation = ?3 WHERE i.stream = k.stream)
 LIMIT ?4";
const NEWEST: &str = "
SELECT r.stream, r.revision, r.position, r.state
  FROM person_registrars AS g CROSS JOIN sealed_records AS r ON r.stream = g.stream
 WHERE g.organisation = ?1 ORDER BY g.position DESC LIMIT ?2";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 5] = [FORGET[0], FORGET[1], FORGET[2], FIND, NEWEST];

/// A person's record as it stands after its last event.
pub type PersonRow = SealedRow<Person>;

impl ReadModels {
    /// The records with one of these keys that are of persons with whom an organisation has a tie.
    pub async fn find_persons(
        &self,
        keys: &BTreeSet<String>,
        organisation: &OrganisationId,
        most: u32,
    ) -> Result<Vec<PersonRow>, ProjectionError> {
        let vault = self.vault();
        let registrar = vault.index(Compartment::Identity, organisation.as_str())?;
        let key = |key: &String| indexed(vault, key).map(|[a, b, c]| format!("{a:02x}{b:02x}{c:02x}"));
        let keys: Vec<String> = keys.iter().map(key).collect::<Result<_, VaultError>>()?;
        let query = sqlx::query_as(FIND).bind(json(&keys)).bind(registrar.as_slice());
        let query = query.bind(organisation.as_str()).bind(most);
        let rows: Vec<Row> = query.fetch_all(self.reader()).await?;
        // A record that was found by two keys is one record.
        let rows: BTreeMap<String, Row> = rows.into_iter().map(|row| (row.0.clone(), row)).collect();
        self.opened(rows.into_values().collect()).await
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

/// What a key of a name is called in the index.
fn indexed(vault: &Vault, key: &str) -> Result<[u8; 3], VaultError> {
    let hash = vault.blind(Compartment::Identity, "name", key.as_bytes())?;
    Ok([hash[0], hash[1], hash[2]])
}

impl SealedRecord for Person {
    const COMPARTMENT: Compartment = Compartment::Identity;
    const FORGET: &'static [&'static str] = &FORGET;

    fn found_by(&self, vault: &Vault) -> Result<Vec<FoundBy>, VaultError> {
        let mut found_by = Vec::new();
        if let Some(id) = self.id {
            found_by.push(FoundBy { statement: ID, key: id.0.as_bytes().to_vec() });
        }
        if let Some(organisation) = &self.organisation {
            let index = vault.index(Compartment::Identity, organisation.as_str())?;
            found_by.push(FoundBy { statement: REGISTRAR, key: index.to_vec() });
        }
        if let Some(description) = &self.description {
            for key in spelling::keys(&description.names, Some(description.birth)) {
                found_by.push(FoundBy { statement: KEY, key: indexed(vault, &key)?.to_vec() });
            }
        }
        Ok(found_by)
    }
}
