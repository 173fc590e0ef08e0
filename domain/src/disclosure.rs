//! Disclosures: what left the record of a patient, to whom, and on which ground; one stream for each case.
//!
//! They have a stream of their own, so that a reader does not move the revision on which a worker decides. A body leaves
//! only after its disclosure is in the log.

use serde::{Deserialize, Serialize};

use crate::{
    case::handoff::disclosure::DisclosureGround,
    decider::{Context, Decider, Fact},
    ids::HandoffId,
    refusal::refusals,
};

/// In which form the data left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "paper-forms"))]
pub enum Form {
    /// The packet, as data.
    Packet,
    /// The packet, printed.
    PacketPage,
    /// The card for the patient.
    ClaimCard,
}

/// What left; who read it and when is with every event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// Of which handoff.
    pub handoff: HandoffId,
    /// In which form.
    pub form: Form,
    /// On which ground.
    pub ground: DisclosureGround,
    /// The digest of the packet.
    pub sha256: Option<String>,
}

/// What has been disclosed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum DisclosureEvent {
    /// Data left the record.
    #[serde(rename = "disclosure.made.v1")]
    Made(Disclosure),
}

/// The disclosures of one case, as far as rules need to know: how many there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Disclosures {
    /// How many.
    pub count: u64,
}

refusals! {
    /// Why a disclosure is refused.
    DisclosureRefusal {
        WithoutConsent = Conflict "disclosure_without_ground", "A disclosure under consent names at least one consent.";
    }
}

impl Decider for Disclosures {
    const CATEGORY: &'static str = "disclosure";

    type Command = Disclosure;
    type Event = DisclosureEvent;
    type Refusal = DisclosureRefusal;

    fn decide(
        &self,
        command: &Disclosure,
        _: &Context<'_>,
    ) -> Result<Vec<DisclosureEvent>, DisclosureRefusal> {
        match &command.ground {
            DisclosureGround::Consents(consents) if consents.is_empty() => {
                Err(DisclosureRefusal::WithoutConsent)
            }
            _ => Ok(vec![DisclosureEvent::Made(command.clone())]),
        }
    }

    fn evolve(self, fact: &Fact<DisclosureEvent>) -> Self {
        let DisclosureEvent::Made(_) = fact.event;
        Self { count: self.count + 1 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Disclosure, DisclosureEvent, DisclosureRefusal, Disclosures, Form};
    use crate::{
        case::{fixtures::*, handoff::disclosure::DisclosureGround},
        decider::Decider as _,
        testing::context,
    };

    fn decide(ground: DisclosureGround) -> Result<Vec<DisclosureEvent>, DisclosureRefusal> {
        let disclosure = Disclosure { handoff: HANDOFF, form: Form::Packet, ground, sha256: None };
        Disclosures::default().decide(&disclosure, &context(&taraz(), &directory()))
    }

    #[test]
    fn each_reading_is_a_disclosure_of_its_own() {
        assert_eq!(decide(DisclosureGround::OwnRecord).map(|events| events.len()), Ok(1));
    }

    #[test]
    fn a_disclosure_under_consent_names_one() {
        let nothing = DisclosureGround::Consents(BTreeSet::new());
        assert_eq!(decide(nothing), Err(DisclosureRefusal::WithoutConsent));
    }
}
