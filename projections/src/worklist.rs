//! What waits to be done, for whom and by when?

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use safar_domain::{
    case::{
        Case,
        handoff::Urgency,
        worklist::{ABOUT, Item, List, worklist},
    },
    ids::{CaseId, OrganisationId},
};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    cases::Folded,
    columns::{from_code, hex, json, micros, timestamp},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE worklist (
    organisation TEXT NOT NULL,
    list TEXT NOT NULL,
    about TEXT NOT NULL,
    subject BLOB NOT NULL,
    case_id BLOB NOT NULL,
    shows INTEGER NOT NULL, -- from when
    rank INTEGER NOT NULL, -- of its urgency: emergencies are 0
    due INTEGER NOT NULL,
    PRIMARY KEY (organisation, rank, due, case_id, subject, list, about)
) STRICT, WITHOUT ROWID;
CREATE INDEX worklist_by_list ON worklist (organisation, list, rank, due, case_id, subject, about, shows);
CREATE INDEX worklist_by_case ON worklist (case_id);
";

const CLEAR: &str = "DELETE FROM worklist WHERE case_id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO worklist (organisation, list, about, subject, case_id, shows, rank, due)
SELECT v->>0, v->>1, v->>2, unhex(v->>3), unhex(v->>4), v->>5, v->>6, v->>7
  FROM (SELECT value AS v FROM json_each(?1)) WHERE true ON CONFLICT DO NOTHING";

macro_rules! select_items {
    ($filter:literal) => {
        concat!(
            "SELECT list, about, subject, case_id, shows, rank, due FROM worklist WHERE organisation = ?1 AND shows <= ?2 ",
            "AND (rank, due, case_id, subject, list, about) > (?3, ?4, ?5, ?6, ?7, ?8) ",
            $filter,
            " ORDER BY rank, due, case_id, subject, list, about LIMIT ?9"
        )
    };
}
const ALL_LISTS: &str = select_items!("");
const ONE_LIST: &str = select_items!("AND list = ?10");
const COUNTS: &str = "
SELECT list, count(*) FROM worklist WHERE organisation = ?1 AND shows <= ?2 GROUP BY list ORDER BY list";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] = [CLEAR, ALL_LISTS, ONE_LIST, COUNTS];

/// Which items to list; emergencies first, then who may infect others, then first due first.
#[derive(Debug, Clone)]
pub struct WorklistQuery {
    /// For whom.
    pub organisation: OrganisationId,
    /// Only this list.
    pub list: Option<List>,
    /// Items that show by now.
    pub now: Timestamp,
    /// The last entry of the page before.
    pub after: Option<WorklistCursor>,
    /// At most this many.
    pub limit: u32,
}

/// Something that waits, and on which case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistEntry {
    /// On which case.
    pub case: CaseId,
    /// What waits.
    pub item: Item,
}

/// The text is no place in a worklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the place of an entry in a worklist")]
pub struct MalformedCursor;

/// The place of an entry in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in `WorklistEntry`")]
pub struct WorklistCursor {
    pub rank: u8,
    pub due: Timestamp,
    pub case: CaseId,
    pub subject: Uuid,
    pub list: List,
    pub about: String,
}

impl WorklistEntry {
    /// Where the next page goes on after this entry.
    pub fn cursor(&self) -> WorklistCursor {
        let Item { list, about, subject, due, urgency, .. } = &self.item;
        WorklistCursor {
            rank: urgency.rank(),
            due: *due,
            case: self.case,
            subject: *subject,
            list: *list,
            about: (*about).to_owned(),
        }
    }
}

/// Short enough for a sealed token: moment, case and subject, and the places of list and topic in their tables.
impl fmt::Display for WorklistCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = List::ALL.iter().position(|list| *list == self.list).unwrap_or_default();
        let about = ABOUT.iter().position(|about| *about == self.about).unwrap_or_default();
        let (case, subject) = (self.case.0.simple(), self.subject.simple());
        write!(f, "{}:{}:{case}:{subject}:{list}:{about}", self.rank, micros(self.due))
    }
}

impl FromStr for WorklistCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, MalformedCursor> {
        let parse = || {
            let mut parts = text.split(':');
            let cursor = Self {
                rank: parts.next()?.parse().ok()?,
                due: Timestamp::from_microsecond(parts.next()?.parse().ok()?).ok()?,
                case: CaseId(parts.next()?.parse().ok()?),
                subject: parts.next()?.parse().ok()?,
                list: *List::ALL.get(parts.next()?.parse::<usize>().ok()?)?,
                about: (*ABOUT.get(parts.next()?.parse::<usize>().ok()?)?).to_owned(),
            };
            parts.next().is_none().then_some(cursor)
        };
        parse().ok_or(MalformedCursor)
    }
}

impl ReadModels {
    /// What waits for an organisation, first due first.
    pub async fn worklist(&self, query: WorklistQuery) -> Result<Vec<WorklistEntry>, ProjectionError> {
        let statement = if query.list.is_some() { ONE_LIST } else { ALL_LISTS };
        let after = query.after;
        let mut rows = sqlx::query_as(statement)
            .bind(query.organisation.as_str())
            .bind(micros(query.now))
            .bind(after.as_ref().map_or(-1, |after| i64::from(after.rank)))
            .bind(after.as_ref().map_or(i64::MIN, |after| micros(after.due)))
            .bind(after.as_ref().map_or(Uuid::nil(), |after| after.case.0))
            .bind(after.as_ref().map_or(Uuid::nil(), |after| after.subject))
            .bind(after.as_ref().map_or("", |after| after.list.code()))
            .bind(after.as_ref().map_or("", |after| after.about.as_str()))
            .bind(query.limit);
        if let Some(list) = query.list {
            rows = rows.bind(list.code());
        }
        let rows: Vec<Row> = rows.fetch_all(self.reader()).await?;
        rows.into_iter().map(|row| entry(row, &query.organisation)).collect()
    }

    /// How much waits for an organisation on each list; lists with nothing are there with 0.
    pub async fn worklist_counts(
        &self,
        organisation: &OrganisationId,
        now: Timestamp,
    ) -> Result<BTreeMap<List, u64>, ProjectionError> {
        let query = sqlx::query_as(COUNTS).bind(organisation.as_str()).bind(micros(now));
        let rows: Vec<(String, i64)> = query.fetch_all(self.reader()).await?;
        let mut counts: BTreeMap<_, _> = List::ALL.into_iter().map(|list| (list, 0)).collect();
        for (list, count) in rows {
            counts.insert(from_code("worklist", list)?, u64::try_from(count).unwrap_or_default());
        }
        Ok(counts)
    }
}

impl WorklistQuery {
    /// What of a case is among the things that are asked for, whatever the page; for cases as they were.
    pub fn of_case(&self, id: CaseId, case: &Case) -> Vec<WorklistEntry> {
        let asked = |item: &Item| {
            item.organisation == self.organisation
                && item.from <= self.now
                && self.list.is_none_or(|list| list == item.list)
        };
        let entry = |item| WorklistEntry { case: id, item };
        worklist(case).into_iter().filter(asked).map(entry).collect()
    }

    /// The page of these things, in the order of the list.
    pub fn page(&self, entries: Vec<WorklistEntry>) -> Vec<WorklistEntry> {
        let mut ordered: BTreeMap<_, _> =
            entries.into_iter().map(|entry| (entry.cursor().order(), entry)).collect();
        if let Some(after) = &self.after {
            let after = after.order();
            ordered.retain(|order, _| *order > after);
        }
        ordered.into_values().take(self.limit as usize).collect()
    }
}

impl WorklistCursor {
    /// By what the table sorts.
    fn order(&self) -> (u8, i64, Uuid, Uuid, &'static str, String) {
        (self.rank, micros(self.due), self.case.0, self.subject, self.list.code(), self.about.clone())
    }
}

type Row = (String, String, Uuid, Uuid, i64, i64, i64);

fn entry(
    (list, about, subject, case, shows, rank, due): Row,
    organisation: &OrganisationId,
) -> Result<WorklistEntry, ProjectionError> {
    const TABLE: &str = "worklist";
    let urgency = Urgency::ALL.into_iter().find(|urgency| i64::from(urgency.rank()) == rank);
    let known = ABOUT.into_iter().find(|known| *known == about);
    let item = Item {
        list: from_code(TABLE, list)?,
        organisation: organisation.clone(),
        about: known.ok_or(ProjectionError::Damaged(TABLE))?,
        urgency: urgency.ok_or(ProjectionError::Damaged(TABLE))?,
        subject,
        from: timestamp(TABLE, shows)?,
        due: timestamp(TABLE, due)?,
    };
    Ok(WorklistEntry { case: CaseId(case), item })
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    cases: &[Folded],
) -> Result<(), ProjectionError> {
    let ids: Vec<_> = cases.iter().map(|folded| hex(folded.id.0)).collect();
    sqlx::query(CLEAR).bind(json(&ids)).execute(&mut *connection).await?;
    let mut rows = Vec::new();
    for folded in cases {
        for Item { list, organisation, about, urgency, subject, from, due } in worklist(&folded.case) {
            let (subject, case) = (hex(subject), hex(folded.id.0));
            rows.push((
                organisation,
                list.code(),
                about,
                subject,
                case,
                micros(from),
                urgency.rank(),
                micros(due),
            ));
        }
    }
    sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ABOUT, CaseId, List, MalformedCursor, Timestamp, Uuid, WorklistCursor};

    #[test]
    fn a_cursor_is_read_back_from_its_text() {
        let (due, case, subject) = (Timestamp::MIN, CaseId(Uuid::from_u128(1)), Uuid::from_u128(2));
        let lists = List::ALL.into_iter().chain(List::ALL);
        let topics = lists.zip(ABOUT);
        for (list, about) in topics.map(|(list, about)| (list, about.to_owned())) {
            let cursor = WorklistCursor { rank: 1, due, case, subject, list, about };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for wrong in ["", "1:2", "1:1:x:00000000000000000000000000000002:1:1"] {
            assert_eq!(wrong.parse::<WorklistCursor>(), Err(MalformedCursor), "{wrong}");
        }
    }
}
