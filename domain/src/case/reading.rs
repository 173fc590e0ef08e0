//! What of a case a reader is shown, and on which ground: asked at each reading, not once when something was sent.
//!
//! An organisation reads without a consent what it answers or answered for itself. Everything else is the patient's to give: a
//! consent in force for the organisation or its country, class by class, which a withdrawal ends at the next request; for a
//! while the override that the sender answers for; and the patient's own step to another door, which a claim is. What is
//! not shown is left out whole, so that no number, name or time speaks of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, consent::DataClass, handoff::packet, programme::Programme};
use crate::{
    actor::{Actor, Role},
    ids::{ConsentId, HandoffId, OrganisationId, ReferralId},
};

/// The ground on which a class of data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassGround {
    /// The organisation answers, or answered, for it itself.
    Own,
    /// An auditor may read any case.
    Audit,
    /// The patient agreed.
    Consent(ConsentId),
    /// The patient has come to the organisation, whose claim is not settled yet.
    Claim,
    /// The sender overrode the consent rule, for a while.
    Override,
    /// The reader opened the case in an emergency, for an hour.
    Emergency,
}

/// What a reader is shown of a case, class by class; a class that is not there is withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    organisation: OrganisationId,
    grounds: BTreeMap<DataClass, ClassGround>,
}

impl Opened {
    /// Whether this class is shown.
    pub fn opens(&self, class: DataClass) -> bool {
        self.grounds.contains_key(&class)
    }

    /// Everything, to a reader who opened the case in an emergency.
    pub fn in_emergency(reader: &Actor) -> Self {
        let grounds = DataClass::ALL.into_iter().map(|class| (class, ClassGround::Emergency)).collect();
        Self { organisation: reader.organisation.clone(), grounds }
    }

    /// What is shown, class by class, and on which ground.
    pub fn grounds(&self) -> impl Iterator<Item = (DataClass, ClassGround)> {
        self.grounds.iter().map(|(class, ground)| (*class, *ground))
    }

    /// The classes that are not shown.
    pub fn withheld(&self) -> BTreeSet<DataClass> {
        DataClass::ALL.into_iter().filter(|class| !self.opens(*class)).collect()
    }

    /// The consents that the reading rests on.
    pub fn consents(&self) -> BTreeSet<ConsentId> {
        let consent = |ground: &ClassGround| match ground {
            ClassGround::Consent(consent) => Some(*consent),
            _ => None,
        };
        self.grounds.values().filter_map(consent).collect()
    }

    /// Whether any class is shown on this ground.
    pub fn rests_on(&self, ground: ClassGround) -> bool {
        self.grounds.values().any(|found| *found == ground)
    }

    /// As if no other class were shown than these.
    #[must_use]
    pub fn only(&self, classes: &[DataClass]) -> Self {
        let mut grounds = self.grounds.clone();
        grounds.retain(|class, _| classes.contains(class));
        Self { organisation: self.organisation.clone(), grounds }
    }

    fn is(&self, side: &OrganisationId) -> bool {
        self.organisation == *side
    }

    fn opens_all<'a>(&self, programmes: impl IntoIterator<Item = &'a Programme>) -> bool {
        programmes.into_iter().all(|programme| self.opens(programme.class()))
    }
}

/// The part of a case that an event belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The road, the consents, support's responsibility, closing: for everybody who reaches the case.
    Journey,
    /// Tuberculosis.
    Tb,
    /// Support given.
    Support,
    /// A worker's own words, which may be about anything.
    Words,
    /// A handoff: for its two sides, and for those who may see its programmes.
    Handoff(HandoffId),
    /// A referral: for its two sides, and for those who may see what it is for.
    Referral(ReferralId),
}

impl Part {
    /// The part that an event belongs to. The cause of a death may be tuberculosis.
    #[expect(clippy::too_many_lines, reason = "one line for each event, and no arm for the rest")]
    pub fn of(event: &CaseEvent) -> Self {
        match event {
            CaseEvent::Opened(_)
            | CaseEvent::MovementRecorded(_)
            | CaseEvent::ConsentRecorded(_)
            | CaseEvent::ConsentWithdrawn(_)
            | CaseEvent::Closed(_)
            | CaseEvent::Reopened(_) => Self::Journey,
            CaseEvent::ResponsibilityOpened(event) => Self::of_programme(event.programme),
            CaseEvent::ResponsibilityMoved(event) => Self::of_programme(event.programme),
            CaseEvent::ResponsibilityClosed(event) => Self::of_programme(event.programme),
            CaseEvent::ScreeningRecorded(_)
            | CaseEvent::ScreeningDeclined(_)
            | CaseEvent::SpecimenCollected(_)
            | CaseEvent::ResultRecorded(_)
            | CaseEvent::ResultEnteredInError(_)
            | CaseEvent::DiagnosisMade(_)
            | CaseEvent::PatientRegistered(_)
            | CaseEvent::TbExcluded(_)
            | CaseEvent::DeNotified(_)
            | CaseEvent::TreatmentStarted(_)
            | CaseEvent::RegimenChanged(_)
            | CaseEvent::DosesRecorded(_)
            | CaseEvent::WeightRecorded(_)
            | CaseEvent::TreatmentExtended(_)
            | CaseEvent::ChestXrayRecorded(_)
            | CaseEvent::PhaseRecorded(_)
            | CaseEvent::MedicineSupplied(_)
            | CaseEvent::TreatmentInterrupted(_)
            | CaseEvent::TreatmentResumed(_)
            | CaseEvent::AdverseEventRecorded(_)
            | CaseEvent::PreventionStarted(_)
            | CaseEvent::PreventionDosesRecorded(_)
            | CaseEvent::PreventionHeld(_)
            | CaseEvent::PreventionResumed(_)
            | CaseEvent::PreventionEnded(_)
            | CaseEvent::OutcomeReported(_)
            | CaseEvent::OutcomeConfirmed(_)
            | CaseEvent::OutcomeCorrected(_)
            | CaseEvent::ContactListed(_)
            | CaseEvent::ContactResultRecorded(_)
            | CaseEvent::ContactLinked(_)
            | CaseEvent::ContactRemoved(_)
            | CaseEvent::DeathRecorded(_) => Self::Tb,
            CaseEvent::SupportGiven(_) => Self::Support,
            CaseEvent::NoteAdded(_) => Self::Words,
            CaseEvent::ReferralMade(event) => Self::Referral(event.referral),
            CaseEvent::ReferralAccepted(event) | CaseEvent::ReferralWithdrawn(event) => {
                Self::Referral(event.referral)
            }
            CaseEvent::ReferralDeclined(event) => Self::Referral(event.referral),
            CaseEvent::ReferralAttendanceRecorded(event) => Self::Referral(event.referral),
            CaseEvent::ReferralResultRecorded(event) => Self::Referral(event.referral),
            CaseEvent::HandoffOffered(event) => Self::Handoff(event.handoff),
            CaseEvent::HandoffAcknowledged(event)
            | CaseEvent::HandoffExpired(event)
            | CaseEvent::HandoffCancelledByDeath(event)
            | CaseEvent::PatientDidNotTravel(event) => Self::Handoff(event.handoff),
            CaseEvent::HandoffExtended(event) => Self::Handoff(event.handoff),
            CaseEvent::HandoffAccepted(event) => Self::Handoff(event.handoff),
            CaseEvent::HandoffDeclined(event) | CaseEvent::AcceptanceRescinded(event) => {
                Self::Handoff(event.handoff)
            }
            CaseEvent::HandoffWithdrawn(event) => Self::Handoff(event.handoff),
            CaseEvent::HandoffReinstated(event) => Self::Handoff(event.handoff),
            CaseEvent::HandoffEnteredInError(event) => Self::Handoff(event.handoff),
            CaseEvent::HandoffSuperseded(event) => Self::Handoff(event.handoff),
            CaseEvent::ExternalConfirmed(event) => Self::Handoff(event.handoff),
            CaseEvent::OverrideReviewed(event) => Self::Handoff(event.handoff),
            CaseEvent::InterimReported(event) => Self::Handoff(event.handoff),
            CaseEvent::ClaimCodeIssued(event) => Self::Handoff(event.handoff),
            CaseEvent::HandoffCompleted(event) => Self::Handoff(event.handoff),
            CaseEvent::PatientDeparted(event) => Self::Handoff(event.handoff),
            CaseEvent::PatientArrived(event) => Self::Handoff(event.handoff),
            CaseEvent::PatientNotArrived(event) => Self::Handoff(event.handoff),
            CaseEvent::PatientArrivedElsewhere(event) => Self::Handoff(event.handoff),
            CaseEvent::ClaimConfirmed(event) => Self::Handoff(event.handoff),
            CaseEvent::ClaimRefused(event) => Self::Handoff(event.handoff),
            CaseEvent::ContactAttempted(event) => Self::Handoff(event.handoff),
        }
    }

    const fn of_programme(programme: Programme) -> Self {
        match programme {
            Programme::Support => Self::Journey,
            Programme::Tb => Self::Tb,
        }
    }
}

impl Programme {
    /// The class of data that the programme keeps.
    pub const fn class(self) -> DataClass {
        match self {
            Self::Support => DataClass::Support,
            Self::Tb => DataClass::Tb,
        }
    }
}

impl Case {
    /// What this reader is shown of the case now, and on which ground.
    pub fn opened_to(&self, reader: &Actor, (now, today): (Timestamp, Date)) -> Opened {
        let ground = |class| Some((class, self.ground(class, reader, (now, today))?));
        Opened {
            organisation: reader.organisation.clone(),
            grounds: DataClass::ALL.into_iter().filter_map(ground).collect(),
        }
    }

    /// The strongest ground there is for a class.
    fn ground(
        &self,
        class: DataClass,
        reader: &Actor,
        (now, today): (Timestamp, Date),
    ) -> Option<ClassGround> {
        if reader.role == Role::Auditor {
            return Some(ClassGround::Audit);
        }
        if self.holds(class, &reader.organisation) {
            return Some(ClassGround::Own);
        }
        let recipient = (Some(&reader.organisation), reader.country);
        if let Ok(consents) = self.consents.shared(&[class].into(), recipient, today) {
            return consents.first().copied().map(ClassGround::Consent);
        }
        let discloses = |programmes: &BTreeSet<Programme>| packet::classes(programmes).contains(&class);
        let claims = self.handoffs.claimed_by(&reader.organisation)
            && self
                .handoffs
                .pending_claims()
                .any(|(_, claim)| claim.organisation == reader.organisation && discloses(&claim.takes));
        if claims {
            return Some(ClassGround::Claim);
        }
        let mut handoffs = self.handoffs.all.values();
        let overridden = handoffs.any(|handoff| {
            handoff.open_to(&reader.organisation) && handoff.overridden(now) && discloses(&handoff.programmes)
        });
        overridden.then_some(ClassGround::Override)
    }

    /// Whether the organisation keeps this class itself, because it answers or answered for the programme. Who the patient is
    /// is known to all of these, and what was found before tuberculosis care began belongs to who opened the case.
    fn holds(&self, class: DataClass, organisation: &OrganisationId) -> bool {
        let intervals = self.responsibility.intervals();
        let held = |programme: Programme| {
            intervals
                .get(&programme)
                .into_iter()
                .flatten()
                .any(|interval| interval.organisation == *organisation)
        };
        match class {
            DataClass::Identity | DataClass::Contact => self.responsibility.ever_held_by(organisation),
            DataClass::Support => held(Programme::Support),
            DataClass::Tb => {
                let opener = intervals.get(&Programme::Support).and_then(|intervals| intervals.first());
                let began = intervals.contains_key(&Programme::Tb);
                held(Programme::Tb)
                    || !began && opener.is_some_and(|first| first.organisation == *organisation)
            }
        }
    }

    /// Whether an event of this part, recorded by this organisation, is among what is shown.
    pub fn shows(&self, opened: &Opened, part: Part, recorded_by: &OrganisationId) -> bool {
        opened.is(recorded_by)
            || match part {
                Part::Journey => true,
                Part::Tb => opened.opens(DataClass::Tb),
                Part::Support => opened.opens(DataClass::Support),
                Part::Words => opened.opens_all(&Programme::ALL),
                Part::Handoff(id) => self.shows_handoff(opened, id),
                Part::Referral(id) => self.shows_referral(opened, id),
            }
    }

    fn shows_handoff(&self, opened: &Opened, id: HandoffId) -> bool {
        self.handoffs.all.get(&id).is_some_and(|handoff| {
            let claimant = handoff.claim.as_ref().map(|claim| &claim.organisation);
            let mut sides = [Some(&handoff.from), Some(&handoff.to), claimant].into_iter().flatten();
            sides.any(|side| opened.is(side)) || opened.opens_all(&handoff.programmes)
        })
    }

    fn shows_referral(&self, opened: &Opened, id: ReferralId) -> bool {
        self.referrals.all.get(&id).is_some_and(|referral| {
            let class = if referral.service.clinical() { DataClass::Tb } else { DataClass::Support };
            opened.is(&referral.from) || opened.is(&referral.to) || opened.opens(class)
        })
    }

    /// The case as it is for this reader: everything that is withheld has never happened in it.
    #[must_use]
    pub fn as_opened(&self, opened: &Opened) -> Self {
        self.as_opened_by(self, opened)
    }

    /// The same of a case of the past, whose reader has the ties of the present: what is withheld now is not shown of then.
    #[must_use]
    pub fn as_opened_by(&self, present: &Self, opened: &Opened) -> Self {
        let mut case = self.clone();
        case.handoffs.all.retain(|id, _| present.shows_handoff(opened, *id));
        case.referrals.all.retain(|id, _| present.shows_referral(opened, *id));
        if !opened.opens(DataClass::Tb) {
            case.screenings = super::screening::Screenings::default();
            case.laboratory = super::laboratory::Laboratory::default();
            case.diagnosis = super::diagnosis::Diagnosis::default();
            case.treatment = super::treatment::Treatment::default();
            case.prevention = super::prevention::Prevention::default();
            case.contacts = super::contact_investigation::Contacts::default();
            case.responsibility.forget(Programme::Tb);
        }
        if !opened.opens(DataClass::Support) {
            case.support = super::support::Support::default();
        }
        case
    }
}

#[cfg(test)]
mod tests;
