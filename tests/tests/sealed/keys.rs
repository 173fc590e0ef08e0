//! With the key, without it, with another one.

use anyhow::Result;
use safar_api::{
    app::Outcome,
    clock::Clock,
    commands::findings,
    node::{Node, vault_as_it_is},
    problem::Problem,
};
use safar_domain::{case::Case, ids::CaseId};
use safar_event_store::{Append, CommandKey, NewEvent, Position, StreamWrite};
use safar_vault::{Compartment, Held, Vault};
use uuid::Uuid;

use crate::{
    diary::Diary,
    place::{Engine, Place, request, write, write_as},
};

const CASE: Uuid = Uuid::from_u128(1);
const OTHER_KEY: &str = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

async fn words(node: &Node) -> Result<Vec<String>, Problem> {
    node.app.record::<Diary<true>>(CASE).await.map(|diary| diary.0)
}

fn code<T>(answered: Result<T, Problem>) -> (u16, &'static str) {
    answered.map_or_else(|problem| (problem.status().into(), problem.code()), |_| (200, "ok"))
}

pub(crate) async fn a_sealed_command_counts_once_and_tells_its_outcome_again(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    let asked = request(&node);
    let first: Outcome = write_as::<true>(&node, CASE, "one", &asked).await.expect("taken");
    assert_eq!(first.recorded, ["hiv.opened.v1"]);
    assert_eq!(write_as::<true>(&node, CASE, "one", &asked).await.expect("the same"), first);
    let reused = safar_api::app::Request { fingerprint: [8; 32], ..asked };
    assert_eq!(code(write_as::<true>(&node, CASE, "two", &reused).await), (422, "idempotency_key_reused"));
    assert_eq!(words(&node).await.expect("read"), ["one"]);
    node.close().await;
    let again = place.node().await?;
    assert_eq!(words(&again).await.expect("read"), ["one"]);
    again.close().await;
    Ok(())
}

pub(crate) async fn without_the_key_sealed_records_wait_and_everything_else_goes_on(
    engine: Engine,
) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    write::<true>(&node, CASE, "one").await.expect("taken");
    node.close().await;
    let kept = place.folder().join("kept");
    std::fs::rename(place.key(), &kept)?;
    let locked = Node::open(&place.config, false, Clock::system()).await?;
    assert_eq!(locked.app.vault().holds(Compartment::Hiv), Held::Absent);
    let refused = write::<true>(&locked, CASE, "two").await.expect_err("there is no key");
    assert_eq!((refused.status().as_u16(), refused.code()), (503, "key_unavailable"));
    assert_eq!(code(words(&locked).await), (503, "key_unavailable"));
    assert_eq!(locked.app.case(CaseId(CASE)).await.map(|case| case == Case::default()).ok(), Some(true));
    locked.caught_up().await?;
    locked.close().await;
    std::fs::rename(kept, place.key())?;
    let node = place.node().await?;
    assert_eq!(words(&node).await.expect("read"), ["one"]);
    node.close().await;
    Ok(())
}

pub(crate) async fn a_wrong_key_opens_nothing_and_harms_nothing(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    write::<true>(&node, CASE, "one").await.expect("taken");
    node.close().await;
    let wrong = Node::open(&place.with_key(OTHER_KEY), true, Clock::system()).await?;
    assert_eq!(wrong.app.vault().holds(Compartment::Hiv), Held::WrongRoot);
    assert_eq!(code(words(&wrong).await), (503, "key_unavailable"));
    assert_eq!(code(write::<true>(&wrong, CASE, "two").await), (503, "key_unavailable"));
    wrong.close().await;
    let node = place.node().await?;
    assert_eq!(words(&node).await.expect("read"), ["one"]);
    node.close().await;
    Ok(())
}

pub(crate) async fn a_new_key_store_beside_an_old_log_is_not_trusted(engine: Engine) -> Result<()> {
    let mut place = Place::on(engine).await?;
    place.config.vault.key_store = format!("sqlite:{}/first.sqlite", place.folder().display()).into();
    let node = place.node().await?;
    write::<true>(&node, CASE, "one").await.expect("taken");
    node.close().await;
    let mut elsewhere = place.config.clone();
    elsewhere.vault.key_store = format!("sqlite:{}/second.sqlite", place.folder().display()).into();
    let node = Node::open(&elsewhere, true, Clock::system()).await?;
    assert_eq!(code(write::<true>(&node, CASE, "two").await), (503, "key_unavailable"));
    node.close().await;
    // Nor does a tool make keys there, after which the store would look as if it had always known them.
    let tool = vault_as_it_is(&elsewhere).await?;
    assert!(tool.holds(Compartment::Hiv) != Held::Open);
    let node = Node::open(&elsewhere, true, Clock::system()).await?;
    assert_eq!(code(write::<true>(&node, CASE, "two").await), (503, "key_unavailable"));
    node.close().await;
    let node = place.node().await?;
    assert_eq!(words(&node).await.expect("read"), ["one"]);
    node.close().await;
    Ok(())
}

pub(crate) async fn an_event_that_is_not_sealed_or_was_moved_is_refused(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    write::<true>(&node, CASE, "one").await.expect("taken");
    let sealed = node.app.store.read_all(Position::START, 1).await?.remove(0);
    for (event_type, payload) in
        [("hiv.opened.v1", br#"{"word": "two"}"#.to_vec()), ("hiv.sealed.v1", sealed.payload.clone())]
    {
        let id = node.app.ids.mint();
        let expected = node.app.store.revision(&sealed.stream).await?;
        let event = NewEvent {
            event_id: id,
            event_type: event_type.to_owned(),
            occurred_at: sealed.occurred_at,
            payload,
            metadata: sealed.metadata.clone(),
        };
        let write = StreamWrite { stream: sealed.stream.clone(), expected, events: vec![event] };
        let command = CommandKey { actor: "intruder".to_owned(), id };
        node.app.store.append(Append { command, fingerprint: [0; 32], writes: vec![write] }).await?;
        assert_eq!(code(words(&node).await), (500, "integrity_error"), "{event_type}");
    }
    let checked = findings(&node.app.store, node.app.vault()).await?;
    assert_eq!(checked.findings.len(), 2, "{:?}", checked.findings);
    node.close().await;
    Ok(())
}

pub(crate) async fn what_was_erased_is_told_apart_from_what_is_unavailable(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    write::<true>(&node, CASE, "one").await.expect("taken");
    let stream = node.app.store.read_all(Position::START, 1).await?.remove(0).stream;
    node.app.vault().destroy(Compartment::Hiv, stream.as_str()).await?;
    assert_eq!(code(words(&node).await), (410, "erased"));
    let checked = findings(&node.app.store, node.app.vault()).await?;
    assert!(checked.findings.is_empty() && checked.events == 1, "an erased log is sound: {checked:?}");
    node.close().await;
    Ok(())
}

pub(crate) async fn the_log_is_verified_with_the_key_and_without(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    write::<true>(&node, CASE, "one").await.expect("taken");
    write::<true>(&node, CASE, "two").await.expect("taken");
    let without = findings(&node.app.store, &Vault::locked()).await?;
    assert_eq!((without.events, without.closed, without.findings.len()), (2, 2, 0));
    let with = findings(&node.app.store, &vault_as_it_is(&place.config).await?).await?;
    assert_eq!((with.events, with.closed, with.findings.len()), (2, 0, 0));
    node.close().await;
    Ok(())
}
