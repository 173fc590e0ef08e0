//! On whose case is this case that of a contact?

use safar_domain::ids::CaseId;
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    cases::Folded,
    columns::{hex, json},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE contact_cases (
    contact_case BLOB NOT NULL,
    case_id BLOB NOT NULL, -- of the patient
    PRIMARY KEY (contact_case, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_cases_by_case ON contact_cases (case_id);
";

const CLEAR: &str = "DELETE FROM contact_cases WHERE case_id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT OR IGNORE INTO contact_cases (contact_case, case_id)
SELECT unhex(v->>0), unhex(v->>1) FROM (SELECT value AS v FROM json_each(?1))";
const OF: &str = "SELECT case_id FROM contact_cases WHERE contact_case = ?1 ORDER BY case_id";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [CLEAR, OF];

impl ReadModels {
    /// The patients' cases on which this case is linked as that of a contact; who may know of them is for the caller to ask.
    pub async fn listed_on(&self, contact_case: CaseId) -> Result<Vec<CaseId>, ProjectionError> {
        let ids: Vec<Uuid> = sqlx::query_scalar(OF).bind(contact_case.0).fetch_all(self.reader()).await?;
        Ok(ids.into_iter().map(CaseId).collect())
    }
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    cases: &[Folded],
) -> Result<(), ProjectionError> {
    let ids: Vec<_> = cases.iter().map(|folded| hex(folded.id.0)).collect();
    sqlx::query(CLEAR).bind(json(&ids)).execute(&mut *connection).await?;
    let linked = |folded: &Folded| {
        let of: Vec<_> = folded.case.contacts.all.values().filter_map(|contact| contact.case).collect();
        let id = hex(folded.id.0);
        of.into_iter().map(move |contact| (hex(contact.0), id.clone()))
    };
    let rows: Vec<_> = cases.iter().flat_map(linked).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    Ok(())
}
