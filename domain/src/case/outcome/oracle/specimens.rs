//! What cultures and smears say, pair by pair: every two days of one kind with nothing of the other kind between them.

use super::Flaw;

/// A day with specimens, and whether one of them was positive.
pub(super) type Seen = (usize, bool);

#[derive(Clone, Copy)]
struct Pair {
    by_culture: bool,
    first: usize,
    second: usize,
}

/// One answer for each day: positive if anything was.
pub(super) fn by_day<'a>(all: impl Iterator<Item = &'a Seen>, on: usize) -> Vec<Seen> {
    let mut days: Vec<Seen> = all.filter(|(day, _)| *day <= on).copied().collect();
    days.sort_unstable();
    days.dedup_by(|later, kept| {
        kept.1 |= later.0 == kept.0 && later.1;
        later.0 == kept.0
    });
    days
}

fn pairs(days: &[Seen], by_culture: bool, positive: bool, apart: usize) -> Vec<Pair> {
    let mut found = Vec::new();
    for (first, seen) in days {
        for (second, again) in days {
            let far = *second >= first + apart && (second > first || apart == 0);
            let between = days.iter().any(|(day, other)| first < day && day < second && *other != positive);
            if *seen == positive && *again == positive && far && !between {
                found.push(Pair { by_culture, first: *first, second: *second });
            }
        }
    }
    found
}

/// Two negatives; and whatever two positives came after a conversion, two negatives after them again. Smears show it only
/// where no culture says otherwise, and undo nothing that cultures showed.
pub(super) fn responded(cultures: &[Seen], smears: &[Seen], flaw: Flaw) -> bool {
    let apart = if flaw == Flaw::OneNegativeIsEnough { 0 } else { 7 };
    let positive_culture =
        |from: usize, until: usize| cultures.iter().any(|(day, seen)| *seen && (from..=until).contains(day));
    let mut negatives = pairs(cultures, true, false, apart);
    negatives.extend(pairs(smears, false, false, apart));
    if flaw == Flaw::ReversionForgiven {
        return !negatives.is_empty();
    }
    if flaw == Flaw::EachMeasureForItself {
        return responded(cultures, &[], Flaw::None) && !reverted(smears, 7)
            || responded(&[], smears, Flaw::None) && !reverted(cultures, 7);
    }
    negatives.retain(|pair| pair.by_culture || !positive_culture(pair.first, pair.second));
    let mut positives = pairs(cultures, true, true, apart);
    positives.extend(pairs(smears, false, true, apart));
    positives.retain(|back| negatives.iter().any(|shown| shown.second <= back.first));
    negatives.retain(|pair| pair.by_culture || !positive_culture(pair.first, usize::MAX));
    let undone = |back: &Pair| {
        negatives.iter().any(|again| again.first > back.second && (again.by_culture || !back.by_culture))
    };
    !negatives.is_empty() && positives.iter().all(undone)
}

/// Two positives after two negatives of the same measure, and not two negatives again after that.
pub(super) fn reverted(days: &[Seen], apart: usize) -> bool {
    let negatives = pairs(days, true, false, apart);
    pairs(days, true, true, apart).iter().any(|back| {
        negatives.iter().any(|before| before.second < back.first)
            && negatives.iter().all(|after| after.second < back.second)
    })
}
