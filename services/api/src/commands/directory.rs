//! `safar directory`: organisations and workers from CSV files, and the reference directory for development.

use std::path::Path;

use safar_domain::{
    actor::{Actor, OPERATOR, Role},
    ids::{Country, OrganisationId, PlaceId, WorkerId},
    organisation::{DescribeOrganisation, Organisation, OrganisationCommand},
    policy::Duty,
    time::OccurredAt,
    worker::{DescribeWorker, Worker, WorkerCommand},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{Failure, runtime, say, tool_config};
use crate::{
    app::{Caller, Outcome, Request, Rulebook},
    cli::DirectoryArgs,
    clock::Clock,
    config::Sources,
    node::Node,
};

const ORGANISATIONS: &str = include_str!("../../../../domain/reference/organisations.csv");
const DEMO_ORGANISATIONS: &str = include_str!("../../../../domain/reference/demo-organisations.csv");
const DEMO_WORKERS: &str = include_str!("../../../../domain/reference/demo-workers.csv");

#[derive(Deserialize)]
struct OrganisationRow {
    id: String,
    name: String,
    kind: String,
    place: String,
    services: String,
}

#[derive(Deserialize)]
struct WorkerRow {
    id: String,
    organisation: String,
    roles: String,
    languages: String,
}

pub(super) fn run(sources: &Sources, dev: bool, arguments: &DirectoryArgs) -> Result<(), Failure> {
    let config = tool_config(sources)?;
    runtime()?.block_on(async {
        let node = Node::open(&config, dev, Clock::system()).await.map_err(Failure::failed)?;
        let mut changed = (0, 0);
        if let Some(file) = &arguments.organisations {
            changed.0 = organisations(&node, &read(file)?).await?;
        }
        if let Some(file) = &arguments.workers {
            changed.1 = workers(&node, &read(file)?).await?;
        }
        node.close().await;
        say(format!("{} organisations and {} workers are new or changed.", changed.0, changed.1));
        Ok(())
    })
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))
}

/// The organisations of the source documents and the workers of the demonstration.
pub(super) async fn describe_reference(node: &Node) -> Result<(), Failure> {
    organisations(node, ORGANISATIONS).await?;
    organisations(node, DEMO_ORGANISATIONS).await?;
    workers(node, DEMO_WORKERS).await.map(|_| ())
}

async fn organisations(node: &Node, text: &str) -> Result<usize, Failure> {
    let mut changed = 0;
    for (line, row) in rows::<OrganisationRow>(text)? {
        let id: OrganisationId = row.id.parse().map_err(|error| at(line, &error))?;
        let description: DescribeOrganisation = serde_json::from_value(json!({
            "name": row.name,
            "kind": row.kind,
            "place": row.place.parse::<PlaceId>().map_err(|error| at(line, &error))?,
            "services": list(&row.services),
        }))
        .map_err(|error| at(line, &error))?;
        let command = OrganisationCommand::Describe(id.clone(), description);
        changed += usize::from(describe::<Organisation>(node, &id, &command, line).await?);
    }
    node.caught_up().await.map_err(Failure::failed)?;
    Ok(changed)
}

async fn workers(node: &Node, text: &str) -> Result<usize, Failure> {
    let mut changed = 0;
    for (line, row) in rows::<WorkerRow>(text)? {
        let id: WorkerId = row.id.parse().map_err(|error| at(line, &error))?;
        let description: DescribeWorker = serde_json::from_value(json!({
            "organisation": row.organisation,
            "role": row.roles,
            "languages": list(&row.languages),
        }))
        .map_err(|error| at(line, &error))?;
        let command = WorkerCommand::Describe(id.clone(), description);
        changed += usize::from(describe::<Worker>(node, &id, &command, line).await?);
    }
    node.caught_up().await.map_err(Failure::failed)?;
    Ok(changed)
}

fn rows<T: DeserializeOwned>(text: &str) -> Result<Vec<(usize, T)>, Failure> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let numbered = reader.deserialize().zip(2..);
    numbered.map(|(row, line)| row.map(|row| (line, row)).map_err(|error| at(line, &error))).collect()
}

fn list(text: &str) -> Vec<&str> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn at(line: usize, error: &dyn std::fmt::Display) -> Failure {
    Failure::failed(format!("line {line}: {error}"))
}

/// Describes one record as the operator of this node; `true` when something was new.
async fn describe<D: Rulebook>(
    node: &Node,
    id: &(impl std::fmt::Display + Sync),
    command: &D::Command,
    line: usize,
) -> Result<bool, Failure> {
    let app = &node.app;
    let caller =
        Caller { actor: operator(), directory: app.models.directory(), duty: Duty::On, signed_in: None };
    let key = app.ids.mint();
    let now = app.clock.now();
    let request = Request {
        key,
        fingerprint: [0; 32],
        correlation_id: key,
        occurred_at: OccurredAt::at(now, &jiff::tz::TimeZone::UTC),
        expected: None,
        birth: None,
        person_revision: None,
    };
    let done: Outcome = app
        .execute::<D>(id, command, (&caller, &request), |_| Ok(()))
        .await
        .map_err(|problem| at(line, &problem))?;
    Ok(!done.recorded.is_empty())
}

/// Who describes the directory from the command line.
fn operator() -> Actor {
    Actor {
        worker: OPERATOR.parse().expect("a fixed, well-formed name"),
        organisation: "safar".parse().expect("a fixed, well-formed name"),
        country: Country::KZ,
        role: Role::Administrator,
    }
}
