//! The packet: what must be on record before a patient is handed off, what goes along, what the sender should think of.
//!
//! The packet is made of the case as it stood when the offer was decided, written once as JSON, and kept in the offer with
//! its digest: what was sent can be shown for ever, whatever later versions make of the same stream. It holds no identity:
//! who the patient is stays in the person's record, of which the packet names the revision.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Urgency, Warning,
    event::{ExternalDestination, OverrideGround},
};
use crate::{
    case::{
        Case,
        consent::DataClass,
        diagnosis::{Confirmation, ResistanceCategory, Site, TreatmentHistory},
        laboratory::{Drug, Specimen, SpecimenKind, TestResult},
        outcome::Outcome,
        programme::Programme,
        treatment::{AdverseEvent, Episode, RegimenChange, Weight, days_between},
    },
    ids::{ConsentId, HandoffId, OrganisationId, PersonId, WorkerId},
};

/// The version of the packet's shape; a new shape gets a new number, and what was sent stays as it was.
pub const VERSION: u16 = 1;

/// What the receiver needs to go on with the care, as of the offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Packet {
    /// The version of this shape.
    pub version: u16,
    /// The handoff it belongs to.
    pub handoff: HandoffId,
    /// The revision of the case it was made of.
    pub case_revision: u64,
    /// Whose care this is.
    pub person: PersonId,
    /// The revision of the person's record that says who it is.
    pub person_revision: Option<u64>,
    /// Who sends.
    pub sender: Sender,
    /// To whom.
    pub to: OrganisationId,
    /// The facility, where it lies outside the network.
    pub external: Option<ExternalDestination>,
    /// When it was offered.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub offered_at: Timestamp,
    /// Which programmes.
    pub programmes: BTreeSet<Programme>,
    /// How soon it must be answered.
    pub urgency: Urgency,
    /// The day on which the patient should arrive.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expected_arrival: Option<Date>,
    /// The consents on which it rests.
    pub consents: BTreeSet<ConsentId>,
    /// The ground on which it goes without them.
    pub override_ground: Option<OverrideGround>,
    /// What the sender should have thought of.
    pub warnings: BTreeSet<Warning>,
    /// How often support was given.
    pub support_given: u32,
    /// Tuberculosis; absent where the TB programme is not handed off.
    pub tb: Option<PacketTb>,
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its telephone, if the directory has one.
    pub telephone: Option<String>,
    /// The worker who made the offer.
    pub worker: WorkerId,
}

/// Tuberculosis, as of the offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PacketTb {
    /// The diagnosis, if one was made.
    pub diagnosis: Option<PacketDiagnosis>,
    /// Every result, by day of collection.
    pub tests: Vec<PacketTest>,
    /// Specimens whose result is still out.
    pub pending: Vec<PacketSpecimen>,
    /// The treatment that runs.
    pub treatment: Option<PacketTreatment>,
    /// The treatments before it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<PacketEpisode>,
}

/// The diagnosis with the resistance that follows from the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `DiagnosisMade`")]
pub struct PacketDiagnosis {
    pub sites: BTreeSet<Site>,
    pub confirmation: Confirmation,
    pub history: TreatmentHistory,
    pub resistance: ResistanceCategory,
    pub definitions: String,
}

/// A result with its days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PacketTest {
    /// Of what.
    pub specimen: PacketSpecimen,
    /// What it showed, and when.
    pub result: TestResult,
}

/// A specimen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `CollectSpecimen`")]
pub struct PacketSpecimen {
    pub kind: SpecimenKind,
    #[schemars(with = "String", extend("format" = "date"))]
    pub collected_on: Date,
}

/// The treatment that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PacketTreatment {
    /// The regimen's code.
    pub regimen: String,
    /// The drugs of an individualised regimen.
    pub composition: Vec<Drug>,
    /// Where in the regimen, for those that have phases.
    pub phase: Option<TreatmentPhase>,
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub started_on: Date,
    /// Expected last day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub expected_end: Date,
    /// Weight at the start, in kilograms.
    pub weight_kg: Option<u16>,
    /// The last weight on record, with its day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_weight: Option<Weight>,
    /// Doses taken so far.
    pub doses_taken: u32,
    /// Doses missed so far.
    pub doses_missed: u32,
    /// The last day on which a dose was taken.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub last_dose_on: Option<Date>,
    /// The day of the next dose.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub next_dose_on: Option<Date>,
    /// The last day for which there is medicine in hand.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub medicine_until: Option<Date>,
    /// Days of medicine in hand on the day of the offer.
    pub medicine_days: Option<u16>,
    /// Since when it stands still.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub interrupted_since: Option<Date>,
    /// Reactions to the medicine.
    pub adverse_events: Vec<AdverseEvent>,
    /// Changes of the regimen, and drugs replaced for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<RegimenChange>,
}

/// A treatment before the one that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PacketEpisode {
    /// The regimen's code.
    pub regimen: String,
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub started_on: Date,
    /// Its outcome and the day, as reported; absent where nothing was said, or Regimen II began.
    pub outcome: Option<Outcome>,
    /// The day of the outcome, or of the start of Regimen II.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub ended_on: Option<Date>,
    /// Whether a second person has confirmed it.
    pub confirmed: bool,
}

/// Where in its regimen a treatment is (WHO TB DAK, D13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "treatment-phases"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum TreatmentPhase {
    Intensive,
    Continuation,
}

/// A packet as it is kept: its text, byte for byte, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedPacket {
    /// What proves it.
    pub seal: PacketSeal,
    /// The packet as JSON.
    pub document: String,
}

/// What a packet was made of, and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PacketSeal {
    /// The version of the packet's shape.
    pub version: u16,
    /// The revision of the case.
    pub case_revision: u64,
    /// The revision of the person's record.
    pub person_revision: Option<u64>,
    /// SHA-256 of the document, in hexadecimal.
    pub sha256: String,
}

impl SealedPacket {
    /// Writes a packet once and for all; `None` would mean that a packet cannot be written as JSON.
    pub(super) fn of(packet: &Packet) -> Option<Self> {
        let document = serde_json::to_string(packet).ok()?;
        let seal = PacketSeal {
            version: packet.version,
            case_revision: packet.case_revision,
            person_revision: packet.person_revision,
            sha256: sha256(&document),
        };
        Some(Self { seal, document })
    }

    /// Whether the document is the one that was sealed.
    pub fn intact(&self) -> bool {
        sha256(&self.document) == self.seal.sha256
    }
}

fn sha256(document: &str) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(document.as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl PacketTb {
    /// Tuberculosis as the case shows it on a day.
    pub(super) fn of(case: &Case, on: Date) -> Self {
        let diagnosis = case.diagnosis.current.as_ref().map(|made| PacketDiagnosis {
            sites: made.sites.clone(),
            confirmation: made.confirmation,
            history: made.history,
            resistance: case.laboratory.resistance(),
            definitions: made.definitions.clone(),
        });
        let mut specimens: Vec<(_, &Specimen)> = case.laboratory.specimens.iter().collect();
        specimens.sort_by_key(|(id, specimen)| (specimen.collected_on, **id));
        let named =
            |specimen: &Specimen| PacketSpecimen { kind: specimen.kind, collected_on: specimen.collected_on };
        let tests = specimens.iter().flat_map(|(_, specimen)| {
            let results = specimen.standing().map(|recorded| recorded.result.clone());
            results.map(move |result| PacketTest { specimen: named(specimen), result })
        });
        let pending = specimens.iter().filter(|(_, specimen)| specimen.waits());
        Self {
            diagnosis,
            tests: tests.collect(),
            pending: pending.map(|(_, specimen)| named(specimen)).collect(),
            treatment: case.treatment.open_episode().map(|(_, episode)| PacketTreatment::of(episode, on)),
            earlier: earlier(case),
        }
    }
}

/// The episodes of the case but the one that runs.
fn earlier(case: &Case) -> Vec<PacketEpisode> {
    let running = case.treatment.open_episode().map(|(id, _)| id);
    let mut before: Vec<_> = case.treatment.episodes.iter().filter(|(id, _)| Some(**id) != running).collect();
    before.sort_by_key(|(id, episode)| (episode.started_on, **id));
    let of = |(_, episode): (_, &Episode)| {
        let said = episode.verdict.said.as_ref();
        PacketEpisode {
            regimen: episode.regimen.clone(),
            started_on: episode.started_on,
            outcome: said.map(|said| said.outcome),
            ended_on: said.map(|said| said.on).or(episode.verdict.left_cohort_on),
            confirmed: said.is_some_and(|said| said.confirmed),
        }
    };
    before.into_iter().map(of).collect()
}

impl PacketTreatment {
    fn of(episode: &Episode, on: Date) -> Self {
        Self {
            regimen: episode.regimen.clone(),
            composition: episode.composition.clone(),
            phase: episode.phase_on(on),
            started_on: episode.started_on,
            expected_end: episode.expected_end,
            weight_kg: episode.weight_kg,
            latest_weight: episode.latest_weight(),
            doses_taken: episode.doses.0,
            doses_missed: episode.doses.1,
            last_dose_on: episode.last_dose_on,
            next_dose_on: episode.last_dose_on.and_then(|last| last.tomorrow().ok()),
            medicine_until: episode.medicine_until,
            medicine_days: episode.medicine_in_hand(on),
            interrupted_since: episode.interrupted_since,
            adverse_events: episode.adverse_events.clone(),
            changes: episode.changes.clone(),
        }
    }
}

/// The classes of data that a handoff of these programmes discloses.
pub(in crate::case) fn classes(programmes: &BTreeSet<Programme>) -> BTreeSet<DataClass> {
    let of = |programme: &Programme| programme.class();
    programmes.iter().map(of).chain([DataClass::Identity, DataClass::Contact]).collect()
}

/// What is still missing before these programmes can be handed off, in the worker's words.
pub(super) fn missing(case: &Case, programmes: &BTreeSet<Programme>) -> Vec<&'static str> {
    if !programmes.contains(&Programme::Tb) {
        return Vec::new();
    }
    let mut missing = Vec::new();
    if case.diagnosis.current.is_none() && case.screenings.presumptive_since.is_none() {
        missing.push("the diagnosis, or a positive screening");
    }
    if let Some((_, episode)) = case.treatment.open_episode() {
        if episode.last_dose_on.is_none() {
            missing.push("the last dose taken");
        }
        if episode.medicine_until.is_none() {
            missing.push("the medicine supplied");
        }
    }
    missing
}

/// What the sender should think of before the patient leaves on that day with that much medicine.
///
/// A handoff without the TB programme warns of nothing: a warning would tell of an illness that is not handed off.
pub(super) fn warnings(
    case: &Case,
    programmes: &BTreeSet<Programme>,
    on: Date,
    medicine_days: Option<u16>,
) -> BTreeSet<Warning> {
    let mut warnings = BTreeSet::new();
    if !programmes.contains(&Programme::Tb) {
        return warnings;
    }
    if infectious(case) {
        warnings.insert(Warning::InfectiousNow);
    }
    let Some((_, episode)) = case.treatment.open_episode() else { return warnings };
    let in_hand = medicine_days.or_else(|| episode.medicine_in_hand(on));
    if in_hand.is_none_or(|days| days < 14) {
        warnings.insert(Warning::MedicineBelow14Days);
    }
    if days_between(on, episode.expected_end) < 30 {
        warnings.insert(Warning::TreatmentEndsWithin30Days);
    }
    warnings
}

/// The last smear was positive.
fn infectious(case: &Case) -> bool {
    let findings = case.laboratory.findings();
    findings.into_iter().filter_map(|(_, finding)| finding.smear_positive()).next_back() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::{Packet, SealedPacket, TreatmentPhase, VERSION};
    use crate::{
        case::{CaseEvent, fixtures::*, programme::Programme},
        testing::given,
    };

    fn packet_of(history: &[CaseEvent]) -> (SealedPacket, Packet) {
        let events =
            given(history).when(offer("tj-national-tb-centre", Programme::Tb)).as_(&shymkent()).events();
        let [CaseEvent::HandoffOffered(offered)] = &events[..] else { panic!("not an offer: {events:?}") };
        let sealed = offered.packet.clone().expect("an offer has its packet");
        let packet = serde_json::from_str(&sealed.document).expect("a packet is JSON");
        (sealed, packet)
    }

    fn ready() -> Vec<CaseEvent> {
        treated_case_and([
            collected(8, TODAY),
            adverse_event(2),
            dosed(START, TODAY),
            supplied(TODAY, 20),
            consent_to_share_all(crate::ids::Country::TJ),
        ])
    }

    #[test]
    fn a_packet_tells_the_receiver_how_to_go_on() {
        let (_, packet) = packet_of(&ready());
        assert_eq!((packet.version, packet.case_revision, packet.person_revision), (VERSION, 7, Some(1)));
        let tb = packet.tb.expect("tuberculosis is handed off");
        let treatment = tb.treatment.expect("treatment runs");
        assert_eq!((treatment.doses_taken, treatment.doses_missed), (181, 0));
        assert_eq!(treatment.last_dose_on, Some(TODAY));
        assert_eq!(treatment.next_dose_on, TODAY.tomorrow().ok());
        assert_eq!(treatment.medicine_days, Some(20));
        assert_eq!(treatment.phase, Some(TreatmentPhase::Continuation));
        assert_eq!(treatment.adverse_events.len(), 1);
        assert_eq!(tb.pending.len(), 1, "the specimen of today has no result yet");
        assert!(!packet.consents.is_empty());
    }

    #[test]
    fn the_same_case_gives_the_same_bytes_and_another_case_others() {
        let (first, _) = packet_of(&ready());
        let (second, _) = packet_of(&ready());
        assert_eq!(first, second);
        let mut more = ready();
        more.push(dosed(TODAY, TODAY));
        assert_ne!(packet_of(&more).0.seal.sha256, first.seal.sha256);
    }

    #[test]
    fn a_packet_that_was_touched_is_found_out() {
        let (mut sealed, _) = packet_of(&ready());
        assert!(sealed.intact());
        sealed.document = sealed.document.replacen("\"doses_taken\":1", "\"doses_taken\":2", 1);
        assert!(!sealed.intact());
    }
}
