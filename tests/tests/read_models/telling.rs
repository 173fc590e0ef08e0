//! What organisations are told, and whom they are asked for, as the rulebooks alone would say it.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use safar_domain::{
    case::Case,
    contact_notice::{ContactNotice, ContactNoticeState},
    decider::{Decider as _, Fact},
    emergency::{Emergency, EmergencyEvent},
    export::{Export, ExportEvent},
    ids::{CaseId, ContactNoticeId, EmergencyId, ExportId, OrganisationId, PersonId, PullRequestId},
    notice::{About, Notice, told, told_of_contact, told_of_emergency, told_of_export, told_of_request},
    pull_request::{Asked, PullRequest, PullRequestState},
};
use safar_event_store::{Position, Revision};
use safar_projections::{
    ContactNoticeRecord, ContactNoticesQuery, Direction, NoticeRecord, NoticesQuery, PullRequestsQuery,
    ReadModels,
    recorded::{Change, change},
};

use crate::{
    fixture::Log,
    history::{ORGANISATIONS, person_id, request_id},
};

/// Everything told, in the order of the log, and every pull request, newest first.
struct Told {
    notices: Vec<(OrganisationId, NoticeRecord)>,
    requests: Vec<Asked>,
    contacts: Vec<ContactNoticeRecord>,
}

async fn told_by_the_log(log: &Log) -> Result<Told> {
    let mut cases: BTreeMap<CaseId, Case> = BTreeMap::new();
    let mut requests: BTreeMap<PullRequestId, (Position, PullRequest)> = BTreeMap::new();
    let mut contacts: BTreeMap<ContactNoticeId, (Position, Revision, ContactNotice)> = BTreeMap::new();
    let mut emergencies: BTreeMap<EmergencyId, Emergency> = BTreeMap::new();
    let mut exports: BTreeMap<ExportId, Export> = BTreeMap::new();
    let mut notices = Vec::new();
    for event in log.events_after(Position::START).await? {
        let position = event.position;
        let (case, said): (Option<CaseId>, Vec<Notice>) = match change(&event)? {
            Change::Case(id, fact) => {
                let after = cases.remove(&id).unwrap_or_default().evolve(&fact);
                (Some(id), told(&fact, cases.entry(id).or_insert(after)))
            }
            Change::PullRequest(id, fact) => {
                let (_, request) = requests.entry(id).or_insert((position, PullRequest::default()));
                *request = std::mem::take(request).evolve(&fact);
                (None, told_of_request(&fact, request))
            }
            Change::ContactNotice(id, fact) => {
                let fresh = (position, event.revision, ContactNotice::default());
                let (_, revision, notice) = contacts.entry(id).or_insert(fresh);
                *notice = std::mem::take(notice).evolve(&fact);
                *revision = event.revision;
                (None, told_of_contact(&fact, notice))
            }
            Change::Emergency(fact) => {
                let after = match &fact.event {
                    EmergencyEvent::Opened(opened) => {
                        emergencies.entry(opened.emergency).or_insert(Emergency::new(opened, &fact))
                    }
                    EmergencyEvent::Reviewed(reviewed) => {
                        emergencies.get_mut(&reviewed.emergency).expect("it was opened")
                    }
                    EmergencyEvent::Missed { .. } => continue,
                };
                (Some(after.opened.case), told_of_emergency(&fact, after))
            }
            Change::Export(fact) => (None, of_export(&mut exports, &fact)),
            _ => continue,
        };
        notices.extend(said.into_iter().map(|Notice { organisation, about, subject }| {
            let recorded_at = event.recorded_at;
            (organisation, NoticeRecord { position, about, case, subject, recorded_at })
        }));
    }
    let mut requests: Vec<_> = requests.into_values().collect();
    requests.sort_by_key(|(made, _)| std::cmp::Reverse(*made));
    let mut contacts: Vec<_> = contacts.into_values().collect();
    contacts.sort_by_key(|(sent, ..)| std::cmp::Reverse(*sent));
    let record = |(_, revision, notice): (_, _, ContactNotice)| {
        notice.0.map(|told| ContactNoticeRecord { revision, told })
    };
    Ok(Told {
        notices,
        requests: requests.into_iter().filter_map(|(_, request)| request.0).collect(),
        contacts: contacts.into_iter().filter_map(record).collect(),
    })
}

fn of_export(exports: &mut BTreeMap<ExportId, Export>, fact: &Fact<ExportEvent>) -> Vec<Notice> {
    let id = fact.event.export();
    if let ExportEvent::Requested(asked) = &fact.event {
        exports.entry(id).or_insert(Export::new(asked, fact));
    }
    let Some(after) = exports.get_mut(&id) else { return Vec::new() };
    after.take_in(fact);
    told_of_export(&fact.event, after)
}

fn organisations() -> impl Iterator<Item = OrganisationId> {
    ORGANISATIONS.into_iter().map(|id| id.parse().expect("a well-formed id"))
}

async fn all_notices(models: &ReadModels, mut query: NoticesQuery) -> Result<Vec<NoticeRecord>> {
    let mut all = Vec::new();
    while let page = models.notices(query.clone()).await?
        && let Some(last) = page.last()
    {
        assert!(page.len() <= query.limit as usize);
        *(if query.newest_first { &mut query.before } else { &mut query.after }) = last.position;
        all.extend(page);
    }
    Ok(all)
}

#[tokio::test]
async fn an_organisation_reads_what_it_was_told_forwards_and_backwards() -> Result<()> {
    let log = Log::with_history(1).await?;
    let models = log.models("live", 7).await?;
    let Told { notices, .. } = told_by_the_log(&log).await?;
    let (after, before) = (Position::START, Position::from(u64::MAX));
    let mut topics = std::collections::BTreeSet::new();
    for organisation in organisations() {
        for about in [None, Some(About::HandoffOffered), Some(About::PullRequestLapsed)] {
            let own = notices.iter().filter(|(to, notice)| {
                *to == organisation && about.is_none_or(|about| notice.about == about)
            });
            let mut expected: Vec<_> = own.map(|(_, notice)| notice.clone()).collect();
            topics.extend(expected.iter().map(|notice| notice.about));
            let organisation = organisation.clone();
            let query = NoticesQuery { organisation, about, after, before, newest_first: false, limit: 3 };
            assert_eq!(all_notices(&models, query.clone()).await?, expected, "{query:?}");
            expected.reverse();
            let query = NoticesQuery { newest_first: true, ..query };
            assert_eq!(all_notices(&models, query).await?, expected);
        }
    }
    assert!(topics.len() > 20, "the history is too thin to show anything: {topics:?}");
    Ok(())
}

#[tokio::test]
async fn something_has_come_exactly_when_there_is_a_notice_behind_the_position() -> Result<()> {
    let log = Log::with_history(2).await?;
    let models = log.models("live", 50).await?;
    let Told { notices, .. } = told_by_the_log(&log).await?;
    let head = models.position().await;
    for organisation in organisations() {
        for after in (0..head.get()).step_by(17).chain([head.get()]).map(Position::from) {
            for until in [head, Position::from(after.get() + 5)] {
                let within = |at: Position| at > after && at <= until;
                let expected = notices.iter().any(|(to, told)| *to == organisation && within(told.position));
                assert_eq!(
                    models.any_notice(&organisation, (after, until)).await?,
                    expected,
                    "{after} {until}"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_pull_requests_of_an_organisation_go_both_ways() -> Result<()> {
    let log = Log::with_history(3).await?;
    let models = log.models("live", 7).await?;
    let Told { requests, .. } = told_by_the_log(&log).await?;
    let mut seen = 0;
    for organisation in organisations() {
        for (direction, state) in [
            (Direction::Both, None),
            (Direction::Incoming, Some(PullRequestState::Open)),
            (Direction::Outgoing, None),
        ] {
            let own = requests.iter().filter(|asked| {
                let incoming = asked.of == organisation && direction != Direction::Outgoing;
                let outgoing = asked.from == organisation && direction != Direction::Incoming;
                (incoming || outgoing) && state.is_none_or(|state| asked.state == state)
            });
            let expected: Vec<_> = own.cloned().collect();
            let organisation = organisation.clone();
            let mut query = PullRequestsQuery { organisation, direction, state, after: None, limit: 2 };
            let mut all = Vec::new();
            while let page = models.pull_requests(query.clone()).await?
                && let Some(last) = page.last()
            {
                query.after = Some(last.asked.request);
                all.extend(page.into_iter().map(|found| found.asked));
            }
            assert_eq!(all, expected, "{query:?}");
            seen += expected.len();
        }
    }
    assert!(seen > 40, "the history is too thin to show anything: {seen}");
    Ok(())
}

#[tokio::test]
async fn a_pull_request_is_open_for_its_person_until_it_is_settled_or_lapses() -> Result<()> {
    let log = Log::with_history(4).await?;
    let models = log.models("live", 40).await?;
    let Told { requests, .. } = told_by_the_log(&log).await?;
    let midway: Timestamp = "2026-11-14T12:00:00Z".parse()?;
    let open = |asked: &&Asked| asked.state == PullRequestState::Open;
    let mut found = 0;
    for organisation in organisations() {
        for number in 0..20 {
            let person = PersonId(person_id(number));
            let about = |asked: &&Asked| {
                asked.person == person && asked.of == organisation && asked.lapses_at > midway
            };
            let expected: Vec<_> = requests.iter().filter(open).filter(about).collect();
            let any = models.open_pull_request(person, (&organisation, None), midway).await?;
            assert_eq!(any.is_some(), !expected.is_empty());
            for asker in organisations() {
                let by = models.open_pull_request(person, (&organisation, Some(&asker)), midway).await?;
                assert_eq!(by.is_some(), expected.iter().any(|asked| asked.from == asker));
            }
            found += expected.len();
        }
    }
    let mut late: Vec<_> = requests.iter().filter(open).filter(|asked| asked.lapses_at <= midway).collect();
    late.sort_by_key(|asked| asked.request);
    let mut lapsing = models.lapsing_pull_requests(midway, 1_000).await?;
    lapsing.sort();
    assert_eq!(lapsing, late.iter().map(|asked| asked.request).collect::<Vec<_>>());
    assert!(found > 0 && !late.is_empty(), "the history is too thin to show anything");
    assert_eq!(models.pull_request(PullRequestId(request_id(999))).await?, None);
    Ok(())
}

#[tokio::test]
async fn the_contact_notices_of_an_organisation_go_both_ways() -> Result<()> {
    let log = Log::with_history(5).await?;
    let models = log.models("live", 11).await?;
    let Told { contacts, .. } = told_by_the_log(&log).await?;
    let mut seen = 0;
    for organisation in organisations() {
        for (direction, state) in [
            (Direction::Both, None),
            (Direction::Incoming, None),
            (Direction::Outgoing, Some(ContactNoticeState::Answered)),
        ] {
            let (from, to) = (direction != Direction::Incoming, direction != Direction::Outgoing);
            let own = contacts.iter().filter(|record| {
                let told = &record.told;
                let side = from && told.from == organisation || to && told.to == organisation;
                side && state.is_none_or(|state| told.state == state)
            });
            let expected: Vec<_> = own.cloned().collect();
            seen += expected.len();
            let mut found = Vec::new();
            let organisation = organisation.clone();
            let mut query = ContactNoticesQuery { organisation, direction, state, after: None, limit: 2 };
            while let page = models.contact_notices(query.clone()).await?
                && let Some(last) = page.last()
            {
                query.after = Some(last.told.notice);
                found.extend(page);
            }
            assert_eq!(found, expected, "{query:?}");
        }
    }
    assert!(seen > 10, "the history is too thin to show anything");
    Ok(())
}

#[tokio::test]
async fn a_contact_is_looked_for_until_the_notice_is_settled() -> Result<()> {
    let log = Log::with_history(6).await?;
    let models = log.models("live", 11).await?;
    let Told { contacts, .. } = told_by_the_log(&log).await?;
    let open = |told: &safar_domain::contact_notice::Told| told.state.open();
    for record in &contacts {
        let told = &record.told;
        let found = models.open_contact_notice(told.case, told.contact).await?;
        assert_eq!(found.is_some(), open(told), "{told:?}");
        let same = |other: &&ContactNoticeRecord| {
            open(&other.told) && other.told.person == told.person && other.told.to == told.to
        };
        let expected = contacts.iter().any(|other| same(&other));
        assert_eq!(models.told_of_contact(told.person, &told.to).await?, expected);
    }
    assert!(
        contacts.iter().any(|record| open(&record.told)) && contacts.iter().any(|record| !open(&record.told))
    );
    Ok(())
}
