//! The HIV record of a case. For everybody but the HIV clinicians with a tie to it these addresses are empty.
//!
//! Each reading is a fact of the record before the body leaves.

mod commands;
mod views;

use std::time::Duration;

use actix_web::{
    FromRequest as _, HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::{Timestamp, civil::Date};
use safar_domain::{
    actor::Actor,
    case::{Case, consent::DataClass},
    hiv::{
        HivCommand, HivRecord,
        opening::CaseTie,
        reading::{ReadRecord, Shown},
        tasks::TbFacts,
    },
    ids::CaseId,
    organisation::OrganisationKind,
    policy::{Action, Tie},
};
use safar_event_store::Revision;
use tokio::time::Instant;

use super::{
    Endpoint,
    answers::Page,
    reading::{Disclosed, One, Query, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, Request, model_problem},
    http::{RequestId, language, speak},
    problem::{Problem, catalogue},
};
use views::{HivEventView, HivRecordView, HivWorkView};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut rows = vec![
        Endpoint::read::<One, HivRecordView>(
            "/v1/cases/{case}/hiv",
            (
                "hiv.read",
                "Reads the HIV record of a case, with what is due and the commands that are allowed now; each reading is \
                 recorded in it.",
            ),
            Action::ReadHiv,
            || web::route().to(read),
        ),
        Endpoint::read::<Listing, Page<HivEventView>>(
            "/v1/cases/{case}/hiv/timeline",
            ("hiv.timeline", "Lists what happened in the HIV record, every reading too."),
            Action::ReadHiv,
            || web::route().to(timeline),
        ),
    ];
    rows.push(Endpoint::read::<Listing, Page<HivWorkView>>(
        "/v1/hiv/worklist",
        ("hiv.worklist", "Lists the HIV records in which something waits for the reader's organisation, in no telling order."),
        Action::ListHiv,
        || web::route().to(worklist),
    ));
    rows.extend(commands::endpoints());
    rows
}

listing!(Listing {});

/// Writes the reading down, if a day's work needs it; only then may the body leave. Who has no ground to read finds nothing.
async fn disclose<Q: Query>(
    (app, reader, request): (&App, &Reader<Q>, &HttpRequest),
    case: CaseId,
    shown: Shown,
) -> Result<(), Problem> {
    let correlation_id = RequestId::extract(request).await?.0;
    app.disclose_elsewhere(&reader.caller, correlation_id, case).await?;
    let circumstances = Request {
        key: app.ids.mint(),
        fingerprint: [0; 32],
        correlation_id,
        occurred_at: safar_domain::time::OccurredAt::at(app.clock.now(), &jiff::tz::TimeZone::UTC),
        expected: None,
        birth: None,
        person_revision: None,
    };
    let caller = &reader.caller;
    let now = app.clock.now();
    let reached = |record: &HivRecord| caller.reaches(Action::ReadHiv, tie(record, caller, now));
    let command = HivCommand::Read(ReadRecord { shown });
    evenly(app.execute::<HivRecord>(&case, &command, (caller, &circumstances), reached)).await.map(|_| ())
}

/// Of a record that was erased nobody's tie is known any more: there is nothing at its address, for whoever asks.
fn unless_known(problem: Problem) -> Problem {
    if problem.code() == catalogue::ERASED.code { Problem::of(catalogue::NOT_FOUND) } else { problem }
}

/// Who finds nothing is told so at the next of these steps.
const STEP: Duration = Duration::from_millis(30);

/// To see that a clinician has no tie to a record it has to be opened, and that takes time: who finds nothing waits as long
/// where there is nothing.
async fn evenly<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let began = Instant::now();
    let done = work.await.map_err(unless_known);
    if done.as_ref().is_err_and(|problem| problem.code() == catalogue::NOT_FOUND.code) {
        let mut until = began + STEP;
        while until < Instant::now() {
            until += STEP;
        }
        tokio::time::sleep_until(until).await;
    }
    done
}

/// What a clinician is to a record: by the tie of the centre, and by name.
fn tie(record: &HivRecord, caller: &Caller, now: Timestamp) -> Tie {
    let standing = record.standing(&caller.actor.organisation);
    Tie { standing, let_in: record.lets_in(&caller.actor, now), ..Tie::default() }
}

/// What kind of organisation the caller works for; one that the directory does not know is trusted with nothing.
fn kind(caller: &Caller) -> OrganisationKind {
    let own = caller.directory.active(&caller.actor.organisation);
    own.map_or(OrganisationKind::Government, |own| own.kind)
}

/// What the case says of tuberculosis to this organisation: nothing unless it took a referral of the case, or the person
/// agreed that it learns of it.
fn tuberculosis(id: CaseId, case: &Case, actor: &Actor, today: Date) -> Option<TbFacts> {
    let referred = CaseTie::of(id, case, &actor.organisation).referral.is_some_and(|(_, taken)| taken);
    let recipient = (Some(&actor.organisation), actor.country);
    let agreed = case.consents.shared(&[DataClass::Tb].into(), recipient, today).is_ok();
    (referred || agreed).then(|| TbFacts::of(case))
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadHiv).await?;
    let id: CaseId = part(&request, "case")?;
    disclose((&app, &reader, &request), id, Shown::Record).await?;
    let (record, revision) = app.record_and_revision::<HivRecord>(id).await?;
    let actor = &reader.caller.actor;
    let today = reader.caller.date_of(app.clock.now());
    let ground = record.ground(actor, kind(&reader.caller), today);
    let ground = ground.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    let case = app.case(id).await?;
    let seen = tuberculosis(id, &case, actor, today);
    let age = age(&app, &case, today).await?;
    let language = language(request.headers());
    let view = HivRecordView::of((id, revision), record, (ground, seen), (actor, age), (today, language));
    let mut response = reader.one(&app, Disclosed::in_hiv_records(), Some(revision.get()), &view);
    speak(&mut response, language);
    Ok(response)
}

/// The patient's age, where the person's record gives one.
async fn age(app: &App, case: &Case, today: Date) -> Result<Option<u8>, Problem> {
    let Some(person) = case.opening.as_ref().map(|opening| opening.person) else { return Ok(None) };
    let (_, state) = super::persons::fold(app, person).await?;
    Ok(state.description.and_then(|description| description.birth.age_on(today)))
}

/// Where a page of the timeline begins, and where the last one ends.
#[derive(Clone, Copy)]
struct Leaf {
    after: u64,
    until: u64,
}

impl std::fmt::Display for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.after, self.until)
    }
}

impl std::str::FromStr for Leaf {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let number = |part: &str| part.parse().map_err(|_| Problem::of(catalogue::CURSOR_INVALID));
        let (after, until) = text.split_once('-').ok_or_else(|| Problem::of(catalogue::CURSOR_INVALID))?;
        Ok(Self { after: number(after)?, until: number(until)? })
    }
}

async fn timeline(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadHiv).await?;
    let limit = limit(reader.query.limit)?;
    let from: Option<Leaf> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let id: CaseId = part(&request, "case")?;
    disclose((&app, &reader, &request), id, Shown::Timeline).await?;
    let after = from.map_or(Revision::ABSENT, |leaf| Revision::from(leaf.after));
    let history = app.record_history::<HivRecord>(id, after).await?;
    // Each page is a reading and makes the list longer: all pages end where the first one found the end.
    let newest = history.last().map_or(after.get(), |event| event.revision.get());
    let until = from.map_or(newest, |leaf| leaf.until);
    let language = language(request.headers());
    let mut items = Vec::new();
    let shown = history.iter().take_while(|event| event.revision.get() <= until);
    for event in shown.take(limit as usize) {
        items.push(HivEventView::of(event, language, &reader.caller.directory)?);
    }
    let key = |event: &HivEventView| Leaf { after: event.revision, until }.to_string();
    let shown = (Disclosed::in_hiv_records(), items);
    let mut response = reader.page((&app, &request), shown, limit, key)?;
    speak(&mut response, language);
    Ok(response)
}

/// The records with a task for the reader's organisation that the reader is let into, each written down as read; and those
/// that nobody of it is let into, of which nothing is said but that. Each row needs one case, so that pages are short.
async fn worklist(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ListHiv).await?;
    let limit = limit(reader.query.limit)?;
    let mut after: Option<String> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let actor = &reader.caller.actor;
    reader.caller.reaches(Action::ListHiv, Tie::default())?;
    let now = app.clock.now();
    let today = reader.caller.date_of(now);
    let language = language(request.headers());
    let mut items = Vec::new();
    'page: loop {
        let rows = app.models.hiv_records(&actor.organisation, after.as_deref(), limit).await;
        let rows = rows.map_err(|error| model_problem(&error))?;
        let last = rows.len() < limit as usize;
        for row in rows {
            after = Some(row.stream.as_str().to_owned());
            let Some(id) = row.record.opening.as_ref().map(|opening| opening.case) else { continue };
            let open = row.record.may_let_in(actor, (&reader.caller.directory, now));
            if !open || row.record.ground(actor, kind(&reader.caller), today).is_none() {
                continue;
            }
            let name = (id, row.stream.as_str());
            if row.record.lets_in(actor, now) {
                let seen = tuberculosis(id, &app.case(id).await?, actor, today).unwrap_or_default();
                let line = HivWorkView::of(name, (&row.record, &seen), actor, (today, language));
                let Some(line) = line else { continue };
                // The log is asked, and the read model may be behind it: what was withdrawn since leaves out its line alone.
                match disclose((&app, &reader, &request), id, Shown::Worklist).await {
                    Ok(()) => items.push(line),
                    Err(problem) if problem.code() == catalogue::NOT_FOUND.code => continue,
                    Err(problem) => return Err(problem),
                }
            } else {
                items.push(HivWorkView::to_take_up(name, actor, (today, language)));
            }
            if items.len() == limit as usize {
                break 'page;
            }
        }
        if last {
            break;
        }
    }
    let shown = (Disclosed::in_hiv_records(), items);
    let mut response = reader.page((&app, &request), shown, limit, |item| item.key.clone())?;
    speak(&mut response, language);
    Ok(response)
}
