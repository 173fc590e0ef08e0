//! Every event that has ever been written can be read: one stored sample of each shape, in `proto/events/`.
//!
//! A sample is never changed. A new event gets its line in `golden_events/drafts.rs`, and `UPDATE_GOLDEN=1` writes its
//! sample once; a changed shape is a new version beside the old one.

#[path = "golden_events/drafts.rs"]
mod drafts;

use std::{collections::BTreeSet, fs, path::PathBuf};

use drafts::draft;
use safar_domain::{
    access::AccessEvent,
    case::CaseEvent,
    conflict::ConflictEvent,
    contact_notice::ContactNoticeEvent,
    disclosure::DisclosureEvent,
    emergency::EmergencyEvent,
    erasure::ErasureEvent,
    export::ExportEvent,
    hiv::HivEvent,
    organisation::OrganisationEvent,
    person::PersonEvent,
    pull_request::PullRequestEvent,
    stored::{self, Encoded, Metadata, StoredError},
    worker::WorkerEvent,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};

/// Pairs each variant with its name on disk; an event without a name here does not compile.
macro_rules! names {
    ($($all:ident, $name_of:ident, $event:ident { $($variant:ident = $name:literal),* $(,)? })*) => {$(
        const $all: &[&str] = &[$($name),*];

        fn $name_of(event: &$event) -> &'static str {
            match event { $($event::$variant { .. } => $name,)* }
        }
    )*};
}

names! {
    CASE, case_name, CaseEvent {
        Opened = "case.opened.v1",
        ResponsibilityOpened = "case.responsibility-opened.v1",
        ResponsibilityMoved = "case.responsibility-moved.v1",
        ResponsibilityClosed = "case.responsibility-closed.v1",
        MovementRecorded = "case.movement-recorded.v1",
        ConsentRecorded = "case.consent-recorded.v1",
        ConsentWithdrawn = "case.consent-withdrawn.v1",
        ScreeningRecorded = "case.screening-recorded.v1",
        ScreeningDeclined = "case.screening-declined.v1",
        ReferralMade = "case.referral-made.v1",
        ReferralAccepted = "case.referral-accepted.v1",
        ReferralDeclined = "case.referral-declined.v1",
        ReferralWithdrawn = "case.referral-withdrawn.v1",
        ReferralAttendanceRecorded = "case.referral-attendance-recorded.v1",
        ReferralResultRecorded = "case.referral-result-recorded.v1",
        SpecimenCollected = "case.specimen-collected.v1",
        ResultRecorded = "case.result-recorded.v1",
        ResultEnteredInError = "case.result-entered-in-error.v1",
        DiagnosisMade = "case.diagnosis-made.v1",
        PatientRegistered = "case.patient-registered.v1",
        TbExcluded = "case.tb-excluded.v1",
        DeNotified = "case.denotified.v1",
        TreatmentStarted = "case.treatment-started.v1",
        RegimenChanged = "case.regimen-changed.v1",
        WeightRecorded = "case.weight-recorded.v1",
        PhaseRecorded = "case.phase-recorded.v1",
        TreatmentExtended = "case.treatment-extended.v1",
        ChestXrayRecorded = "case.chest-xray-recorded.v1",
        DosesRecorded = "case.doses-recorded.v1",
        MedicineSupplied = "case.medicine-supplied.v1",
        TreatmentInterrupted = "case.treatment-interrupted.v1",
        TreatmentResumed = "case.treatment-resumed.v1",
        AdverseEventRecorded = "case.adverse-event-recorded.v1",
        PreventionStarted = "case.prevention-started.v1",
        PreventionDosesRecorded = "case.prevention-doses-recorded.v1",
        PreventionHeld = "case.prevention-held.v1",
        PreventionResumed = "case.prevention-resumed.v1",
        PreventionEnded = "case.prevention-ended.v1",
        OutcomeReported = "case.outcome-reported.v1",
        OutcomeConfirmed = "case.outcome-confirmed.v1",
        OutcomeCorrected = "case.outcome-corrected.v1",
        HandoffOffered = "case.handoff-offered.v1",
        HandoffAcknowledged = "case.handoff-acknowledged.v1",
        HandoffExtended = "case.handoff-extended.v1",
        HandoffAccepted = "case.handoff-accepted.v1",
        HandoffDeclined = "case.handoff-declined.v1",
        HandoffWithdrawn = "case.handoff-withdrawn.v1",
        HandoffExpired = "case.handoff-expired.v1",
        HandoffReinstated = "case.handoff-reinstated.v1",
        AcceptanceRescinded = "case.handoff-acceptance-rescinded.v1",
        HandoffEnteredInError = "case.handoff-entered-in-error.v1",
        HandoffSuperseded = "case.handoff-superseded.v1",
        ExternalConfirmed = "case.handoff-external-confirmed.v1",
        OverrideReviewed = "case.override-reviewed.v1",
        InterimReported = "case.interim-reported.v1",
        ClaimCodeIssued = "case.claim-code-issued.v1",
        HandoffCompleted = "case.handoff-completed.v1",
        HandoffCancelledByDeath = "case.handoff-cancelled-by-death.v1",
        PatientDeparted = "case.patient-departed.v1",
        PatientArrived = "case.patient-arrived.v1",
        PatientNotArrived = "case.patient-not-arrived.v1",
        PatientArrivedElsewhere = "case.patient-arrived-elsewhere.v1",
        PatientDidNotTravel = "case.patient-did-not-travel.v1",
        ClaimConfirmed = "case.claim-confirmed.v1",
        ClaimRefused = "case.claim-refused.v1",
        ContactAttempted = "case.contact-attempted.v1",
        ContactListed = "case.contact-listed.v1",
        ContactResultRecorded = "case.contact-result-recorded.v1",
        ContactLinked = "case.contact-linked.v1",
        ContactRemoved = "case.contact-removed.v1",
        SupportGiven = "case.support-given.v1",
        NoteAdded = "case.note-added.v1",
        DeathRecorded = "case.death-recorded.v1",
        Closed = "case.closed.v1",
        Reopened = "case.reopened.v1",
    }
    CONFLICT, conflict_name, ConflictEvent {
        Raised = "conflict.raised.v1",
        Resolved = "conflict.resolved.v1",
    }
    CONTACT_NOTICE, contact_notice_name, ContactNoticeEvent {
        Sent = "contact_notice.sent.v1",
        Accepted = "contact_notice.accepted.v1",
        Declined = "contact_notice.declined.v1",
        Withdrawn = "contact_notice.withdrawn.v1",
        Answered = "contact_notice.answered.v1",
    }
    EMERGENCY, emergency_name, EmergencyEvent {
        Opened = "emergency.opened.v1",
        Missed = "emergency.missed.v1",
        Reviewed = "emergency.reviewed.v1",
    }
    EXPORT, export_name, ExportEvent {
        Requested = "export.requested.v1",
        Approved = "export.approved.v1",
        Refused = "export.refused.v1",
        Fetched = "export.fetched.v1",
    }
    PERSON, person_name, PersonEvent {
        Registered = "person.registered.v1",
        Corrected = "person.corrected.v1",
        Linked = "person.linked.v1",
        Unlinked = "person.unlinked.v1",
    }
    PULL_REQUEST, pull_request_name, PullRequestEvent {
        Made = "pull_request.made.v1",
        Answered = "pull_request.answered.v1",
        Declined = "pull_request.declined.v1",
        Withdrawn = "pull_request.withdrawn.v1",
        Lapsed = "pull_request.lapsed.v1",
    }
    ERASURE, erasure_name, ErasureEvent {
        Requested = "erasure.requested.v1",
        Approved = "erasure.approved.v1",
        Refused = "erasure.refused.v1",
        Held = "erasure.held.v1",
        Released = "erasure.released.v1",
        Erased = "erasure.person-erased.v1",
    }
    ORGANISATION, organisation_name, OrganisationEvent {
        Described = "organisation.described.v1",
        Deactivated = "organisation.deactivated.v1",
    }
    ACCESS, access_name, AccessEvent {
        Read = "reading.made.v1",
        CanarySet = "canary.set.v1",
        Alerted = "alert.raised.v1",
    }
    DISCLOSURE, disclosure_name, DisclosureEvent {
        Made = "disclosure.made.v1",
    }
    HIV, hiv_name, HivEvent {
        Opened = "hiv.opened.v1",
        AccessGranted = "hiv.access-granted.v1",
        AccessEnded = "hiv.access-ended.v1",
        ConsentRecorded = "hiv.consent-recorded.v1",
        ConsentWithdrawn = "hiv.consent-withdrawn.v1",
        CounsellingRecorded = "hiv.counselling-recorded.v1",
        TestRecorded = "hiv.test-recorded.v1",
        ConfirmationRecorded = "hiv.confirmation-recorded.v1",
        ResultReturned = "hiv.result-returned.v1",
        Cd4Recorded = "hiv.cd4-recorded.v1",
        ViralLoadRecorded = "hiv.viral-load-recorded.v1",
        WhoStageRecorded = "hiv.who-stage-recorded.v1",
        ArtStarted = "hiv.art-started.v1",
        ArtSubstituted = "hiv.art-substituted.v1",
        ArtSwitched = "hiv.art-switched.v1",
        ArtStopped = "hiv.art-stopped.v1",
        ArtDispensed = "hiv.art-dispensed.v1",
        VisitMissed = "hiv.visit-missed.v1",
        OutreachRecorded = "hiv.outreach-recorded.v1",
        OutcomeRecorded = "hiv.outcome-recorded.v1",
        RemoteRegistrationBegun = "hiv.remote-registration-begun.v1",
        RemoteStepRecorded = "hiv.remote-step-recorded.v1",
        LfLamRecorded = "hiv.lf-lam-recorded.v1",
        TraceJudged = "hiv.trace-judged.v1",
        TbScreened = "hiv.tb-screened.v1",
        ProphylaxisStarted = "hiv.prophylaxis-started.v1",
        ProphylaxisEnded = "hiv.prophylaxis-ended.v1",
        HandoffOffered = "hiv.handoff-offered.v1",
        HandoffAccepted = "hiv.handoff-accepted.v1",
        HandoffDeclined = "hiv.handoff-declined.v1",
        HandoffWithdrawn = "hiv.handoff-withdrawn.v1",
        HandoffExpired = "hiv.handoff-expired.v1",
        PatientArrived = "hiv.patient-arrived.v1",
        PatientNotArrived = "hiv.patient-not-arrived.v1",
        Read = "hiv.read.v1",
    }
    WORKER, worker_name, WorkerEvent {
        Described = "worker.described.v1",
        Deactivated = "worker.deactivated.v1",
        LeaveSet = "worker.leave-set.v1",
    }
}

/// A sample as it lies in its file; the raw parts are the bytes of the log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    #[serde(rename = "type")]
    event_type: String,
    payload: Box<RawValue>,
    metadata: Box<RawValue>,
}

fn all() -> impl Iterator<Item = &'static str> {
    [
        CASE,
        CONFLICT,
        CONTACT_NOTICE,
        EMERGENCY,
        ERASURE,
        EXPORT,
        PERSON,
        PULL_REQUEST,
        ORGANISATION,
        WORKER,
        DISCLOSURE,
        ACCESS,
        HIV,
    ]
    .into_iter()
    .flatten()
    .copied()
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/events")).join(format!("{name}.json"))
}

fn sample(name: &str) -> Sample {
    let text = fs::read_to_string(file(name)).unwrap_or_else(|_| {
        panic!(
            "{name} has no sample: add its draft to golden_events/drafts.rs and run this with UPDATE_GOLDEN=1"
        )
    });
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Writes what the rulebook of this name writes for this payload; the name it then has, and the bytes.
fn rewritten(name: &str, payload: &str, metadata: &str) -> Result<(&'static str, Encoded), StoredError> {
    match name.split('.').next() {
        Some("case") => again::<CaseEvent>(name, payload, metadata, case_name),
        Some("conflict") => again::<ConflictEvent>(name, payload, metadata, conflict_name),
        Some("emergency") => again::<EmergencyEvent>(name, payload, metadata, emergency_name),
        Some("export") => again::<ExportEvent>(name, payload, metadata, export_name),
        Some("person") => again::<PersonEvent>(name, payload, metadata, person_name),
        Some("contact_notice") => again::<ContactNoticeEvent>(name, payload, metadata, contact_notice_name),
        Some("pull_request") => again::<PullRequestEvent>(name, payload, metadata, pull_request_name),
        Some("reading" | "canary" | "alert") => again::<AccessEvent>(name, payload, metadata, access_name),
        Some("erasure") => again::<ErasureEvent>(name, payload, metadata, erasure_name),
        Some("disclosure") => again::<DisclosureEvent>(name, payload, metadata, disclosure_name),
        Some("hiv") => again::<HivEvent>(name, payload, metadata, hiv_name),
        Some("organisation") => again::<OrganisationEvent>(name, payload, metadata, organisation_name),
        _ => again::<WorkerEvent>(name, payload, metadata, worker_name),
    }
}

fn again<E: Serialize + DeserializeOwned>(
    name: &str,
    payload: &str,
    metadata: &str,
    name_of: fn(&E) -> &'static str,
) -> Result<(&'static str, Encoded), StoredError> {
    let at = "2026-05-04T06:00:00Z".parse().expect("a fixed moment");
    let fact = stored::decode::<E>(name, payload.as_bytes(), metadata.as_bytes(), (at, at))?;
    let metadata: Metadata = serde_json::from_str(metadata).expect("it was read a line above");
    Ok((name_of(&fact.event), stored::encode(&fact.event, &metadata)?))
}

fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// Writes the samples that are missing; one that is there is never touched.
fn write_missing() {
    for name in all().filter(|name| !file(name).exists()) {
        let (payload, metadata) = draft(name).unwrap_or_else(|| panic!("{name} has no draft"));
        let (_, encoded) =
            rewritten(name, &payload.to_string(), &metadata.to_string()).expect("a sound draft");
        let line = |bytes: Vec<u8>| String::from_utf8(bytes).expect("JSON is UTF-8");
        let text = format!(
            "{{\n  \"type\": {:?},\n  \"payload\": {},\n  \"metadata\": {}\n}}\n",
            encoded.event_type,
            line(encoded.payload),
            line(encoded.metadata)
        );
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(file(name))
            .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
            .expect("proto/events can be written");
    }
}

#[test]
fn every_event_reads_its_sample_and_writes_the_same_bytes_again() {
    if updating() {
        write_missing();
    }
    for name in all() {
        let Sample { event_type, payload, metadata } = sample(name);
        assert_eq!(event_type, name);
        let (variant, encoded) = rewritten(name, payload.get(), metadata.get()).unwrap();
        assert_eq!(variant, name, "the name leads to another variant");
        assert_eq!(encoded.event_type, name);
        assert_eq!(String::from_utf8(encoded.payload).unwrap(), payload.get(), "{name}");
        assert_eq!(String::from_utf8(encoded.metadata).unwrap(), metadata.get(), "{name}");
    }
}

#[test]
fn no_sample_is_without_its_event() {
    let known: BTreeSet<String> = all().map(|name| format!("{name}.json")).collect();
    let folder = fs::read_dir(file("x").parent().unwrap()).unwrap();
    let found: BTreeSet<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let strange: Vec<_> = found.difference(&known).collect();
    assert!(strange.is_empty(), "nothing reads {strange:?}");
}

#[test]
fn no_two_events_share_a_name() {
    assert_eq!(all().collect::<BTreeSet<_>>().len(), all().count());
}

#[test]
fn an_event_of_an_unknown_type_is_refused() {
    for name in all() {
        let Sample { payload, metadata, .. } = sample(name);
        let category = name.split('.').next().unwrap_or_default();
        for unknown in [name.replace(".v1", ".v999"), name.to_uppercase(), format!("{category}.never-was.v1")]
        {
            assert!(rewritten(&unknown, payload.get(), metadata.get()).is_err(), "{unknown} was read");
        }
    }
}

#[test]
fn a_field_that_nobody_knows_is_refused_at_every_depth() {
    let mut read = Vec::new();
    for name in all() {
        let Sample { payload, metadata, .. } = sample(name);
        let (payload, metadata) = (payload.get(), metadata.get());
        for changed in with_a_stranger(&serde_json::from_str(payload).unwrap()) {
            if rewritten(name, &changed.to_string(), metadata).is_ok() {
                read.push(format!("{name} {changed}"));
            }
        }
        for changed in with_a_stranger(&serde_json::from_str(metadata).unwrap()) {
            if rewritten(name, payload, &changed.to_string()).is_ok() {
                read.push(format!("{name} {changed}"));
            }
        }
    }
    assert!(read.is_empty(), "read with a field too many:\n{}", read.join("\n"));
}

#[test]
fn a_field_that_is_missing_is_refused_or_was_never_said() {
    for name in all() {
        let Sample { payload, metadata, .. } = sample(name);
        let payload: Value = serde_json::from_str(payload.get()).unwrap();
        for field in payload.as_object().unwrap().keys() {
            let mut changed = payload.clone();
            changed.as_object_mut().unwrap().remove(field);
            let Ok((_, read)) = rewritten(name, &changed.to_string(), metadata.get()) else { continue };
            let read: Value = serde_json::from_slice(&read.payload).unwrap();
            assert!(read[field].is_null(), "{name} without {field} was read as if it were there");
        }
    }
}

/// The value with a field too many, once in each object of a fixed shape.
fn with_a_stranger(value: &Value) -> Vec<Value> {
    /// Maps whose keys are data.
    const FREE: [&str; 2] = ["results", "refused"];
    match value {
        Value::Object(members) => {
            let mut all = Vec::new();
            let mut own = members.clone();
            own.insert("stranger".to_owned(), json!(1));
            all.push(Value::Object(own));
            for (name, member) in members.iter().filter(|(name, _)| !FREE.contains(&name.as_str())) {
                all.extend(with_a_stranger(member).into_iter().map(|changed| {
                    let mut outer = members.clone();
                    outer.insert(name.clone(), changed);
                    Value::Object(outer)
                }));
            }
            all
        }
        Value::Array(items) => (0..items.len())
            .flat_map(|at| {
                with_a_stranger(&items[at]).into_iter().map(move |changed| {
                    let mut outer = items.clone();
                    outer[at] = changed;
                    Value::Array(outer)
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}
