//! What the server writes, byte by byte.

use anyhow::Result;
use safar_api::node::Node;
use safar_event_store::{Position, RecordedEvent};
use uuid::Uuid;

use crate::{
    diary::MARKER,
    place::{Engine, Place, write},
};

/// Everything in which a fact could show: the files of the node, and what the log holds wherever it is.
async fn written(node: &Node, place: &Place) -> Result<Vec<(String, Vec<u8>)>> {
    let mut written = Vec::new();
    for event in node.app.store.read_all(Position::START, 1_000).await? {
        written.push((format!("position {}", event.position), bytes(&event)));
    }
    written.extend(place.files()?);
    Ok(written)
}

fn bytes(event: &RecordedEvent) -> Vec<u8> {
    let clear = format!("{} {} {:?}", event.stream, event.event_type, event.command);
    [clear.as_bytes(), &event.metadata, &event.payload].concat()
}

/// Where any of these is found.
fn found<'a>(written: &'a [(String, Vec<u8>)], words: &[&str]) -> Vec<&'a str> {
    let holds = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    let finds = |(_, bytes): &&(String, Vec<u8>)| words.iter().any(|word| holds(bytes, word));
    written.iter().filter(finds).map(|(name, _)| name.as_str()).collect()
}

/// Writes a record of a case and gives everything that was written down, with the words that nobody may find in it.
async fn after_writing<const SEALED: bool>(engine: Engine) -> Result<(Vec<(String, Vec<u8>)>, Vec<String>)> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    let case = Uuid::from_u128(0x0190_a000_0000_7000_8000_0000_0000_0001);
    for _ in 0..3 {
        write::<SEALED>(&node, case, MARKER).await.expect("taken");
    }
    node.caught_up().await?;
    let read = node.app.record::<crate::diary::Diary<SEALED>>(case).await.expect("it is read");
    assert_eq!(read.0, [MARKER; 3]);
    let written = written(&node, &place).await?;
    node.close().await;
    let words = [MARKER, "hiv.opened", "kz-aids-aktobe", "2026-01-02", "correlation_id"].map(str::to_owned);
    Ok((written, words.into_iter().chain([case.to_string(), case.simple().to_string()]).collect()))
}

pub(crate) async fn nothing_of_a_sealed_record_is_found_in_what_the_server_wrote(
    engine: Engine,
) -> Result<()> {
    let (written, words) = after_writing::<true>(engine).await?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(found(&written, &words), Vec::<&str>::new());
    assert!(!found(&written, &["hiv.sealed.v1"]).is_empty(), "and yet it was written");
    Ok(())
}

pub(crate) async fn an_unsealed_record_would_be_found(engine: Engine) -> Result<()> {
    let (written, words) = after_writing::<false>(engine).await?;
    for word in words.iter().filter(|word| !word.starts_with("2026") && !word.starts_with("0190a00000")) {
        assert!(!found(&written, &[word]).is_empty(), "{word} is not found");
    }
    Ok(())
}

pub(crate) async fn a_sealed_event_says_nothing_but_when_and_by_which_pseudonym(
    engine: Engine,
) -> Result<()> {
    let place = Place::on(engine).await?;
    let node = place.node().await?;
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for (case, word) in [(one, ""), (one, &*"x".repeat(100)), (other, MARKER)] {
        write::<true>(&node, case, word).await.expect("taken");
    }
    let events = node.app.store.read_all(Position::START, 10).await?;
    assert_eq!(events.len(), 3);
    for event in &events {
        assert_eq!((event.event_type.as_str(), event.metadata.as_slice()), ("hiv.sealed.v1", &b"{}"[..]));
        assert_eq!(event.command.actor, "hiv-kz-aktobe");
        assert_ne!(event.fingerprint, [7; 32], "what was asked could be found by trying");
        assert!(event.occurred_at >= events[0].recorded_at - jiff::SignedDuration::from_mins(1));
    }
    assert_eq!(events[0].stream, events[1].stream);
    assert_ne!(events[0].stream, events[2].stream);
    let sizes: Vec<usize> = events.iter().map(|event| event.payload.len()).collect();
    assert!(sizes.iter().all(|size| (size - sizes[0]).is_multiple_of(256)), "{sizes:?}");
    node.close().await;
    Ok(())
}
