//! The smallest rulebook over the events of HIV records, sealed and unsealed, so that what must not be found can be found.

use safar_api::app::Rulebook;
use safar_domain::{
    compartment::Compartment,
    decider::{Context, Decider, Fact},
    disclosure::DisclosureRefusal,
    hiv::{HivEvent, opening::HivRecordOpened},
    ids::{CaseId, ReferralId},
    refusal::RefusalKind,
};
use uuid::Uuid;

/// A word that nobody but the holder of the key may find.
pub(crate) const MARKER: &str = "MARKERq7Zt";

/// What has been written; `SEALED` is what makes the difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Diary<const SEALED: bool>(pub(crate) Vec<String>);

impl<const SEALED: bool> Decider for Diary<SEALED> {
    const CATEGORY: &'static str = "hiv";

    type Command = String;
    type Event = HivEvent;
    type Refusal = DisclosureRefusal;

    fn decide(&self, word: &String, context: &Context<'_>) -> Result<Vec<HivEvent>, DisclosureRefusal> {
        Ok(vec![HivEvent::Opened(HivRecordOpened {
            case: CaseId(Uuid::from_u128(1)),
            organisation: context.actor.organisation.clone(),
            referral: ReferralId(context.new_id),
            definitions: word.clone(),
        })])
    }

    fn evolve(mut self, fact: &Fact<HivEvent>) -> Self {
        if let HivEvent::Opened(opened) = &fact.event {
            self.0.push(opened.definitions.clone());
        }
        self
    }
}

impl<const SEALED: bool> Rulebook for Diary<SEALED> {
    fn compartment() -> Option<Compartment> {
        SEALED.then_some(Compartment::Hiv)
    }

    fn codes() -> Vec<(&'static str, RefusalKind, &'static str)> {
        Vec::new()
    }
}
