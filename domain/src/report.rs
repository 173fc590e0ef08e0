//! Counting for reports: exact numbers, observed quartiles, and what is too small to show.
//!
//! Nothing here estimates: a share is two whole numbers, and a quartile is a value that was observed.

use std::collections::BTreeMap;

pub mod corridor;

/// Below so many, a number about people is told to nobody who may not see the people.
pub const LEAST_SHOWN: u64 = 5;

/// A part of a whole, as the two numbers it is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub numerator: u64,
    /// The whole.
    pub denominator: u64,
}

/// How often each number of days was observed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Days(BTreeMap<i32, u64>);

/// The three values that cut the observed ones into quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say what they are")]
pub struct Quartiles {
    pub lower: i32,
    pub median: i32,
    pub upper: i32,
}

impl Days {
    /// Takes in one observation.
    pub fn observe(&mut self, days: i32) {
        *self.0.entry(days).or_default() += 1;
    }

    /// Takes in what was observed elsewhere.
    pub fn merge(&mut self, other: &Self) {
        for (days, times) in &other.0 {
            *self.0.entry(*days).or_default() += times;
        }
    }

    /// How many observations there are.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The quartiles by the nearest rank (type 1 of Hyndman and Fan, 1996): of n values in order the one at rank n·q/4,
    /// rounded up. It is always a value that was observed; of an even number the median is the lower of the middle two.
    pub fn quartiles(&self) -> Option<Quartiles> {
        let quartile = |quarters: u64| self.at_rank((self.count() * quarters).div_ceil(4));
        Some(Quartiles { lower: quartile(1)?, median: quartile(2)?, upper: quartile(3)? })
    }

    fn at_rank(&self, rank: u64) -> Option<i32> {
        let mut passed = 0;
        self.0.iter().find_map(|(days, times)| {
            passed += times;
            (passed >= rank).then_some(*days)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Days, Quartiles};

    fn days(observed: &[i32]) -> Days {
        let mut days = Days::default();
        for value in observed {
            days.observe(*value);
        }
        days
    }

    /// By the definition: the smallest observed value that at least that part of them does not exceed.
    fn by_sorting(observed: &[i32]) -> Quartiles {
        let mut sorted = observed.to_vec();
        sorted.sort_unstable();
        let at = |quarters: usize| sorted[(sorted.len() * quarters).div_ceil(4) - 1];
        Quartiles { lower: at(1), median: at(2), upper: at(3) }
    }

    #[test]
    fn nothing_observed_has_no_quartiles() {
        assert_eq!((days(&[]).quartiles(), days(&[]).count()), (None, 0));
    }

    #[test]
    fn quartiles_are_observed_values_and_never_between_two() {
        let of = |observed: &[i32]| days(observed).quartiles();
        assert_eq!(of(&[7]), Some(Quartiles { lower: 7, median: 7, upper: 7 }));
        assert_eq!(of(&[9, 1]), Some(Quartiles { lower: 1, median: 1, upper: 9 }));
        assert_eq!(of(&[4, 3, 2, 1]), Some(Quartiles { lower: 1, median: 2, upper: 3 }));
        assert_eq!(of(&[1, 2, 3, 4, 100]), Some(Quartiles { lower: 2, median: 3, upper: 4 }));
    }

    proptest::proptest! {
        #[test]
        fn counting_gives_what_sorting_gives(
            one in proptest::collection::vec(-5i32..40, 1..60),
            other in proptest::collection::vec(-5i32..40, 0..60),
        ) {
            let mut together = days(&one);
            together.merge(&days(&other));
            let all = [one, other].concat();
            proptest::prop_assert_eq!(together.quartiles(), Some(by_sorting(&all)));
            proptest::prop_assert_eq!(together.count(), all.len() as u64);
        }
    }
}
