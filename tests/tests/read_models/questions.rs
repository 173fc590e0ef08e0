//! Every question is answered as the rulebooks alone would answer it, on one page or on many.

use anyhow::Result;
use jiff::Timestamp;
use safar_domain::{
    case::{
        handoff::{HandoffState, expiry},
        opening::Phase,
        standing::Standing,
        worklist::{List, worklist},
    },
    conflict::{Conflict, ConflictEvent},
    decider::Decider as _,
    ids::{CaseId, ConflictId, HandoffId, OrganisationId, PersonId},
    report::corridor::Measured,
};
use safar_event_store::{Position, Revision};
use safar_projections::{
    CaseRecord, CasesQuery, ConflictRecord, ConflictsQuery, Direction, HandoffRecord, HandoffsQuery,
    MeasuresQuery, ReadModels, WorklistEntry, WorklistQuery, recorded::decode,
};

use crate::{
    fixture::Log,
    history::{ORGANISATIONS, case_id, conflict_id, person_id},
    oracle::Oracle,
};

struct Asked {
    log: Log,
    models: ReadModels,
    oracle: Oracle,
}

async fn asked(seed: u64) -> Result<Asked> {
    let log = Log::with_history(seed).await?;
    let models = log.models("live", 40).await?;
    let oracle = Oracle::of(&log).await?;
    Ok(Asked { log, models, oracle })
}

fn organisations() -> impl Iterator<Item = OrganisationId> {
    ORGANISATIONS.into_iter().map(|id| id.parse().expect("a well-formed id"))
}

/// In the middle of the days of the samples.
fn midway() -> Timestamp {
    "2026-11-14T12:00:00Z".parse().expect("a moment")
}

/// Behind all of them.
fn late() -> Timestamp {
    "2027-06-01T12:00:00Z".parse().expect("a moment")
}

async fn all_cases(models: &ReadModels, mut query: CasesQuery) -> Result<Vec<CaseRecord>> {
    let mut all = Vec::new();
    loop {
        let page = models.cases(query.clone()).await?;
        assert!(page.len() <= query.limit as usize);
        let Some(last) = page.last() else { return Ok(all) };
        query.after = Some(last.id);
        all.extend(page);
    }
}

#[tokio::test]
async fn the_cases_of_an_organisation_are_those_it_is_tied_to() -> Result<()> {
    let Asked { models, oracle, log: _log } = asked(1).await?;
    let mut seen = 0;
    for organisation in organisations() {
        for (responsible_only, closed, phase) in [
            (false, None, None),
            (true, None, None),
            (false, Some(true), None),
            (false, Some(false), Some(Phase::Destination)),
        ] {
            let expected = oracle.cases.iter().filter(|record| {
                let standing = record.case.standing(&organisation);
                standing.is_some_and(|standing| standing > Standing::Offered)
                    && (!responsible_only || standing == Some(Standing::Responsible))
                    && closed.is_none_or(|closed| record.case.closing.closed() == closed)
                    && (phase.is_none() || record.case.journey.phase == phase)
            });
            let expected: Vec<_> = expected.cloned().collect();
            let organisation = organisation.clone();
            let query = CasesQuery { organisation, responsible_only, closed, phase, after: None, limit: 3 };
            assert_eq!(all_cases(&models, query.clone()).await?, expected, "{query:?}");
            assert_eq!(models.cases(CasesQuery { limit: 1000, ..query }).await?, expected);
            seen += expected.len();
        }
    }
    assert!(seen > 20, "the history is too thin to show anything: {seen}");
    Ok(())
}

#[tokio::test]
async fn an_unknown_case_ends_the_list() -> Result<()> {
    let Asked { models, log: _log, .. } = asked(1).await?;
    let organisation = "ngo-galaba".parse()?;
    let query = CasesQuery {
        organisation,
        responsible_only: false,
        closed: None,
        phase: None,
        after: None,
        limit: 9,
    };
    assert!(!models.cases(query.clone()).await?.is_empty());
    let after = Some(CaseId(case_id(999)));
    assert_eq!(models.cases(CasesQuery { after, ..query }).await?, []);
    Ok(())
}

#[tokio::test]
async fn standing_persons_and_due_cases_follow_from_the_states() -> Result<()> {
    let Asked { models, oracle, log: _log } = asked(2).await?;
    for record in &oracle.cases {
        assert_eq!(models.case(record.id).await?.as_ref(), Some(record));
        for organisation in organisations() {
            let standing = models.standing(record.id, &organisation).await?;
            assert_eq!(standing, record.case.standing(&organisation), "{organisation}");
        }
    }
    for number in 0..6 {
        let of = |record: &&CaseRecord| record.case.opening.as_ref().unwrap().person.0 == person_id(number);
        let expected: Vec<_> = oracle.cases.iter().filter(of).map(|record| record.id).collect();
        assert_eq!(models.cases_of_person(PersonId(person_id(number))).await?, expected);
    }
    let mut due: Vec<_> =
        oracle.cases.iter().filter_map(|record| Some((expiry::next_due(&record.case)?, record.id))).collect();
    due.retain(|(at, _)| *at <= midway());
    let mut found = models.due(midway(), 1000).await?;
    found.sort();
    due.sort_by_key(|(_, id)| *id);
    assert!(!due.is_empty());
    assert_eq!(found, due.iter().map(|(_, id)| *id).collect::<Vec<_>>());
    assert_eq!(models.due(midway(), 1).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_worklist_shows_what_waits_urgent_first_and_then_first_due() -> Result<()> {
    let Asked { models, oracle, log: _log } = asked(3).await?;
    let mut lists = std::collections::BTreeSet::new();
    for (organisation, now) in organisations().flat_map(|id| [(id.clone(), midway()), (id, late())]) {
        let mut visible = oracle.worklist(&organisation);
        visible.retain(|entry| entry.item.from <= now);
        let counts = models.worklist_counts(&organisation, now).await?;
        for list in List::ALL.into_iter().map(Some).chain([None]) {
            let on = |entry: &&WorklistEntry| list.is_none_or(|list| entry.item.list == list);
            let expected: Vec<_> = visible.iter().filter(on).cloned().collect();
            let organisation = organisation.clone();
            let mut query = WorklistQuery { organisation, list, now, after: None, limit: 2 };
            let mut all = Vec::new();
            while let page = models.worklist(query.clone()).await?
                && let Some(last) = page.last()
            {
                query.after = Some(last.cursor().to_string().parse()?);
                all.extend(page);
            }
            assert_eq!(all, expected, "{list:?}");
            if let Some(list) = list {
                assert_eq!(counts[&list], expected.len() as u64);
                lists.extend((!expected.is_empty()).then_some(list));
            }
        }
    }
    assert!(lists.len() == List::ALL.len(), "the history is too thin to show anything: {lists:?}");
    Ok(())
}

#[tokio::test]
async fn the_handoffs_of_an_organisation_go_both_ways() -> Result<()> {
    let Asked { models, oracle, log: _log } = asked(4).await?;
    let overdue_now = |case: CaseId, id: HandoffId| {
        let case = &oracle.cases.iter().find(|record| record.id == case).unwrap().case;
        worklist(case).iter().any(|item| item.subject == id.0 && item.due <= midway())
    };
    let mut overdue = 0;
    for organisation in organisations() {
        for (direction, state, overdue_at) in [
            (Direction::Both, None, None),
            (Direction::Incoming, None, None),
            (Direction::Outgoing, Some(HandoffState::Offered), None),
            (Direction::Both, None, Some(midway())),
        ] {
            let expected = oracle.handoffs.iter().filter(|(id, case, handoff)| {
                let incoming = handoff.to == organisation && direction != Direction::Outgoing;
                let outgoing = handoff.from == organisation && direction != Direction::Incoming;
                (incoming || outgoing)
                    && state.is_none_or(|state| handoff.state == state)
                    && (overdue_at.is_none() || overdue_now(*case, *id))
            });
            let expected: Vec<_> =
                expected.map(|(id, case, handoff)| (*id, *case, handoff.clone())).collect();
            let organisation = organisation.clone();
            let mut query =
                HandoffsQuery { organisation, direction, state, overdue_at, after: None, limit: 2 };
            let mut all = Vec::new();
            while let page = models.handoffs(query.clone()).await?
                && let Some(last) = page.last()
            {
                query.after = Some(last.id);
                all.extend(page);
            }
            let found: Vec<_> = all.into_iter().map(|found| (found.id, found.case, found.handoff)).collect();
            assert_eq!(found, expected, "{query:?}");
            overdue += if overdue_at.is_some() { expected.len() } else { 0 };
        }
    }
    assert!(overdue > 0, "the history is too thin to show anything");
    Ok(())
}

#[tokio::test]
async fn a_handoff_knows_where_it_changed_last() -> Result<()> {
    let Asked { log, models, oracle } = asked(4).await?;
    for (id, case, handoff) in &oracle.handoffs {
        let (of, HandoffRecord { position, handoff: found, .. }) = models.handoff(*id).await?.unwrap();
        assert_eq!((of, &found), (*case, handoff));
        let at = &log.events_after(Position::from(position.get() - 1)).await?[0];
        assert!(String::from_utf8_lossy(&at.payload).contains(&id.to_string()), "{position}");
    }
    assert_eq!(models.handoff(HandoffId(case_id(999))).await?, None);
    Ok(())
}

#[tokio::test]
async fn the_timeline_holds_every_event_of_a_case_as_it_was_stored() -> Result<()> {
    let Asked { log, models, oracle } = asked(5).await?;
    let case = oracle.cases[0].id;
    let events = log.events_after(Position::START).await?;
    let of_case = |event: &&safar_event_store::RecordedEvent| event.stream.id() == case.to_string();
    let expected: Vec<_> = events.iter().filter(of_case).collect();
    let mut entries = models.timeline(case, Revision::ABSENT, 10).await?;
    while let page = models.timeline(case, entries.last().unwrap().revision, 10).await?
        && !page.is_empty()
    {
        entries.extend(page);
    }
    assert_eq!(entries.len(), expected.len());
    for (entry, event) in entries.iter().zip(expected) {
        assert_eq!((entry.revision, entry.position), (event.revision, event.position));
        assert_eq!(entry.event_type, event.event_type);
        assert_eq!(entry.data, serde_json::from_slice::<serde_json::Value>(&event.payload)?);
        assert_eq!((entry.occurred_at.instant, entry.recorded_at), (event.occurred_at, event.recorded_at));
        assert_eq!(entry.occurred_at.offset_seconds, 18_000);
        assert_eq!(entry.actor.worker.as_str(), "sw-ngo-galaba");
    }
    Ok(())
}

#[tokio::test]
async fn the_measures_of_a_time_are_those_of_every_handoff_that_was_offered_in_it() -> Result<()> {
    let Asked { models, oracle, log: _log } = asked(8).await?;
    let all: Vec<Measured> = oracle.measured.iter().rev().cloned().collect();
    assert!(all.iter().any(|one| one.steps.arrived.is_some()) && all.iter().any(|one| !one.counted_tb));
    let offered = all[0].steps.offered;
    let next = offered.tomorrow()?;
    for organisation in organisations().map(Some).chain([None]) {
        let side = |one: &&Measured| {
            organisation.as_ref().is_none_or(|side| [&one.origin, &one.destination].contains(&side))
        };
        let expected: Vec<_> = all.iter().filter(side).cloned().collect();
        assert!(!expected.is_empty() && (organisation.is_none() || expected.len() < all.len()));
        for (from, until, there) in
            [(offered, next, true), (next, next.tomorrow()?, false), (offered.yesterday()?, offered, false)]
        {
            let mut found = Vec::new();
            let query = MeasuresQuery { organisation: organisation.clone(), from, until };
            models.measures(query, |measured| found.push(measured.clone())).await?;
            assert_eq!(found, if there { expected.clone() } else { Vec::new() }, "{from} {until}");
        }
    }
    Ok(())
}

/// The conflicts as their streams tell, newest first.
async fn conflicts_of(log: &Log) -> Result<Vec<ConflictRecord>> {
    let mut all: Vec<(ConflictId, Revision, Conflict)> = Vec::new();
    for event in log.events_after(Position::START).await? {
        if event.stream.category() == "conflict" {
            let id: ConflictId = event.stream.id().parse()?;
            let fact = decode::<ConflictEvent>(&event)?;
            if !all.iter().any(|(known, ..)| *known == id) {
                all.push((id, Revision::ABSENT, Conflict::default()));
            }
            let one = all.iter_mut().find(|(known, ..)| *known == id).expect("it was put there");
            one.1 = event.revision;
            one.2 = std::mem::take(&mut one.2).evolve(&fact);
        }
    }
    let record = |(id, revision, conflict): (_, _, Conflict)| {
        Some(ConflictRecord { id, revision, raised: conflict.0? })
    };
    Ok(all.into_iter().rev().filter_map(record).collect())
}

#[tokio::test]
async fn the_conflicts_of_an_organisation_are_those_it_must_hear_of() -> Result<()> {
    let Asked { log, models, .. } = asked(6).await?;
    let all = conflicts_of(&log).await?;
    let mut counted = [0; 2];
    for organisation in organisations() {
        for resolved in [None, Some(false), Some(true)] {
            let heard = |one: &&ConflictRecord| {
                one.raised.organisations().contains(&organisation)
                    && resolved.is_none_or(|resolved| one.raised.resolved.is_some() == resolved)
            };
            let expected: Vec<_> = all.iter().filter(heard).cloned().collect();
            let organisation = organisation.clone();
            let mut query = ConflictsQuery { organisation, resolved, after: None, limit: 7 };
            let mut found = Vec::new();
            while let page = models.conflicts(query.clone()).await?
                && let Some(last) = page.last()
            {
                query.after = Some(last.id);
                found.extend(page);
            }
            assert_eq!(found, expected, "{query:?}");
            if let Some(resolved) = resolved {
                counted[usize::from(resolved)] += expected.len();
            }
        }
    }
    assert!(counted.iter().all(|count| *count > 0), "the history is too thin: {counted:?}");
    let one = models.conflict(ConflictId(conflict_id(3))).await?;
    assert_eq!(one.as_ref(), all.iter().find(|one| one.id == ConflictId(conflict_id(3))));
    assert_eq!(models.conflict(ConflictId(conflict_id(999))).await?, None);
    Ok(())
}
