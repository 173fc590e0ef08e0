//! What a sentence says of its event: where in the payload it is, and how it is put into words.

/// How something recorded becomes a part of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// As it stands: a day, a number, yes or no.
    Plain,
    /// A number to count with; `none` where there is none.
    Count,
    /// A code of this vocabulary, or several.
    Code(&'static str),
    /// An organisation by its name.
    Organisation,
    /// A place by its name.
    Place,
}

/// The name in the sentence, the pointer into the payload, and how it is said.
pub(crate) type Part = (&'static str, &'static str, How);

use How::{Code, Count, Organisation, Place, Plain};

const ON: Part = ("on", "/on", Plain);
const REASON: Part = ("reason", "/reason", Code("handoff-decline-reasons"));

/// The parts of each sentence, by its id; what is not here says all by itself.
const SAID: &[(&str, &[Part])] = &[
    ("case-opened", &[("origin", "/route/origin", Place), ("destination", "/route/destination", Place)]),
    ("case-closed", &[("reason", "/reason", Code("closing-reasons"))]),
    ("case-movement-recorded", &[ON, ("kind", "/kind", Code("movement-kinds")), ("place", "/place", Place)]),
    (
        "case-consent-recorded",
        &[
            ("given", "/given", Plain),
            ("classes", "/data_classes", Code("data-classes")),
            ("from", "/valid_from", Plain),
        ],
    ),
    ("case-contact-listed", &[("setting", "/setting", Code("contact-settings")), ("place", "/place", Place)]),
    ("case-contact-result-recorded", &[ON, ("result", "/result", Code("contact-results"))]),
    ("contact-notice-sent", &[("from", "/from", Organisation), ("to", "/to", Organisation)]),
    ("contact-notice-declined", &[("reason", "/reason", Code("contact-notice-decline-reasons"))]),
    ("contact-notice-answered", &[ON, ("result", "/result", Code("contact-results"))]),
    ("erasure-requested", &[("ground", "/ground", Code("erasure-grounds"))]),
    ("erasure-refused", &[("reason", "/reason", Code("erasure-refusal-reasons"))]),
    ("export-requested", &[("purpose", "/purpose", Code("export-purposes"))]),
    ("export-refused", &[("reason", "/reason", Code("export-refusal-reasons"))]),
    ("case-support-given", &[ON, ("kind", "/kind", Code("support-kinds"))]),
    ("case-death-recorded", &[ON, ("cause", "/cause", Code("causes-of-death"))]),
    (
        "case-responsibility-opened",
        &[("programme", "/programme", Code("programmes")), ("organisation", "/organisation", Organisation)],
    ),
    (
        "case-responsibility-moved",
        &[
            ("programme", "/programme", Code("programmes")),
            ("from", "/from", Organisation),
            ("to", "/to", Organisation),
        ],
    ),
    ("case-responsibility-closed", &[("programme", "/programme", Code("programmes"))]),
    ("case-screening-recorded", &[ON, ("result", "/result", Code("screening-results"))]),
    ("case-screening-declined", &[ON]),
    ("case-specimen-collected", &[("on", "/collected_on", Plain), ("kind", "/kind", Code("specimen-kinds"))]),
    (
        "case-result-recorded",
        &[
            ("on", "/resulted_on", Plain),
            ("test", "/finding/test", Code("tests")),
            ("result", "/finding", Plain),
        ],
    ),
    (
        "case-result-entered-in-error",
        &[("number", "/number", Plain), ("reason", "/reason", Code("result-error-reasons"))],
    ),
    (
        "case-diagnosis-made",
        &[
            ("sites", "/sites", Code("sites")),
            ("confirmation", "/confirmation", Code("confirmations")),
            ("history", "/history", Code("treatment-histories")),
        ],
    ),
    ("case-denotified", &[("reason", "/reason", Code("denotification-reasons"))]),
    ("case-patient-registered", &[("organisation", "/organisation", Organisation)]),
    (
        "case-treatment-started",
        &[("on", "/started_on", Plain), ("regimen", "/regimen", Plain), ("until", "/expected_end", Plain)],
    ),
    (
        "case-doses-recorded",
        &[
            ("from", "/from", Plain),
            ("until", "/until", Plain),
            ("taken", "/taken", Count),
            ("missed", "/missed", Count),
        ],
    ),
    (
        "case-regimen-changed",
        &[
            ("on", "/change/on", Plain),
            ("from", "/change/from", Code("regimens")),
            ("regimen", "/change/regimen", Code("regimens")),
            ("reason", "/change/reason", Code("regimen-change-reasons")),
        ],
    ),
    ("case-weight-recorded", &[ON, ("weight", "/weight_kg", Plain)]),
    ("case-phase-recorded", &[ON, ("step", "/step", Code("phase-steps")), ("until", "/expected_end", Plain)]),
    (
        "case-treatment-extended",
        &[
            ON,
            ("months", "/months", Plain),
            ("reason", "/reason", Code("extension-reasons")),
            ("until", "/expected_end", Plain),
        ],
    ),
    ("case-chest-xray-recorded", &[ON, ("result", "/result", Code("chest-xray-results"))]),
    ("case-medicine-supplied", &[ON, ("days", "/days", Count)]),
    (
        "case-treatment-interrupted",
        &[("on", "/since", Plain), ("reason", "/reason", Code("interruption-reasons"))],
    ),
    ("case-treatment-resumed", &[ON, ("until", "/expected_end", Plain)]),
    (
        "case-adverse-event-recorded",
        &[
            ("on", "/adverse_event/on", Plain),
            ("kind", "/adverse_event/kind", Code("adverse-event-kinds")),
            ("grade", "/adverse_event/grade", Plain),
        ],
    ),
    ("case-prevention-started", &[("on", "/started_on", Plain), ("regimen", "/regimen", Plain)]),
    (
        "case-prevention-doses-recorded",
        &[
            ("from", "/from", Plain),
            ("until", "/until", Plain),
            ("taken", "/taken", Count),
            ("missed", "/missed", Count),
        ],
    ),
    ("case-prevention-held", &[("on", "/since", Plain), ("reason", "/reason", Code("interruption-reasons"))]),
    ("case-prevention-resumed", &[ON]),
    ("case-prevention-ended", &[ON, ("result", "/result", Code("prevention-results"))]),
    ("case-outcome-reported", &[ON, ("outcome", "/outcome", Code("outcomes"))]),
    ("case-outcome-confirmed", &[ON, ("outcome", "/outcome", Code("outcomes"))]),
    (
        "case-outcome-corrected",
        &[
            ON,
            ("outcome", "/outcome", Code("outcomes")),
            ("reason", "/reason", Code("outcome-correction-reasons")),
        ],
    ),
    ("case-referral-made", &[("to", "/to", Organisation), ("service", "/service", Code("services"))]),
    ("case-referral-declined", &[("reason", "/reason", Code("referral-decline-reasons"))]),
    ("case-referral-attendance-recorded", &[ON, ("attended", "/attended", Plain)]),
    ("case-referral-result-recorded", &[("result", "/result", Code("referral-results"))]),
    (
        "case-handoff-offered",
        &[
            ("to", "/to", Organisation),
            ("programmes", "/programmes", Code("programmes")),
            ("urgency", "/urgency", Code("urgencies")),
        ],
    ),
    ("case-handoff-extended", &[("until", "/expires_at", Plain)]),
    ("case-claim-code-issued", &[("until", "/expires_at", Plain)]),
    (
        "case-handoff-accepted",
        &[("programmes", "/programmes", Code("programmes")), ("implicit", "/implicit", Plain)],
    ),
    ("case-handoff-declined", &[REASON]),
    ("case-handoff-acceptance-rescinded", &[REASON]),
    ("case-handoff-withdrawn", &[("reason", "/reason", Code("handoff-withdrawal-reasons"))]),
    ("case-handoff-reinstated", &[("on", "/arrived_on", Plain)]),
    ("case-handoff-completed", &[ON]),
    ("case-patient-arrived", &[ON]),
    ("case-handoff-entered-in-error", &[("reason", "/reason", Code("error-reasons"))]),
    ("case-handoff-external-confirmed", &[ON, ("step", "/step", Code("external-steps"))]),
    (
        "case-interim-reported",
        &[
            ON,
            ("status", "/status", Code("care-statuses")),
            ("taken", "/doses_taken", Count),
            ("missed", "/doses_missed", Count),
        ],
    ),
    ("case-override-reviewed", &[("finding", "/finding", Code("review-findings"))]),
    ("case-patient-departed", &[ON, ("days", "/medicine_days", Count)]),
    ("case-patient-not-arrived", &[("expected", "/expected", Plain)]),
    ("case-patient-arrived-elsewhere", &[ON, ("organisation", "/organisation", Organisation)]),
    (
        "case-claim-confirmed",
        &[("organisation", "/organisation", Organisation), ("lapse", "/by_lapse", Plain)],
    ),
    ("case-claim-refused", &[("organisation", "/organisation", Organisation)]),
    (
        "case-contact-attempted",
        &[
            ON,
            ("channel", "/channel", Code("contact-channels")),
            ("result", "/result", Code("contact-attempt-results")),
        ],
    ),
    (
        "pull-request-made",
        &[
            ("from", "/from", Organisation),
            ("of", "/of", Organisation),
            ("reason", "/reason", Code("pull-request-reasons")),
        ],
    ),
    ("pull-request-declined", &[("reason", "/reason", Code("pull-request-decline-reasons"))]),
    ("hiv-test-recorded", &[ON]),
    ("hiv-result-returned", &[ON]),
    ("hiv-art-started", &[ON]),
    ("hiv-art-substituted", &[ON]),
    ("hiv-art-switched", &[ON]),
    ("hiv-art-stopped", &[ON]),
    ("hiv-art-dispensed", &[ON]),
    ("hiv-visit-missed", &[ON]),
    ("hiv-outcome-recorded", &[ON]),
    ("hiv-remote-registration-begun", &[ON]),
    ("hiv-remote-step-recorded", &[ON]),
    ("hiv-tb-screened", &[ON]),
    ("hiv-prophylaxis-started", &[ON]),
    ("hiv-prophylaxis-ended", &[ON, ("result", "/result", Code("prevention-results"))]),
    ("hiv-patient-arrived", &[ON]),
    ("hiv-handoff-offered", &[("to", "/to", Organisation)]),
];

/// The parts of the sentence with this id.
pub(crate) fn said_of(id: &str) -> &'static [Part] {
    SAID.iter().find(|(of, _)| *of == id).map_or(&[], |(_, parts)| parts)
}
