//! Sets of days, kept as stretches.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Days, as stretches in order of which none touches another; both ends are included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days(Vec<(Date, Date)>);

impl Days {
    /// Takes in every day from one to another; none when the second is earlier.
    pub fn add(&mut self, from: Date, until: Date) {
        if until < from {
            return;
        }
        let touches = |(first, last): &(Date, Date)| *first <= after(until) && from <= after(*last);
        let (joined, apart): (Vec<_>, Vec<_>) = self.0.drain(..).partition(touches);
        let first = joined.iter().map(|(first, _)| *first).min().map_or(from, |first| first.min(from));
        let last = joined.iter().map(|(_, last)| *last).max().map_or(until, |last| last.max(until));
        self.0 = apart;
        let place = self.0.partition_point(|(other, _)| *other < first);
        self.0.insert(place, (first, last));
    }

    /// Leaves out every day from one to another.
    pub fn remove(&mut self, from: Date, until: Date) {
        let outside = |(first, last): (Date, Date)| {
            let before = (first, last.min(before(from)));
            let rest = (first.max(after(until)), last);
            if until < from || last < from || until < first {
                return vec![(first, last)];
            }
            [before, rest].into_iter().filter(|(first, last)| first <= last).collect()
        };
        self.0 = self.0.drain(..).flat_map(outside).collect();
    }

    /// The stretches, earliest first.
    pub fn stretches(&self) -> impl DoubleEndedIterator<Item = (Date, Date)> {
        self.0.iter().copied()
    }

    /// The last of them.
    pub fn last(&self) -> Option<Date> {
        self.0.last().map(|(_, last)| *last)
    }
}

fn after(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

fn before(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::Days;

    fn day(day: i8) -> Date {
        date(2026, 1, day)
    }

    fn days(stretches: &[(i8, i8)]) -> Days {
        let mut days = Days::default();
        for (from, until) in stretches {
            days.add(day(*from), day(*until));
        }
        days
    }

    fn said(days: &Days) -> Vec<(i8, i8)> {
        days.stretches().map(|(from, until)| (from.day(), until.day())).collect()
    }

    #[test]
    fn stretches_that_touch_become_one_in_whatever_order_they_come() {
        assert_eq!(said(&days(&[(10, 12), (1, 3), (4, 5), (13, 13)])), [(1, 5), (10, 13)]);
        assert_eq!(said(&days(&[(1, 3), (7, 9), (2, 8)])), [(1, 9)]);
        assert_eq!(said(&days(&[(5, 4)])), []);
        assert_eq!(days(&[(10, 12), (1, 3)]).last(), Some(day(12)));
    }

    #[test]
    fn days_are_left_out_at_the_ends_and_in_the_middle() {
        let without = |from, until| {
            let mut all = days(&[(1, 5), (10, 14)]);
            all.remove(day(from), day(until));
            said(&all)
        };
        assert_eq!(without(3, 3), [(1, 2), (4, 5), (10, 14)]);
        assert_eq!(without(4, 11), [(1, 3), (12, 14)]);
        assert_eq!(without(1, 5), [(10, 14)]);
        assert_eq!(without(6, 9), [(1, 5), (10, 14)]);
        assert_eq!(without(9, 4), [(1, 5), (10, 14)]);
    }
}
