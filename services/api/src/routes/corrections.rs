//! What was corrected in a case, and what had been decided meanwhile.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::Timestamp;
use safar_domain::{
    case::{
        Case, CaseEvent,
        impact::{Bearing, Corrected, Correction, Decided, corrections},
        reading::{Opened, Part},
    },
    decider::{Decider as _, Fact},
    ids::{OrganisationId, WorkerId},
    policy::{self, Action},
    stored::StoredError,
};
use safar_event_store::{CommandKey, RecordedEvent, Revision, StreamId};
use safar_projections::{CaseRecord, recorded};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Endpoint,
    accesses::{AccessView, readings},
    answers::Page,
    cases::{shown, shows},
    reading::{limit, listing},
};
use crate::{app::App, problem::Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::read::<Listing, Page<CorrectionView>>(
        "/v1/cases/{case}/corrections",
        (
            "cases.corrections",
            "Lists what was corrected in a case, with what was decided while the wrong value was on record and how that depends on it.",
        ),
        Action::ReadTimeline,
        || web::route().to(list),
    )]
}

listing!(Listing {});

/// An event of the case; the timeline tells what it says.
#[derive(Debug, Serialize, JsonSchema)]
struct EventView {
    /// Its place in the story.
    revision: u64,
    /// What happened.
    event: String,
    /// When it happened, as the worker said.
    #[schemars(with = "String", extend("format" = "date-time"))]
    occurred_at: Timestamp,
    /// When it was recorded.
    #[schemars(with = "String", extend("format" = "date-time"))]
    recorded_at: Timestamp,
    /// Who recorded it.
    worker: WorkerId,
    /// For whom.
    organisation: OrganisationId,
}

/// Something that was decided while the wrong value was on record.
#[derive(Debug, Serialize, JsonSchema)]
struct DecidedView {
    /// What.
    #[serde(flatten)]
    happened: EventView,
    /// `would_be_refused` where the rules would have refused it, had the value been right; `rests_on` where what they look at
    /// for it would have been otherwise; `while_current` where nothing on record ties it to the value.
    bearing: &'static str,
}

/// A correction with what it reaches.
#[derive(Debug, Serialize, JsonSchema)]
struct CorrectionView {
    /// What was wrong: `result`, `diagnosis`, `outcome`, `handoff` or `contact`.
    what: &'static str,
    /// The event with which the wrong value came on record.
    wrong: EventView,
    /// The event that put it right; of an outcome, the second person's.
    corrected: EventView,
    /// What was decided in between by later commands, oldest first, as far as it is open to the reader.
    decided: Vec<DecidedView>,
    /// To whom the case or its person was shown in between, the latest first, at most 200; for auditors alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown_to: Option<Vec<AccessView>>,
}

/// The history of a case as it is open to a reader.
struct History<'a> {
    present: (&'a CaseRecord, &'a Opened),
    events: Vec<RecordedEvent>,
    facts: Vec<Fact<CaseEvent>>,
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record, opened) = shown::<Listing>(&request, &app, Action::ReadTimeline).await?;
    let limit = limit(reader.query.limit)?;
    let after: Option<u64> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let history = History::of(&app, (&record, &opened)).await?;
    let found = corrections(&history.facts).into_iter();
    let found = found.filter(|found| after.is_none_or(|after| found.until > after));
    let mut items: Vec<CorrectionView> =
        found.filter_map(|found| history.tell(&found)).take(limit as usize).collect();
    if policy::permits(reader.caller.actor.role, Action::AuditAccesses) {
        for item in &mut items {
            let between = item.wrong.recorded_at..item.corrected.recorded_at;
            let meanwhile = |reading: &AccessView| between.contains(&reading.at);
            item.shown_to = Some(readings(&app, &record, meanwhile).await?);
        }
    }
    let shown = shows((&app, &request), &reader, (&record, &opened), Action::ReadTimeline).await?;
    reader.page((&app, &request), (shown, items), limit, |item| item.corrected.revision.to_string())
}

impl<'a> History<'a> {
    async fn of(app: &App, (record, opened): (&'a CaseRecord, &'a Opened)) -> Result<Self, Problem> {
        let events = app.history(&StreamId::new(Case::CATEGORY, record.id), Revision::ABSENT).await?;
        let facts: Result<_, _> = events.iter().map(recorded::decode).collect();
        let facts = facts.map_err(|error: StoredError| Problem::internal("folding a stream", &error))?;
        Ok(Self { present: (record, opened), events, facts })
    }

    /// A correction, where it and what it corrects are open to the reader.
    fn tell(&self, found: &Correction) -> Option<CorrectionView> {
        let wrong = self.at(found.since)?;
        // Events of one command were decided at once.
        let meanwhile = |decided: &&Decided| self.command(decided.revision) != self.command(found.since);
        let decided = found.decided.iter().filter(meanwhile).filter_map(|decided| {
            let happened = self.at(decided.revision)?;
            Some(DecidedView { happened, bearing: bearing(decided.bearing) })
        });
        Some(CorrectionView {
            what: what(found.corrected),
            wrong,
            corrected: self.at(found.until)?,
            decided: decided.collect(),
            shown_to: None,
        })
    }

    /// An event, if it is open to the reader.
    fn at(&self, revision: u64) -> Option<EventView> {
        let (record, opened) = self.present;
        let place = usize::try_from(revision).ok()?.checked_sub(1)?;
        let (event, fact) = (self.events.get(place)?, self.facts.get(place)?);
        let open = record.case.shows(opened, Part::of(&fact.event), &fact.actor.organisation);
        open.then(|| EventView {
            revision,
            event: event.event_type.clone(),
            occurred_at: fact.occurred_at.instant,
            recorded_at: fact.recorded_at,
            worker: fact.actor.worker.clone(),
            organisation: fact.actor.organisation.clone(),
        })
    }

    fn command(&self, revision: u64) -> Option<&CommandKey> {
        let place = usize::try_from(revision).ok()?.checked_sub(1)?;
        self.events.get(place).map(|event| &event.command)
    }
}

const fn what(corrected: Corrected) -> &'static str {
    match corrected {
        Corrected::Result { .. } => "result",
        Corrected::Diagnosis => "diagnosis",
        Corrected::Outcome(_) => "outcome",
        Corrected::Handoff(_) => "handoff",
        Corrected::Contact(_) => "contact",
    }
}

const fn bearing(bearing: Bearing) -> &'static str {
    match bearing {
        Bearing::WouldBeRefused => "would_be_refused",
        Bearing::RestsOn => "rests_on",
        Bearing::WhileCurrent => "while_current",
    }
}
