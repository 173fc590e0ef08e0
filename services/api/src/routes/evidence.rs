//! Evidence packs, for auditors: what was recorded of a case as a file that proves itself.

use std::{collections::BTreeMap, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use safar_domain::{ids::OrganisationId, policy::Action};
use safar_event_store::{Position, RecordedEvent, Revision, StreamId, ledger::merkle::Hash};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::{
    Endpoint, cases, ledger,
    reading::{Query, Reader},
};
use crate::{
    app::{App, alarm},
    evidence::{Asked, MEDIA, Pack, note_over},
    problem::{Problem, catalogue},
};

/// The newest checkpoint is at most about this far behind.
const PATIENCE: Duration = Duration::from_secs(5);
/// A name that tells nothing, for it stays in the list of downloads of a shared computer.
const NAME: &str = "attachment; filename=\"safar-evidence.zip\"";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let row = Endpoint::read::<Wanted, File>(
        "/v1/cases/{case}/evidence.zip",
        (
            "cases.evidence",
            "Gives an auditor everything recorded of a case as one file, with proofs that are checked offline.",
        ),
        Action::TakeEvidence,
        || web::route().to(take),
    );
    vec![Endpoint { media: MEDIA, ..row }]
}

/// The bytes of a pack.
struct File;

impl JsonSchema for File {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EvidencePack".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "contentMediaType": MEDIA })
    }
}

/// The query of a pack.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Take only events up to this position of the log; all of them by default.
    #[schemars(range(min = 1))]
    up_to: Option<u64>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}

impl Query for Wanted {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

async fn take(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record) = cases::reached::<Wanted>(&request, &app, Action::TakeEvidence).await?;
    let up_to = reader.query.up_to;
    if up_to.is_some_and(|up_to| up_to == 0 || up_to > app.ledgers.log.published().checkpoint.size) {
        return Err(ledger::wrong("up_to", "Positions begin with 1 and end with the newest checkpoint."));
    }
    let mut events = app.history(&StreamId::new("case", record.id), Revision::ABSENT).await?;
    events.retain(|event| up_to.is_none_or(|up_to| event.position.get() <= up_to));
    let last = events.last().ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?.position;
    let (note, size) = signed(&app, last).await?;
    let organisations = organisations(&reader, &events);
    let events = proven(&app, (events, size)).await?;
    let asked = Asked { by: reader.caller.actor.worker.to_string(), at: app.clock.now(), up_to };
    let keys = [app.ledgers.log.verifier().cloned(), app.ledgers.witness.clone()];
    let keys = keys.into_iter().flatten().collect();
    let pack = Pack { case: record.id, asked, events, note, keys, organisations };
    let bytes = made(pack).await?;
    let shown = cases::disclosed((&app, &request), &reader, &record, Action::TakeEvidence).await?;
    Ok(reader.attachment(&app, shown, (MEDIA, NAME), bytes))
}

/// The checkpoint that a witness has cosigned, or else the newest one, once it reaches this event; with its size.
async fn signed(app: &App, last: Position) -> Result<(String, u64), Problem> {
    let log = &app.ledgers.log;
    let key = log.verifier().ok_or_else(|| Problem::of(catalogue::LEDGER_UNSIGNED))?;
    let mut published = log.watch();
    let reaches = published.wait_for(|published| published.checkpoint.size >= last.get());
    // Whether it came in time or not, what is there now is looked at.
    let _ = tokio::time::timeout(PATIENCE, reaches).await;
    let notes = log.cosigned().into_iter().chain(log.published().note.clone());
    note_over(notes, key, last.get())
        .ok_or_else(|| Problem::of(catalogue::POSITION_NOT_REACHED).retry_after(1))
}

/// Each event with what leads from its leaf to the root over so many.
async fn proven(
    app: &App,
    (events, size): (Vec<RecordedEvent>, u64),
) -> Result<Vec<(RecordedEvent, Vec<Hash>)>, Problem> {
    ledger::looked_up(&app.ledgers.log, move |ledger| {
        let mut proven = Vec::with_capacity(events.len());
        for event in events {
            let Some(hashes) = ledger.inclusion(event.position, size)? else { return Ok(None) };
            proven.push((event, hashes));
        }
        Ok(Some(proven))
    })
    .await
}

fn organisations(reader: &Reader<Wanted>, events: &[RecordedEvent]) -> BTreeMap<String, String> {
    let known = &reader.caller.directory.organisations;
    let name = |id: String| {
        let name = known.get(&OrganisationId::parse(&id).ok()?)?.name.clone();
        Some((id, name))
    };
    Pack::named(events).into_iter().filter_map(name).collect()
}

/// Makes the pack away from the threads that answer. One that does not hold never leaves.
async fn made(pack: Pack) -> Result<Vec<u8>, Problem> {
    let made = web::block(move || pack.write().map(|bytes| (pack.doubts(&bytes), bytes))).await;
    let made = made.map_err(|error| Problem::internal("making a pack", &error))?;
    match made.map_err(|error| Problem::internal("making a pack", &error))? {
        (None, bytes) => Ok(bytes),
        (Some(doubt), _) => {
            alarm();
            tracing::error!(
                doubt = doubt.code,
                "an evidence pack does not hold: the log and its ledger disagree"
            );
            Err(Problem::of(catalogue::INTEGRITY_ERROR))
        }
    }
}
