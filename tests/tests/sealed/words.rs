//! What workers write in their own words, in streams that are otherwise in the clear.

use anyhow::Result;
use safar_api::{app::Rulebook, clock::Clock, node::Node};
use safar_domain::{
    case::{CaseEvent, support::NoteAdded},
    decider::{Context, Decider, Fact},
    disclosure::DisclosureRefusal,
    ids::CaseId,
    refusal::RefusalKind,
};
use safar_event_store::{Position, RecordedEvent, Revision, StreamId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    diary::MARKER,
    place::{Engine, Place, caller, request},
};

const CASE: CaseId = CaseId(Uuid::from_u128(1));

/// The smallest rulebook over the notes of a case.
#[derive(Debug, Clone, Default)]
struct Notes;

impl Decider for Notes {
    const CATEGORY: &'static str = "case";

    type Command = String;
    type Event = CaseEvent;
    type Refusal = DisclosureRefusal;

    fn decide(&self, text: &String, _: &Context<'_>) -> Result<Vec<CaseEvent>, DisclosureRefusal> {
        Ok(vec![CaseEvent::NoteAdded(NoteAdded { text: text.clone().into(), late: false })])
    }

    fn evolve(self, _: &Fact<CaseEvent>) -> Self {
        self
    }
}

impl Rulebook for Notes {
    fn codes() -> Vec<(&'static str, RefusalKind, &'static str)> {
        Vec::new()
    }
}

/// Writes a note; the answer is its event as the log has it.
async fn noted(node: &Node, text: &str) -> Result<RecordedEvent> {
    let (caller, request) = (caller(node), request(node));
    let written = node.app.execute::<Notes>(&CASE, &text.to_owned(), (&caller, &request), |_| Ok(())).await;
    let outcome = written.map_err(|problem| anyhow::anyhow!("{}", problem.code()))?;
    let before = Position::from(outcome.position.get() - 1);
    Ok(node.app.store.read_all(before, 1).await?.remove(0))
}

/// What a reader of a note sees, of the event as it stands at this place.
async fn seen(
    node: &Node,
    (stream, revision): (&StreamId, u64),
    event: &RecordedEvent,
) -> Result<Value, u16> {
    let mut payload: Value = serde_json::from_slice(&event.payload).expect("a payload is JSON");
    let at = (stream, Revision::from(revision));
    let opened = node.app.open_words(at, &event.event_type, &mut payload).await;
    opened.map_err(|problem| problem.status().as_u16())?;
    Ok(payload["text"].clone())
}

pub(crate) async fn a_note_is_sealed_where_it_rests_and_opened_at_its_own_place_alone(
    engine: Engine,
) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    let event = noted(&node, MARKER).await?;
    assert_eq!(event.event_type, "case.note-added.v1");
    assert!(!String::from_utf8_lossy(&event.payload).contains(MARKER));
    let stream = event.stream.clone();
    assert_eq!(seen(&node, (&stream, 1), &event).await, Ok(json!(MARKER)));
    noted(&node, "two").await?;
    assert_eq!(seen(&node, (&stream, 2), &event).await, Err(500), "it was moved to another event");
    let clear =
        RecordedEvent { payload: br#"{"text":"from before","late":false}"#.to_vec(), ..event.clone() };
    assert_eq!(seen(&node, (&stream, 1), &clear).await, Ok(json!("from before")));
    node.caught_up().await?;
    for (_, bytes) in place.files()? {
        assert!(!bytes.windows(MARKER.len()).any(|part| part == MARKER.as_bytes()));
    }
    node.close().await;
    Ok(())
}

pub(crate) async fn without_the_key_of_notes_the_rest_of_an_event_is_served(engine: Engine) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    let event = noted(&node, MARKER).await?;
    node.close().await;
    let (key, kept) = (place.folder().join("care-notes.key"), place.folder().join("kept"));
    std::fs::rename(&key, &kept)?;
    let locked = Node::open(&place.config, false, Clock::system()).await?;
    let unavailable = json!({ "unavailable": "key_unavailable" });
    assert_eq!(seen(&locked, (&event.stream, 1), &event).await, Ok(unavailable));
    assert!(noted(&locked, "two").await.is_err_and(|error| error.to_string() == "key_unavailable"));
    locked.close().await;
    std::fs::rename(kept, key)?;
    let node = place.node().await?;
    assert_eq!(seen(&node, (&event.stream, 1), &event).await, Ok(json!(MARKER)));
    let vault = node.app.vault();
    vault.destroy(safar_vault::Compartment::CareNotes, event.stream.as_str()).await?;
    let erased = json!({ "unavailable": "erased" });
    assert_eq!(seen(&node, (&event.stream, 1), &event).await, Ok(erased));
    node.close().await;
    Ok(())
}
