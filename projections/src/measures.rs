//! How did the handoffs of a time go, step by step?
//!
//! Where an organisation is is not kept here: a report asks the directory of its own moment, so that a corrected place
//! corrects every report.

use std::collections::BTreeSet;

use jiff::civil::Date;
use safar_domain::{
    case::{
        Case,
        handoff::{
            Handoff, HandoffState,
            measure::{Measures, Steps},
        },
    },
    ids::{CaseId, Country, HandoffId, OrganisationId, PlaceId},
    report::corridor::Measured,
};
use safar_event_store::Position;
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;

use crate::{
    cases::Folded,
    columns::{from_code, from_json, json, number},
    error::ProjectionError,
    handoffs::{Moved, handoffs_of},
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE measures (
    offered INTEGER PRIMARY KEY, -- as in handoffs
    offered_on TEXT NOT NULL,
    origin TEXT NOT NULL,
    destination TEXT NOT NULL,
    outside TEXT, -- country of a destination that is not in the directory
    state TEXT NOT NULL,
    counted_tb INTEGER NOT NULL,
    steps TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX measures_by_day ON measures (offered_on, offered);
";

const WRITE: &str = "
INSERT INTO measures (offered, offered_on, origin, destination, outside, state, counted_tb, steps)
SELECT v->>0, v->>1, v->>2, v->>3, v->>4, v->>5, v->>6, v->>7 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (offered) DO UPDATE SET
       offered_on = excluded.offered_on, origin = excluded.origin, destination = excluded.destination,
       outside = excluded.outside, state = excluded.state, counted_tb = excluded.counted_tb, steps = excluded.steps";

const OF_EVERYBODY: &str = "
SELECT offered, offered_on, origin, destination, outside, state, counted_tb, steps
  FROM measures
 WHERE (offered_on, offered) > (?1, ?2) AND offered_on < ?3
 ORDER BY offered_on, offered LIMIT ?4";

const OF_ORGANISATION: &str = "
SELECT m.offered, m.offered_on, m.origin, m.destination, m.outside, m.state, m.counted_tb, m.steps
  FROM handoff_sides AS s CROSS JOIN measures AS m ON m.offered = s.offered
 WHERE s.organisation = ?5 AND s.offered > ?2 AND m.offered_on >= ?1 AND m.offered_on < ?3
 ORDER BY s.offered LIMIT ?4";

const CASES_OF_EVERYBODY: &str = "
SELECT h.case_id FROM measures AS m CROSS JOIN handoffs AS h ON h.offered = m.offered
 WHERE m.offered_on >= ?1 AND m.offered_on < ?2 AND m.offered <= ?3";

const CASES_OF_ORGANISATION: &str = "
SELECT h.case_id
  FROM handoff_sides AS s CROSS JOIN measures AS m ON m.offered = s.offered CROSS JOIN handoffs AS h ON h.offered = s.offered
 WHERE s.organisation = ?4 AND m.offered_on >= ?1 AND m.offered_on < ?2 AND s.offered <= ?3";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] =
    [OF_EVERYBODY, OF_ORGANISATION, CASES_OF_EVERYBODY, CASES_OF_ORGANISATION];

/// So many rows are held in memory at a time.
const PAGE: u32 = 5_000;

/// Which handoffs to measure.
#[derive(Debug, Clone)]
pub struct MeasuresQuery {
    /// Only those from or to this organisation.
    pub organisation: Option<OrganisationId>,
    /// Offered on this day or later.
    pub from: Date,
    /// Offered before this day.
    pub until: Date,
}

impl ReadModels {
    /// Shows every handoff of a time to a visitor, all of them as they were at one moment.
    pub async fn measures(
        &self,
        query: MeasuresQuery,
        mut visit: impl FnMut(&Measured) + Send,
    ) -> Result<(), ProjectionError> {
        let statement = if query.organisation.is_some() { OF_ORGANISATION } else { OF_EVERYBODY };
        let mut connection = self.reader().acquire().await?;
        let mut snapshot = connection.begin().await?;
        let mut after = (query.from.to_string(), 0);
        loop {
            let rows: Vec<Row> = sqlx::query_as(statement)
                .bind(&after.0)
                .bind(after.1)
                .bind(query.until.to_string())
                .bind(PAGE)
                .bind(query.organisation.as_ref().map(OrganisationId::as_str))
                .fetch_all(&mut *snapshot)
                .await?;
            let Some((offered, day, ..)) = rows.last() else { return Ok(()) };
            after = (if query.organisation.is_some() { after.0 } else { day.clone() }, *offered);
            for row in rows {
                visit(&measured(row)?);
            }
        }
    }
}

impl ReadModels {
    /// The cases with handoffs of a time that were offered by a position, each once.
    pub async fn cases_measured(
        &self,
        query: &MeasuresQuery,
        by: Position,
    ) -> Result<BTreeSet<CaseId>, ProjectionError> {
        let statement = if query.organisation.is_some() { CASES_OF_ORGANISATION } else { CASES_OF_EVERYBODY };
        let ids: Vec<Uuid> = sqlx::query_scalar(statement)
            .bind(query.from.to_string())
            .bind(query.until.to_string())
            .bind(number(by))
            .bind(query.organisation.as_ref().map(OrganisationId::as_str))
            .fetch_all(self.reader())
            .await?;
        Ok(ids.into_iter().map(CaseId).collect())
    }
}

impl MeasuresQuery {
    /// Whether a handoff is among those that are asked for.
    pub fn takes(&self, measured: &Measured) -> bool {
        let side = |organisation| [&measured.origin, &measured.destination].contains(&organisation);
        (self.from..self.until).contains(&measured.steps.offered)
            && self.organisation.as_ref().is_none_or(side)
    }
}

/// The handoffs of a case as a report needs them.
pub fn measured_of<'a>(
    case: &'a Case,
    measures: &'a Measures,
) -> impl Iterator<Item = (HandoffId, Measured)> + 'a {
    let one = |(id, handoff): (&HandoffId, &Handoff)| {
        let seen = Measured {
            origin: handoff.from.clone(),
            destination: handoff.to.clone(),
            outside: handoff
                .external
                .as_ref()
                .and_then(|external| PlaceId::parse(external.country.as_str()).ok()),
            state: handoff.state,
            counted_tb: handoff.of_counted_tb(case),
            steps: measures.of(*id)?.clone(),
        };
        Some((*id, seen))
    };
    case.handoffs.all.iter().filter_map(one)
}

type Row = (i64, String, String, String, Option<String>, String, bool, String);

fn measured(row: Row) -> Result<Measured, ProjectionError> {
    const TABLE: &str = "measures";
    let (_, _, origin, destination, outside, state, counted_tb, steps) = row;
    Ok(Measured {
        origin: from_code(TABLE, origin)?,
        destination: from_code(TABLE, destination)?,
        outside: outside.map(|country| from_code(TABLE, country)).transpose()?,
        state: from_code(TABLE, state)?,
        counted_tb,
        steps: from_json(TABLE, &steps)?,
    })
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    cases: &[Folded],
) -> Result<(), ProjectionError> {
    let rows: Vec<_> = cases.iter().flat_map(handoffs_of).filter_map(row).collect();
    if !rows.is_empty() {
        sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    }
    Ok(())
}

/// In the order of the columns.
type Written<'a> =
    (i64, Date, &'a OrganisationId, &'a OrganisationId, Option<Country>, &'static str, u8, String);

fn row((folded, id, handoff, (offered, _)): Moved<'_>) -> Option<Written<'_>> {
    let steps: &Steps = folded.measures.of(id)?;
    let counted_tb = u8::from(handoff.of_counted_tb(&folded.case));
    let state: HandoffState = handoff.state;
    let outside = handoff.external.as_ref().map(|external| external.country);
    let sides = (&handoff.from, &handoff.to);
    Some((number(offered), steps.offered, sides.0, sides.1, outside, state.code(), counted_tb, json(steps)))
}
