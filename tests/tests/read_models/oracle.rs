//! The answers as they follow from the rulebooks alone: every case folded from the log, no table, no index.

use std::collections::BTreeMap;

use anyhow::Result;
use safar_domain::{
    case::{
        Case, CaseEvent,
        handoff::{Handoff, measure::Measures},
        worklist::worklist,
    },
    decider::{Decider as _, Fact},
    ids::{CaseId, HandoffId, OrganisationId},
    report::corridor::Measured,
};
use safar_event_store::{Position, Revision};
use safar_projections::{CaseRecord, WorklistEntry, recorded::decode};

use crate::fixture::Log;

pub(crate) struct Oracle {
    /// In the order of their opening, newest first.
    pub(crate) cases: Vec<CaseRecord>,
    /// In the order of their offers, newest first.
    pub(crate) handoffs: Vec<(HandoffId, CaseId, Handoff)>,
    /// In the same order.
    pub(crate) measured: Vec<Measured>,
}

impl Oracle {
    pub(crate) async fn of(log: &Log) -> Result<Self> {
        let mut streams: BTreeMap<_, (Position, Vec<Fact<CaseEvent>>, Position)> = BTreeMap::new();
        let mut offered = Vec::new();
        for event in log.events_after(Position::START).await? {
            if event.stream.category() == "case" {
                let id: CaseId = event.stream.id().parse()?;
                let fact: Fact<CaseEvent> = decode(&event)?;
                if let CaseEvent::HandoffOffered(offer) = &fact.event
                    && !offered.contains(&(offer.handoff, id))
                {
                    offered.push((offer.handoff, id));
                }
                let (_, facts, last) =
                    streams.entry(id).or_insert((event.position, Vec::new(), event.position));
                facts.push(fact);
                *last = event.position;
            }
        }
        let stepped: BTreeMap<CaseId, Measures> =
            streams.iter().map(|(id, (_, facts, _))| (*id, measures(facts))).collect();
        let mut by_opening: Vec<_> = streams.into_iter().collect();
        by_opening.sort_by_key(|(_, (first, ..))| std::cmp::Reverse(*first));
        let cases: Vec<_> = by_opening.into_iter().map(record).collect();
        let handoff = |(id, case): (HandoffId, CaseId)| {
            let of = cases.iter().find(|record| record.id == case)?;
            Some((id, case, of.case.handoffs.all.get(&id)?.clone()))
        };
        let handoffs: Vec<_> = offered.into_iter().rev().filter_map(handoff).collect();
        let measured = |(id, case, handoff): &(HandoffId, CaseId, Handoff)| {
            let of = cases.iter().find(|record| record.id == *case)?;
            Some(Measured {
                origin: handoff.from.clone(),
                destination: handoff.to.clone(),
                outside: handoff
                    .external
                    .as_ref()
                    .and_then(|external| external.country.as_str().parse().ok()),
                state: handoff.state,
                counted_tb: handoff.of_counted_tb(&of.case),
                steps: stepped.get(case)?.of(*id)?.clone(),
            })
        };
        let measured = handoffs.iter().filter_map(measured).collect();
        Ok(Self { cases, handoffs, measured })
    }

    /// Everything that waits for an organisation, first due first.
    pub(crate) fn worklist(&self, organisation: &OrganisationId) -> Vec<WorklistEntry> {
        let items = |record: &CaseRecord| {
            let case = record.id;
            worklist(&record.case).into_iter().map(move |item| WorklistEntry { case, item })
        };
        let mut entries: Vec<_> = self.cases.iter().flat_map(items).collect();
        entries.retain(|entry| entry.item.organisation == *organisation);
        entries.sort_by_key(|WorklistEntry { case, item }| {
            (item.urgency.rank(), item.due, *case, item.subject, item.list.code(), item.about)
        });
        entries
    }
}

fn measures(facts: &[Fact<CaseEvent>]) -> Measures {
    let mut measures = Measures::default();
    for fact in facts {
        measures.take_in(fact);
    }
    measures
}

fn record((id, (_, facts, position)): (CaseId, (Position, Vec<Fact<CaseEvent>>, Position))) -> CaseRecord {
    CaseRecord { id, revision: Revision::from(facts.len() as u64), position, case: Case::replay(&facts) }
}
