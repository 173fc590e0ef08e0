//! One stored payload of every event. `$1` to `$3` are ids of the case, `$a` and `$b` organisations, `$d` a day, `$t` a time.

pub(crate) const CASE: &[(&str, &str)] = &[
    (
        "case.opened.v1",
        r#"{"person":"$p","route":{"origin":"tj-farkhor","transit":["UZ"],"destination":"KZ-79"},"phase":"pre_departure","setting":"station","organisation":"$a"}"#,
    ),
    ("case.responsibility-opened.v1", r#"{"programme":"support","organisation":"$a"}"#),
    ("case.responsibility-opened.v1", r#"{"programme":"tb","organisation":"$b"}"#),
    ("case.responsibility-moved.v1", r#"{"programme":"support","from":"$a","to":"$b","handoff":"$1"}"#),
    ("case.responsibility-closed.v1", r#"{"programme":"tb"}"#),
    (
        "case.movement-recorded.v1",
        r#"{"kind":"arrived","place":"KZ-79","means":"bus","on":"$d","phase":"destination"}"#,
    ),
    (
        "case.consent-recorded.v1",
        r#"{"consent":"$1","given":true,"purpose":"care","recipients":[{"country":"KZ"},{"organisation":"$b"}],"data_classes":["tb","contact"],"valid_from":"$d","valid_until":null,"form_version":"care-2026-01"}"#,
    ),
    ("case.consent-withdrawn.v1", r#"{"consent":"$1"}"#),
    (
        "case.screening-recorded.v1",
        r#"{"on":"$d","symptoms":{"current_cough":true,"fever":false,"weight_loss":true,"night_sweats":false},"cough_weeks":3,"chest_xray":"abnormal","result":"positive"}"#,
    ),
    ("case.screening-declined.v1", r#"{"on":"$d"}"#),
    (
        "case.referral-made.v1",
        r#"{"referral":"$2","from":"$a","to":"$b","service":"tb_diagnosis","reason":"screening"}"#,
    ),
    ("case.referral-accepted.v1", r#"{"referral":"$2"}"#),
    ("case.referral-declined.v1", r#"{"referral":"$2","reason":"no_capacity","suggestion":"$a"}"#),
    ("case.referral-withdrawn.v1", r#"{"referral":"$2"}"#),
    ("case.referral-attendance-recorded.v1", r#"{"referral":"$2","attended":true,"on":"$d"}"#),
    ("case.referral-result-recorded.v1", r#"{"referral":"$2","result":"examined"}"#),
    ("case.specimen-collected.v1", r#"{"specimen":"$3","kind":"sputum","collected_on":"$d"}"#),
    (
        "case.result-recorded.v1",
        r#"{"specimen":"$3","performed_on":"$d","resulted_on":"$d","finding":{"test":"drug_susceptibility","results":{"rifampicin":"resistant","isoniazid":"susceptible"}},"late":false}"#,
    ),
    ("case.result-entered-in-error.v1", r#"{"specimen":"$3","number":1,"reason":"other_person"}"#),
    (
        "case.diagnosis-made.v1",
        r#"{"sites":["pulmonary"],"confirmation":"bacteriologically_confirmed","history":"new","definitions":"who-2021"}"#,
    ),
    ("case.patient-registered.v1", r#"{"organisation":"$b","register_number":null}"#),
    ("case.tb-excluded.v1", "{}"),
    ("case.denotified.v1", r#"{"reason":"not_tb","duplicate_of":null}"#),
    (
        "case.treatment-started.v1",
        r#"{"episode":"$1","regimen":"2HRZE/4HR","started_on":"$d","weight_kg":60,"composition":[],"administration":"directly_observed","confirmed":true,"pulmonary":true,"drug_resistant":false,"expected_end":"2027-05-01","definitions":"who-2021"}"#,
    ),
    (
        "case.doses-recorded.v1",
        r#"{"episode":"$1","from":"$d","until":"$d","taken":1,"missed":0,"last_taken_on":"$d","administration":"video_observed","late":false}"#,
    ),
    (
        "case.regimen-changed.v1",
        r#"{"episode":"$1","change":{"on":"$d","from":"2HRZE/4HR","regimen":"BPaLM","reason":"additional_resistance","permanent":true,"replaced":["rifampicin"],"effect":"regimen_two"},"drug_resistant":true,"expected_end":null}"#,
    ),
    ("case.weight-recorded.v1", r#"{"episode":"$1","on":"$d","weight_kg":58}"#),
    (
        "case.phase-recorded.v1",
        r#"{"episode":"$1","on":"$d","step":"continuation_began","months":null,"expected_end":"2027-05-01"}"#,
    ),
    (
        "case.treatment-extended.v1",
        r#"{"episode":"$1","on":"$d","months":9,"reason":"missed_doses","expected_end":"2027-08-01"}"#,
    ),
    ("case.chest-xray-recorded.v1", r#"{"episode":"$1","on":"$d","result":"abnormal"}"#),
    ("case.medicine-supplied.v1", r#"{"episode":"$1","on":"$d","days":14}"#),
    ("case.treatment-interrupted.v1", r#"{"episode":"$1","since":"$d","reason":"travel"}"#),
    ("case.treatment-resumed.v1", r#"{"episode":"$1","on":"$d","expected_end":"2027-06-01"}"#),
    (
        "case.prevention-started.v1",
        r#"{"course":"$2","regimen":"3HP","eligible_on":"$d","started_on":"$d","index_resistance":null,"index_resists_fluoroquinolones":null,"administration":"directly_observed"}"#,
    ),
    ("case.prevention-doses-recorded.v1", r#"{"course":"$2","from":"$d","until":"$d","taken":1,"missed":0}"#),
    ("case.prevention-held.v1", r#"{"course":"$2","since":"$d","reason":"travel"}"#),
    ("case.prevention-resumed.v1", r#"{"course":"$2","on":"$d"}"#),
    ("case.prevention-ended.v1", r#"{"course":"$2","on":"$d","result":"stopped_for_reaction"}"#),
    ("case.outcome-reported.v1", r#"{"episode":"$1","outcome":"cured","on":"$d","reporter":"tb1-shymkent"}"#),
    ("case.outcome-confirmed.v1", r#"{"episode":"$1","outcome":"cured","on":"$d","organisation":"$b"}"#),
    (
        "case.outcome-corrected.v1",
        r#"{"episode":"$1","outcome":"failed","on":"$d","failure":{"reason":"adverse_reaction"},"reason":"recorded_wrongly","reporter":"tb1-shymkent"}"#,
    ),
    (
        "case.handoff-offered.v1",
        r#"{"handoff":"$1","from":"$a","to":"$b","programmes":["support"],"urgency":"routine","expires_at":"$t","expected_arrival":"$d","consents":["$1"],"consent_override":null,"warnings":["infectious_now"],"previous":null}"#,
    ),
    (
        "case.handoff-offered.v1",
        r#"{"handoff":"$2","from":"$b","to":"$a","programmes":["tb"],"urgency":"emergency","expires_at":"$t","expected_arrival":null,"consents":[],"consent_override":null,"warnings":[],"previous":"$1"}"#,
    ),
    (
        "case.handoff-offered.v1",
        r#"{"handoff":"$3","from":"$a","to":"$b","programmes":["support","tb"],"urgency":"infectious","expires_at":"$t","expected_arrival":"$d","consents":["$1"],"consent_override":null,"warnings":[],"previous":null}"#,
    ),
    ("case.handoff-acknowledged.v1", r#"{"handoff":"$1"}"#),
    ("case.handoff-extended.v1", r#"{"handoff":"$1","expires_at":"$t"}"#),
    (
        "case.handoff-accepted.v1",
        r#"{"handoff":"$1","programmes":["support"],"refused":{"tb":"no_capacity"},"implicit":false}"#,
    ),
    (
        "case.handoff-accepted.v1",
        r#"{"handoff":"$3","programmes":["tb"],"refused":{"support":"no_capacity"},"implicit":false}"#,
    ),
    ("case.handoff-declined.v1", r#"{"handoff":"$2","reason":"no_capacity","suggestion":null}"#),
    ("case.handoff-withdrawn.v1", r#"{"handoff":"$1","reason":"plans_changed"}"#),
    ("case.handoff-expired.v1", r#"{"handoff":"$1"}"#),
    ("case.handoff-reinstated.v1", r#"{"handoff":"$1","arrived_on":"$d"}"#),
    (
        "case.handoff-acceptance-rescinded.v1",
        r#"{"handoff":"$1","reason":"safety_concern","suggestion":null}"#,
    ),
    ("case.handoff-entered-in-error.v1", r#"{"handoff":"$1","reason":"entered_twice"}"#),
    ("case.handoff-superseded.v1", r#"{"handoff":"$2","by":"$1"}"#),
    (
        "case.handoff-external-confirmed.v1",
        r#"{"handoff":"$1","step":"accepted","on":"$d","evidence":"call","reason":null}"#,
    ),
    ("case.override-reviewed.v1", r#"{"handoff":"$1","finding":"not_justified"}"#),
    (
        "case.interim-reported.v1",
        r#"{"handoff":"$1","on":"$d","status":"in_care","doses_taken":29,"doses_missed":1,"last_dose_on":"$d"}"#,
    ),
    ("case.claim-code-issued.v1", r#"{"handoff":"$1","digest":"0f0f","expires_at":"2026-08-02T06:00:00Z"}"#),
    (
        "case.adverse-event-recorded.v1",
        r#"{"episode":"$1","adverse_event":{"on":"$d","kind":"arthralgia","grade":1,"suspected":[]}}"#,
    ),
    ("case.handoff-completed.v1", r#"{"handoff":"$2","care":"first_dose","on":"$d"}"#),
    ("case.handoff-cancelled-by-death.v1", r#"{"handoff":"$1"}"#),
    (
        "case.patient-departed.v1",
        r#"{"handoff":"$1","on":"$d","medicine_days":10,"expected_arrival":"$d","warnings":["medicine_below_14_days"]}"#,
    ),
    ("case.patient-arrived.v1", r#"{"handoff":"$1","on":"$d","identity_check":"document"}"#),
    ("case.patient-not-arrived.v1", r#"{"handoff":"$1","expected":"$d"}"#),
    (
        "case.patient-arrived-elsewhere.v1",
        r#"{"handoff":"$1","organisation":"legal-aid","on":"$d","basis":"handoff_card"}"#,
    ),
    ("case.patient-did-not-travel.v1", r#"{"handoff":"$2"}"#),
    ("case.claim-refused.v1", r#"{"handoff":"$1","organisation":"legal-aid"}"#),
    ("case.claim-confirmed.v1", r#"{"handoff":"$1","organisation":"legal-aid","by_lapse":true}"#),
    ("case.contact-attempted.v1", r#"{"handoff":"$1","on":"$d","channel":"telephone","result":"no_answer"}"#),
    (
        "case.contact-listed.v1",
        r#"{"contact":"$2","setting":"household","place":"tj-farkhor","person":"$p","last_contact_on":"$d","under_five":true}"#,
    ),
    ("case.contact-result-recorded.v1", r#"{"contact":"$2","on":"$d","result":"not_reached"}"#),
    ("case.contact-linked.v1", r#"{"contact":"$2","case":"$1"}"#),
    ("case.contact-removed.v1", r#"{"contact":"$2"}"#),
    ("case.support-given.v1", r#"{"kind":"transport","on":"$d"}"#),
    ("case.note-added.v1", r#"{"text":"Ҳуҷҷат \"гум\" шуд\\n","late":false}"#),
    ("case.death-recorded.v1", r#"{"on":"$d","cause":"unknown","source":"family"}"#),
    ("case.closed.v1", r#"{"reason":"care_completed"}"#),
    ("case.reopened.v1", "{}"),
];

pub(crate) const PULL_REQUEST: &[(&str, &str)] = &[
    (
        "pull_request.made.v1",
        r#"{"request":"$r","person":"$p","from":"$a","of":"$b","programmes":["support"],"patient_agreed":true,"reason":"returned_home","lapses_at":"$t"}"#,
    ),
    ("pull_request.answered.v1", r#"{"request":"$r","case":"$1","handoff":"$2"}"#),
    ("pull_request.declined.v1", r#"{"request":"$r","reason":"not_ours"}"#),
    ("pull_request.withdrawn.v1", r#"{"request":"$r"}"#),
    ("pull_request.lapsed.v1", r#"{"request":"$r"}"#),
];

pub(crate) const CONTACT_NOTICE: &[(&str, &str)] = &[
    (
        "contact_notice.sent.v1",
        r#"{"notice":"$r","case":"$1","contact":"$2","person":"$p","from":"$a","to":"$b","last_contact_on":"$d","under_five":true,"resistance":"none_documented","contact_agreed":true}"#,
    ),
    ("contact_notice.accepted.v1", r#"{"notice":"$r"}"#),
    ("contact_notice.declined.v1", r#"{"notice":"$r","reason":"no_capacity"}"#),
    ("contact_notice.withdrawn.v1", r#"{"notice":"$r"}"#),
    ("contact_notice.answered.v1", r#"{"notice":"$r","result":"presumptive","on":"$d"}"#),
];

pub(crate) const ERASURE: &[(&str, &str)] = &[
    ("erasure.requested.v1", r#"{"ground":"own_request","warnings":["case_open"]}"#),
    ("erasure.approved.v1", "{}"),
    ("erasure.refused.v1", r#"{"reason":"withdrawn"}"#),
    ("erasure.held.v1", r#"{"ground":"complaint","until":"$d"}"#),
    ("erasure.released.v1", "{}"),
    ("erasure.person-erased.v1", r#"{"cases":["$1"],"backups_closed":true}"#),
];

pub(crate) const CONFLICT: &[(&str, &str)] = &[
    (
        "conflict.raised.v1",
        r#"{"case":"$1","handoff":"$2","attempt":{"command":"accept_handoff"},"refusal":"stale_revision","sides":["$a","$b"],"winner":{"state":"withdrawn","by":"$a","at":"$t"}}"#,
    ),
    ("conflict.resolved.v1", r#"{"resolution":"dismissed","reason":"overtaken"}"#),
];

pub(crate) const EMERGENCY: &[(&str, &str)] = &[
    (
        "emergency.opened.v1",
        r#"{"emergency":"$1","case":"$2","purpose":"acute_illness","justification":"sealed.v1:AQID","at":"$t","told":["$a","$b"]}"#,
    ),
    ("emergency.missed.v1", r#"{"case":"$2","at":"$t"}"#),
    (
        "emergency.reviewed.v1",
        r#"{"emergency":"$1","case":"$2","finding":"justified","comment":"sealed.v1:AQID"}"#,
    ),
];

pub(crate) const EXPORT: &[(&str, &str)] = &[
    (
        "export.requested.v1",
        r#"{"export":"$1","purpose":"system_change","reason":"sealed.v1:AQID","format":"json","classes":["tb","identity"],"selection":{"responsible":false,"programme":null,"closed":null,"opened_from":"$d","opened_until":null},"cases":3,"at":"$t"}"#,
    ),
    ("export.approved.v1", r#"{"export":"$1","at":"$t"}"#),
    ("export.refused.v1", r#"{"export":"$1","reason":"not_needed"}"#),
    ("export.fetched.v1", r#"{"export":"$1","cases":3,"at":"$t"}"#),
];

pub(crate) const ORGANISATION: &[(&str, &str)] = &[
    (
        "organisation.described.v1",
        r#"{"organisation":"$a","description":{"name":"Ёрдам","kind":"ngo","place":"TJ-DU","services":["outreach","case_support"]}}"#,
    ),
    (
        "organisation.described.v1",
        r#"{"organisation":"$a","description":{"name":"Ёрдам 2","kind":"tb_centre","place":"KZ-79","services":["tb_treatment"]}}"#,
    ),
    ("organisation.deactivated.v1", r#"{"organisation":"$a"}"#),
];

pub(crate) const WORKER: &[(&str, &str)] = &[
    (
        "worker.described.v1",
        r#"{"worker":"sw-$a","description":{"organisation":"$a","role":"social_worker","languages":["tg","ru"]}}"#,
    ),
    ("worker.deactivated.v1", r#"{"worker":"sw-$a"}"#),
    ("worker.leave-set.v1", r#"{"worker":"sw-$a","leave":{"from":"2026-07-01","until":"2026-07-14"}}"#),
];
