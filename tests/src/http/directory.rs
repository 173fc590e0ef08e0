//! The reference directory, in one append: a test should not wait for a hundred commands.

use anyhow::Result;
use safar_api::app::App;
use safar_domain::{
    actor::{Actor, Role},
    ids::{Country, OrganisationId, WorkerId},
    organisation::OrganisationEvent,
    stored::{self, Metadata},
    time::Precision,
    worker::WorkerEvent,
};
use safar_event_store::{Append, CommandKey, NewEvent, Revision, StreamId, StreamWrite};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const ORGANISATIONS: [&str; 2] = [
    include_str!("../../../domain/reference/organisations.csv"),
    include_str!("../../../domain/reference/demo-organisations.csv"),
];
const WORKERS: &str = include_str!("../../../domain/reference/demo-workers.csv");

/// Describes every organisation of the reference data and every worker of the demonstration.
pub(super) async fn describe(app: &App) -> Result<()> {
    let mut writes = Vec::new();
    for row in ORGANISATIONS.into_iter().flat_map(rows) {
        let organisation: OrganisationId = row[0].parse()?;
        let description = described(json!({
            "name": row[1], "kind": row[2], "place": row[4], "services": list(&row[5]),
        }))?;
        let stream = StreamId::new("organisation", &organisation);
        writes.push(write(app, stream, &OrganisationEvent::Described { organisation, description })?);
    }
    for row in rows(WORKERS) {
        let worker: WorkerId = row[0].parse()?;
        let description =
            described(json!({ "organisation": row[2], "role": row[3], "languages": list(&row[4]) }))?;
        let stream = StreamId::new("worker", &worker);
        writes.push(write(app, stream, &WorkerEvent::Described { worker, description })?);
    }
    let command = CommandKey { actor: "safar-operator".to_owned(), id: app.ids.mint() };
    app.store.append(Append { command, fingerprint: [0; 32], writes }).await?;
    Ok(())
}

fn rows(text: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("the reference data are well formed")).collect()
}

fn list(text: &str) -> Vec<&str> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn described<T: DeserializeOwned>(description: Value) -> Result<T> {
    Ok(serde_json::from_value(description)?)
}

fn write(app: &App, stream: StreamId, event: &impl Serialize) -> Result<StreamWrite> {
    let id = app.ids.mint();
    let metadata = Metadata {
        actor: Actor {
            worker: "safar-operator".parse()?,
            organisation: "safar".parse()?,
            country: Country::KZ,
            role: Role::Administrator,
        },
        precision: Precision::Instant,
        offset_seconds: 0,
        correlation_id: id,
        causation_id: id,
    };
    let encoded = stored::encode(event, &metadata)?;
    let event = NewEvent {
        event_id: id,
        event_type: encoded.event_type,
        occurred_at: app.clock.now(),
        payload: encoded.payload,
        metadata: encoded.metadata,
    };
    Ok(StreamWrite { stream, expected: Revision::ABSENT, events: vec![event] })
}
