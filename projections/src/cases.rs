//! How does a case stand, which cases does an organisation have, and which are due?

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use safar_domain::{
    case::{
        Case, CaseEvent,
        handoff::{Handoffs, expiry, measure::Measures},
        opening::Phase,
    },
    decider::{Decider as _, Fact},
    ids::{CaseId, HandoffId, OrganisationId, PersonId},
};
use safar_event_store::{Position, RecordedEvent, Revision};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    columns::{code, from_json, hex, json, micros, number, position, revision},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE cases (
    opened INTEGER PRIMARY KEY, -- position of the first event: the order of every list
    id BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL, -- of the last event
    person BLOB,
    phase TEXT,
    closed INTEGER NOT NULL,
    next_due INTEGER, -- when time alone brings something about
    handoff_moves TEXT NOT NULL, -- JSON: handoff id to the positions of its offer and of its last change
    measures TEXT NOT NULL, -- JSON: when each step of each handoff happened
    state TEXT NOT NULL -- JSON of the folded case
) STRICT;
CREATE INDEX cases_by_person ON cases (person, opened) WHERE person IS NOT NULL;
CREATE INDEX cases_by_next_due ON cases (next_due) WHERE next_due IS NOT NULL;
";

const LOAD: &str = "
SELECT opened, id, revision, position, handoff_moves, measures, state
  FROM cases WHERE id IN (SELECT unhex(value) FROM json_each(?1))";

const WRITE: &str = "
INSERT INTO cases (opened, id, revision, position, person, phase, closed, next_due, handoff_moves, measures,
                   state)
SELECT v->>0, unhex(v->>1), v->>2, v->>3, unhex(v->>4), v->>5, v->>6, v->>7, v->>8, v->>9, v->>10
  FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (opened) DO UPDATE SET
       revision = excluded.revision, position = excluded.position, person = excluded.person, phase = excluded.phase,
       closed = excluded.closed, next_due = excluded.next_due, handoff_moves = excluded.handoff_moves,
       measures = excluded.measures, state = excluded.state";

const ONE: &str = "SELECT id, revision, position, state FROM cases WHERE id = ?1";

/// An offer alone does not open the case: it shows the handoff.
const OF_ORGANISATION: &str = "
SELECT c.id, c.revision, c.position, c.state
  FROM reach AS r CROSS JOIN cases AS c ON c.opened = r.opened
 WHERE r.organisation = ?1
   AND r.opened < coalesce((SELECT opened FROM cases WHERE id = ?2), iif(?2 IS NULL, 9223372036854775807, 0))
   AND (r.standing = 'responsible' OR (NOT ?3 AND r.standing <> 'offered'))
   AND (?4 IS NULL OR c.closed = ?4)
   AND (?5 IS NULL OR c.phase = ?5)
 ORDER BY r.opened DESC LIMIT ?6";

const OF_PERSON: &str = "SELECT id FROM cases WHERE person = ?1 ORDER BY opened DESC";
const DUE: &str = "SELECT id FROM cases WHERE next_due <= ?1 ORDER BY next_due LIMIT ?2";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 5] = [LOAD, ONE, OF_ORGANISATION, OF_PERSON, DUE];

/// A case as it stands after its last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRecord {
    /// Which one.
    pub id: CaseId,
    /// Of its stream.
    pub revision: Revision,
    /// Of its last event.
    pub position: Position,
    /// The folded state.
    pub case: Case,
}

/// Which cases to list; newest opened first.
#[derive(Debug, Clone)]
pub struct CasesQuery {
    /// With a tie to this organisation that is closer than an offer.
    pub organisation: OrganisationId,
    /// Only those it answers for now.
    pub responsible_only: bool,
    /// Only closed or only open ones.
    pub closed: Option<bool>,
    /// Only those at this place of the road.
    pub phase: Option<Phase>,
    /// The last case of the page before; an unknown one ends the list.
    pub after: Option<CaseId>,
    /// At most this many.
    pub limit: u32,
}

impl ReadModels {
    /// A case, if it is known by now.
    pub async fn case(&self, id: CaseId) -> Result<Option<CaseRecord>, ProjectionError> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(self.reader()).await?;
        row.map(record).transpose()
    }

    /// The cases of an organisation, newest opened first.
    pub async fn cases(&self, query: CasesQuery) -> Result<Vec<CaseRecord>, ProjectionError> {
        let rows: Vec<Row> = sqlx::query_as(OF_ORGANISATION)
            .bind(query.organisation.as_str())
            .bind(query.after.map(|id| id.0))
            .bind(query.responsible_only)
            .bind(query.closed)
            .bind(query.phase.as_ref().map(code))
            .bind(query.limit)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(record).collect()
    }

    /// The cases of a person, newest opened first.
    pub async fn cases_of_person(&self, person: PersonId) -> Result<Vec<CaseId>, ProjectionError> {
        let ids: Vec<Uuid> = sqlx::query_scalar(OF_PERSON).bind(person.0).fetch_all(self.reader()).await?;
        Ok(ids.into_iter().map(CaseId).collect())
    }

    /// The cases on which time alone brings something about by now, longest due first.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<CaseId>, ProjectionError> {
        let query = sqlx::query_scalar(DUE).bind(micros(now)).bind(limit);
        let ids: Vec<Uuid> = query.fetch_all(self.reader()).await?;
        Ok(ids.into_iter().map(CaseId).collect())
    }
}

type Row = (Uuid, i64, i64, String);

fn record((id, at_revision, at, state): Row) -> Result<CaseRecord, ProjectionError> {
    Ok(CaseRecord {
        id: CaseId(id),
        revision: revision(at_revision),
        position: position(at),
        case: from_json("cases", &state)?,
    })
}

/// A case while events are folded into it.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    pub(crate) id: CaseId,
    pub(crate) opened: Position,
    pub(crate) revision: Revision,
    pub(crate) position: Position,
    pub(crate) case: Case,
    /// Of each handoff, where it was offered and where it changed last.
    pub(crate) handoff_moves: BTreeMap<HandoffId, (Position, Position)>,
    pub(crate) measures: Measures,
    /// Who had a part in it behind any event of this batch.
    pub(crate) involved: BTreeSet<OrganisationId>,
}

impl Folded {
    pub(crate) fn absent(id: CaseId, opened: Position) -> Self {
        Self {
            id,
            opened,
            revision: Revision::ABSENT,
            position: opened,
            case: Case::default(),
            handoff_moves: BTreeMap::new(),
            measures: Measures::default(),
            involved: BTreeSet::new(),
        }
    }

    pub(crate) fn take_in(&mut self, event: &RecordedEvent, fact: &Fact<CaseEvent>) {
        let before = self.case.handoffs.clone();
        self.case = std::mem::take(&mut self.case).evolve(fact);
        self.revision = event.revision;
        self.position = event.position;
        self.measures.take_in(fact);
        self.note_moves(&before);
        let new = self
            .case
            .organisations()
            .into_iter()
            .filter(|organisation| !self.involved.contains(*organisation));
        let new: Vec<_> = new.cloned().collect();
        self.involved.extend(new);
    }

    fn note_moves(&mut self, before: &Handoffs) {
        let changed = self.case.handoffs.all.iter().filter(|(id, now)| before.all.get(id) != Some(now));
        for (id, _) in changed {
            self.handoff_moves.entry(*id).or_insert((self.position, self.position)).1 = self.position;
        }
    }
}

/// The states of cases as they were left; cases that are not there yet are not in the answer.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    ids: impl Iterator<Item = CaseId>,
) -> Result<BTreeMap<CaseId, Folded>, ProjectionError> {
    type Row = (i64, Uuid, i64, i64, String, String, String);
    let ids: Vec<_> = ids.map(|id| hex(id.0)).collect();
    let rows: Vec<Row> = sqlx::query_as(LOAD).bind(json(&ids)).fetch_all(connection).await?;
    let folded = |(opened, id, at_revision, at, moves, measures, state): Row| {
        let id = CaseId(id);
        let folded = Folded {
            id,
            opened: position(opened),
            revision: revision(at_revision),
            position: position(at),
            case: from_json("cases", &state)?,
            handoff_moves: from_json("cases", &moves)?,
            measures: from_json("cases", &measures)?,
            involved: BTreeSet::new(),
        };
        Ok((id, folded))
    };
    rows.into_iter().map(folded).collect()
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    cases: &[Folded],
) -> Result<(), ProjectionError> {
    let row = |folded: &Folded| {
        let Folded { id, opened, revision, position, case, handoff_moves, measures, .. } = folded;
        (
            number(*opened),
            hex(id.0),
            revision.get(),
            number(*position),
            case.opening.as_ref().map(|opening| hex(opening.person.0)),
            case.journey.phase,
            case.closing.closed(),
            expiry::next_due(case).map(micros),
            json(handoff_moves),
            json(measures),
            json(case),
        )
    };
    let rows: Vec<_> = cases.iter().map(row).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    Ok(())
}
