//! From what each sample is made, once. The people are invented.

use serde_json::{Value, json};

#[path = "drafts/hiv.rs"]
mod hiv;

const ID: [&str; 4] = [
    "0190a000-0000-7000-8000-000000000001",
    "0190a000-0000-7000-8000-000000000002",
    "0190a000-0000-7000-8000-000000000003",
    "0190a000-0000-7000-8000-000000000004",
];

/// Payload and metadata of an event.
pub(crate) fn draft(name: &str) -> Option<(Value, Value)> {
    let payload = opening(name)
        .or_else(|| referral(name))
        .or_else(|| clinical(name))
        .or_else(|| handoff(name))
        .or_else(|| patient(name))
        .or_else(|| contact(name))
        .or_else(|| pull_request(name))
        .or_else(|| conflict(name))
        .or_else(|| erasure(name))
        .or_else(|| hiv::hiv(name))
        .or_else(|| others(name))?;
    let metadata = json!({
        "actor": {
            "worker": "sw-galaba", "organisation": "ngo-galaba", "country": "TJ", "role": "social_worker",
        },
        "precision": "instant",
        "offset_seconds": 18_000,
        "correlation_id": "0190a000-0000-7000-8000-0000000000c0",
        "causation_id": "0190a000-0000-7000-8000-0000000000ca",
    });
    Some((payload, metadata))
}

fn opening(name: &str) -> Option<Value> {
    let [person, consent, ..] = ID;
    Some(match name {
        "case.opened.v1" => json!({
            "person": person,
            "route": { "origin": "tj-farkhor", "transit": ["UZ"], "destination": "KZ-79" },
            "phase": "pre_departure", "setting": "pre_departure_session", "organisation": "ngo-galaba",
        }),
        "case.responsibility-opened.v1" => json!({ "programme": "support", "organisation": "ngo-galaba" }),
        "case.responsibility-moved.v1" => json!({
            "programme": "tb", "from": "ngo-galaba", "to": "kz-tb-shymkent", "handoff": ID[2],
        }),
        "case.responsibility-closed.v1" => json!({ "programme": "support" }),
        "case.movement-recorded.v1" => json!({
            "kind": "crossed_border", "place": "UZ", "means": "train", "on": "2026-05-06", "phase": "transit",
        }),
        "case.consent-recorded.v1" => json!({
            "consent": consent, "given": true, "purpose": "continuity_of_care",
            "recipients": [{ "country": "KZ" }, { "organisation": "kz-tb-shymkent" }],
            "data_classes": ["identity", "contact", "tb", "support"],
            "valid_from": "2026-05-04", "valid_until": "2027-05-04", "form_version": "care-2026-01",
        }),
        "case.consent-withdrawn.v1" => json!({ "consent": consent }),
        "case.screening-recorded.v1" => json!({
            "on": "2026-05-04",
            "symptoms": { "current_cough": true, "fever": false, "weight_loss": true, "night_sweats": false },
            "cough_weeks": 3, "chest_xray": "abnormal", "result": "positive",
        }),
        "case.support-given.v1" => json!({ "kind": "transport", "on": "2026-05-04" }),
        "case.note-added.v1" => json!({ "text": "Will call from Shymkent on Friday.", "late": false }),
        "case.death-recorded.v1" => json!({ "on": "2026-05-09", "cause": "unknown", "source": "family" }),
        "case.closed.v1" => json!({ "reason": "care_completed" }),
        "case.reopened.v1" => json!({}),
        _ => return None,
    })
}

fn referral(name: &str) -> Option<Value> {
    let referral = ID[1];
    Some(match name {
        "case.referral-made.v1" => json!({
            "referral": referral, "from": "ngo-galaba", "to": "tj-tb-dushanbe", "service": "tb_diagnosis",
            "reason": "initial_testing",
        }),
        "case.referral-accepted.v1" | "case.referral-withdrawn.v1" => json!({ "referral": referral }),
        "case.referral-declined.v1" => json!({
            "referral": referral, "reason": "no_capacity", "suggestion": "tj-tb-kulob",
        }),
        "case.referral-attendance-recorded.v1" => json!({
            "referral": referral, "attended": true, "on": "2026-05-05",
        }),
        "case.referral-result-recorded.v1" => json!({ "referral": referral, "result": "examined" }),
        _ => return None,
    })
}

#[expect(clippy::too_many_lines, reason = "one arm for each event")]
fn clinical(name: &str) -> Option<Value> {
    let [specimen, episode, other, _] = ID;
    Some(match name {
        "case.screening-declined.v1" => json!({ "on": "2026-05-04" }),
        "case.specimen-collected.v1" => json!({
            "specimen": specimen, "kind": "sputum", "collected_on": "2026-05-05",
        }),
        "case.result-recorded.v1" => json!({
            "specimen": specimen, "performed_on": "2026-05-06", "resulted_on": "2026-05-07",
            "finding": { "test": "molecular", "mtb": "medium", "rifampicin": "susceptible" }, "late": false,
        }),
        "case.result-entered-in-error.v1" => {
            json!({ "specimen": specimen, "number": 1, "reason": "other_person" })
        }
        "case.diagnosis-made.v1" => json!({
            "sites": ["pulmonary"], "confirmation": "bacteriologically_confirmed", "history": "new",
            "definitions": "who-2013-rev-2020",
        }),
        "case.patient-registered.v1" => {
            json!({ "organisation": "kz-tb-shymkent", "register_number": "2026/117" })
        }
        "case.tb-excluded.v1" => json!({}),
        "case.denotified.v1" => json!({ "reason": "duplicate", "duplicate_of": other }),
        "case.treatment-started.v1" => json!({
            "episode": episode, "regimen": "2HRZE/4HR", "started_on": "2026-05-08", "weight_kg": 62,
            "composition": ["isoniazid", "rifampicin", "pyrazinamide"], "administration": "directly_observed",
            "confirmed": true, "pulmonary": true, "drug_resistant": false, "expected_end": "2026-11-08",
            "definitions": "who-2013-rev-2020",
        }),
        "case.regimen-changed.v1" => json!({
            "episode": episode,
            "change": {
                "on": "2026-08-01", "from": "2HRZE/4HR", "regimen": "longer", "reason": "additional_resistance",
                "permanent": true, "replaced": ["rifampicin", "isoniazid"], "effect": "failed",
            },
            "composition": ["bedaquiline", "linezolid"], "drug_resistant": true, "expected_end": "2028-02-01",
        }),
        "case.weight-recorded.v1" => json!({ "episode": episode, "on": "2026-07-08", "weight_kg": 64 }),
        "case.phase-recorded.v1" => json!({
            "episode": episode, "on": "2026-09-08", "step": "intensive_extended", "months": 2,
            "expected_end": "2027-01-08",
        }),
        "case.treatment-extended.v1" => json!({
            "episode": episode, "on": "2026-10-08", "months": 9, "reason": "late_conversion",
            "expected_end": "2027-02-08",
        }),
        "case.chest-xray-recorded.v1" => {
            json!({ "episode": episode, "on": "2026-07-08", "result": "normal" })
        }
        "case.doses-recorded.v1" => json!({
            "episode": episode, "from": "2026-05-08", "until": "2026-05-14", "taken": 6, "missed": 1,
            "last_taken_on": "2026-05-14", "administration": "video_observed", "late": false,
        }),
        "case.adverse-event-recorded.v1" => json!({
            "episode": episode,
            "adverse_event": { "on": "2026-05-10", "kind": "hepatotoxicity", "grade": 2, "suspected": ["pyrazinamide"] },
        }),
        "case.medicine-supplied.v1" => json!({ "episode": episode, "on": "2026-05-14", "days": 30 }),
        "case.treatment-interrupted.v1" => {
            json!({ "episode": episode, "since": "2026-06-01", "reason": "travel" })
        }
        "case.treatment-resumed.v1" => json!({
            "episode": episode, "on": "2026-06-05", "expected_end": "2026-11-12",
        }),
        "case.prevention-started.v1" => json!({
            "course": episode, "regimen": "4R", "eligible_on": "2026-05-07", "started_on": "2026-05-08",
            "index_resistance": "isoniazid_resistant", "index_resists_fluoroquinolones": false,
            "administration": "self_administered",
        }),
        "case.prevention-doses-recorded.v1" => json!({
            "course": episode, "from": "2026-05-08", "until": "2026-06-07", "taken": 30, "missed": 1,
        }),
        "case.prevention-held.v1" => {
            json!({ "course": episode, "since": "2026-06-08", "reason": "adverse_reaction" })
        }
        "case.prevention-resumed.v1" => json!({ "course": episode, "on": "2026-06-15" }),
        "case.prevention-ended.v1" => json!({ "course": episode, "on": "2026-09-12", "result": "completed" }),
        "case.outcome-reported.v1" => json!({
            "episode": episode, "outcome": "cured", "on": "2026-11-12", "reporter": "tb-kz-shymkent-1",
        }),
        "case.outcome-confirmed.v1" => json!({
            "episode": episode, "outcome": "cured", "on": "2026-11-12", "organisation": "kz-tb-shymkent",
        }),
        "case.outcome-corrected.v1" => json!({
            "episode": episode, "outcome": "failed", "on": "2026-11-12",
            "failure": { "reason": "no_response", "clinical_judgement": true },
            "reason": "late_result", "reporter": "tb-kz-shymkent-1",
        }),
        _ => return None,
    })
}

fn handoff(name: &str) -> Option<Value> {
    let handoff = ID[2];
    Some(match name {
        "case.handoff-offered.v1" => json!({
            "handoff": handoff, "from": "ngo-galaba", "to": "kz-tb-shymkent", "programmes": ["support", "tb"],
            "urgency": "routine", "expires_at": "2026-05-07T06:00:00Z", "expected_arrival": "2026-05-09",
            "consents": [ID[1]],
            "consent_override": { "ground": "vital_interest", "reason": "Fell ill on the train and cannot be asked." },
            "warnings": ["medicine_below_14_days"], "previous": ID[3],
        }),
        "case.handoff-acknowledged.v1"
        | "case.handoff-expired.v1"
        | "case.handoff-cancelled-by-death.v1"
        | "case.patient-did-not-travel.v1" => json!({ "handoff": handoff }),
        "case.handoff-extended.v1" => json!({ "handoff": handoff, "expires_at": "2026-05-10T06:00:00Z" }),
        "case.handoff-accepted.v1" => json!({
            "handoff": handoff, "programmes": ["tb"], "refused": { "support": "service_not_offered" },
            "implicit": false,
        }),
        "case.handoff-declined.v1" | "case.handoff-acceptance-rescinded.v1" => json!({
            "handoff": handoff, "reason": "no_capacity", "suggestion": "kz-tb-taraz",
        }),
        "case.handoff-withdrawn.v1" => json!({ "handoff": handoff, "reason": "plans_changed" }),
        "case.handoff-reinstated.v1" => json!({ "handoff": handoff, "arrived_on": "2026-05-09" }),
        "case.handoff-completed.v1" => {
            json!({ "handoff": handoff, "care": "first_dose", "on": "2026-05-10" })
        }
        "case.handoff-entered-in-error.v1" => json!({ "handoff": handoff, "reason": "wrong_patient" }),
        "case.handoff-superseded.v1" => json!({ "handoff": handoff, "by": ID[3] }),
        "case.handoff-external-confirmed.v1" => json!({
            "handoff": handoff, "step": "arrived", "on": "2026-05-10", "evidence": "return_slip", "reason": null,
        }),
        "case.override-reviewed.v1" => json!({ "handoff": handoff, "finding": "justified" }),
        "case.interim-reported.v1" => json!({
            "handoff": handoff, "on": "2026-06-09", "status": "in_care", "doses_taken": 29, "doses_missed": 1,
            "last_dose_on": "2026-06-09",
        }),
        "case.claim-code-issued.v1" => json!({
            "handoff": handoff, "digest": "0f".repeat(32), "expires_at": "2026-08-02T06:00:00Z",
        }),
        "case.claim-refused.v1" => json!({ "handoff": handoff, "organisation": "kz-tb-taraz" }),
        "case.claim-confirmed.v1" => json!({
            "handoff": handoff, "organisation": "kz-tb-taraz", "by_lapse": true,
        }),
        "case.contact-attempted.v1" => json!({
            "handoff": handoff, "on": "2026-05-12", "channel": "relatives", "result": "lead_to_another_place",
        }),
        _ => return None,
    })
}

fn patient(name: &str) -> Option<Value> {
    let handoff = ID[2];
    Some(match name {
        "case.patient-departed.v1" => json!({
            "handoff": handoff, "on": "2026-05-06", "medicine_days": 30, "expected_arrival": "2026-05-09",
            "warnings": ["infectious_now"],
        }),
        "case.patient-arrived.v1" => {
            json!({ "handoff": handoff, "on": "2026-05-09", "identity_check": "document" })
        }
        "case.patient-not-arrived.v1" => json!({ "handoff": handoff, "expected": "2026-05-09" }),
        "case.patient-arrived-elsewhere.v1" => json!({
            "handoff": handoff, "organisation": "kz-tb-taraz", "on": "2026-05-10", "basis": "handoff_card",
        }),
        _ => return None,
    })
}

fn contact(name: &str) -> Option<Value> {
    let [person, case, contact, notice] = ID;
    Some(match name {
        "case.contact-listed.v1" => json!({
            "contact": contact, "setting": "dormitory", "place": "kz-aktobe", "person": person,
            "last_contact_on": "2026-04-30", "under_five": false,
        }),
        "case.contact-result-recorded.v1" => {
            json!({ "contact": contact, "on": "2026-05-03", "result": "no_sign" })
        }
        "case.contact-linked.v1" => json!({ "contact": contact, "case": case }),
        "case.contact-removed.v1" => json!({ "contact": contact }),
        "contact_notice.sent.v1" => json!({
            "notice": notice, "case": case, "contact": contact, "person": person, "from": "kz-tb-aktobe",
            "to": "ngo-galaba", "last_contact_on": "2026-04-30", "under_five": false,
            "resistance": "multidrug_resistant", "contact_agreed": true,
        }),
        "contact_notice.accepted.v1" | "contact_notice.withdrawn.v1" => json!({ "notice": notice }),
        "contact_notice.declined.v1" => json!({ "notice": notice, "reason": "contact_elsewhere" }),
        "contact_notice.answered.v1" => {
            json!({ "notice": notice, "result": "preventive_treatment", "on": "2026-05-12" })
        }
        _ => return None,
    })
}

fn pull_request(name: &str) -> Option<Value> {
    let [person, case, handoff, request] = ID;
    Some(match name {
        "pull_request.made.v1" => json!({
            "request": request, "person": person, "from": "ngo-kz-taraz", "of": "ngo-galaba",
            "programmes": ["support"], "patient_agreed": true, "reason": "came_for_care",
            "lapses_at": "2026-05-18T06:00:00Z",
        }),
        "pull_request.answered.v1" => json!({ "request": request, "case": case, "handoff": handoff }),
        "pull_request.declined.v1" => json!({ "request": request, "reason": "patient_elsewhere" }),
        "pull_request.withdrawn.v1" | "pull_request.lapsed.v1" => json!({ "request": request }),
        _ => return None,
    })
}

fn erasure(name: &str) -> Option<Value> {
    let [case, ..] = ID;
    Some(match name {
        "erasure.requested.v1" => {
            json!({ "ground": "own_request", "warnings": ["case_open", "duty_to_keep"] })
        }
        "erasure.approved.v1" | "erasure.released.v1" => json!({}),
        "erasure.refused.v1" => json!({ "reason": "duty_to_keep" }),
        "erasure.held.v1" => json!({ "ground": "court_proceedings", "until": "2027-05-04" }),
        "erasure.person-erased.v1" => json!({ "cases": [case], "backups_closed": true }),
        _ => return None,
    })
}

fn conflict(name: &str) -> Option<Value> {
    let [case, _, handoff, _] = ID;
    Some(match name {
        "conflict.raised.v1" => json!({
            "case": case, "handoff": handoff,
            "attempt": {
                "command": "accept_handoff", "on": "2026-05-06", "expected_arrival": "2026-05-09", "medicine_days": 20,
                "identity_check": "document", "basis": "handoff_card", "care": "first_visit", "step": "arrived",
                "reason": "no_capacity",
                "suggestion": "kz-tb-taraz", "refused": { "tb": "no_capacity" },
            },
            "refusal": "handoff_already_moved", "sides": ["kz-tb-shymkent", "ngo-galaba"],
            "winner": { "state": "withdrawn", "by": "ngo-galaba", "at": "2026-05-05T06:00:00Z" },
        }),
        "conflict.resolved.v1" => json!({ "resolution": "dismissed", "reason": "overtaken" }),
        _ => return None,
    })
}

fn others(name: &str) -> Option<Value> {
    let [_, other, link, _] = ID;
    let description = json!({
        "names": [{ "family": "Раҳимов", "given": "Далер", "patronymic": "Саидович" }],
        "birth": { "precision": "day", "date": "1991-03-21" }, "sex": "male", "citizenship": "TJ",
        "telephones": ["+992 900 00 00 01"],
    });
    Some(match name {
        "person.registered.v1" => json!({ "description": description, "organisation": "ngo-galaba" }),
        "person.corrected.v1" => json!({ "description": description }),
        "person.linked.v1" => json!({ "link": link, "other": other, "reason": "same_document" }),
        "person.unlinked.v1" => json!({ "link": link, "other": other }),
        "reading.made.v1" => json!({
            "what": "handoffs.packet", "cases": [other], "persons": [link], "ground": "consents",
            "consents": [link], "opened": true,
        }),
        "emergency.opened.v1" => json!({
            "emergency": link, "case": other, "purpose": "acute_illness", "justification": "sealed.v1:AQID",
            "at": "2026-05-04T06:00:00Z", "told": ["ngo-galaba"],
        }),
        "emergency.missed.v1" => json!({ "case": other, "at": "2026-05-04T06:00:00Z" }),
        "emergency.reviewed.v1" => json!({
            "emergency": link, "case": other, "finding": "justified", "comment": "sealed.v1:AQID",
        }),
        "export.requested.v1" => json!({
            "export": link, "purpose": "register_reconciliation", "reason": "sealed.v1:AQID", "format": "csv",
            "classes": ["tb"],
            "selection": {
                "responsible": true, "programme": "tb", "closed": null, "opened_from": "2026-01-01", "opened_until": null,
            },
            "cases": 12, "at": "2026-05-04T06:00:00Z",
        }),
        "export.approved.v1" => json!({ "export": link, "at": "2026-05-04T06:00:00Z" }),
        "export.refused.v1" => json!({ "export": link, "reason": "too_much" }),
        "export.fetched.v1" => json!({ "export": link, "cases": 12, "at": "2026-05-04T06:00:00Z" }),
        "canary.set.v1" => json!({ "case": other, "person": link, "watched": true }),
        "alert.raised.v1" => json!({
            "kind": "budget_exceeded", "what": "cases.read", "cases": [other], "persons": [link],
        }),
        "disclosure.made.v1" => json!({
            "handoff": link, "form": "packet", "ground": { "consents": [other] }, "sha256": "0f".repeat(32),
        }),
        "organisation.described.v1" => json!({
            "organisation": "ngo-galaba",
            "description": {
                "name": "NGO Galaba", "kind": "ngo", "place": "tj-farkhor", "services": ["outreach", "case_support"],
            },
        }),
        "organisation.deactivated.v1" => json!({ "organisation": "ngo-galaba" }),
        "worker.described.v1" => json!({
            "worker": "sw-galaba",
            "description": { "organisation": "ngo-galaba", "role": "social_worker", "languages": ["ru", "tg"] },
        }),
        "worker.leave-set.v1" => json!({
            "worker": "sw-galaba", "leave": { "from": "2026-07-01", "until": "2026-07-14" },
        }),
        "worker.deactivated.v1" => json!({ "worker": "sw-galaba" }),
        _ => return None,
    })
}
