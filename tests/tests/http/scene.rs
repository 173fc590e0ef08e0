//! What most tests begin with: a person, a case, an offer.

use safar_tests::http::{Answer, TestApp};
use serde_json::{Value, json};

/// The social worker who opens cases here.
pub(crate) const GALABA: &str = "sw-galaba";
/// An outreach worker of the same organisation.
pub(crate) const OUTREACH: &str = "ow-galaba";
/// A clinician of the centre that offers go to.
pub(crate) const SHYMKENT: &str = "tb-kz-shymkent-1";
/// A social worker with no tie to any case here.
pub(crate) const STRANGER: &str = "sw-chashma";
/// An auditor.
pub(crate) const AUDITOR: &str = "au-tj";
/// An administrator.
pub(crate) const ADMINISTRATOR: &str = "ad-tj";

/// An open case.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// The case.
    pub(crate) case: String,
    /// Whose it is.
    pub(crate) person: String,
    /// The revision after opening.
    pub(crate) revision: u64,
}

impl Opened {
    /// An address of the case.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/cases/{}{rest}", self.case)
    }
}

/// A description of a person with this family name.
pub(crate) fn description(family: &str) -> Value {
    json!({
        "names": [{ "family": family, "given": "Далер", "patronymic": null }],
        "birth": { "precision": "year", "year": 1991 },
        "sex": "male",
        "citizenship": "TJ",
        "telephones": [],
    })
}

/// A case of this person, before the departure.
pub(crate) fn opening(person: &str) -> Value {
    json!({
        "person": person,
        "route": { "origin": "tj-farkhor", "transit": ["UZ"], "destination": "KZ-79" },
        "phase": "pre_departure",
        "setting": "pre_departure_session",
    })
}

/// An offer of support to the centre in Shymkent.
pub(crate) fn offer() -> Value {
    json!({ "to": "kz-tb-shymkent", "programmes": ["support"], "urgency": "routine" })
}

/// A note.
pub(crate) fn note(text: &str) -> Value {
    json!({ "text": text })
}

/// A person and a case, opened by the social worker of Galaba.
pub(crate) async fn opened(app: &TestApp) -> Opened {
    let galaba = app.as_(GALABA);
    let person = galaba.post("/v1/persons", &description("Раҳимов")).send().await.expect(201).id();
    app.settle().await;
    let answer = galaba.post("/v1/cases", &opening(&person)).send().await.expect(201);
    app.settle().await;
    Opened { case: answer.id(), person, revision: answer.revision() }
}

/// The consent that an offer to Kazakhstan rests on, and the offer; the answer to the offer.
pub(crate) async fn offered(app: &TestApp, opened: &Opened) -> Answer {
    let galaba = app.as_(GALABA);
    let consent = json!({
        "given": true, "purpose": "continuity_of_care", "recipients": [{ "country": "KZ" }],
        "data_classes": ["identity", "contact", "support", "tb"], "valid_from": "2026-05-01",
        "form_version": "care-2026-01",
    });
    let consent = galaba.post(&opened.path("/consents"), &consent).on_any().send().await.expect(201);
    let offer = galaba.post(&opened.path("/handoffs"), &offer()).on(consent.revision());
    let offer = offer.send().await.expect(201);
    app.settle().await;
    offer
}

/// Everything until the patient has arrived in Shymkent, so that Galaba has answered for the case once.
pub(crate) async fn handed_over(app: &TestApp, opened: &Opened) -> String {
    let offer = offered(app, opened).await;
    let handoff = offer.id();
    let shymkent = app.as_(SHYMKENT);
    let step = |step: &str| opened.path(&format!("/handoffs/{handoff}/{step}"));
    let accepted = shymkent.post(&step("accept"), &json!({ "duplicate_check": "none_found" }));
    let accepted = accepted.on(offer.revision()).send().await.expect(200);
    let arrived = json!({ "on": "2026-05-04", "identity_check": "document" });
    shymkent.post(&step("arrive"), &arrived).on(accepted.revision()).send().await.expect(200);
    app.settle().await;
    handoff
}

/// What everybody may see of an answer: status, body without the request's id, headers without what differs each time.
pub(crate) fn seen(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let body = answer.text();
    let instance = answer.json()["instance"].as_str().unwrap_or_default().to_owned();
    let body = if instance.is_empty() { body } else { body.replace(&instance, "…") };
    let each_time = ["x-request-id", "traceparent", "date"];
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !each_time.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    headers.sort();
    (answer.status, body, headers)
}

/// One of each thing that a route can name, by the name of its part of the address; the packet has been read.
pub(crate) async fn one_of_each(app: &TestApp) -> [(&'static str, String); 11] {
    let opened = opened(app).await;
    let handoff = offered(app, &opened).await.id();
    let code = opened.path(&format!("/handoffs/{handoff}/claim-code"));
    app.as_(GALABA).post(&code, &json!({})).send().await.expect(200);
    app.as_(SHYMKENT).get(&format!("/v1/handoffs/{handoff}/packet")).send().await.expect(200);
    let request = crate::pull_requests::made(app).await;
    let notice = crate::contacts::sent(app).await.id();
    let conflict = crate::conflicts::kept(app).await;
    let emergency = crate::emergencies::opened(app, &opened.case).await.id();
    let export = crate::exports::agreed_on(app).await;
    let hold = format!("/v1/persons/{}/legal-hold", opened.person);
    app.as_(AUDITOR).post(&hold, &json!({ "ground": "complaint", "until": null })).send().await.expect(200);
    app.settle().await;
    [
        ("emergency", emergency),
        ("export", export),
        ("conflict", conflict),
        ("pull_request", request),
        ("contact_notice", notice),
        ("case", opened.case),
        ("person", opened.person),
        ("handoff", handoff),
        ("organisation", "ngo-galaba".to_owned()),
        ("set", "sites".to_owned()),
        ("tile", "0/000.p/1".to_owned()),
    ]
}
