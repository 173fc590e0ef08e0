//! Which organisation has which tie to a case?

use safar_domain::{
    case::standing::Standing,
    ids::{CaseId, OrganisationId},
};
use safar_event_store::Position;
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    cases::Folded,
    columns::{from_code, hex, json, number},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE reach (
    organisation TEXT NOT NULL,
    opened INTEGER NOT NULL, -- as in cases
    case_id BLOB NOT NULL,
    standing TEXT NOT NULL,
    PRIMARY KEY (organisation, opened)
) STRICT, WITHOUT ROWID;
CREATE INDEX reach_by_case ON reach (case_id, organisation, standing);
-- Every organisation that has, or ever had, a part in a case; no row is taken out again.
CREATE TABLE involved (
    organisation TEXT NOT NULL,
    opened INTEGER NOT NULL, -- as in cases
    case_id BLOB NOT NULL,
    PRIMARY KEY (organisation, opened)
) STRICT, WITHOUT ROWID;
";

const CLEAR: &str = "DELETE FROM reach WHERE case_id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO reach (organisation, opened, case_id, standing)
SELECT v->>0, v->>1, unhex(v->>2), v->>3 FROM (SELECT value AS v FROM json_each(?1))";
const WRITE_INVOLVED: &str = "
INSERT INTO involved (organisation, opened, case_id)
SELECT v->>0, v->>1, unhex(v->>2) FROM (SELECT value AS v FROM json_each(?1)) WHERE true ON CONFLICT DO NOTHING";
const EVER: &str = "SELECT case_id FROM involved WHERE organisation = ?1 AND opened <= ?2 ORDER BY opened";
const ONE: &str = "SELECT standing FROM reach WHERE case_id = ?1 AND organisation = ?2";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 3] = [CLEAR, ONE, EVER];

impl ReadModels {
    /// The closest tie of an organisation to a case, if it has any.
    pub async fn standing(
        &self,
        case: CaseId,
        organisation: &OrganisationId,
    ) -> Result<Option<Standing>, ProjectionError> {
        let query = sqlx::query_scalar(ONE).bind(case.0).bind(organisation.as_str());
        let standing: Option<String> = query.fetch_optional(self.reader()).await?;
        standing.map(|standing| from_code("reach", standing)).transpose()
    }

    /// The cases, among those opened by a position, in which an organisation has ever had a part.
    pub async fn cases_ever_of(
        &self,
        organisation: &OrganisationId,
        by: Position,
    ) -> Result<Vec<CaseId>, ProjectionError> {
        let query = sqlx::query_scalar(EVER).bind(organisation.as_str()).bind(number(by));
        let ids: Vec<Uuid> = query.fetch_all(self.reader()).await?;
        Ok(ids.into_iter().map(CaseId).collect())
    }
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    cases: &[Folded],
) -> Result<(), ProjectionError> {
    let ids: Vec<_> = cases.iter().map(|folded| hex(folded.id.0)).collect();
    sqlx::query(CLEAR).bind(json(&ids)).execute(&mut *connection).await?;
    let rows: Vec<_> = cases.iter().flat_map(ties).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(&mut *connection).await?;
    let involved: Vec<_> = cases.iter().flat_map(parts).collect();
    sqlx::query(WRITE_INVOLVED).bind(json(&involved)).execute(connection).await?;
    Ok(())
}

/// Who has had a part in the case, for however short a time.
fn parts(folded: &Folded) -> impl Iterator<Item = (&OrganisationId, i64, String)> {
    folded.involved.iter().map(|organisation| (organisation, number(folded.opened), hex(folded.id.0)))
}

fn ties(folded: &Folded) -> impl Iterator<Item = (&OrganisationId, i64, String, Standing)> {
    folded.case.organisations().into_iter().filter_map(|organisation| {
        let standing = folded.case.standing(organisation)?;
        Some((organisation, number(folded.opened), hex(folded.id.0), standing))
    })
}
