//! Which HIV records concern an organisation, and how do they stand? Nothing here can be read without the key.

use std::collections::BTreeSet;

use safar_domain::{hiv::HivRecord, ids::OrganisationId};
use safar_event_store::StreamId;
use safar_vault::{Compartment, Vault, VaultError};

use crate::{
    error::ProjectionError,
    models::ReadModels,
    waiting::{FoundBy, Row, SealedRecord, SealedRow},
};

pub(crate) const TABLES: &str = "
CREATE TABLE hiv_ties (
    organisation BLOB NOT NULL, -- a keyed hash
    stream TEXT NOT NULL,
    PRIMARY KEY (organisation, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX hiv_ties_by_stream ON hiv_ties (stream);
";

const TIE: &str = "INSERT INTO hiv_ties (organisation, stream) VALUES (?1, ?2)";
const FORGET_TIES: &str = "DELETE FROM hiv_ties WHERE stream = ?1";
const OF_ORGANISATION: &str = "
SELECT r.stream, r.revision, r.position, r.state
  FROM hiv_ties AS t CROSS JOIN sealed_records AS r ON r.stream = t.stream
 WHERE t.organisation = ?1 AND t.stream > ?2 ORDER BY t.stream LIMIT ?3";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [FORGET_TIES, OF_ORGANISATION];

/// An HIV record as it stands after its last event.
pub type HivRow = SealedRow<HivRecord>;

impl ReadModels {
    /// A record by the name of its stream.
    pub async fn hiv_record(&self, stream: &StreamId) -> Result<Option<HivRow>, ProjectionError> {
        self.sealed_record(stream).await
    }

    /// The records to which an organisation has a tie, after the stream of the last one that was seen; their order tells
    /// nothing.
    pub async fn hiv_records(
        &self,
        organisation: &OrganisationId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<HivRow>, ProjectionError> {
        let index = self.vault().index(Compartment::Hiv, organisation.as_str())?;
        let query = sqlx::query_as(OF_ORGANISATION).bind(index.as_slice()).bind(after.unwrap_or_default());
        let rows: Vec<Row> = query.bind(limit).fetch_all(self.reader()).await?;
        self.opened(rows).await
    }
}

impl SealedRecord for HivRecord {
    const COMPARTMENT: Compartment = Compartment::Hiv;
    const FORGET: &'static [&'static str] = &[FORGET_TIES];

    fn found_by(&self, vault: &Vault) -> Result<Vec<FoundBy>, VaultError> {
        let tie = |organisation: &OrganisationId| {
            let index = vault.index(Compartment::Hiv, organisation.as_str())?;
            Ok(FoundBy { statement: TIE, key: index.to_vec() })
        };
        tied(self).into_iter().map(tie).collect()
    }
}

/// The organisations that have a tie to a record.
fn tied(record: &HivRecord) -> BTreeSet<&OrganisationId> {
    let answered = record.responsibility.0.iter().map(|answering| &answering.organisation);
    let asked = record.handoffs.0.values().map(|handoff| &handoff.to);
    let home = record.remote.iter().map(|remote| &remote.home);
    let known = answered.chain(asked).chain(home);
    known.filter(|organisation| record.standing(organisation).is_some()).collect()
}
