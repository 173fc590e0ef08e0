//! What a node remembers of the access log to judge the next reading: who is watched, and who has opened what today.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use uuid::Uuid;

use super::{AccessEvent, AlertKind, Reading};
use crate::{actor::Actor, decider::Fact, ids::WorkerId};

/// Folded from the access log, so that it is the same after a restart and on every node; readings of HIV records, of which
/// that log knows nothing, are counted by the node on which they are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    /// Which records belong to which watched case.
    watched: BTreeMap<Uuid, BTreeSet<Uuid>>,
    days: BTreeMap<WorkerId, Day>,
}

/// One worker's day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Day {
    on: Date,
    opened: BTreeSet<Uuid>,
    alerted: bool,
}

/// A reading is more than a day's work needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// Whether the log does not hold yet that anybody was told of it today.
    pub first: bool,
}

impl Watch {
    /// Takes in one fact of the access log; `today` is the day on which its actor's organisation was then.
    pub fn take(&mut self, fact: &Fact<AccessEvent>, today: Date) {
        match &fact.event {
            AccessEvent::Read(reading) => {
                let day = self.day(&fact.actor, today);
                if reading.counts() && day.on == today {
                    day.opened.extend(reading.records());
                }
            }
            AccessEvent::CanarySet(set) if set.watched => {
                self.watched.insert(set.case.0, [set.case.0, set.person.0].into());
            }
            AccessEvent::CanarySet(set) => {
                self.watched.remove(&set.case.0);
            }
            AccessEvent::Alerted(alert) => {
                let day = self.day(&fact.actor, today);
                day.alerted |= alert.kind == AlertKind::BudgetExceeded && day.on == today;
            }
        }
    }

    /// Takes a reading into the day's account of its reader before it is made, so that many at once cannot all slip through;
    /// unless the reader would then have opened more than `most` different records today.
    pub fn open(
        &mut self,
        reader: &Actor,
        reading: &Reading,
        (today, most): (Date, u32),
    ) -> Result<(), Exceeded> {
        let day = self.day(reader, today);
        let more: BTreeSet<Uuid> = reading.records().filter(|record| !day.opened.contains(record)).collect();
        if more.is_empty() || !reading.counts() {
            return Ok(());
        }
        if day.opened.len() + more.len() > most as usize {
            return Err(Exceeded { first: !day.alerted });
        }
        day.opened.extend(more);
        Ok(())
    }

    /// The log holds that this reader wanted more than a day's work needs: nobody has to be told again today.
    pub fn alerted(&mut self, reader: &Actor, today: Date) {
        self.day(reader, today).alerted = true;
    }

    /// Of the records that a reading shows, those of watched cases.
    #[must_use]
    pub fn watched(&self, reading: &Reading) -> Reading {
        let mut watched = reading.clone();
        let is_watched = |record: Uuid| self.watched.values().any(|records| records.contains(&record));
        watched.cases.retain(|case| is_watched(case.0));
        watched.persons.retain(|person| is_watched(person.0));
        watched
    }

    /// Whether a reading opens a watched record. Rows of lists do not: those who work there see them each day.
    pub fn is_watched(&self, reading: &Reading) -> bool {
        let watched = |record: Uuid| self.watched.values().any(|records| records.contains(&record));
        reading.opened && reading.records().any(watched)
    }

    /// The worker's account of that day, or of a later one that another clock has begun. Accounts of days before are let
    /// go of.
    fn day(&mut self, worker: &Actor, today: Date) -> &mut Day {
        if self.days.get(&worker.worker).is_none_or(|day| day.on < today) {
            let yesterday = today.yesterday().unwrap_or(today);
            self.days.retain(|_, day| day.on >= yesterday);
            self.days.insert(worker.worker.clone(), Day { on: today, ..Day::default() });
        }
        self.days.entry(worker.worker.clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{
        access::{AccessGround, Alert, canary::CanarySet},
        case::fixtures::*,
        ids::{CaseId, ExportId, PersonId},
        policy::Action,
        testing::context,
    };

    const MONDAY: Date = date(2026, 5, 4);

    fn of(cases: &[u128]) -> Reading {
        let cases = cases.iter().map(|case| CaseId(Uuid::from_u128(*case)));
        Reading::opened(Action::ReadCase, AccessGround::Responsible).cases(cases)
    }

    fn take(watch: &mut Watch, event: AccessEvent, on: Date) {
        watch.take(&context(&galaba(), &directory()).fact(event), on);
    }

    #[test]
    fn more_different_records_than_a_day_needs_are_not_opened() {
        let (mut watch, reader) = (Watch::default(), galaba());
        assert_eq!(watch.open(&reader, &of(&[1, 2]), (MONDAY, 2)), Ok(()));
        assert_eq!(watch.open(&reader, &of(&[2, 1]), (MONDAY, 2)), Ok(()), "these are no more");
        assert_eq!(watch.open(&reader, &of(&[3]), (MONDAY, 2)), Err(Exceeded { first: true }));
        assert_eq!(
            watch.open(&reader, &of(&[3]), (MONDAY, 2)),
            Err(Exceeded { first: true }),
            "until it is told"
        );
        watch.alerted(&reader, MONDAY);
        assert_eq!(watch.open(&reader, &of(&[3]), (MONDAY, 2)), Err(Exceeded { first: false }));
        assert_eq!(watch.open(&reader, &of(&[1]), (MONDAY, 2)), Ok(()), "what is open stays open");
        assert_eq!(watch.open(&shymkent(), &of(&[3]), (MONDAY, 2)), Ok(()), "somebody else's day");
        let tuesday = MONDAY.tomorrow().unwrap();
        assert_eq!(watch.open(&reader, &of(&[3]), (tuesday, 2)), Ok(()));
        assert_eq!(
            watch.open(&reader, &of(&[4, 5]), (tuesday, 2)),
            Err(Exceeded { first: true }),
            "another day is told anew"
        );
    }

    #[test]
    fn rows_of_a_list_cost_nothing() {
        let (mut watch, reader) = (Watch::default(), galaba());
        let rows = Reading { opened: false, ..of(&[1, 2, 3]) };
        assert_eq!(watch.open(&reader, &rows, (MONDAY, 1)), Ok(()));
        assert_eq!(watch.open(&reader, &of(&[4]), (MONDAY, 1)), Ok(()));
    }

    #[test]
    fn what_leaves_with_an_export_costs_nothing_of_the_day_and_still_gives_the_alarm() {
        let (mut watch, reader) = (Watch::default(), galaba());
        let (case, person) = (CaseId(Uuid::from_u128(2)), PersonId(Uuid::from_u128(9)));
        let left = of(&[1, 2, 3]).in_export(ExportId(Uuid::from_u128(7)));
        assert_eq!(watch.open(&reader, &left, (MONDAY, 1)), Ok(()));
        take(&mut watch, AccessEvent::Read(left.clone()), MONDAY);
        assert_eq!(watch.open(&reader, &of(&[4]), (MONDAY, 1)), Ok(()));
        take(&mut watch, AccessEvent::CanarySet(CanarySet { case, person, watched: true }), MONDAY);
        assert!(watch.is_watched(&left));
        assert_eq!(
            watch.watched(&left).records().collect::<Vec<_>>(),
            [case.0],
            "and only that one is named"
        );
    }

    #[test]
    fn what_the_log_says_counts_as_what_was_seen_here() {
        let mut watch = Watch::default();
        take(&mut watch, AccessEvent::Read(of(&[1])), MONDAY);
        assert_eq!(watch.open(&galaba(), &of(&[2]), (MONDAY, 1)), Err(Exceeded { first: true }));
        let mut told = Watch::default();
        take(&mut told, AccessEvent::Read(of(&[1])), MONDAY);
        let alert = Alert::of(AlertKind::BudgetExceeded, &of(&[2]));
        take(&mut told, AccessEvent::Alerted(alert), MONDAY);
        assert_eq!(told.open(&galaba(), &of(&[2]), (MONDAY, 1)), Err(Exceeded { first: false }));
        take(&mut told, AccessEvent::Read(of(&[2])), MONDAY.yesterday().unwrap());
        assert_eq!(told.open(&galaba(), &of(&[1]), (MONDAY, 1)), Ok(()), "a day that is over counts no more");
    }

    #[test]
    fn a_watched_case_and_its_person_are_noticed_until_it_is_let_go() {
        let (case, person) = (CaseId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let set = |watched| AccessEvent::CanarySet(CanarySet { case, person, watched });
        let mut watch = Watch::default();
        let of_person = Reading::opened(Action::ReadPerson, AccessGround::Responsible).persons([person]);
        assert!(!watch.is_watched(&of(&[1])));
        take(&mut watch, set(true), MONDAY);
        assert!(watch.is_watched(&of(&[3, 1])) && watch.is_watched(&of_person));
        assert!(!watch.is_watched(&of(&[3])));
        assert!(!watch.is_watched(&Reading { opened: false, ..of(&[1]) }));
        take(&mut watch, set(false), MONDAY);
        assert!(!watch.is_watched(&of(&[1])) && !watch.is_watched(&of_person));
    }
}
