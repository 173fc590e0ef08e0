//! `safar verify`: positions, revisions, leaves and folds; or a pack.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use safar_domain::{
    access::AccessEvent,
    case::{Case, CaseEvent},
    conflict::ConflictEvent,
    contact_notice::ContactNoticeEvent,
    decider::Decider as _,
    disclosure::DisclosureEvent,
    erasure::ErasureEvent,
    hiv::HivEvent,
    organisation::OrganisationEvent,
    person::{Person, PersonEvent},
    pull_request::PullRequestEvent,
    stored::StoredError,
    worker::WorkerEvent,
};
use safar_event_store::{
    EventStore, Position, RecordedEvent, StoreError, StreamId,
    ledger::{Evidence, checkpoint::Checkpoint, note::Note},
    verify_against,
};
use safar_projections::{recorded, sealed};
use safar_vault::{Compartment, Vault, VaultError};

use super::{Failure, pack, rebuild::progress_bar, runtime, say, tool_config};
use crate::{
    cli::VerifyArgs,
    config::Sources,
    node::{access_options, ledger_evidence, store_options, vault_as_it_is},
};

const PAGE: u32 = 1_000;

pub(super) fn run(sources: &Sources, dev: bool, arguments: &VerifyArgs) -> Result<(), Failure> {
    if let Some(file) = &arguments.pack {
        return pack::run(file, arguments);
    }
    let config = tool_config(sources)?;
    let logs =
        [("log", store_options(&config, dev, None)), ("access log", access_options(&config, dev, None))];
    let mut evidence = ledger_evidence(&config).map_err(Failure::failed)?;
    for path in &arguments.checkpoint {
        let of = ["/log", "/access"].map(|log| origin(path).is_ok_and(|origin| origin.ends_with(log)));
        let Some(log) = of.iter().position(|of| *of) else {
            return Err(Failure::Usage(format!("{} is no checkpoint of a log", path.display())));
        };
        evidence[log].checkpoint(path, &[]).map_err(Failure::failed)?;
    }
    for ((name, options), evidence) in logs.into_iter().zip(evidence) {
        let checked = runtime()?.block_on(async {
            let store = EventStore::open(options.migrate(false).read_only(true)).await?;
            let vault = vault_as_it_is(&config).await?;
            let findings = findings_against(&store, &vault, evidence).await;
            store.close().await;
            anyhow::Ok(findings?)
        });
        report(name, &checked.map_err(Failure::failed)?, arguments)?;
    }
    Ok(())
}

/// The name in a checkpoint.
fn origin(path: &Path) -> anyhow::Result<String> {
    let note = std::fs::read(path)?;
    Ok(Checkpoint::parse(Note::parse(&note)?.text)?.origin)
}

/// Says what was found in one log, and fails for one that is not sound.
fn report(name: &str, checked: &Checked, arguments: &VerifyArgs) -> Result<(), Failure> {
    let Checked { events, closed, erased, findings } = checked;
    for finding in findings {
        if arguments.json {
            say(serde_json::json!({ "log": name, "finding": finding }));
        } else {
            say(finding);
        }
    }
    if !findings.is_empty() {
        let found = findings.len();
        return Err(Failure::failed(format!("the {name} is not sound: {found} findings in {events} events")));
    }
    if !arguments.json {
        say(format!(
            "The {name} is sound: {events} events, every one in its place and readable by its rulebook."
        ));
        if *closed > 0 {
            say(format!("{closed} of them are sealed, and there is no key here to look inside."));
        }
        if !erased.is_empty() {
            say(format!(
                "{} records were erased: their events are in their places and open nowhere.",
                erased.len()
            ));
        }
    }
    Ok(())
}

/// What a walk over the log has found.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many events there are.
    pub events: u64,
    /// How many of them are sealed and could not be opened here.
    pub closed: u64,
    /// Streams that were sealed and whose keys were destroyed.
    pub erased: BTreeSet<StreamId>,
    /// Everything that is wrong, in words.
    pub findings: Vec<String>,
}

/// Everything wrong with the log by itself.
pub async fn findings(store: &EventStore, vault: &Vault) -> Result<Checked, StoreError> {
    findings_against(store, vault, Evidence::default()).await
}

/// Everything wrong with the log, by position: first what the store finds by itself and against what was signed, then what the rulebooks find.
pub async fn findings_against(
    store: &EventStore,
    vault: &Vault,
    evidence: Evidence,
) -> Result<Checked, StoreError> {
    let bar = progress_bar("events");
    let report = verify_against(store, evidence, |progress| {
        bar.set_length(progress.head.get());
        bar.set_position(progress.position.get());
    })
    .await?;
    bar.finish_and_clear();
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    let mut checked = Checked { events: report.events, findings, ..Checked::default() };
    if checked.findings.is_empty() {
        folds(store, vault, &mut checked).await?;
    }
    Ok(checked)
}

/// Folds every stream; an event that its rulebook does not know is a finding, and so is a broken invariant.
async fn folds(store: &EventStore, vault: &Vault, checked: &mut Checked) -> Result<(), StoreError> {
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    let mut from = Position::START;
    loop {
        let page = store.read_all(from, PAGE).await?;
        let Some(last) = page.last() else {
            let broken =
                |(id, case): (&String, &Case)| Some(format!("case {id}: {}", case.broken_invariant()?));
            checked.findings.extend(cases.iter().filter_map(broken));
            return Ok(());
        };
        from = last.position;
        for event in page {
            let (position, stream) = (event.position, event.stream.clone());
            let folded = match Compartment::of_category(event.stream.category()) {
                None => fold(&event, &mut cases),
                Some(compartment) => match sealed::opened(vault, compartment, event).await {
                    Ok(opened) => readable(&opened)
                        .map_err(|_| "what is sealed is not known to this version of Safar".to_owned()),
                    Err(VaultError::Erased) => {
                        checked.erased.insert(stream);
                        Ok(())
                    }
                    Err(VaultError::KeyUnavailable(_)) => {
                        checked.closed += 1;
                        Ok(())
                    }
                    Err(error) => Err(error.to_string()),
                },
            };
            if let Err(error) = folded {
                checked.findings.push(format!("position {position}: {error}"));
            }
        }
    }
}

/// Whether the rulebook of its stream knows what was sealed.
fn readable(opened: &RecordedEvent) -> Result<(), StoredError> {
    match opened.stream.category() {
        Person::CATEGORY => recorded::decode::<PersonEvent>(opened).map(drop),
        _ => recorded::decode::<HivEvent>(opened).map(drop),
    }
}

fn fold(event: &RecordedEvent, cases: &mut BTreeMap<String, Case>) -> Result<(), String> {
    let said = |error: StoredError| error.to_string();
    match event.stream.category() {
        "case" => {
            let fact = recorded::decode::<CaseEvent>(event).map_err(said)?;
            let case = cases.entry(event.stream.id().to_owned()).or_default();
            let broken = case.broken_invariant().filter(|_| event.ordinal == 0);
            *case = std::mem::take(case).evolve(&fact);
            broken.map_or(Ok(()), |invariant| Err(format!("before this event {invariant}")))
        }
        "contact_notice" => recorded::decode::<ContactNoticeEvent>(event).map(|_| ()).map_err(said),
        "pull_request" => recorded::decode::<PullRequestEvent>(event).map(|_| ()).map_err(said),
        "conflict" => recorded::decode::<ConflictEvent>(event).map(|_| ()).map_err(said),
        "organisation" => recorded::decode::<OrganisationEvent>(event).map(|_| ()).map_err(said),
        "worker" => recorded::decode::<WorkerEvent>(event).map(|_| ()).map_err(said),
        "reading" | "canary" | "alert" => recorded::decode::<AccessEvent>(event).map(|_| ()).map_err(said),
        "erasure" => recorded::decode::<ErasureEvent>(event).map(|_| ()).map_err(said),
        "disclosure" => recorded::decode::<DisclosureEvent>(event).map(|_| ()).map_err(said),
        _ => Err("the stream is of a category that this version of Safar does not know".to_owned()),
    }
}
