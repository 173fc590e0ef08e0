//! How a record begins, who answers for it, and what an organisation is to it.

use jiff::{SignedDuration, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    HivEvent, HivRecord, HivRefusal,
    consent::Ground,
    definitions,
    definitions::HivDefinitions,
    grants::{AccessPurpose, granted},
    handoff::HivPatientArrived,
};
use crate::{
    actor::Actor,
    case::{
        Case,
        referral::{Referral, ReferralState},
        standing::Standing,
    },
    decider::Context,
    ids::{CaseId, OrganisationId, ReferralId},
    organisation::{OrganisationKind, Service},
    refusal::refusals,
};

/// Opens the HIV record of a patient who was sent to this AIDS centre for an HIV test.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenHivRecord {}

/// What a case says to whoever wants to open a record for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseTie {
    /// Which case.
    pub case: CaseId,
    /// The referral for an HIV test to the organisation, and whether it was taken.
    pub referral: Option<(ReferralId, bool)>,
    /// Whether the patient lives, as far as the case knows.
    pub alive: bool,
}

/// The record began.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `CaseTie`")]
pub struct HivRecordOpened {
    pub case: CaseId,
    pub organisation: OrganisationId,
    pub referral: ReferralId,
    /// The definition set by which it will be judged.
    pub definitions: String,
}

/// How the record began.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HivOpening {
    /// Of which case.
    pub case: CaseId,
    /// By which definitions it is judged.
    pub definitions: String,
}

/// A span in which one organisation answered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answering {
    /// Which.
    pub organisation: OrganisationId,
    /// From when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub from: Timestamp,
    /// Until when; absent while it answers.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub until: Option<Timestamp>,
}

/// Who answers for the HIV care: exactly one organisation from the opening on.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct HivResponsibility(pub Vec<Answering>);

refusals! {
    /// Why a record is not opened, or a step of it belongs to others.
    HivOpeningRefusal {
        NotFound = Absent "not_found", "There is no such case, or it is outside your organisation's reach.";
        ReferralNotTaken = Conflict "hiv_referral_not_taken",
            "The patient was referred to you for an HIV test: accept the referral first, or record that they came.";
        NotAnAidsCentre = Conflict "hiv_not_an_aids_centre", "HIV records are opened by an AIDS centre that offers HIV tests.";
        OpenedAlready = Conflict "hiv_record_open", "This patient has an HIV record already.";
        PatientDied = Conflict "hiv_patient_died", "The patient has died; only what happened before can be added.";
        NotYours = Conflict "hiv_not_responsible", "Another organisation answers for the HIV care of this patient now.";
        InTheFuture = Invalid "hiv_in_the_future", "This is recorded when it has happened, not before; check the dates.";
        OutOfOrder = Invalid "hiv_dates_out_of_order", "A result cannot be older than its specimen; check the dates.";
    }
}

/// Nothing has happened ahead of the clock.
pub(super) fn dated(context: &Context<'_>) -> Result<(), HivRefusal> {
    let ahead = context.occurred_at.instant.duration_since(context.now);
    if ahead > SignedDuration::from_mins(5) { Err(HivOpeningRefusal::InTheFuture.into()) } else { Ok(()) }
}

/// The days of a finding follow each other, and none lies ahead.
pub(super) fn in_order(days: &[Date], today: Date) -> Result<(), HivRefusal> {
    if days.iter().any(|day| *day > today) {
        return Err(HivOpeningRefusal::InTheFuture.into());
    }
    if days.is_sorted() { Ok(()) } else { Err(HivOpeningRefusal::OutOfOrder.into()) }
}

impl CaseTie {
    /// The tie of an organisation to a case: its referral for an HIV test is the only one there is.
    pub fn of(id: CaseId, case: &Case, organisation: &OrganisationId) -> Self {
        let taken = |referral: &Referral| {
            matches!(
                referral.state,
                ReferralState::Accepted | ReferralState::Attended | ReferralState::Completed
            )
        };
        let ended = |referral: &Referral| {
            matches!(
                referral.state,
                ReferralState::Declined | ReferralState::Withdrawn | ReferralState::NotAttended
            )
        };
        let ours = case.referrals.all.iter().filter(|(_, referral)| {
            referral.to == *organisation && referral.service == Service::HivTesting && !ended(referral)
        });
        let referral =
            ours.map(|(id, referral)| (*id, taken(referral))).max_by_key(|(id, taken)| (*taken, *id));
        Self { case: id, referral, alive: case.closing.died_on.is_none() }
    }
}

impl OpenHivRecord {
    pub(super) fn decide(
        tie: &CaseTie,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        let (referral, taken) = tie.referral.ok_or(HivOpeningRefusal::NotFound)?;
        // What the case alone forbids comes first, so that the answer does not depend on whether there is a record.
        if !taken {
            return Err(HivOpeningRefusal::ReferralNotTaken.into());
        }
        if !tie.alive {
            return Err(HivOpeningRefusal::PatientDied.into());
        }
        let own = context.directory.active(&context.actor.organisation);
        let tests = |own: &&crate::organisation::OrganisationState| {
            own.kind == OrganisationKind::AidsCentre && own.services.contains(&Service::HivTesting)
        };
        own.filter(tests).ok_or(HivOpeningRefusal::NotAnAidsCentre)?;
        if record.opening.is_some() {
            // Whoever has no tie to the record learns nothing of it.
            let known = record.may_let_in(&context.actor, (context.directory, context.now));
            return Err(
                if known { HivOpeningRefusal::OpenedAlready } else { HivOpeningRefusal::NotFound }.into()
            );
        }
        let opened = HivRecordOpened {
            case: tie.case,
            organisation: context.actor.organisation.clone(),
            referral,
            definitions: definitions::of(context.actor.country, context.occurred_on()).code.to_owned(),
        };
        let access = granted(context.actor.worker.clone(), AccessPurpose::Care, context);
        Ok(vec![HivEvent::Opened(opened), access])
    }
}

impl HivRecord {
    pub(super) fn opened(&mut self, event: &HivRecordOpened, at: Timestamp) {
        self.opening = Some(HivOpening { case: event.case, definitions: event.definitions.clone() });
        self.responsibility.0.push(Answering {
            organisation: event.organisation.clone(),
            from: at,
            until: None,
        });
    }

    pub(super) fn arrived(&mut self, event: &HivPatientArrived, at: Timestamp) {
        self.handoffs.arrived(event);
        if let Some(before) = self.responsibility.0.last_mut() {
            before.until = Some(at);
        }
        self.responsibility.0.push(Answering {
            organisation: event.organisation.clone(),
            from: at,
            until: None,
        });
    }

    /// The definitions by which this record is judged.
    pub fn definitions(&self) -> &'static HivDefinitions {
        definitions::named(self.opening.as_ref().map_or(definitions::CURRENT, |opening| &opening.definitions))
    }

    /// Who answers now.
    pub fn responsible(&self) -> Option<&OrganisationId> {
        self.responsibility.0.last().map(|answering| &answering.organisation)
    }

    /// The closest tie an organisation has to this record, if it has any; what it may read is for [`Self::ground`] to say.
    pub fn standing(&self, organisation: &OrganisationId) -> Option<Standing> {
        let former = self.responsibility.0.iter().any(|answering| answering.organisation == *organisation);
        let remote = self.remote.as_ref().filter(|remote| remote.home == *organisation);
        [
            (self.responsible() == Some(organisation)).then_some(Standing::Responsible),
            remote.filter(|remote| remote.registered()).map(|_| Standing::Expecting),
            former.then_some(Standing::Former),
            remote.filter(|remote| remote.sent()).map(|_| Standing::Offered),
            self.handoffs.concerns(organisation).then_some(Standing::Offered),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    /// On which ground an organisation may read this record today: it answers, or a consent in force covers it and it has
    /// a tie. Asked at each reading, so that a withdrawal counts at once.
    pub fn ground(&self, actor: &Actor, kind: OrganisationKind, today: Date) -> Option<Ground> {
        match self.standing(&actor.organisation)? {
            Standing::Responsible => Some(Ground::OwnRecord),
            _ => self
                .consents
                .covering((&actor.organisation, actor.country, kind), today)
                .map(|consent| Ground::Consent { consent }),
        }
    }

    /// The actor's organisation gives this care now: it answers, or registered the patient from afar.
    pub(super) fn cares(&self, actor: &Actor) -> Result<(), HivRefusal> {
        match self.standing(&actor.organisation) {
            Some(Standing::Responsible | Standing::Expecting) => Ok(()),
            Some(_) => Err(HivOpeningRefusal::NotYours.into()),
            None => Err(HivOpeningRefusal::NotFound.into()),
        }
    }

    /// The actor's organisation gave this care once and may add what came late.
    pub(super) fn may_add_late(&self, actor: &Actor) -> Result<(), HivRefusal> {
        match self.standing(&actor.organisation) {
            Some(Standing::Former) => Ok(()),
            _ => self.cares(actor),
        }
    }

    /// The actor's organisation answers.
    pub(super) fn answers(&self, actor: &Actor) -> Result<(), HivRefusal> {
        match self.standing(&actor.organisation) {
            Some(Standing::Responsible) => Ok(()),
            Some(_) => Err(HivOpeningRefusal::NotYours.into()),
            None => Err(HivOpeningRefusal::NotFound.into()),
        }
    }

    /// The patient lives, as far as this record knows.
    pub(super) fn alive(&self) -> Result<(), HivRefusal> {
        if self.attendance.died() { Err(HivOpeningRefusal::PatientDied.into()) } else { Ok(()) }
    }
}
