//! What may be asked of an HIV record, and which of it a worker may ask now.

use std::fmt;

use super::{
    HivEvent, HivRecord, HivRefusal, art, coinfection, consent, counselling, grants, handoff,
    handoff::HivHandoffState as State, monitoring, opening, outcome, reading, remote, tasks::TbFacts,
    testing,
};
use crate::{
    actor::Actor,
    case::standing::Standing,
    decider::Context,
    ids::{ConsentId, HandoffId, HivTestId},
};

macro_rules! commands {
    ($($variant:ident $(of $id:ty)? $(: $body:ty)? $(, with $known:ty)? = $name:literal;)*) => {
        /// A wish concerning an HIV record. Steps of a consent, a test or a handoff name the thing they step on; what the
        /// case has to say is looked up and comes along.
        #[derive(Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each body is documented where its stage is")]
        pub enum HivCommand {
            $($variant($($id,)? $($body,)? $($known,)?),)*
        }

        impl HivCommand {
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
    Open: opening::OpenHivRecord, with opening::CaseTie = "open_hiv_record";
    GrantAccess: grants::GrantHivAccess = "grant_hiv_access";
    EndAccess: grants::EndHivAccess = "end_hiv_access";
    RecordConsent: consent::RecordHivConsent = "record_hiv_consent";
    WithdrawConsent of ConsentId: consent::WithdrawHivConsent = "withdraw_hiv_consent";
    RecordCounselling: counselling::RecordCounselling = "record_counselling";
    RecordTest: testing::RecordHivTest = "record_hiv_test";
    RecordConfirmation: testing::RecordConfirmation = "record_hiv_confirmation";
    ReturnResult of HivTestId: testing::ReturnResult = "return_hiv_result";
    RecordCd4: monitoring::RecordCd4 = "record_cd4";
    RecordViralLoad: monitoring::RecordViralLoad = "record_viral_load";
    RecordWhoStage: monitoring::RecordWhoStage = "record_who_stage";
    StartArt: art::StartArt = "start_art";
    SubstituteArt: art::SubstituteArt = "substitute_art";
    SwitchArt: art::SwitchArt = "switch_art";
    StopArt: art::StopArt = "stop_art";
    DispenseArt: art::DispenseArt = "dispense_art";
    RecordVisitMissed: outcome::RecordVisitMissed = "record_visit_missed";
    RecordOutreach: outcome::RecordOutreach = "record_outreach";
    RecordOutcome: outcome::RecordHivOutcome = "record_hiv_outcome";
    BeginRemoteRegistration: remote::BeginRemoteRegistration = "begin_remote_registration";
    RecordRemoteStep: remote::RecordRemoteStep = "record_remote_step";
    RecordLfLam: coinfection::RecordLfLam = "record_lf_lam";
    JudgeTrace: coinfection::JudgeTrace, with bool = "judge_trace";
    RecordTbScreen: coinfection::RecordTbScreen = "record_tb_screen";
    StartProphylaxis: coinfection::StartProphylaxis, with TbFacts = "start_prophylaxis";
    EndProphylaxis: coinfection::EndProphylaxis = "end_prophylaxis";
    OfferHandoff: handoff::OfferHivHandoff = "offer_hiv_handoff";
    AcceptHandoff of HandoffId: handoff::AcceptHivHandoff = "accept_hiv_handoff";
    DeclineHandoff of HandoffId: handoff::DeclineHivHandoff = "decline_hiv_handoff";
    WithdrawHandoff of HandoffId: handoff::WithdrawHivHandoff = "withdraw_hiv_handoff";
    ArrivePatient of HandoffId: handoff::ArriveHivPatient = "arrive_hiv_patient";
    RecordNotArrived of HandoffId: handoff::RecordHivNotArrived = "record_hiv_not_arrived";
    Read: reading::ReadRecord = "read_hiv_record";
}

impl fmt::Debug for HivCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HivCommand(…)")
    }
}

impl HivCommand {
    pub(super) fn decide(&self, record: &HivRecord, at: &Context<'_>) -> Result<Vec<HivEvent>, HivRefusal> {
        if record.opening.is_none() && !matches!(self, Self::Open(..)) {
            return Err(opening::HivOpeningRefusal::NotFound.into());
        }
        match self {
            Self::Open(_, tie) => opening::OpenHivRecord::decide(tie, record, at),
            Self::GrantAccess(body) => body.decide(record, at),
            Self::EndAccess(body) => body.decide(record, at),
            Self::RecordConsent(body) => body.decide(record, at),
            Self::WithdrawConsent(id, _) => consent::WithdrawHivConsent::decide(*id, record, at),
            Self::RecordCounselling(body) => body.decide(record, at),
            Self::RecordTest(body) => body.decide(record, at),
            Self::RecordConfirmation(body) => body.decide(record, at),
            Self::ReturnResult(id, body) => body.decide(*id, record, at),
            Self::RecordCd4(body) => body.decide(record, at),
            Self::RecordViralLoad(body) => body.decide(record, at),
            Self::RecordWhoStage(body) => body.decide(record, at),
            Self::StartArt(body) => body.decide(record, at),
            Self::SubstituteArt(body) => body.decide(record, at),
            Self::SwitchArt(body) => body.decide(record, at),
            Self::StopArt(body) => body.decide(record, at),
            Self::DispenseArt(body) => body.decide(record, at),
            Self::RecordVisitMissed(body) => body.decide(record, at),
            Self::RecordOutreach(body) => body.decide(record, at),
            Self::RecordOutcome(body) => body.decide(record, at),
            Self::BeginRemoteRegistration(body) => body.decide(record, at),
            Self::RecordRemoteStep(body) => body.decide(record, at),
            Self::RecordLfLam(body) => body.decide(record, at),
            Self::JudgeTrace(body, found) => body.decide(*found, record, at),
            Self::RecordTbScreen(body) => body.decide(record, at),
            Self::StartProphylaxis(body, tb) => body.decide(tb, record, at),
            Self::EndProphylaxis(body) => body.decide(record, at),
            Self::OfferHandoff(body) => body.decide(record, at),
            Self::AcceptHandoff(id, _) => handoff::AcceptHivHandoff::decide(*id, record, at),
            Self::DeclineHandoff(id, body) => body.decide(*id, record, at),
            Self::WithdrawHandoff(id, _) => handoff::WithdrawHivHandoff::decide(*id, record, at),
            Self::ArrivePatient(id, body) => body.decide(*id, record, at),
            Self::RecordNotArrived(id, _) => handoff::RecordHivNotArrived::decide(*id, record, at),
            Self::Read(body) => body.decide(record, at),
        }
    }
}

impl HivRecord {
    /// The commands that an actor's standing and the state allow now; names as the answers list them.
    pub fn commands(&self, actor: &Actor) -> Vec<&'static str> {
        let standing = self.standing(&actor.organisation);
        let answers = standing == Some(Standing::Responsible);
        let cares = answers || standing == Some(Standing::Expecting);
        let late = cares || standing == Some(Standing::Former);
        let alive = !self.attendance.died();
        let runs = self.art.running().is_some();
        let protected =
            coinfection::Prophylaxis::ALL.iter().any(|which| self.coinfection.running(*which).is_some());
        let positive = self.testing.positive();
        let told = self.testing.runs.values().any(|run| run.test.conclusion.is_some());
        let consents = self.consents.0.values().any(|consent| !consent.withdrawn);
        let mut names: Vec<_> = [
            ("grant_hiv_access", standing.is_some()),
            ("end_hiv_access", standing.is_some()),
            ("record_hiv_consent", cares),
            ("withdraw_hiv_consent", late && consents),
            ("record_counselling", cares && alive),
            ("record_hiv_test", late),
            ("record_hiv_confirmation", cares),
            ("return_hiv_result", cares && told),
            ("record_cd4", late),
            ("record_viral_load", late),
            ("record_who_stage", cares),
            ("start_art", cares && alive && positive && !runs),
            ("substitute_art", cares && alive && runs),
            ("switch_art", cares && alive && runs),
            ("stop_art", cares && runs),
            ("dispense_art", cares && alive && runs),
            ("record_visit_missed", cares && alive),
            ("record_outreach", cares && alive),
            ("record_hiv_outcome", answers && alive),
            ("begin_remote_registration", answers && alive && positive && self.remote.is_none()),
            ("record_lf_lam", late),
            ("judge_trace", cares && positive),
            ("record_tb_screen", cares && alive),
            ("start_prophylaxis", cares && alive),
            ("end_prophylaxis", cares && protected),
            ("offer_hiv_handoff", answers && alive && self.handoffs.live().is_none()),
        ]
        .into_iter()
        .filter_map(|(name, allowed)| allowed.then_some(name))
        .collect();
        let side =
            |remote: &remote::RemoteRegistration| [&remote.home, &remote.stay].contains(&&actor.organisation);
        if alive && self.remote.as_ref().is_some_and(side) {
            names.push("record_remote_step");
        }
        names.extend(self.handoffs.0.values().flat_map(|handoff| handoff.commands(actor)));
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl handoff::HivHandoff {
    /// The commands that a worker's organisation may give on this handoff now.
    pub fn commands(&self, actor: &Actor) -> Vec<&'static str> {
        let takes = self.to == actor.organisation;
        let sends = self.from == actor.organisation;
        match self.state {
            State::Offered if takes => {
                vec!["accept_hiv_handoff", "decline_hiv_handoff", "arrive_hiv_patient"]
            }
            State::Accepted if takes => vec!["arrive_hiv_patient", "record_hiv_not_arrived"],
            State::NotArrived if takes => vec!["arrive_hiv_patient"],
            State::Offered if sends => vec!["withdraw_hiv_handoff"],
            State::Accepted if sends => vec!["withdraw_hiv_handoff", "record_hiv_not_arrived"],
            _ => Vec::new(),
        }
    }
}
