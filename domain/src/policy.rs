//! Who may do what: one pure function over one table, used by every path that reads or writes.
//!
//! The role opens the function (403 when it does not: that functions exist is no secret); the standing of the
//! worker's organisation opens the case (404 when it does not: that a case exists is a secret). Default is deny.

use jiff::SignedDuration;

use crate::{
    actor::{
        Actor, Role,
        Role::{
            Administrator, Auditor, Coordinator, HivClinician, Integrator, OutreachWorker, SocialWorker,
            TbClinician,
        },
    },
    case::standing::Standing,
};

/// The version of the policy: raised with every change of the table or of what is made of it, so that a judgement of the past says by
/// which it was made.
pub const VERSION: u32 = 1;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each action is the row of its name in the table")]
pub enum Action {
    RegisterPerson,
    ReadPerson,
    SearchPersons,
    CorrectPerson,
    LinkPerson,
    RequestErasure,
    SettleErasure,
    HoldErasure,
    ReadErasure,
    ListErasures,
    OpenCase,
    ListCases,
    ReadCase,
    ReadTimeline,
    ReadEvents,
    TakeEvidence,
    RecordFact,
    AnswerReferral,
    RecordClinicalFact,
    RecordDeath,
    RecordConsent,
    RecordLaboratory,
    Diagnose,
    ConfirmOutcome,
    ReportOutcome,
    Handoff,
    Arrive,
    ClaimPatient,
    SettleClaim,
    ReadClaims,
    ReadPacket,
    FindCandidates,
    ReadDisclosures,
    ReadAccesses,
    AuditAccesses,
    AuditSight,
    CheckLog,
    WatchCase,
    OpenEmergency,
    ReviewEmergency,
    ReadEmergencies,
    RequestExport,
    SettleExport,
    FetchExport,
    ReadExports,
    ReadHandoffs,
    Sync,
    ReadConflicts,
    ResolveConflict,
    CloseCase,
    ReadWorklist,
    AuditWorklist,
    ReadNotices,
    ReadBell,
    MakePullRequest,
    SettlePullRequest,
    ReadPullRequests,
    SendContactNotice,
    SettleContactNotice,
    ReadContactNotices,
    ReadReports,
    ReadDirectory,
    ReadVocabulary,
    ChangeDirectory,
    ReadOwnRights,
    OpenHiv,
    ReadHiv,
    RecordHiv,
    GrantHiv,
    ListHiv,
    Nothing,
}

/// How far an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nothing about a person: the role alone decides.
    Open,
    /// Cases with which the organisation has at least this standing.
    Standing(Standing),
    /// The same, and any case for a coordinator, who sees none of it: the rulebook looks at the country.
    Settling(Standing),
    /// Any case: the auditors' reach.
    AnyCase,
}

/// (Safar's threat model: a step-up younger than fifteen minutes before HIV facts are shown.)
const STEP_UP: SignedDuration = SignedDuration::from_mins(15);

const CASE_WORKERS: &[Role] = &[OutreachWorker, SocialWorker, TbClinician];
const CASE_READERS: &[Role] = &[OutreachWorker, SocialWorker, TbClinician, Auditor];
const CASE_MANAGERS: &[Role] = &[SocialWorker, TbClinician];
const EVERYBODY: &[Role] = &[
    OutreachWorker,
    SocialWorker,
    TbClinician,
    HivClinician,
    Coordinator,
    Auditor,
    Administrator,
    Integrator,
];

impl Action {
    /// Every action, in the order of the table.
    pub const ALL: [Self; 70] = [
        Self::RegisterPerson,
        Self::ReadPerson,
        Self::SearchPersons,
        Self::CorrectPerson,
        Self::LinkPerson,
        Self::RequestErasure,
        Self::SettleErasure,
        Self::HoldErasure,
        Self::ReadErasure,
        Self::ListErasures,
        Self::OpenCase,
        Self::ListCases,
        Self::ReadCase,
        Self::ReadTimeline,
        Self::ReadEvents,
        Self::TakeEvidence,
        Self::RecordFact,
        Self::AnswerReferral,
        Self::RecordClinicalFact,
        Self::RecordDeath,
        Self::RecordConsent,
        Self::RecordLaboratory,
        Self::Diagnose,
        Self::ConfirmOutcome,
        Self::ReportOutcome,
        Self::Handoff,
        Self::Arrive,
        Self::ClaimPatient,
        Self::SettleClaim,
        Self::ReadClaims,
        Self::ReadPacket,
        Self::FindCandidates,
        Self::ReadDisclosures,
        Self::ReadAccesses,
        Self::AuditAccesses,
        Self::AuditSight,
        Self::CheckLog,
        Self::WatchCase,
        Self::OpenEmergency,
        Self::ReviewEmergency,
        Self::ReadEmergencies,
        Self::RequestExport,
        Self::SettleExport,
        Self::FetchExport,
        Self::ReadExports,
        Self::ReadHandoffs,
        Self::Sync,
        Self::ReadConflicts,
        Self::ResolveConflict,
        Self::CloseCase,
        Self::ReadWorklist,
        Self::AuditWorklist,
        Self::ReadNotices,
        Self::ReadBell,
        Self::MakePullRequest,
        Self::SettlePullRequest,
        Self::ReadPullRequests,
        Self::SendContactNotice,
        Self::SettleContactNotice,
        Self::ReadContactNotices,
        Self::ReadReports,
        Self::ReadDirectory,
        Self::ReadVocabulary,
        Self::ChangeDirectory,
        Self::ReadOwnRights,
        Self::OpenHiv,
        Self::ReadHiv,
        Self::RecordHiv,
        Self::GrantHiv,
        Self::ListHiv,
    ];

    /// The name in documents and spans.
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// The roles that may use the function at all.
    pub const fn roles(self) -> &'static [Role] {
        self.row().1
    }

    /// How far it reaches.
    pub const fn scope(self) -> Scope {
        self.row().2
    }

    /// Whether those who may not use the function find nothing at its address, as at one that nothing has: of an HIV record
    /// nobody else is to hear as much as "not for you".
    pub const fn hidden(self) -> bool {
        matches!(self, Self::OpenHiv | Self::ReadHiv | Self::RecordHiv | Self::GrantHiv | Self::ListHiv)
    }

    /// Whether the tie of the organisation is not enough, and the worker has to be let in by name.
    pub const fn by_name(self) -> bool {
        matches!(self, Self::ReadHiv | Self::RecordHiv | Self::GrantHiv)
    }

    /// Whether an emergency access opens it: a case, its story, and who the patient is.
    pub const fn in_emergency(self) -> bool {
        matches!(self, Self::ReadCase | Self::ReadTimeline | Self::ReadPerson)
    }

    /// Whether it stays open to who is off duty: nothing in it shows a patient, or it is for what cannot wait. What was done
    /// offline is received and judged by the day on which it was done.
    pub const fn off_duty(self) -> bool {
        matches!(
            self,
            Self::Sync
                | Self::OpenEmergency
                | Self::ReadDirectory
                | Self::ReadVocabulary
                | Self::ReadOwnRights
                | Self::ReadBell
        )
    }

    /// How long ago the worker may have proved who they are: a telephone that was left on a table opens no HIV record.
    pub fn signed_in_within(self) -> Option<SignedDuration> {
        self.hidden().then_some(STEP_UP)
    }

    /// The table: name, roles, scope.
    #[expect(clippy::too_many_lines, reason = "a table: one line for each action")]
    const fn row(self) -> (&'static str, &'static [Role], Scope) {
        use Scope::{AnyCase, Open, Settling, Standing as At};
        use Standing::{Former, Offered};
        match self {
            Self::RegisterPerson => ("persons.register", CASE_WORKERS, Open),
            Self::ReadPerson => ("persons.read", CASE_WORKERS, At(Standing::Expecting)),
            Self::SearchPersons => ("persons.search", CASE_WORKERS, At(Standing::Expecting)),
            Self::CorrectPerson => ("persons.correct", CASE_MANAGERS, At(Standing::Expecting)),
            Self::LinkPerson => ("persons.link", CASE_MANAGERS, At(Former)),
            Self::RequestErasure => {
                ("erasures.request", &[SocialWorker, TbClinician, Auditor], At(Standing::Expecting))
            }
            Self::SettleErasure => {
                ("erasures.settle", &[SocialWorker, TbClinician, Auditor], At(Standing::Expecting))
            }
            Self::HoldErasure => ("erasures.hold", &[Auditor], AnyCase),
            Self::ReadErasure => ("erasures.read", &[SocialWorker, TbClinician, Auditor], At(Former)),
            Self::ListErasures => ("erasures.list", &[Auditor], AnyCase),
            Self::OpenCase => ("cases.open", CASE_WORKERS, Open),
            Self::ListCases => ("cases.list", CASE_WORKERS, Open),
            Self::ReadCase => ("cases.read", CASE_READERS, At(Former)),
            Self::ReadTimeline => ("cases.timeline", CASE_READERS, At(Former)),
            Self::ReadEvents => ("cases.events", &[Auditor], AnyCase),
            Self::TakeEvidence => ("cases.evidence", &[Auditor], AnyCase),
            Self::RecordFact => ("cases.record", CASE_WORKERS, At(Offered)),
            Self::AnswerReferral => {
                ("referrals.answer", &[OutreachWorker, SocialWorker, TbClinician, HivClinician], At(Offered))
            }
            Self::RecordClinicalFact => ("cases.record_clinical", CASE_MANAGERS, At(Former)),
            Self::RecordDeath => ("cases.record_death", CASE_MANAGERS, At(Offered)),
            Self::RecordConsent => ("consents.record", CASE_WORKERS, At(Former)),
            Self::RecordLaboratory => ("laboratory.record", &[TbClinician], At(Former)),
            Self::Diagnose => ("cases.diagnose", &[TbClinician], At(Former)),
            Self::ConfirmOutcome => ("outcomes.confirm", &[TbClinician], At(Former)),
            Self::ReportOutcome => ("outcomes.report", CASE_MANAGERS, At(Former)),
            Self::Handoff => ("handoffs.manage", CASE_MANAGERS, At(Offered)),
            Self::Arrive => ("handoffs.arrive", CASE_WORKERS, At(Offered)),
            Self::ClaimPatient => ("handoffs.claim", CASE_WORKERS, Open),
            Self::SettleClaim => {
                ("handoffs.settle_claim", &[SocialWorker, TbClinician, Coordinator], Settling(Offered))
            }
            Self::ReadPacket => ("handoffs.packet", &[SocialWorker, TbClinician, Auditor], At(Offered)),
            Self::FindCandidates => ("handoffs.candidates", CASE_MANAGERS, At(Offered)),
            Self::ReadDisclosures => ("cases.disclosures", &[SocialWorker, TbClinician, Auditor], At(Former)),
            Self::ReadAccesses => {
                ("cases.accesses", &[SocialWorker, TbClinician, Auditor], At(Standing::Responsible))
            }
            Self::AuditAccesses => ("accesses.audit", &[Auditor], AnyCase),
            Self::AuditSight => ("sight.audit", &[Auditor], AnyCase),
            Self::CheckLog => ("log.check", &[Auditor], Open),
            Self::WatchCase => ("canaries.set", &[Auditor], AnyCase),
            Self::OpenEmergency => ("emergency_accesses.open", &[TbClinician], Open),
            Self::ReviewEmergency => (
                "emergency_accesses.review",
                &[SocialWorker, TbClinician, Auditor],
                At(Standing::Responsible),
            ),
            Self::ReadEmergencies => ("emergency_accesses.list", &[SocialWorker, TbClinician, Auditor], Open),
            Self::RequestExport => ("exports.request", CASE_MANAGERS, Open),
            Self::SettleExport => {
                ("exports.settle", &[SocialWorker, TbClinician, Auditor], At(Standing::Responsible))
            }
            Self::FetchExport => ("exports.fetch", CASE_MANAGERS, At(Standing::Responsible)),
            Self::ReadExports => {
                ("exports.read", &[SocialWorker, TbClinician, Auditor], At(Standing::Responsible))
            }
            Self::ReadClaims => ("claims.read", &[SocialWorker, TbClinician, Coordinator], Open),
            Self::ReadHandoffs => ("handoffs.read", CASE_READERS, At(Offered)),
            Self::Sync => ("sync.send", CASE_WORKERS, Open),
            Self::ReadConflicts => ("conflicts.read", CASE_WORKERS, Open),
            Self::ResolveConflict => ("conflicts.resolve", CASE_WORKERS, Open),
            Self::CloseCase => ("cases.close", CASE_MANAGERS, At(Former)),
            Self::ReadWorklist => {
                ("worklist.read", &[OutreachWorker, SocialWorker, TbClinician, HivClinician], Open)
            }
            Self::AuditWorklist => ("worklist.audit", &[Auditor], AnyCase),
            Self::ReadNotices => {
                ("notices.read", &[OutreachWorker, SocialWorker, TbClinician, HivClinician], Open)
            }
            Self::ReadBell => {
                ("notices.bell", &[OutreachWorker, SocialWorker, TbClinician, HivClinician, Integrator], Open)
            }
            Self::MakePullRequest => ("pull_requests.make", CASE_MANAGERS, Open),
            Self::SettlePullRequest => ("pull_requests.settle", CASE_MANAGERS, At(Offered)),
            Self::ReadPullRequests => ("pull_requests.read", CASE_READERS, At(Offered)),
            Self::SendContactNotice => ("contact_notices.send", CASE_MANAGERS, At(Standing::Expecting)),
            Self::SettleContactNotice => ("contact_notices.settle", CASE_MANAGERS, At(Offered)),
            Self::ReadContactNotices => ("contact_notices.read", CASE_READERS, At(Offered)),
            Self::ReadReports => ("reports.read", &[SocialWorker, TbClinician, Coordinator, Auditor], Open),
            Self::ReadDirectory => ("directory.read", EVERYBODY, Open),
            Self::ReadVocabulary => ("vocabulary.read", EVERYBODY, Open),
            Self::ChangeDirectory => ("directory.change", &[Administrator], Open),
            Self::ReadOwnRights => ("me.read", EVERYBODY, Open),
            Self::OpenHiv => ("hiv.open", &[HivClinician], Open),
            Self::ReadHiv => ("hiv.read", &[HivClinician], At(Offered)),
            Self::RecordHiv => ("hiv.record", &[HivClinician], At(Offered)),
            Self::GrantHiv => ("hiv.grant", &[HivClinician], At(Offered)),
            Self::ListHiv => ("hiv.list", &[HivClinician], Open),
            Self::Nothing => ("nothing", &[], Open),
        }
    }
}

/// The action that a command on a case stands for; a name that is no command is for nobody.
pub fn of_command(name: &str) -> Action {
    match name {
        "open_case" => Action::OpenCase,
        "record_movement"
        | "record_screening"
        | "decline_screening"
        | "make_referral"
        | "withdraw_referral"
        | "record_doses"
        | "list_contact"
        | "record_contact_result"
        | "link_contact"
        | "remove_contact"
        | "give_support"
        | "add_note" => Action::RecordFact,
        "record_prevention_doses"
        | "hold_prevention"
        | "resume_prevention"
        | "record_weight"
        | "record_phase"
        | "record_chest_xray"
        | "supply_medicine"
        | "interrupt_treatment"
        | "resume_treatment"
        | "record_adverse_event" => Action::RecordClinicalFact,
        "accept_referral" | "decline_referral" | "record_attendance" | "record_referral_result" => {
            Action::AnswerReferral
        }
        "record_death" => Action::RecordDeath,
        "record_consent" | "withdraw_consent" => Action::RecordConsent,
        "collect_specimen" | "record_result" | "mark_result_in_error" => Action::RecordLaboratory,
        "diagnose" | "register_patient" | "exclude_tb" | "denotify" | "start_treatment"
        | "change_regimen" | "extend_treatment" | "start_prevention" | "end_prevention" => Action::Diagnose,
        "report_outcome" => Action::ReportOutcome,
        "confirm_outcome" | "correct_outcome" => Action::ConfirmOutcome,
        "offer_handoff"
        | "acknowledge_handoff"
        | "extend_handoff"
        | "accept_handoff"
        | "decline_handoff"
        | "withdraw_handoff"
        | "rescind_acceptance"
        | "depart_patient"
        | "record_did_not_travel"
        | "record_not_arrived"
        | "mark_entered_in_error"
        | "confirm_external"
        | "issue_claim_code"
        | "report_progress"
        | "review_override"
        | "complete_handoff" => Action::Handoff,
        "confirm_claim" | "refuse_claim" => Action::SettleClaim,
        "arrive_patient" | "record_contact_attempt" => Action::Arrive,
        "claim_patient" => Action::ClaimPatient,
        "close_case" | "reopen_case" => Action::CloseCase,
        _ => Action::Nothing,
    }
}

/// What the numbers of a report may be made of for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// What the reader's organisation has a side in, exactly: it may read each of these.
    Own,
    /// Everything, but nothing that is about a few people: this reader may read none of them.
    Coarse,
    /// Everything, exactly: this reader may read all of it.
    Exact,
}

/// What the numbers of a report may be made of for this role; nothing unless it may read reports at all.
pub fn counts(role: Role) -> Option<Counts> {
    permits(role, Action::ReadReports).then_some(match role {
        Auditor => Counts::Exact,
        Coordinator => Counts::Coarse,
        _ => Counts::Own,
    })
}

/// Whether a worker is at work on a day, as the directory says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Duty {
    /// At work.
    #[default]
    On,
    /// On leave.
    Off,
}

/// What a request is measured against beside the worker's role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tie {
    /// What the worker's organisation is to the thing at hand, if it is anything to it.
    pub standing: Option<Standing>,
    /// Whether the worker was let in by name.
    pub let_in: bool,
    /// Whether an emergency access of the worker to it is in force.
    pub emergency: bool,
    /// Whether the worker is at work today.
    pub duty: Duty,
    /// How long ago the worker proved who they are, where the identity provider says so.
    pub signed_in: Option<SignedDuration>,
}

impl From<Option<Standing>> for Tie {
    fn from(standing: Option<Standing>) -> Self {
        Self { standing, ..Self::default() }
    }
}

/// The answer of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Permit,
    /// The function is not for this role.
    DenyFunction,
    /// The worker is on leave.
    OffDuty,
    /// The thing must look as if it did not exist.
    Hide,
    /// The worker may, once they have proved again who they are.
    StepUp,
}

/// Whether the function is for this role at all.
pub fn permits(role: Role, action: Action) -> bool {
    action.roles().contains(&role)
}

/// Whether a worker may ask for the function now, before it is known for what. What an emergency may open is decided with the
/// thing at hand.
pub fn opens(role: Role, duty: Duty, action: Action) -> Decision {
    match permits(role, action) {
        false if action.hidden() => Decision::Hide,
        false => Decision::DenyFunction,
        true if duty == Duty::Off && !action.off_duty() && !action.in_emergency() => Decision::OffDuty,
        true => Decision::Permit,
    }
}

/// Decides a request by the role, then by duty, then by the tie, then by when the worker last proved who they are: nobody is asked to do
/// that for something they may not know of.
pub fn decide(actor: &Actor, action: Action, tie: impl Into<Tie>) -> Decision {
    let tie = tie.into();
    let opened = opens(actor.role, tie.duty, action);
    if opened != Decision::Permit {
        return opened;
    }
    let emergency = tie.emergency && action.in_emergency();
    if tie.duty == Duty::Off && action.in_emergency() && !emergency {
        return Decision::OffDuty;
    }
    let reached = match action.scope() {
        Scope::Open | Scope::AnyCase => true,
        Scope::Standing(_) if actor.role == Auditor => true,
        Scope::Settling(_) if actor.role == Coordinator => true,
        Scope::Standing(least) | Scope::Settling(least) => {
            tie.standing.is_some_and(|standing| standing >= least) || emergency
        }
    };
    if !reached || (action.by_name() && !tie.let_in) {
        return Decision::Hide;
    }
    let fresh = |most: SignedDuration| tie.signed_in.is_some_and(|age| age <= most);
    if action.signed_in_within().is_none_or(fresh) { Decision::Permit } else { Decision::StepUp }
}

#[cfg(test)]
mod tests;
