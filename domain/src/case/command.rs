//! What may be asked of a case, and which of it a worker may ask now.

use super::{
    Case, CaseEvent, CaseRefusal, ConsentId, ContactId, Context, HandoffId, ReferralId, SpecimenId, closing,
    consent, contact_investigation, diagnosis,
    handoff::{Handoff, HandoffState as State, answer, arrival, claim, external, follow_up, offer},
    laboratory, movement, opening, outcome, prevention,
    programme::Programme,
    referral,
    referral::ReferralState,
    regimen, screening, support, treatment,
};
use crate::{
    actor::{Actor, Role},
    ids::OrganisationId,
};

macro_rules! commands {
    ($($variant:ident $(of $id:ty)? : $body:ty = $name:literal,)*) => {
        /// A wish concerning a case, in the imperative. Steps of a referral, a specimen, a consent or a handoff name
        /// the thing they step on.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each body is documented where its stage is")]
        pub enum CaseCommand {
            $($variant($($id,)? $body),)*
        }

        impl CaseCommand {
            /// The names of all commands, as the answers of the HTTP face list them.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name of this command.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(..) => $name,)* }
            }
        }
    };
}

commands! {
    Open: opening::OpenCase = "open_case",
    RecordMovement: movement::RecordMovement = "record_movement",
    RecordConsent: consent::RecordConsent = "record_consent",
    WithdrawConsent of ConsentId: consent::WithdrawConsent = "withdraw_consent",
    RecordScreening: screening::RecordScreening = "record_screening",
    DeclineScreening: screening::DeclineScreening = "decline_screening",
    MakeReferral: referral::MakeReferral = "make_referral",
    AcceptReferral of ReferralId: referral::AcceptReferral = "accept_referral",
    DeclineReferral of ReferralId: referral::DeclineReferral = "decline_referral",
    WithdrawReferral of ReferralId: referral::WithdrawReferral = "withdraw_referral",
    RecordAttendance of ReferralId: referral::RecordAttendance = "record_attendance",
    RecordReferralResult of ReferralId: referral::RecordReferralResult = "record_referral_result",
    CollectSpecimen: laboratory::CollectSpecimen = "collect_specimen",
    RecordResult of SpecimenId: laboratory::RecordResult = "record_result",
    MarkResultInError of SpecimenId: laboratory::MarkResultInError = "mark_result_in_error",
    Diagnose: diagnosis::Diagnose = "diagnose",
    RegisterPatient: diagnosis::RegisterPatient = "register_patient",
    ExcludeTb: diagnosis::ExcludeTb = "exclude_tb",
    DeNotify: diagnosis::DeNotify = "denotify",
    StartTreatment: treatment::StartTreatment = "start_treatment",
    ChangeRegimen: treatment::ChangeRegimen = "change_regimen",
    RecordWeight: treatment::RecordWeight = "record_weight",
    RecordPhase: treatment::RecordPhase = "record_phase",
    ExtendTreatment: treatment::ExtendTreatment = "extend_treatment",
    RecordChestXray: treatment::RecordChestXray = "record_chest_xray",
    RecordDoses: treatment::RecordDoses = "record_doses",
    SupplyMedicine: treatment::SupplyMedicine = "supply_medicine",
    InterruptTreatment: treatment::InterruptTreatment = "interrupt_treatment",
    ResumeTreatment: treatment::ResumeTreatment = "resume_treatment",
    RecordAdverseEvent: treatment::RecordAdverseEvent = "record_adverse_event",
    StartPrevention: prevention::StartPrevention = "start_prevention",
    RecordPreventionDoses: prevention::RecordPreventionDoses = "record_prevention_doses",
    HoldPrevention: prevention::HoldPrevention = "hold_prevention",
    ResumePrevention: prevention::ResumePrevention = "resume_prevention",
    EndPrevention: prevention::EndPrevention = "end_prevention",
    ReportOutcome: outcome::ReportOutcome = "report_outcome",
    ConfirmOutcome: outcome::ConfirmOutcome = "confirm_outcome",
    CorrectOutcome: outcome::CorrectOutcome = "correct_outcome",
    OfferHandoff: offer::OfferHandoff = "offer_handoff",
    AcknowledgeHandoff of HandoffId: answer::AcknowledgeHandoff = "acknowledge_handoff",
    ExtendHandoff of HandoffId: offer::ExtendHandoff = "extend_handoff",
    AcceptHandoff of HandoffId: answer::AcceptHandoff = "accept_handoff",
    DeclineHandoff of HandoffId: answer::DeclineHandoff = "decline_handoff",
    WithdrawHandoff of HandoffId: offer::WithdrawHandoff = "withdraw_handoff",
    RescindAcceptance of HandoffId: answer::RescindAcceptance = "rescind_acceptance",
    DepartPatient of HandoffId: offer::DepartPatient = "depart_patient",
    RecordDidNotTravel of HandoffId: offer::RecordDidNotTravel = "record_did_not_travel",
    ArrivePatient of HandoffId: arrival::ArrivePatient = "arrive_patient",
    RecordNotArrived of HandoffId: arrival::RecordNotArrived = "record_not_arrived",
    RecordContactAttempt of HandoffId: arrival::RecordContactAttempt = "record_contact_attempt",
    MarkEnteredInError of HandoffId: offer::MarkEnteredInError = "mark_entered_in_error",
    ConfirmExternal of HandoffId: external::ConfirmExternal = "confirm_external",
    IssueClaimCode of HandoffId: claim::IssueClaimCode = "issue_claim_code",
    ClaimPatient of HandoffId: claim::ClaimPatient = "claim_patient",
    ConfirmClaim of HandoffId: claim::ConfirmClaim = "confirm_claim",
    RefuseClaim of HandoffId: claim::RefuseClaim = "refuse_claim",
    ReportProgress of HandoffId: follow_up::ReportProgress = "report_progress",
    ReviewOverride of HandoffId: follow_up::ReviewOverride = "review_override",
    CompleteHandoff of HandoffId: arrival::CompleteHandoff = "complete_handoff",
    ListContact: contact_investigation::ListContact = "list_contact",
    RecordContactResult of ContactId: contact_investigation::RecordContactResult = "record_contact_result",
    LinkContact of ContactId: contact_investigation::LinkContact = "link_contact",
    RemoveContact of ContactId: contact_investigation::RemoveContact = "remove_contact",
    GiveSupport: support::GiveSupport = "give_support",
    AddNote: support::AddNote = "add_note",
    RecordDeath: closing::RecordDeath = "record_death",
    Close: closing::CloseCase = "close_case",
    Reopen: closing::ReopenCase = "reopen_case",
}

impl CaseCommand {
    /// Why something of long ago is entered now, where the command says so.
    pub(super) const fn late_entry(&self) -> Option<opening::LateEntry> {
        match self {
            Self::Diagnose(body) => body.late_entry,
            Self::StartTreatment(body) => body.late_entry,
            _ => None,
        }
    }

    #[expect(clippy::too_many_lines, reason = "one line for each command, and no arm for the rest")]
    pub(super) fn decide(&self, case: &Case, at: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        match self {
            Self::Open(body) => body.decide(case, at),
            Self::RecordMovement(body) => body.decide(case, at),
            Self::RecordConsent(body) => body.decide(case, at),
            Self::WithdrawConsent(id, _) => consent::WithdrawConsent::decide(*id, case, at),
            Self::RecordScreening(body) => body.decide(case, at),
            Self::DeclineScreening(body) => body.decide(case, at),
            Self::MakeReferral(body) => body.decide(case, at),
            Self::AcceptReferral(id, _) => referral::AcceptReferral::decide(*id, case, at),
            Self::DeclineReferral(id, body) => body.decide(*id, case, at),
            Self::WithdrawReferral(id, _) => referral::WithdrawReferral::decide(*id, case, at),
            Self::RecordAttendance(id, body) => body.decide(*id, case, at),
            Self::RecordReferralResult(id, body) => body.decide(*id, case, at),
            Self::CollectSpecimen(body) => body.decide(case, at),
            Self::RecordResult(id, body) => body.decide(*id, case, at),
            Self::MarkResultInError(id, body) => body.decide(*id, case, at),
            Self::Diagnose(body) => body.decide(case, at),
            Self::RegisterPatient(body) => body.decide(case, at),
            Self::ExcludeTb(_) => diagnosis::ExcludeTb::decide(case, at),
            Self::DeNotify(body) => body.decide(case, at),
            Self::StartTreatment(body) => body.decide(case, at),
            Self::ChangeRegimen(body) => body.decide(case, at),
            Self::RecordWeight(body) => body.decide(case, at),
            Self::RecordPhase(body) => body.decide(case, at),
            Self::ExtendTreatment(body) => body.decide(case, at),
            Self::RecordChestXray(body) => body.decide(case, at),
            Self::RecordDoses(body) => body.decide(case, at),
            Self::SupplyMedicine(body) => body.decide(case, at),
            Self::InterruptTreatment(body) => body.decide(case, at),
            Self::ResumeTreatment(body) => body.decide(case, at),
            Self::RecordAdverseEvent(body) => body.decide(case, at),
            Self::StartPrevention(body) => body.decide(case, at),
            Self::RecordPreventionDoses(body) => body.decide(case, at),
            Self::HoldPrevention(body) => body.decide(case, at),
            Self::ResumePrevention(body) => body.decide(case, at),
            Self::EndPrevention(body) => body.decide(case, at),
            Self::ReportOutcome(body) => body.decide(case, at),
            Self::ConfirmOutcome(body) => body.decide(case, at),
            Self::CorrectOutcome(body) => body.decide(case, at),
            Self::OfferHandoff(body) => body.decide(case, at),
            Self::AcknowledgeHandoff(id, _) => answer::AcknowledgeHandoff::decide(*id, case, at),
            Self::ExtendHandoff(id, body) => body.decide(*id, case, at),
            Self::AcceptHandoff(id, body) => body.decide(*id, case, at),
            Self::DeclineHandoff(id, body) => body.decide(*id, case, at),
            Self::WithdrawHandoff(id, body) => body.decide(*id, case, at),
            Self::RescindAcceptance(id, body) => body.decide(*id, case, at),
            Self::DepartPatient(id, body) => body.decide(*id, case, at),
            Self::RecordDidNotTravel(id, _) => offer::RecordDidNotTravel::decide(*id, case, at),
            Self::ArrivePatient(id, body) => body.decide(*id, case, at),
            Self::RecordNotArrived(id, _) => arrival::RecordNotArrived::decide(*id, case, at),
            Self::RecordContactAttempt(id, body) => body.decide(*id, case, at),
            Self::ClaimPatient(id, body) => body.decide(*id, case, at),
            Self::ConfirmClaim(id, _) => claim::ConfirmClaim::decide(*id, case, at),
            Self::RefuseClaim(id, _) => claim::RefuseClaim::decide(*id, case, at),
            Self::MarkEnteredInError(id, body) => body.decide(*id, case, at),
            Self::ConfirmExternal(id, body) => body.decide(*id, case, at),
            Self::IssueClaimCode(id, body) => body.decide(*id, case, at),
            Self::ReportProgress(id, body) => body.decide(*id, case, at),
            Self::ReviewOverride(id, body) => body.decide(*id, case, at),
            Self::CompleteHandoff(id, body) => body.decide(*id, case, at),
            Self::ListContact(body) => body.decide(case, at),
            Self::RecordContactResult(id, body) => body.decide(*id, case, at),
            Self::LinkContact(id, body) => body.decide(*id, case, at),
            Self::RemoveContact(id, _) => contact_investigation::RemoveContact::decide(*id, case, at),
            Self::GiveSupport(body) => body.decide(case, at),
            Self::AddNote(body) => body.decide(case, at),
            Self::RecordDeath(body) => body.decide(case, at),
            Self::Close(body) => body.decide(case, at),
            Self::Reopen(_) => closing::ReopenCase::decide(case, at),
        }
    }
}

impl CaseCommand {
    /// What the worker should think of with the regimen that it names.
    pub fn warnings(&self) -> &'static [String] {
        match self {
            Self::StartTreatment(treatment::StartTreatment { regimen, .. })
            | Self::ChangeRegimen(treatment::ChangeRegimen { regimen, .. })
            | Self::StartPrevention(prevention::StartPrevention { regimen, .. }) => {
                regimen::warnings(regimen)
            }
            _ => &[],
        }
    }

    /// The handoff that this command takes a step on.
    const fn handoff(&self) -> Option<HandoffId> {
        match self {
            Self::AcknowledgeHandoff(id, _)
            | Self::ExtendHandoff(id, _)
            | Self::AcceptHandoff(id, _)
            | Self::DeclineHandoff(id, _)
            | Self::WithdrawHandoff(id, _)
            | Self::RescindAcceptance(id, _)
            | Self::DepartPatient(id, _)
            | Self::RecordDidNotTravel(id, _)
            | Self::ArrivePatient(id, _)
            | Self::RecordNotArrived(id, _)
            | Self::ConfirmClaim(id, _)
            | Self::RefuseClaim(id, _)
            | Self::MarkEnteredInError(id, _)
            | Self::ConfirmExternal(id, _)
            | Self::CompleteHandoff(id, _) => Some(*id),
            _ => None,
        }
    }
}

impl Case {
    /// Who was faster, for a command that was decided before somebody else took a step on the same handoff.
    pub fn overtaken(&self, command: &CaseCommand, before: &Self) -> Option<CaseRefusal> {
        let id = command.handoff()?;
        let (now, then) = (self.handoffs.all.get(&id)?, before.handoffs.all.get(&id)?);
        (now.state != then.state).then(|| now.moved_already().into())
    }

    /// The commands on the case itself that an organisation's standing and the state allow now; the role of the
    /// worker decides further in [`crate::policy`].
    #[expect(clippy::too_many_lines, reason = "one line for each command with what allows it")]
    pub fn commands(&self, actor: &Actor) -> Vec<&'static str> {
        let cares = self.cares(actor).is_ok();
        let late = self.may_add_late(actor).is_ok();
        let tb = self.answers_for(Programme::Tb, actor).is_ok();
        let tb_free = self.responsibility.of(Programme::Tb).is_none();
        let registers = tb || cares && tb_free;
        let holds = self.responsibility.held_by(&actor.organisation).next().is_some();
        let ends_alone = self.unsettled().all(|programme| self.answers_for(programme, actor).is_ok());
        let held = self.responsibility.ever_held_by(&actor.organisation);
        let open = !self.closing.closed();
        let alive = !self.closing.dead();
        let episode = self.treatment.open_episode().map(|(_, episode)| episode);
        let tb_last = self.answers_last_for(Programme::Tb, actor).is_ok();
        let reportable = self.treatment.reportable().is_some() || self.awaits_treatment();
        let others_word = self.treatment.awaiting().any(|(_, said)| said.reporter != actor.worker);
        let judged = self.treatment.judged().any(|(_, verdict)| verdict.ended());
        let diagnosed = self.diagnosis.counted();
        let prevented = self.prevention.open().map(|(_, course)| course);
        let standing_still = episode.is_some_and(|episode| episode.interrupted_since.is_some());
        let free =
            self.responsibility.held_by(&actor.organisation).any(|p| self.handoffs.live_for(p).is_none());
        let settled =
            self.handoffs.live().next().is_none() && self.handoffs.pending_claims().next().is_none();
        let told = self.handoffs.concerns(&actor.organisation);
        [
            ("record_movement", cares),
            ("record_consent", cares),
            ("record_screening", cares),
            ("decline_screening", cares),
            ("make_referral", cares && alive),
            ("collect_specimen", cares),
            ("diagnose", registers && self.diagnosis.denotified.is_none()),
            (
                "register_patient",
                registers && (tb_free || !self.diagnosis.registrations.contains(&actor.organisation)),
            ),
            (
                "exclude_tb",
                registers
                    && episode.is_none()
                    && (!self.diagnosis.excluded() || self.sign_of_disease().is_some()),
            ),
            ("denotify", registers && self.diagnosis.denotified.is_none()),
            ("start_treatment", tb && alive && episode.is_none() && diagnosed),
            ("change_regimen", tb && alive && episode.is_some() && diagnosed),
            ("record_weight", cares && episode.is_some()),
            ("record_phase", cares && episode.is_some()),
            ("extend_treatment", tb && alive && episode.is_some()),
            ("record_chest_xray", cares && self.treatment.latest.is_some()),
            ("record_doses", late && self.treatment.latest.is_some()),
            ("supply_medicine", cares && episode.is_some()),
            ("interrupt_treatment", cares && episode.is_some() && !standing_still),
            ("resume_treatment", cares && standing_still),
            ("record_adverse_event", cares && episode.is_some()),
            ("start_prevention", registers && alive && prevented.is_none() && self.may_be_prevented()),
            ("record_prevention_doses", cares && prevented.is_some()),
            ("hold_prevention", cares && prevented.is_some_and(|course| course.held_since.is_none())),
            ("resume_prevention", cares && prevented.is_some_and(|course| course.held_since.is_some())),
            ("end_prevention", registers && prevented.is_some()),
            ("report_outcome", cares && reportable),
            ("confirm_outcome", tb_last && others_word),
            ("correct_outcome", tb_last && judged),
            ("offer_handoff", open && alive && free && self.handoffs.pending_claims().next().is_none()),
            ("list_contact", cares),
            ("give_support", cares),
            ("add_note", late),
            ("record_death", alive && (late || told)),
            ("close_case", open && holds && ends_alone && settled && self.treatment.unended().is_none()),
            ("reopen_case", !open && alive && late && held),
        ]
        .into_iter()
        .filter_map(|(name, allowed)| allowed.then_some(name))
        .collect()
    }

    /// The commands that an organisation may give on one referral now.
    pub fn referral_commands(&self, id: ReferralId, organisation: &OrganisationId) -> Vec<&'static str> {
        let Some(referral) = self.referrals.all.get(&id) else { return Vec::new() };
        let (from, to) = (referral.from == *organisation, referral.to == *organisation);
        match referral.state {
            ReferralState::Made if to => vec!["accept_referral", "decline_referral", "record_attendance"],
            ReferralState::Accepted | ReferralState::NotAttended if to => vec!["record_attendance"],
            ReferralState::Attended if to => vec!["record_referral_result"],
            ReferralState::Made | ReferralState::Accepted if from => vec!["withdraw_referral"],
            _ => Vec::new(),
        }
    }

    /// Everything an actor's standing allows now: on the case and on each of its parts.
    pub fn all_commands(&self, actor: &Actor) -> Vec<&'static str> {
        if self.opening.is_none() {
            return vec!["open_case"];
        }
        let organisation = &actor.organisation;
        let mut names = self.commands(actor);
        names.extend(self.referrals.all.keys().flat_map(|id| self.referral_commands(*id, organisation)));
        names.extend(self.handoffs.all.values().flat_map(|handoff| handoff.commands(actor)));
        if self.may_add_late(actor).is_ok() {
            let consents = self.consents.all.values().any(|(_, withdrawn)| !withdrawn);
            names.extend(consents.then_some("withdraw_consent"));
            names.extend((!self.laboratory.specimens.is_empty()).then_some("record_result"));
            let stands = self.laboratory.specimens.values().any(|specimen| !specimen.waits());
            names.extend(stands.then_some("mark_result_in_error"));
            names.extend((!self.contacts.all.is_empty()).then_some("record_contact_result"));
        }
        if self.cares(actor).is_ok() && !self.contacts.all.is_empty() {
            names.extend(["link_contact", "remove_contact"]);
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Handoff {
    /// The commands that a worker's organisation may give on this handoff now; a coordinator settles claims alone.
    pub fn commands(&self, actor: &Actor) -> Vec<&'static str> {
        let open_claim = self.claim.as_ref().is_some_and(|claim| !claim.confirmed);
        let settling = if open_claim { vec!["confirm_claim", "refuse_claim"] } else { Vec::new() };
        let organisation = &actor.organisation;
        let mut names = if actor.role == Role::Coordinator {
            settling
        } else if self.from == *organisation {
            let mut names = self.commands_of_the_sender();
            names.extend(settling);
            names
        } else if self.to == *organisation {
            self.commands_of_the_receiver()
        } else if self.state.live() || self.state == State::NotArrived {
            vec!["claim_patient"]
        } else {
            Vec::new()
        };
        if self.receiver().is_some_and(|(receiver, _)| receiver == organisation) {
            names.push("report_progress");
        }
        names
    }

    fn commands_of_the_sender(&self) -> Vec<&'static str> {
        let mut names = match self.state {
            State::Offered | State::Acknowledged => vec!["extend_handoff", "withdraw_handoff"],
            State::Accepted => vec![
                "depart_patient",
                "record_did_not_travel",
                "withdraw_handoff",
                "record_not_arrived",
                "record_contact_attempt",
            ],
            State::Departed => {
                vec![
                    "withdraw_handoff",
                    "record_did_not_travel",
                    "record_not_arrived",
                    "record_contact_attempt",
                ]
            }
            State::NotArrived => vec!["record_contact_attempt", "record_did_not_travel"],
            _ => Vec::new(),
        };
        if self.state.live() || self.state == State::NotArrived {
            names.push("issue_claim_code");
        }
        if self.state.live() {
            names.push("mark_entered_in_error");
        }
        if self.external.is_some()
            && (self.state.live() || matches!(self.state, State::Arrived | State::NotArrived))
        {
            names.push("confirm_external");
        }
        if matches!(self.consent_override, Some((_, None))) {
            names.push("review_override");
        }
        names
    }

    fn commands_of_the_receiver(&self) -> Vec<&'static str> {
        match self.state {
            State::Offered | State::Acknowledged => {
                vec!["acknowledge_handoff", "accept_handoff", "decline_handoff", "arrive_patient"]
            }
            State::Accepted => {
                vec!["arrive_patient", "rescind_acceptance", "record_not_arrived", "record_contact_attempt"]
            }
            State::Departed => vec!["arrive_patient", "record_not_arrived", "record_contact_attempt"],
            State::Arrived => vec!["complete_handoff"],
            State::Expired => vec!["arrive_patient"],
            State::NotArrived => vec!["arrive_patient", "record_contact_attempt"],
            _ => Vec::new(),
        }
    }
}
