//! What has an organisation been told, and has anything come since it looked?
//!
//! Nothing says which notices were seen: a reader keeps the position up to which it has read.

use jiff::Timestamp;
use safar_domain::{
    case::Case,
    contact_notice::{ContactNotice, ContactNoticeEvent},
    decider::Fact,
    emergency::{Emergency, EmergencyEvent},
    export::{Export, ExportEvent},
    ids::{CaseId, OrganisationId},
    notice::{About, Notice, told, told_of_contact, told_of_emergency, told_of_export, told_of_request},
    pull_request::{PullRequest, PullRequestEvent},
};
use safar_event_store::{Position, RecordedEvent};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    columns::{code, from_code, hex, json, micros, number, position, timestamp},
    error::ProjectionError,
    models::ReadModels,
    timeline::Happened,
};

pub(crate) const TABLES: &str = "
CREATE TABLE notices (
    organisation TEXT NOT NULL,
    position INTEGER NOT NULL, -- of the event; an organisation is told once of it
    about TEXT NOT NULL,
    case_id BLOB, -- absent where it is about a pull request, a contact or an export
    subject BLOB,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (organisation, position)
) STRICT, WITHOUT ROWID;
";

const WRITE: &str = "
INSERT INTO notices (organisation, position, about, case_id, subject, recorded_at)
SELECT v->>0, v->>1, v->>2, unhex(v->>3), unhex(v->>4), v->>5 FROM (SELECT value AS v FROM json_each(?1))";

macro_rules! select_notices {
    ($order:literal) => {
        concat!(
            "SELECT position, about, case_id, subject, recorded_at FROM notices ",
            "WHERE organisation = ?1 AND position > ?2 AND position < ?3 AND (?4 IS NULL OR about = ?4) ",
            "ORDER BY position ",
            $order,
            " LIMIT ?5"
        )
    };
}
const OLDEST_FIRST: &str = select_notices!("ASC");
const NEWEST_FIRST: &str = select_notices!("DESC");
const ANY: &str =
    "SELECT 1 FROM notices WHERE organisation = ?1 AND position > ?2 AND position <= ?3 LIMIT 1";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 3] = [OLDEST_FIRST, NEWEST_FIRST, ANY];

/// Which notices to list.
#[derive(Debug, Clone)]
pub struct NoticesQuery {
    /// Told to this organisation.
    pub organisation: OrganisationId,
    /// Only of these facts.
    pub about: Option<About>,
    /// Recorded behind this position.
    pub after: Position,
    /// And before this one.
    pub before: Position,
    /// Newest first, or oldest first.
    pub newest_first: bool,
    /// At most this many.
    pub limit: u32,
}

/// What an organisation was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// Where in the log the fact is.
    pub position: Position,
    /// What it is about.
    pub about: About,
    /// Of which case; absent for a pull request, a contact notice and an export.
    pub case: Option<CaseId>,
    /// The handoff, referral, specimen, episode, pull request, contact notice or export.
    pub subject: Option<Uuid>,
    /// When the log took it in.
    pub recorded_at: Timestamp,
}

impl ReadModels {
    /// The notices of an organisation in the order of the log, or against it.
    pub async fn notices(&self, query: NoticesQuery) -> Result<Vec<NoticeRecord>, ProjectionError> {
        let rows: Vec<Found> = sqlx::query_as(if query.newest_first { NEWEST_FIRST } else { OLDEST_FIRST })
            .bind(query.organisation.as_str())
            .bind(number(query.after))
            .bind(number(query.before))
            .bind(query.about.as_ref().map(code))
            .bind(query.limit)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(record).collect()
    }

    /// Whether an organisation was told anything behind one position and up to another.
    pub async fn any_notice(
        &self,
        organisation: &OrganisationId,
        (after, until): (Position, Position),
    ) -> Result<bool, ProjectionError> {
        let query =
            sqlx::query_scalar(ANY).bind(organisation.as_str()).bind(number(after)).bind(number(until));
        let found: Option<i64> = query.fetch_optional(self.reader()).await?;
        Ok(found.is_some())
    }
}

type Found = (i64, String, Option<Uuid>, Option<Uuid>, i64);

fn record((at, about, case, subject, recorded_at): Found) -> Result<NoticeRecord, ProjectionError> {
    Ok(NoticeRecord {
        position: position(at),
        about: from_code("notices", about)?,
        case: case.map(CaseId),
        subject,
        recorded_at: timestamp("notices", recorded_at)?,
    })
}

/// What a batch tells.
#[derive(Debug, Default)]
pub(crate) struct Notices(Vec<Row>);

/// As in the statement: for whom, where, of what, on which case, on which thing, when.
type Row = (OrganisationId, i64, About, Option<String>, Option<String>, i64);

impl Notices {
    /// A fact of a case, and the case behind it.
    pub(crate) fn of_case(&mut self, (id, event, fact): &Happened<'_>, after: &Case) {
        self.add((event, fact.recorded_at), Some(*id), told(fact, after));
    }

    /// A fact of a pull request, and the request behind it.
    pub(crate) fn of_request(
        &mut self,
        event: &RecordedEvent,
        fact: &Fact<PullRequestEvent>,
        after: &PullRequest,
    ) {
        self.add((event, fact.recorded_at), None, told_of_request(fact, after));
    }

    /// A fact of a contact notice, and the notice behind it.
    pub(crate) fn of_contact(
        &mut self,
        event: &RecordedEvent,
        fact: &Fact<ContactNoticeEvent>,
        after: &ContactNotice,
    ) {
        self.add((event, fact.recorded_at), None, told_of_contact(fact, after));
    }

    /// A fact of an emergency access, and the access behind it.
    pub(crate) fn of_emergency(
        &mut self,
        event: &RecordedEvent,
        fact: &Fact<EmergencyEvent>,
        after: &Emergency,
    ) {
        let told = told_of_emergency(fact, after);
        self.add((event, fact.recorded_at), Some(after.opened.case), told);
    }

    /// A fact of an export, and the export behind it.
    pub(crate) fn of_export(&mut self, event: &RecordedEvent, fact: &Fact<ExportEvent>, after: &Export) {
        self.add((event, fact.recorded_at), None, told_of_export(&fact.event, after));
    }

    fn add(&mut self, (event, at): (&RecordedEvent, Timestamp), case: Option<CaseId>, told: Vec<Notice>) {
        let row = |Notice { organisation, about, subject }| {
            let (case, subject) = (case.map(|case| hex(case.0)), subject.map(hex));
            (organisation, number(event.position), about, case, subject, micros(at))
        };
        self.0.extend(told.into_iter().map(row));
    }

    pub(crate) async fn write(&self, connection: &mut SqliteConnection) -> Result<(), ProjectionError> {
        if !self.0.is_empty() {
            sqlx::query(WRITE).bind(json(&self.0)).execute(connection).await?;
        }
        Ok(())
    }
}
