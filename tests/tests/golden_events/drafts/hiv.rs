//! The samples of the HIV record.

use serde_json::{Value, json};

const ID: &str = "0190a000-0000-7000-8000-000000000003";

pub(super) fn hiv(name: &str) -> Option<Value> {
    testing(name).or_else(|| monitoring(name)).or_else(|| treatment(name)).or_else(|| sharing(name))
}

fn testing(name: &str) -> Option<Value> {
    Some(match name {
        "hiv.opened.v1" => json!({
            "case": "0190a000-0000-7000-8000-000000000001", "organisation": "kz-aids-aktobe", "referral": ID,
            "definitions": "who-vl-2023",
        }),
        "hiv.access-granted.v1" => json!({
            "worker": "hc-kz-aktobe-2", "organisation": "kz-aids-aktobe", "purpose": "care", "until": "2026-08-03T06:00:00Z",
        }),
        "hiv.access-ended.v1" => json!({ "worker": "hc-kz-aktobe-2" }),
        "hiv.counselling-recorded.v1" => json!({
            "on": "2026-05-05", "topic": "pre_test", "partner": { "person": ID, "agreed": true }, "test_agreed": true,
        }),
        "hiv.test-recorded.v1" => json!({
            "test": ID, "on": "2026-05-05", "purpose": "diagnosis",
            "assays": [{ "number": 1, "product": "Assay A", "result": "reactive" }], "conclusion": "inconclusive",
        }),
        "hiv.confirmation-recorded.v1" => json!({
            "centre": "AIDS centre of a region", "country": "UZ", "confirmed_on": "2025-11-02", "document": "certificate",
        }),
        "hiv.result-returned.v1" => json!({ "test": ID, "on": "2026-05-06" }),
        _ => return None,
    })
}

fn monitoring(name: &str) -> Option<Value> {
    let days = |value: Value| {
        let mut all = json!({ "collected_on": "2026-05-06", "resulted_on": "2026-05-08" });
        all.as_object_mut().expect("an object").extend(value.as_object().expect("an object").clone());
        all
    };
    let symptoms =
        json!({ "current_cough": true, "fever": false, "weight_loss": false, "night_sweats": false });
    Some(match name {
        "hiv.cd4-recorded.v1" => days(json!({ "value": 180, "unit": "cells_per_mm3" })),
        "hiv.viral-load-recorded.v1" => days(json!({
            "not_detected": false, "value": 1200, "unit": "copies_per_ml", "assay_limit": 20,
        })),
        "hiv.lf-lam-recorded.v1" => days(json!({ "result": "positive" })),
        "hiv.who-stage-recorded.v1" => json!({ "on": "2026-05-06", "stage": 3 }),
        "hiv.trace-judged.v1" => json!({ "specimen": ID, "on": "2026-05-07" }),
        "hiv.tb-screened.v1" => json!({ "on": "2026-05-07", "symptoms": symptoms }),
        _ => return None,
    })
}

fn treatment(name: &str) -> Option<Value> {
    let medicines = json!([{ "drug": "dtg", "milligrams": 50, "times_daily": 2 }]);
    Some(match name {
        "hiv.art-started.v1" => json!({
            "on": "2026-05-18", "begun_elsewhere": false, "line": "first", "medicines": medicines,
            "delay": "initiated_on_tb_treatment",
        }),
        "hiv.art-substituted.v1" => {
            json!({ "on": "2026-05-20", "medicines": medicines, "reason": "tb_treatment" })
        }
        "hiv.art-switched.v1" => {
            json!({ "on": "2026-08-20", "line": "second", "medicines": medicines, "reason": "treatment_failure" })
        }
        "hiv.art-stopped.v1" => json!({ "on": "2026-09-01", "reason": "refused" }),
        "hiv.art-dispensed.v1" => json!({ "on": "2026-05-18", "months": 3, "next_visit": "2026-08-16" }),
        "hiv.prophylaxis-started.v1" => json!({ "prophylaxis": "cotrimoxazole", "on": "2026-05-08" }),
        "hiv.prophylaxis-ended.v1" => {
            json!({ "prophylaxis": "tb_preventive", "on": "2026-08-08", "result": "completed" })
        }
        "hiv.visit-missed.v1" => json!({ "on": "2026-08-16" }),
        "hiv.outreach-recorded.v1" => json!({ "on": "2026-08-20", "outcome": "moved_away", "area": "TJ-DU" }),
        "hiv.outcome-recorded.v1" => json!({ "outcome": "lost_to_follow_up", "on": "2026-09-13" }),
        _ => return None,
    })
}

fn sharing(name: &str) -> Option<Value> {
    Some(match name {
        "hiv.consent-recorded.v1" => json!({
            "consent": ID, "given": true, "purpose": "continuity_of_care",
            "recipients": [{ "organisation": "tj-national-aids-centre" }, { "country": "KZ" }],
            "valid_from": "2026-05-18", "valid_until": "2027-05-18", "form_version": "hiv-2026-01",
        }),
        "hiv.consent-withdrawn.v1" => json!({ "consent": ID }),
        "hiv.remote-registration-begun.v1" => json!({
            "home": "tj-national-aids-centre", "on": "2026-05-20", "pregnant": true, "stay": "kz-aids-aktobe",
        }),
        "hiv.remote-step-recorded.v1" => json!({ "step": "documents_sent", "on": "2026-05-22" }),
        "hiv.handoff-offered.v1" => json!({
            "handoff": ID, "from": "kz-aids-aktobe", "to": "tj-national-aids-centre", "expected_arrival": "2026-06-01",
            "expires_at": "2026-06-04T06:00:00Z", "consent": ID,
        }),
        "hiv.handoff-accepted.v1"
        | "hiv.handoff-withdrawn.v1"
        | "hiv.handoff-expired.v1"
        | "hiv.patient-not-arrived.v1" => json!({ "handoff": ID }),
        "hiv.handoff-declined.v1" => json!({ "handoff": ID, "reason": "no_capacity" }),
        "hiv.patient-arrived.v1" => {
            json!({ "handoff": ID, "organisation": "tj-national-aids-centre", "on": "2026-06-02" })
        }
        "hiv.read.v1" => json!({ "shown": "record", "ground": { "ground": "consent", "consent": ID } }),
        _ => return None,
    })
}
