//! Every step that an address of a handoff can name, with a body that would do.

use safar_api::routes::all;
use serde_json::{Value, json};

use crate::scene::{accepting, arriving};

/// Steps that leave the state of a handoff as it is.
pub(crate) const STILL: [&str; 5] =
    ["extend", "contact-attempts", "claim-code", "reports", "review-override"];

/// The steps on this day.
pub(crate) fn steps(today: &str) -> Vec<(&'static str, Value)> {
    let leaving = json!({ "on": today, "medicine_days": 20, "expected_arrival": null });
    vec![
        ("acknowledge", json!({})),
        ("extend", json!({ "expires_at": "2026-06-01T06:00:00Z" })),
        ("accept", accepting()),
        ("decline", json!({ "reason": "no_capacity", "suggestion": null })),
        ("withdraw", json!({ "reason": "plans_changed" })),
        ("rescind", json!({ "reason": "no_capacity" })),
        ("depart", leaving),
        ("did-not-travel", json!({})),
        ("arrive", arriving(today)),
        ("not-arrived", json!({})),
        ("contact-attempts", json!({ "on": today, "channel": "telephone", "result": "no_answer" })),
        ("confirm-claim", json!({})),
        ("refuse-claim", json!({})),
        ("complete", json!({ "care": "first_visit", "on": today })),
        ("entered-in-error", json!({ "reason": "wrong_patient" })),
        (
            "external-confirmations",
            json!({ "step": "accepted", "on": today, "evidence": "call", "reason": null }),
        ),
        ("reports", json!({ "on": today, "status": "in_care" })),
        ("review-override", json!({ "finding": "justified" })),
        ("claim-code", json!({})),
    ]
}

#[test]
fn no_step_of_the_routes_is_forgotten() {
    let prefix = "/v1/cases/{case}/handoffs/{part}/";
    let mut there: Vec<_> = all().iter().filter_map(|row| row.path.strip_prefix(prefix)).collect();
    let mut known: Vec<_> = steps(crate::scene::TODAY).into_iter().map(|(step, _)| step).collect();
    there.sort_unstable();
    known.sort_unstable();
    assert_eq!(known, there);
}
