//! What readers see of a case: the folded state, without identity, with the commands that the reader may give now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use safar_domain::{
    actor::{Actor, Role},
    case::{
        Case,
        advice::Advice,
        closing::CloseReason,
        consent::{DataClass, Purpose, Recipient},
        contact_investigation::Contact,
        diagnosis::{
            Confirmation, DeNotificationReason, PreviousTreatment, RegisterResistance, RegistrationGroup,
            ResistanceCategory, Site, TraceGround, TreatmentHistory,
        },
        handoff::{
            Handoff, HandoffState, Urgency, Warning,
            event::{DeclineReason, ExternalDestination, OverrideGround, ReviewFinding, WithdrawReason},
            packet::PacketSeal,
        },
        laboratory::{AsOf, DrugReading, EnteredInError, RecordedResult, SpecimenKind, TestResult},
        opening::{Phase, Route},
        programme::{Interval, Programme},
        reading::Opened,
        referral::Referral,
        screening::ScreeningResult,
    },
    ids::{
        CaseId, ConsentId, ContactId, HandoffId, OrganisationId, PersonId, PlaceId, ReferralId, SpecimenId,
    },
    policy,
};
use schemars::JsonSchema;
use serde::Serialize;

use prevention::PreventionView;
use treatment::{TreatmentView, UntreatedView};

mod prevention;
mod treatment;

/// A case as its reader may see it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CaseView {
    /// The case.
    pub(super) id: CaseId,
    /// Whose care this is; identity is read from the person's own record.
    pub(super) person: Option<PersonId>,
    /// Whether that record was erased: the case goes on without a name.
    pub(super) person_erased: bool,
    /// The revision; send it as `If-Match` with a command.
    pub(super) revision: u64,
    /// Whether work has ended, and why.
    pub(super) closed: Option<CloseReason>,
    /// The day of death, if the person has died.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) died_on: Option<Date>,
    /// The road.
    pub(super) route: Option<Route>,
    /// Where on the road.
    pub(super) phase: Option<Phase>,
    /// The place last reached or left.
    pub(super) last_place: Option<PlaceId>,
    /// Who answers for what now.
    pub(super) responsible: BTreeMap<Programme, OrganisationId>,
    /// What is left out of this view, for no consent in force gives it to the reader's organisation.
    pub(super) withheld: BTreeSet<DataClass>,
    /// Consents asked for.
    pub(super) consents: Vec<ConsentView>,
    /// The result of the latest screening.
    pub(super) screening: Option<ScreeningResult>,
    /// The latest day on which the person did not want to be screened.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) screening_declined_on: Option<Date>,
    /// Referrals.
    pub(super) referrals: Vec<ReferralView>,
    /// Specimens with their results.
    pub(super) specimens: Vec<SpecimenView>,
    /// The diagnosis as it stands.
    pub(super) diagnosis: Option<DiagnosisView>,
    /// Tuberculosis was excluded.
    pub(super) tb_excluded: bool,
    /// Why the case is in no count.
    pub(super) denotified: Option<DeNotificationReason>,
    /// The TB centres whose registers hold the patient, in order.
    pub(super) registrations: Vec<OrganisationId>,
    /// Treatment episodes, oldest first.
    pub(super) treatments: Vec<TreatmentView>,
    /// Those who shared the air with the patient.
    pub(super) contacts: Vec<ContactView>,
    /// Courses of preventive treatment, oldest first.
    pub(super) preventions: Vec<PreventionView>,
    /// Diagnoses that no treatment followed, with their outcome.
    pub(super) untreated: Vec<UntreatedView>,
    /// Handoffs, oldest first.
    pub(super) handoffs: Vec<HandoffView>,
    /// What to think of; it refuses nothing.
    pub(super) advice: Vec<Advice>,
    /// The commands that the reader may give on the case now.
    pub(super) commands: Vec<&'static str>,
}

/// A consent.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ConsentView {
    pub(super) id: ConsentId,
    pub(super) given: bool,
    pub(super) withdrawn: bool,
    pub(super) purpose: Purpose,
    pub(super) recipients: Vec<Recipient>,
    pub(super) data_classes: BTreeSet<DataClass>,
    #[schemars(with = "String", extend("format" = "date"))]
    pub(super) valid_from: Date,
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) valid_until: Option<Date>,
}

/// A referral with what the reader may do on it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReferralView {
    /// The referral.
    pub(super) id: ReferralId,
    /// How it stands.
    #[serde(flatten)]
    pub(super) referral: Referral,
    /// The commands that the reader may give on it now.
    pub(super) commands: Vec<&'static str>,
}

/// Somebody who shared the air with the patient.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ContactView {
    /// The contact.
    pub(super) id: ContactId,
    /// As it stands.
    #[serde(flatten)]
    pub(super) contact: Contact,
}

/// A specimen with its results.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SpecimenView {
    pub(super) id: SpecimenId,
    pub(super) kind: SpecimenKind,
    #[schemars(with = "String", extend("format" = "date"))]
    pub(super) collected_on: Date,
    /// In the order of their recording.
    pub(super) results: Vec<ResultView>,
}

/// A result, and whether it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ResultView {
    /// Its number on the specimen, from 1.
    pub(super) number: u16,
    /// What the test showed.
    #[serde(flatten)]
    pub(super) result: TestResult,
    /// Since when it is known.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(super) recorded_at: Timestamp,
    /// Why it does not stand; such a result counts nowhere.
    pub(super) entered_in_error: Option<EnteredInError>,
}

/// The diagnosis, with the resistance derived from the results.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DiagnosisView {
    pub(super) sites: BTreeSet<Site>,
    pub(super) confirmation: Confirmation,
    pub(super) history: TreatmentHistory,
    /// By the definitions of 2021.
    pub(super) resistance: ResistanceCategory,
    /// As older registers keep it.
    pub(super) register_resistance: RegisterResistance,
    /// Drug by drug, each with its own date; what is unknown is not susceptible.
    pub(super) susceptibility: Vec<DrugReading>,
    pub(super) definitions: String,
    /// Why traces confirm it, where it rests on nothing else.
    pub(super) trace_ground: Option<TraceGround>,
    /// The earlier treatment that was told of.
    pub(super) previous_treatment: Option<PreviousTreatment>,
    /// The specimens on which a bacteriological confirmation rests.
    pub(super) evidence: BTreeSet<SpecimenId>,
    /// The day on which it was first made.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) since: Option<Date>,
    /// How often it was revised since.
    pub(super) revisions: u32,
    /// The day of the last revision.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) revised_on: Option<Date>,
    /// By TB centre, the registration group that follows from it.
    pub(super) groups: BTreeMap<OrganisationId, RegistrationGroup>,
}

/// A handoff with what the reader may do on it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct HandoffView {
    /// The handoff.
    pub(super) id: HandoffId,
    /// The case it concerns.
    pub(super) case: CaseId,
    /// Who offers.
    pub(super) from: OrganisationId,
    /// To whom; `external-` and the country for a facility outside the network.
    pub(super) to: OrganisationId,
    /// The facility outside the network.
    pub(super) external: Option<ExternalDestination>,
    /// Which programmes.
    pub(super) programmes: BTreeSet<Programme>,
    /// The part that was taken.
    pub(super) accepted: BTreeSet<Programme>,
    /// The part that was not taken, with the reasons: it stays with the sender.
    pub(super) refused: BTreeMap<Programme, DeclineReason>,
    /// How far it has come.
    pub(super) state: HandoffState,
    /// How soon it must be answered.
    pub(super) urgency: Urgency,
    /// The ended handoff that it follows.
    pub(super) previous: Option<HandoffId>,
    /// What the sender should think of.
    pub(super) warnings: BTreeSet<Warning>,
    /// When it was offered.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(super) offered_at: Timestamp,
    /// When an unanswered offer ends.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(super) expires_at: Timestamp,
    /// The day on which the patient should arrive.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) expected_arrival: Option<Date>,
    /// The day on which the patient arrived.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) arrived_on: Option<Date>,
    /// The organisation that has the patient by a claim.
    pub(super) claimed_by: Option<OrganisationId>,
    /// Why it was declined.
    pub(super) decline_reason: Option<DeclineReason>,
    /// Who might take the patient instead.
    pub(super) suggestion: Option<OrganisationId>,
    /// Why it was taken back.
    pub(super) withdraw_reason: Option<WithdrawReason>,
    /// What was sent along: the revisions it was made of, and its digest.
    pub(super) packet: Option<PacketSeal>,
    /// Until when the claim code on the patient's card can be used; absent when there is none, or it was used.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub(super) claim_code_until: Option<Timestamp>,
    /// On which ground it went without a consent, and what a second person thought of that.
    pub(super) consent_override: Option<OverrideView>,
    /// The day of the last interim report.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) reported_on: Option<Date>,
    /// How often the patient was looked for.
    pub(super) contact_attempts: usize,
    /// The commands that the reader may give on it now.
    pub(super) commands: Vec<&'static str>,
}

/// An override of the consent rule; its reason stays with those who answer for the patient.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OverrideView {
    /// The ground.
    pub(super) ground: OverrideGround,
    /// What a second person thought of it; absent until then.
    pub(super) review: Option<ReviewFinding>,
}

/// Who answered for what, and when.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ResponsibilityView {
    /// Intervals by programme, oldest first, in recorded time.
    pub(super) programmes: BTreeMap<Programme, Vec<Interval>>,
}

/// The commands that the role opens, of those that the state allows.
fn permitted(mut names: Vec<&'static str>, role: Role) -> Vec<&'static str> {
    names.retain(|name| policy::permits(role, policy::of_command(name)));
    names
}

impl CaseView {
    /// A case as far as it is open to the reader.
    pub(super) fn of((id, revision): (CaseId, u64), case: &Case, opened: &Opened, reader: &Actor) -> Self {
        let case = &case.as_opened(opened);
        Self {
            id,
            person: case.opening.as_ref().map(|opening| opening.person),
            person_erased: false,
            revision,
            closed: case.closing.reason,
            died_on: case.closing.died_on,
            route: case.opening.as_ref().map(|opening| opening.route.clone()),
            phase: case.journey.phase,
            last_place: case.journey.last.as_ref().map(|(place, _)| place.clone()),
            responsible: case.responsibility.open().map(|(programme, by)| (programme, by.clone())).collect(),
            withheld: opened.withheld(),
            consents: consents(case),
            screening: case.screenings.latest.map(|(_, result)| result),
            screening_declined_on: case.screenings.declined_on,
            referrals: referrals(case, reader),
            specimens: specimens(case),
            diagnosis: diagnosis(case),
            tb_excluded: case.diagnosis.excluded(),
            denotified: case.diagnosis.denotified,
            registrations: case.diagnosis.registrations.clone(),
            treatments: TreatmentView::all(case),
            contacts: contacts(case),
            preventions: PreventionView::all(case),
            untreated: UntreatedView::all(case),
            handoffs: handoffs(id, case, reader),
            advice: case.advice(),
            commands: permitted(case.commands(reader), reader.role),
        }
    }
}

impl CaseView {
    /// Leaves out the commands: none can be given on the past.
    pub(super) fn leave_out_commands(&mut self) {
        self.commands.clear();
        self.handoffs.iter_mut().for_each(|handoff| handoff.commands.clear());
        self.referrals.iter_mut().for_each(|referral| referral.commands.clear());
    }
}

impl HandoffView {
    pub(super) fn of(id: HandoffId, case_id: CaseId, handoff: &Handoff, reader: &Actor) -> Self {
        Self {
            id,
            case: case_id,
            from: handoff.from.clone(),
            to: handoff.to.clone(),
            external: handoff.external.clone(),
            programmes: handoff.programmes.clone(),
            accepted: handoff.accepted.clone(),
            refused: handoff.refused.clone(),
            state: handoff.state,
            urgency: handoff.urgency,
            previous: handoff.previous,
            warnings: handoff.warnings.clone(),
            offered_at: handoff.offered_at,
            expires_at: handoff.expires_at,
            expected_arrival: handoff.expected_arrival,
            arrived_on: handoff.arrived_on,
            claimed_by: handoff.claim.as_ref().map(|claim| claim.organisation.clone()),
            decline_reason: handoff.declined.as_ref().map(|(reason, _)| *reason),
            suggestion: handoff.declined.as_ref().and_then(|(_, suggestion)| suggestion.clone()),
            withdraw_reason: handoff.withdrawn,
            packet: handoff.packet.clone(),
            claim_code_until: handoff
                .claim_code
                .as_ref()
                .filter(|code| !code.used)
                .map(|code| code.expires_at),
            consent_override: handoff
                .consent_override
                .as_ref()
                .map(|(given, finding)| OverrideView { ground: given.ground, review: *finding }),
            reported_on: handoff.reported_on,
            contact_attempts: handoff.contact_attempts.len(),
            commands: permitted(handoff.commands(reader), reader.role),
        }
    }
}

fn handoffs(case_id: CaseId, case: &Case, reader: &Actor) -> Vec<HandoffView> {
    let mut all: Vec<_> = case.handoffs.all.iter().collect();
    all.sort_by_key(|(_, handoff)| handoff.offered_at);
    all.into_iter().map(|(id, handoff)| HandoffView::of(*id, case_id, handoff, reader)).collect()
}

fn consents(case: &Case) -> Vec<ConsentView> {
    let view = |(consent, withdrawn): &(safar_domain::case::consent::ConsentRecorded, bool)| ConsentView {
        id: consent.consent,
        given: consent.given,
        withdrawn: *withdrawn,
        purpose: consent.purpose,
        recipients: consent.recipients.clone(),
        data_classes: consent.data_classes.clone(),
        valid_from: consent.valid_from,
        valid_until: consent.valid_until,
    };
    case.consents.all.values().map(view).collect()
}

fn referrals(case: &Case, reader: &Actor) -> Vec<ReferralView> {
    let view = |(id, referral): (&ReferralId, &Referral)| ReferralView {
        id: *id,
        referral: referral.clone(),
        commands: permitted(case.referral_commands(*id, &reader.organisation), reader.role),
    };
    case.referrals.all.iter().map(view).collect()
}

fn specimens(case: &Case) -> Vec<SpecimenView> {
    let mut all: Vec<_> = case
        .laboratory
        .specimens
        .iter()
        .map(|(id, specimen)| SpecimenView {
            id: *id,
            kind: specimen.kind,
            collected_on: specimen.collected_on,
            results: (1..).zip(&specimen.results).map(result).collect(),
        })
        .collect();
    all.sort_by_key(|specimen| specimen.collected_on);
    all
}

fn result((number, recorded): (u16, &RecordedResult)) -> ResultView {
    ResultView {
        number,
        result: recorded.result.clone(),
        recorded_at: recorded.recorded_at,
        entered_in_error: recorded.entered_in_error.clone(),
    }
}

fn diagnosis(case: &Case) -> Option<DiagnosisView> {
    let made = case.diagnosis.current.as_ref()?;
    let resistance = case.laboratory.evidence(AsOf::default()).resistance();
    let group = |id: &OrganisationId| Some((id.clone(), case.registration_group(id)?));
    let state = &case.diagnosis;
    Some(DiagnosisView {
        sites: made.sites.clone(),
        confirmation: made.confirmation,
        history: made.history,
        resistance: resistance.category,
        register_resistance: resistance.register,
        susceptibility: resistance.drugs,
        definitions: made.definitions.clone(),
        trace_ground: made.trace_ground,
        previous_treatment: made.previous_treatment.clone(),
        evidence: made.evidence.clone(),
        since: state.first_made_on,
        revisions: state.revisions,
        revised_on: state.made_on.filter(|_| state.revisions > 0),
        groups: state.registrations.iter().filter_map(group).collect(),
    })
}

fn contacts(case: &Case) -> Vec<ContactView> {
    let view = |(id, contact): (&ContactId, &Contact)| ContactView { id: *id, contact: contact.clone() };
    case.contacts.all.iter().map(view).collect()
}
