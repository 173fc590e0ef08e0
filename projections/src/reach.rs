//! Which organisation has which tie to a case?

use safar_domain::{
    case::standing::Standing,
    ids::{CaseId, OrganisationId},
};
use sqlx::SqliteConnection;

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
";

const CLEAR: &str = "DELETE FROM reach WHERE case_id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO reach (organisation, opened, case_id, standing)
SELECT v->>0, v->>1, unhex(v->>2), v->>3 FROM (SELECT value AS v FROM json_each(?1))";
const ONE: &str = "SELECT standing FROM reach WHERE case_id = ?1 AND organisation = ?2";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [CLEAR, ONE];

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
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    cases: &[Folded],
) -> Result<(), ProjectionError> {
    let ids: Vec<_> = cases.iter().map(|folded| hex(folded.id.0)).collect();
    sqlx::query(CLEAR).bind(json(&ids)).execute(&mut *connection).await?;
    let rows: Vec<_> = cases.iter().flat_map(ties).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    Ok(())
}

fn ties(folded: &Folded) -> impl Iterator<Item = (&OrganisationId, i64, String, Standing)> {
    folded.case.organisations().into_iter().filter_map(|organisation| {
        let standing = folded.case.standing(organisation)?;
        Some((organisation, number(folded.opened), hex(folded.id.0), standing))
    })
}
