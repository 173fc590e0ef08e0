//! Who registered a person, and whom has an organisation registered? Nothing else is kept of one: identity stays in the log.

use std::collections::BTreeMap;

use safar_domain::{
    decider::Fact,
    ids::{OrganisationId, PersonId},
    person::PersonEvent,
};
use safar_event_store::{Position, RecordedEvent, Revision};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    columns::{from_code, hex, json, number, position, revision},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE persons (
    id BLOB PRIMARY KEY,
    organisation TEXT NOT NULL, -- who registered the person
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL -- of the last event
) STRICT, WITHOUT ROWID;
CREATE INDEX persons_by_organisation ON persons (organisation, position);
";

const REGISTER: &str = "
INSERT INTO persons (id, organisation, revision, position)
SELECT unhex(v->>0), v->>1, v->>2, v->>3 FROM (SELECT value AS v FROM json_each(?1)) WHERE v->>1 IS NOT NULL
    ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation";
const MOVE: &str = "
UPDATE persons SET revision = moved.value->>2, position = moved.value->>3
  FROM json_each(?1) AS moved WHERE persons.id = unhex(moved.value->>0)";
const ONE: &str = "SELECT organisation, revision, position FROM persons WHERE id = ?1";
const NEWEST: &str = "SELECT id FROM persons WHERE organisation = ?1 ORDER BY position DESC LIMIT ?2";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 3] = [MOVE, ONE, NEWEST];

/// What is known of a person without opening identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// Which one.
    pub id: PersonId,
    /// Who registered the person.
    pub organisation: OrganisationId,
    /// Of the person's stream.
    pub revision: Revision,
    /// Of its last event.
    pub position: Position,
}

impl ReadModels {
    /// Who registered a person, and how far the record has come.
    pub async fn person(&self, id: PersonId) -> Result<Option<PersonRecord>, ProjectionError> {
        let query = sqlx::query_as(ONE).bind(id.0);
        let row: Option<(String, i64, i64)> = query.fetch_optional(self.reader()).await?;
        row.map(|(organisation, at_revision, at)| {
            Ok(PersonRecord {
                id,
                organisation: from_code("persons", organisation)?,
                revision: revision(at_revision),
                position: position(at),
            })
        })
        .transpose()
    }

    /// The persons whom an organisation has registered, those last written to first.
    pub async fn registered_by(
        &self,
        organisation: &OrganisationId,
        most: u32,
    ) -> Result<Vec<PersonId>, ProjectionError> {
        let query = sqlx::query_scalar(NEWEST).bind(organisation.as_str()).bind(most);
        let ids: Vec<Uuid> = query.fetch_all(self.reader()).await?;
        Ok(ids.into_iter().map(PersonId).collect())
    }
}

/// What a batch says of each person.
#[derive(Debug, Default)]
pub(crate) struct Persons(BTreeMap<Uuid, (Option<OrganisationId>, Revision, Position)>);

impl Persons {
    pub(crate) fn take_in(&mut self, id: PersonId, event: &RecordedEvent, fact: &Fact<PersonEvent>) {
        let known = self.0.entry(id.0).or_default();
        if let PersonEvent::Registered { organisation, .. } = &fact.event {
            known.0 = Some(organisation.clone());
        }
        (known.1, known.2) = (event.revision, event.position);
    }

    pub(crate) async fn write(&self, connection: &mut SqliteConnection) -> Result<(), ProjectionError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let row = |(id, (organisation, at_revision, at)): (
            &Uuid,
            &(Option<OrganisationId>, Revision, Position),
        )| { (hex(*id), organisation.clone(), at_revision.get(), number(*at)) };
        let rows = json(&self.0.iter().map(row).collect::<Vec<_>>());
        sqlx::query(REGISTER).bind(&rows).execute(&mut *connection).await?;
        sqlx::query(MOVE).bind(&rows).execute(connection).await?;
        Ok(())
    }
}
