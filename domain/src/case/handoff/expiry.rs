//! What time alone brings about: offers expire, unanswered claims stand.
//!
//! The edge appends these before it decides anything else on a case, and a timer asks for them too. Whoever comes
//! first writes them, under a command key made from the handoff, so that they are written once.

use jiff::Timestamp;

use super::{Handoff, claim, event::HandoffClosed};
use crate::{
    case::{Case, CaseEvent},
    ids::HandoffId,
};

/// The events that are due on a case by now, grouped so that each group is one append with a key of its own.
pub fn due(case: &Case, now: Timestamp) -> Vec<(HandoffId, Vec<CaseEvent>)> {
    let of = |(id, handoff): (&HandoffId, &Handoff)| {
        let events = due_for(*id, handoff, case, now);
        (!events.is_empty()).then_some((*id, events))
    };
    case.handoffs.all.iter().filter_map(of).collect()
}

fn due_for(id: HandoffId, handoff: &Handoff, case: &Case, now: Timestamp) -> Vec<CaseEvent> {
    if handoff.state.pending() && now >= handoff.expires_at {
        return vec![CaseEvent::HandoffExpired(HandoffClosed { handoff: id })];
    }
    let lapsed = handoff.claim.as_ref().is_some_and(|open| {
        !open.confirmed && now.duration_since(open.claimed_at) >= claim::CLAIM_LAPSES_AFTER
    });
    if lapsed {
        return claim::claim_stands(id, handoff, case, true);
    }
    Vec::new()
}

/// The next moment at which time alone will bring something about, if any.
pub fn next_due(case: &Case) -> Option<Timestamp> {
    let moment = |handoff: &Handoff| {
        if handoff.state.pending() {
            return Some(handoff.expires_at);
        }
        let open = handoff.claim.as_ref().filter(|open| !open.confirmed)?;
        open.claimed_at.checked_add(claim::CLAIM_LAPSES_AFTER).ok()
    };
    case.handoffs.all.values().filter_map(moment).min()
}
