//! The erasure of a person, down to the bytes: the keys of all compartments, the epochs above them, and what was folded.

use std::{fs, path::Path};

use anyhow::Result;
use safar_api::{
    app::{Caller, Rulebook},
    clock::Clock,
    commands::findings,
    node::{Node, vault_as_it_is},
    problem::Problem,
};
use safar_domain::{
    actor::Role,
    case::CaseEvent,
    decider::{Context, Decider, Fact},
    disclosure::DisclosureRefusal,
    erasure::{
        Erasure, ErasureCommand, ErasureGround, ErasureState, HoldGround, PersonCases, RequestErasure,
        SetLegalHold,
    },
    ids::PersonId,
    person::Person,
    refusal::RefusalKind,
};
use safar_event_store::{Position, RecordedEvent};
use safar_projections::{ReadModels, rebuild_with};
use safar_vault::{Compartment, Held};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    diary::{Diary, MARKER},
    persons::{found, registered},
    place::{Engine, Place, caller, request, write},
    proofs::restores_soundly,
};

const CASE: Uuid = Uuid::from_u128(0x0ca5);

/// The smallest rulebook over the events of a case: what is told has happened.
#[derive(Debug, Clone, Default)]
struct Told;

impl Decider for Told {
    const CATEGORY: &'static str = "case";

    type Command = Vec<CaseEvent>;
    type Event = CaseEvent;
    type Refusal = DisclosureRefusal;

    fn decide(&self, told: &Vec<CaseEvent>, _: &Context<'_>) -> Result<Vec<CaseEvent>, DisclosureRefusal> {
        Ok(told.clone())
    }

    fn evolve(self, _: &Fact<CaseEvent>) -> Self {
        self
    }
}

impl Rulebook for Told {
    fn codes() -> Vec<(&'static str, RefusalKind, &'static str)> {
        Vec::new()
    }
}

/// The last of these events of the case, as the log has it.
async fn told(node: &Node, events: Value) -> Result<RecordedEvent> {
    let events: Vec<CaseEvent> = serde_json::from_value(events)?;
    let (caller, request) = (caller(node), request(node));
    let outcome = node.app.execute::<Told>(&CASE, &events, (&caller, &request), |_| Ok(())).await;
    let before = Position::from(outcome.expect("taken").position.get() - 1);
    Ok(node.app.store.read_all(before, 1).await?.remove(0))
}

/// A place whose epochs end where no backup is, or whose epochs have nothing above them.
pub(super) async fn place(engine: Engine, halves: bool) -> Result<Place> {
    let mut place = Place::on(engine).await?;
    if halves {
        let folder = place.folder().join("halves");
        fs::create_dir(&folder)?;
        place.config.vault.epoch_folder = folder;
    }
    Ok(place)
}

/// A person with a case, a note in it, and an HIV record.
pub(super) async fn written(node: &Node) -> Result<(PersonId, RecordedEvent)> {
    let person = registered(node).await.expect("taken");
    let route = json!({ "origin": "tj-farkhor", "transit": [], "destination": "KZ-79" });
    let opened = json!({
        "person": person, "route": route, "phase": "transit", "setting": "pre_departure_session",
        "organisation": "ngo-galaba",
    });
    let support = json!({ "programme": "support", "organisation": "ngo-galaba" });
    let opening = json!([
        { "type": "case.opened.v1", "data": opened },
        { "type": "case.responsibility-opened.v1", "data": support },
    ]);
    told(node, opening).await?;
    let noted = json!({ "type": "case.note-added.v1", "data": { "text": MARKER, "late": false } });
    let words = told(node, json!([noted])).await?;
    write::<true>(node, CASE, MARKER).await.expect("taken");
    node.caught_up().await?;
    Ok((person, words))
}

fn code<T>(answered: Result<T, Problem>) -> (u16, &'static str) {
    answered.map_or_else(|problem| (problem.status().into(), problem.code()), |_| (200, "ok"))
}

/// What is answered for the person, for the note and for the HIV record.
pub(super) async fn answers(node: &Node, (person, words): &(PersonId, RecordedEvent)) -> [Value; 3] {
    let mut payload: Value = serde_json::from_slice(&words.payload).expect("a payload is JSON");
    let at = (&words.stream, words.revision);
    node.app.open_words(at, &words.event_type, &mut payload).await.expect("it says why");
    let person = code(node.app.record::<Person>(*person).await);
    let hiv = code(node.app.record::<Diary<true>>(CASE).await);
    [json!(person), payload["text"].clone(), json!(hiv)]
}

fn open() -> [Value; 3] {
    [json!([200, "ok"]), json!(MARKER), json!([200, "ok"])]
}

pub(super) fn erased() -> [Value; 3] {
    [json!([410, "erased"]), json!({ "unavailable": "erased" }), json!([410, "erased"])]
}

async fn ask(
    node: &Node,
    person: PersonId,
    (worker, role): (&str, Role),
    what: ErasureCommand,
) -> Result<()> {
    let mut caller: Caller = caller(node);
    (caller.actor.worker, caller.actor.role) = (worker.parse()?, role);
    let taken = node.app.execute::<Erasure>(&person, &what, (&caller, &request(node)), |_| Ok(())).await;
    anyhow::ensure!(taken.is_ok(), "{what:?}: {taken:?}");
    Ok(())
}

async fn requested(node: &Node, person: PersonId) -> Result<()> {
    let body = RequestErasure { ground: ErasureGround::OwnRequest };
    let asked = ErasureCommand::Request(body, PersonCases::default());
    ask(node, person, ("sw-galaba", Role::SocialWorker), asked).await
}

pub(super) async fn agreed(node: &Node, person: PersonId) -> Result<()> {
    requested(node, person).await?;
    let approve = ErasureCommand::Approve(PersonCases::default());
    ask(node, person, ("au-tj", Role::Auditor), approve).await?;
    node.caught_up().await?;
    Ok(())
}

async fn state(node: &Node, person: PersonId) -> Erasure {
    node.app.record::<Erasure>(person).await.expect("it is in the clear")
}

/// Writes, backs up, erases, and brings the backup back: what the restored node answers, and what the erasure said of it.
async fn restored(engine: Engine, halves: bool) -> Result<([Value; 3], Held, bool)> {
    let place = place(engine, halves).await?;
    let node = place.node().await?;
    let written = written(&node).await?;
    assert_eq!(answers(&node, &written).await, open());
    node.close().await;
    let backup = place.backed_up().await?;
    let node = place.node().await?;
    agreed(&node, written.0).await?;
    node.app.carry_out_erasures().await.expect("carried out");
    assert_eq!(answers(&node, &written).await, erased());
    let (done, _) = state(&node, written.0).await.erased.expect("it is recorded");
    assert_eq!(done.cases.len(), 1);
    let checked = findings(&node.app.store, &vault_as_it_is(&place.config).await?).await?;
    assert_eq!((checked.findings.len(), checked.closed, checked.erased.len()), (0, 0, 2), "{checked:?}");
    node.close().await;
    restores_soundly(&place, &backup).await?;
    let node = Node::open(&backup, true, Clock::system()).await?;
    let (answers, held) = (answers(&node, &written).await, node.app.vault().holds(Compartment::Identity));
    node.close().await;
    Ok((answers, held, done.backups_closed))
}

pub(crate) async fn what_was_erased_opens_from_no_backup_of_log_and_keys(engine: Engine) -> Result<()> {
    let unavailable = json!([503, "key_unavailable"]);
    let closed = [unavailable.clone(), json!({ "unavailable": "key_unavailable" }), unavailable];
    assert_eq!(restored(engine, true).await?, (closed, Held::EpochGone, true));
    Ok(())
}

pub(crate) async fn without_an_end_to_its_epoch_an_old_backup_opens(engine: Engine) -> Result<()> {
    assert_eq!(restored(engine, false).await?, (open(), Held::Open, false));
    Ok(())
}

/// How far it had come when the node went away.
#[derive(Clone, Copy)]
enum Broken {
    Agreed,
    OneKeyGone,
    EpochsEnded,
}

pub(crate) async fn an_erasure_that_broke_off_is_carried_out_at_the_next_start(engine: Engine) -> Result<()> {
    for broken in [Broken::Agreed, Broken::OneKeyGone, Broken::EpochsEnded] {
        let place = place(engine, true).await?;
        let node = place.node().await?;
        let written = written(&node).await?;
        agreed(&node, written.0).await?;
        let (vault, person) = (node.app.vault(), written.0.to_string());
        if !matches!(broken, Broken::Agreed) {
            let name = vault.stream_name(Compartment::Identity, &person)?;
            vault.destroy(Compartment::Identity, &format!("person-{name}")).await?;
        }
        if matches!(broken, Broken::EpochsEnded) {
            assert!(vault.end_epochs(Compartment::Identity).await?);
        }
        let head = node.app.store.head().await?;
        assert_eq!(state(&node, written.0).await.state(), Some(ErasureState::Approved));
        node.close().await;
        let node = place.node().await?;
        let reached = node.app.models.wait_for(head.next(), std::time::Duration::from_secs(30)).await;
        assert_eq!(reached, head.next(), "the start has finished it, with one event");
        assert_eq!(answers(&node, &written).await, erased());
        assert_eq!(node.app.carry_out_erasures().await.ok(), Some(0), "and it is done once");
        node.close().await;
    }
    Ok(())
}

pub(crate) async fn what_is_not_agreed_on_or_held_is_not_carried_out(engine: Engine) -> Result<()> {
    let place = place(engine, true).await?;
    let node = place.node().await?;
    let written = written(&node).await?;
    let auditor = ("au-tj", Role::Auditor);
    requested(&node, written.0).await?;
    assert_eq!(node.app.carry_out_erasures().await.ok(), Some(0));
    let hold = ErasureCommand::Hold(SetLegalHold { ground: HoldGround::Complaint, until: None });
    ask(&node, written.0, auditor, ErasureCommand::Approve(PersonCases::default())).await?;
    ask(&node, written.0, auditor, hold).await?;
    node.close().await;
    let node = place.node().await?;
    node.caught_up().await?;
    assert_eq!(node.app.carry_out_erasures().await.ok(), Some(0), "the hold came in between");
    assert_eq!(answers(&node, &written).await, open());
    ask(&node, written.0, auditor, ErasureCommand::Release).await?;
    assert_eq!(node.app.carry_out_erasures().await.ok(), Some(1));
    assert_eq!(answers(&node, &written).await, erased());
    node.close().await;
    Ok(())
}

/// Whether a text or bytes are in the read models, or in what waits beside them.
fn holds(folder: &Path, words: &[u8]) -> bool {
    let files = ["read-models.sqlite", "read-models.sqlite-wal"].map(|name| folder.join(name));
    let read = files.iter().filter_map(|path| fs::read(path).ok());
    read.into_iter().any(|bytes| bytes.windows(words.len()).any(|part| part == words))
}

pub(crate) async fn nothing_by_which_the_person_was_found_is_left(engine: Engine) -> Result<()> {
    let place = place(engine, true).await?;
    let node = place.node().await?;
    let written = written(&node).await?;
    assert_eq!(found(&node.app.models).await?, [written.0]);
    let names = [
        (Compartment::Identity, "person", written.0.to_string()),
        (Compartment::Hiv, "hiv", CASE.to_string()),
    ];
    let mut streams = Vec::new();
    for (compartment, category, id) in names {
        streams.push(format!("{category}-{}", node.app.vault().stream_name(compartment, &id)?));
    }
    assert!(streams.iter().all(|stream| holds(place.folder(), stream.as_bytes())), "the control");
    agreed(&node, written.0).await?;
    node.app.carry_out_erasures().await.expect("carried out");
    node.caught_up().await?;
    assert!(found(&node.app.models).await?.is_empty());
    for stream in &streams {
        assert!(!holds(place.folder(), stream.as_bytes()), "{stream}");
    }
    let anew = place.folder().join("anew.sqlite");
    rebuild_with(&node.app.store, &anew, &vault_as_it_is(&place.config).await?, |_, _| ()).await?;
    let anew = ReadModels::open_with(&anew, node.app.vault().clone()).await?;
    assert!(found(&anew).await?.is_empty());
    assert_eq!(anew.erasure(written.0).await?, node.app.models.erasure(written.0).await?);
    assert_eq!(anew.sealed_waiting().await?, 0);
    node.close().await;
    Ok(())
}

/// Another node on the same log, with files of its own.
async fn beside(place: &Place) -> Result<Node> {
    let mut config = place.config.clone();
    config.store.data_folder = place.folder().join("beside");
    fs::create_dir(&config.store.data_folder)?;
    for compartment in Compartment::ALL {
        let name = format!("{}.key", compartment.code());
        fs::copy(place.folder().join(&name), config.store.data_folder.join(name))?;
    }
    Ok(Node::open(&config, true, Clock::system()).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_had_the_keys_at_hand_forgets_them_with_the_event() -> Result<()> {
    let place = place(Engine::Postgres, true).await?;
    let node = place.node().await?;
    let written = written(&node).await?;
    let other = beside(&place).await?;
    other.caught_up().await?;
    assert_eq!(answers(&other, &written).await, open());
    agreed(&node, written.0).await?;
    node.app.carry_out_erasures().await.expect("carried out");
    other.caught_up().await?;
    assert_eq!(answers(&other, &written).await, erased());
    assert!(found(&other.app.models).await?.is_empty());
    // Both go on sealing under the new epochs.
    for node in [&node, &other] {
        assert!(registered(node).await.is_ok());
    }
    other.close().await;
    node.close().await;
    Ok(())
}
