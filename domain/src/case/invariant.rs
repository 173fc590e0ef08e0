//! What must be true of a case after every append; `safar verify` asks it of a whole log.

use super::{
    Case,
    handoff::Handoff,
    programme::{Interval, Programme},
};

impl Case {
    /// The invariant that does not hold, in words; `None` when all do.
    pub fn broken_invariant(&self) -> Option<String> {
        self.opening.as_ref()?;
        let open = !self.closing.closed();
        if open && self.responsibility.of(Programme::Support).is_none() {
            return Some("nobody answers for the support programme of an open case".to_owned());
        }
        if !open && self.responsibility.open().next().is_some() {
            return Some("a programme of a closed case is open".to_owned());
        }
        for (programme, intervals) in self.responsibility.intervals() {
            if !intervals.windows(2).all(follows) {
                return Some(format!("two organisations answer for the {programme} programme at one time"));
            }
        }
        let grounded = |handoff: &Handoff| !handoff.consents.is_empty() || handoff.consent_override.is_some();
        if let Some((id, _)) = self.handoffs.all.iter().find(|(_, handoff)| !grounded(handoff)) {
            return Some(format!("handoff {id} names neither a consent nor an override"));
        }
        let dead = self.closing.dead();
        if let Some((id, _)) = self.handoffs.live().next().filter(|_| dead) {
            return Some(format!("handoff {id} is live after a death"));
        }
        let foreign = |handoff: &Handoff| {
            handoff.taken().iter().any(|programme| self.responsibility.of(*programme) != Some(&handoff.from))
        };
        if let Some((id, _)) = self.handoffs.live().find(|(_, handoff)| foreign(handoff)) {
            return Some(format!("the sender of the live handoff {id} does not answer for what it offers"));
        }
        let twice = |programme: &Programme| {
            self.handoffs.live().filter(|(_, handoff)| handoff.taken().contains(programme)).count() > 1
        };
        let programme = Programme::ALL.into_iter().find(twice)?;
        Some(format!("the {programme} programme has two live handoffs"))
    }
}

/// An interval begins when the one before it has ended, and not earlier; where a handoff moved it, not later either.
fn follows(pair: &[Interval]) -> bool {
    let moved = pair[1].handoff.is_some();
    pair[0].until.is_some_and(|until| until == pair[1].from || until < pair[1].from && !moved)
}

#[cfg(test)]
mod tests {
    use crate::{
        case::{CaseEvent, fixtures::*, programme::Programme},
        testing::given,
    };

    fn broken(history: &[CaseEvent]) -> Option<String> {
        given(history).state().broken_invariant()
    }

    #[test]
    fn histories_made_by_the_rules_break_nothing() {
        for history in [vec![], a_case(), offered_case(), treated_case(), treated_and_offered_case()] {
            assert_eq!(broken(&history), None);
        }
    }

    #[test]
    fn histories_that_the_rules_could_not_make_are_found_out() {
        assert!(broken(&[opened()]).is_some(), "nobody answers");
        let twice = a_case_and([support_opened("ngo-kz-taraz")]);
        assert!(broken(&twice).is_some(), "two answer");
        assert!(broken(&a_case_and([closed()])).is_some(), "closed, and somebody answers");
        let mut handoffs = offered_case();
        let CaseEvent::HandoffOffered(mut second) =
            handoff_offered("ngo-galaba", "ngo-kz-karaganda", Programme::Support)
        else {
            unreachable!("an offer is an offer")
        };
        second.handoff = crate::ids::HandoffId(uuid::Uuid::from_u128(9));
        handoffs.push(CaseEvent::HandoffOffered(second));
        assert!(broken(&handoffs).is_some(), "two live handoffs");
        let mut groundless = offered_case();
        for event in &mut groundless {
            if let CaseEvent::HandoffOffered(offered) = event {
                offered.consents.clear();
            }
        }
        assert!(broken(&groundless).is_some(), "neither a consent nor an override");
    }
}
