//! Which contact notices has an organisation sent or received?

use std::collections::BTreeMap;

use safar_domain::{
    contact_notice::{ContactNotice, ContactNoticeEvent, ContactNoticeState, Told},
    decider::{Decider as _, Fact},
    ids::{CaseId, ContactId, ContactNoticeId, OrganisationId, PersonId},
};
use safar_event_store::{Position, RecordedEvent, Revision};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    columns::{code, from_json, hex, json, number, position, revision},
    error::ProjectionError,
    handoffs::Direction,
    models::ReadModels,
    notices::Notices,
};

pub(crate) const TABLES: &str = "
CREATE TABLE contact_notices (
    sent INTEGER PRIMARY KEY, -- position of the first event: the order of every list
    id BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    case_id BLOB NOT NULL,
    contact BLOB NOT NULL,
    person BLOB NOT NULL,
    told TEXT NOT NULL,
    state TEXT NOT NULL,
    notice TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX contact_notices_by_contact ON contact_notices (case_id, contact) WHERE state IN ('sent', 'accepted');
CREATE INDEX contact_notices_by_person ON contact_notices (person, told);
CREATE TABLE contact_notice_sides (
    organisation TEXT NOT NULL,
    sent INTEGER NOT NULL,
    incoming INTEGER NOT NULL,
    PRIMARY KEY (organisation, sent)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_notice_sides_by_notice ON contact_notice_sides (sent);
";

const LOAD: &str = "
SELECT id, sent, revision, notice FROM contact_notices WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO contact_notices (sent, id, revision, case_id, contact, person, told, state, notice)
SELECT v->>0, unhex(v->>1), v->>2, unhex(v->>3), unhex(v->>4), unhex(v->>5), v->>6, v->>7, v->>8
  FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (sent) DO UPDATE SET
       revision = excluded.revision, case_id = excluded.case_id, contact = excluded.contact,
       person = excluded.person, told = excluded.told, state = excluded.state, notice = excluded.notice";
const CLEAR_SIDES: &str =
    "DELETE FROM contact_notice_sides WHERE sent IN (SELECT value->>1 FROM json_each(?1))";
const WRITE_SIDES: &str = "
INSERT INTO contact_notice_sides (organisation, sent, incoming)
SELECT v->>0, v->>1, v->>2 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (organisation, sent) DO UPDATE SET incoming = excluded.incoming";

const ONE: &str = "SELECT id, sent, revision, notice FROM contact_notices WHERE id = ?1";
const OF_ORGANISATION: &str = "
SELECT n.id, n.sent, n.revision, n.notice
  FROM contact_notice_sides AS s CROSS JOIN contact_notices AS n ON n.sent = s.sent
 WHERE s.organisation = ?1
   AND s.sent < coalesce((SELECT sent FROM contact_notices WHERE id = ?2), iif(?2 IS NULL, 9223372036854775807, 0))
   AND (?3 IS NULL OR s.incoming = ?3)
   AND (?4 IS NULL OR n.state = ?4)
 ORDER BY s.sent DESC LIMIT ?5";
const OPEN: &str = "
SELECT id FROM contact_notices WHERE case_id = ?1 AND contact = ?2 AND state IN ('sent', 'accepted') LIMIT 1";
const TOLD_OF: &str = "
SELECT 1 FROM contact_notices WHERE person = ?1 AND told = ?2 AND state IN ('sent', 'accepted') LIMIT 1";
const ABOUT: &str = "
SELECT id, sent, revision, notice FROM contact_notices
 WHERE person = ?1 AND told = ?2 AND state IN ('sent', 'accepted', 'answered')";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 7] = [LOAD, CLEAR_SIDES, ONE, OF_ORGANISATION, OPEN, TOLD_OF, ABOUT];

/// A contact notice as it stands, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactNoticeRecord {
    /// Of its stream.
    pub revision: Revision,
    /// As it stands.
    pub told: Told,
}

/// Which contact notices to list; newest first.
#[derive(Debug, Clone)]
pub struct ContactNoticesQuery {
    /// From or to this organisation.
    pub organisation: OrganisationId,
    /// Only those it was sent, or only those it has sent.
    pub direction: Direction,
    /// Only in this state.
    pub state: Option<ContactNoticeState>,
    /// The last one of the page before; an unknown one ends the list.
    pub after: Option<ContactNoticeId>,
    /// At most this many.
    pub limit: u32,
}

impl ReadModels {
    /// A contact notice, if it is known by now.
    pub async fn contact_notice(
        &self,
        id: ContactNoticeId,
    ) -> Result<Option<ContactNoticeRecord>, ProjectionError> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(self.reader()).await?;
        row.map(record).transpose()
    }

    /// The contact notices that an organisation has sent or received, newest first.
    pub async fn contact_notices(
        &self,
        query: ContactNoticesQuery,
    ) -> Result<Vec<ContactNoticeRecord>, ProjectionError> {
        let incoming = match query.direction {
            Direction::Incoming => Some(true),
            Direction::Outgoing => Some(false),
            Direction::Both => None,
        };
        let rows: Vec<Row> = sqlx::query_as(OF_ORGANISATION)
            .bind(query.organisation.as_str())
            .bind(query.after.map(|id| id.0))
            .bind(incoming)
            .bind(query.state.map(ContactNoticeState::code))
            .bind(query.limit)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(record).collect()
    }

    /// The notice about a contact on which a step is still awaited.
    pub async fn open_contact_notice(
        &self,
        case: CaseId,
        contact: ContactId,
    ) -> Result<Option<ContactNoticeId>, ProjectionError> {
        let query = sqlx::query_scalar(OPEN).bind(case.0).bind(contact.0);
        let id: Option<Uuid> = query.fetch_optional(self.reader()).await?;
        Ok(id.map(ContactNoticeId))
    }

    /// Whether an organisation is asked to look for this person as a contact now.
    pub async fn told_of_contact(
        &self,
        person: PersonId,
        organisation: &OrganisationId,
    ) -> Result<bool, ProjectionError> {
        let query = sqlx::query_scalar(TOLD_OF).bind(person.0).bind(organisation.as_str());
        let found: Option<i64> = query.fetch_optional(self.reader()).await?;
        Ok(found.is_some())
    }

    /// What an organisation was told of a person as a contact, and has neither declined nor lost by withdrawal.
    pub async fn contact_notices_about(
        &self,
        person: PersonId,
        organisation: &OrganisationId,
    ) -> Result<Vec<ContactNoticeRecord>, ProjectionError> {
        let query = sqlx::query_as(ABOUT).bind(person.0).bind(organisation.as_str());
        let rows: Vec<Row> = query.fetch_all(self.reader()).await?;
        rows.into_iter().map(record).collect()
    }
}

type Row = (Uuid, i64, i64, String);

fn record((_, _, at_revision, notice): Row) -> Result<ContactNoticeRecord, ProjectionError> {
    let told = from_json("contact_notices", &notice)?;
    Ok(ContactNoticeRecord { revision: revision(at_revision), told })
}

/// A fact of a contact notice, with the event it came in.
pub(crate) type Happened<'a> = (ContactNoticeId, &'a RecordedEvent, Box<Fact<ContactNoticeEvent>>);

/// A notice while events are folded into it.
struct Folded {
    sent: Position,
    revision: Revision,
    notice: ContactNotice,
}

/// Folds the facts of a batch, notes what they tell, and writes the notices they touch.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
    notices: &mut Notices,
) -> Result<(), ProjectionError> {
    if happened.is_empty() {
        return Ok(());
    }
    let mut folded = load(connection, happened).await?;
    for (id, event, fact) in happened {
        let (sent, revision) = (event.position, event.revision);
        let known =
            folded.entry(*id).or_insert_with(|| Folded { sent, revision, notice: ContactNotice::default() });
        known.notice = std::mem::take(&mut known.notice).evolve(fact);
        known.revision = revision;
        notices.of_contact(event, fact, &known.notice);
    }
    let told = |known: &Folded| known.notice.0.clone().map(|told| (number(known.sent), known.revision, told));
    let told: Vec<_> = folded.values().filter_map(told).collect();
    let rows: Vec<_> = told.iter().map(row).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(&mut *connection).await?;
    let sides = told.iter().flat_map(|(sent, _, told)| [(&told.from, sent, false), (&told.to, sent, true)]);
    let sides = json(&sides.collect::<Vec<_>>());
    sqlx::query(CLEAR_SIDES).bind(&sides).execute(&mut *connection).await?;
    sqlx::query(WRITE_SIDES).bind(&sides).execute(connection).await?;
    Ok(())
}

/// As in the statement: place in the list, id, revision, case, contact, person, who was told, state, JSON.
type Written<'a> = (i64, String, u64, String, String, String, &'a OrganisationId, String, String);

fn row((sent, at_revision, told): &(i64, Revision, Told)) -> Written<'_> {
    let (id, case, contact, person) =
        (hex(told.notice.0), hex(told.case.0), hex(told.contact.0), hex(told.person.0));
    (*sent, id, at_revision.get(), case, contact, person, &told.to, code(&told.state), json(told))
}

async fn load(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
) -> Result<BTreeMap<ContactNoticeId, Folded>, ProjectionError> {
    let ids: Vec<_> = happened.iter().map(|(id, ..)| hex(id.0)).collect();
    let rows: Vec<Row> = sqlx::query_as(LOAD).bind(json(&ids)).fetch_all(connection).await?;
    let folded = |(id, sent, at_revision, notice): Row| {
        let notice = ContactNotice(Some(from_json("contact_notices", &notice)?));
        let folded = Folded { sent: position(sent), revision: revision(at_revision), notice };
        Ok((ContactNoticeId(id), folded))
    };
    rows.into_iter().map(folded).collect()
}
