//! An event that cannot be read holds up its own stream and no other; a rebuild stops at it.

use anyhow::Result;
use safar_domain::ids::CaseId;
use safar_event_store::{DamagedEvent, Revision, StreamId};
use safar_projections::{ProjectionError, ReadModels, rebuild};

use crate::{
    dump::{NONE, differences, dump},
    fixture::Log,
    history::{Happening, case_event, case_id, varied},
};

/// What no version knows, in each of its forms.
fn unreadable() -> [Happening; 4] {
    let support = || case_event(1, "case.support-given.v1");
    [
        Happening { event_type: "case.unheard-of.v1", ..support() },
        Happening { payload: r#"{"kind":"secret-value"}"#.to_owned(), ..support() },
        Happening { stream: StreamId::new("outreach", "osh-2026"), ..support() },
        Happening { stream: StreamId::new("case", "not-an-id"), ..support() },
    ]
}

#[tokio::test]
async fn an_unreadable_event_and_what_follows_in_its_stream_wait_and_other_streams_go_on() -> Result<()> {
    for poison in unreadable() {
        let mut log = Log::empty().await?;
        log.record(&varied(4, 3, 9 + 4)).await?;
        let at = log.record(std::slice::from_ref(&poison)).await?;
        let follows = Happening { stream: poison.stream.clone(), ..case_event(1, "case.support-given.v1") };
        log.record(&[follows.clone(), case_event(2, "case.support-given.v1")]).await?;
        let models = log.models("live", 4).await?;
        let last = log.record(&[follows, case_event(2, "case.closed.v1")]).await?;
        log.catch_up(&models, 4).await?;

        assert_eq!(models.position().await, last);
        let parked = models.parked().await?;
        let [stream] = parked.as_slice() else { panic!("{parked:?}") };
        assert_eq!((&stream.stream, stream.position, stream.events), (&poison.stream, at, 3));
        assert_eq!(stream.event_type, poison.event_type);
        assert!(!stream.reason.is_empty() && !stream.reason.contains("secret-value"), "{}", stream.reason);
        let other = models.case(CaseId(case_id(2))).await?.unwrap();
        assert!(other.case.closing.closed(), "{}", poison.event_type);
        let poisoned = models.case(CaseId(case_id(1))).await?.unwrap();
        let before = if poison.stream.id() == case_id(1).to_string() { stream.revision.get() - 1 } else { 2 };
        assert_eq!(poisoned.revision, Revision::from(before));
    }
    Ok(())
}

#[tokio::test]
async fn a_damaged_event_holds_up_the_stream_that_its_row_names_and_the_checkpoint_goes_on() -> Result<()> {
    let mut log = Log::empty().await?;
    log.record(&varied(4, 3, 9 + 4)).await?;
    let at = log.record(&[case_event(1, "case.support-given.v1")]).await?;
    let both = [case_event(1, "case.support-given.v1"), case_event(2, "case.closed.v1")];
    let last = log.record(&both).await?;
    let models = ReadModels::open(&log.path("live")).await?;
    let mut events = log.events_after(models.position().await).await?;
    let place = events.iter().position(|event| event.position == at).expect("it is there");
    let damaged = events.remove(place);
    let marked = DamagedEvent {
        position: at,
        stream: Some(damaged.stream.clone()),
        revision: damaged.revision,
        event_type: damaged.event_type,
        leaf_hash: Some(damaged.leaf_hash),
    };
    let left_out = models.apply(&events).await;
    assert!(matches!(left_out, Err(ProjectionError::OutOfOrder { .. })), "none is passed over in silence");
    assert_eq!(models.apply_past(&events, &[marked]).await?, last);
    let parked = models.parked().await?;
    let [stream] = parked.as_slice() else { panic!("{parked:?}") };
    assert_eq!((&stream.stream, stream.position, stream.events), (&damaged.stream, at, 2));
    let before = models.case(CaseId(case_id(1))).await?.expect("it is there");
    assert_eq!(before.revision.next(), damaged.revision);
    assert!(models.case(CaseId(case_id(2))).await?.is_some_and(|other| other.case.closing.closed()));
    Ok(())
}

#[tokio::test]
async fn a_damaged_event_whose_row_names_no_stream_is_kept_by_its_position() -> Result<()> {
    let mut log = Log::empty().await?;
    let at = log.record(&[case_event(1, "case.opened.v1")]).await?;
    let models = ReadModels::open(&log.path("live")).await?;
    let (stream, revision, event_type) = (None, Revision::ABSENT, String::new());
    let marked = DamagedEvent { position: at, stream, revision, event_type, leaf_hash: None };
    models.apply_past(&[], &[marked]).await?;
    let parked = models.parked().await?;
    assert_eq!((parked.len(), parked[0].stream.as_str(), parked[0].position), (1, "unreadable-1", at));
    Ok(())
}

#[tokio::test]
async fn nothing_waits_without_an_unreadable_event() -> Result<()> {
    let mut log = Log::empty().await?;
    log.record(&varied(4, 3, 9 + 4)).await?;
    log.record(&[case_event(1, "case.support-given.v1")]).await?;
    let models = log.models("live", 4).await?;
    assert_eq!(models.parked().await?, []);
    assert_eq!(models.case(CaseId(case_id(1))).await?.unwrap().revision.get(), 3);
    Ok(())
}

#[tokio::test]
async fn a_rebuild_stops_at_an_unreadable_event_and_leaves_the_live_file_as_it_was() -> Result<()> {
    for poison in unreadable() {
        let mut log = Log::with_history(4).await?;
        log.models("live", 100).await?;
        let before = dump(&log.path("live")).await?;
        let at = log.record(&[poison]).await?;
        let stopped = rebuild(&log.store, &log.path("live"), |_, _| ()).await;
        assert!(
            matches!(stopped, Err(ProjectionError::Poison { position, .. }) if position == at),
            "{stopped:?}"
        );
        assert!(!stopped.unwrap_err().to_string().contains("secret-value"));
        assert_eq!(differences(&dump(&log.path("live")).await?, &before), NONE);
        assert!(!log.path("live.building").exists());
    }
    Ok(())
}
