//! What the patient agreed to, asked at each reading: what no consent opens is left out, and says nothing by its absence.

use anyhow::Result;
use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::{Value, json};

use crate::scene::{AUDITOR, GALABA, Opened, SHYMKENT, note, offer, opened, opening};

/// A symptom screening that found something.
fn screening() -> Value {
    let symptoms =
        json!({ "current_cough": true, "fever": true, "weight_loss": false, "night_sweats": false });
    json!({ "on": "2026-05-03", "symptoms": symptoms })
}

/// A command on the case as it is now.
async fn give(app: &TestApp, (worker, opened): (&str, &Opened), rest: &str, body: &Value) -> Answer {
    let revision = app.as_(GALABA).get(&opened.path("")).send().await.expect(200).revision();
    let answer = app.as_(worker).post(&opened.path(rest), body).on(revision).send().await;
    assert!([200, 201].contains(&answer.status), "{rest}: {}", answer.text());
    answer
}

/// Records a consent for a country; its id.
pub(crate) async fn agrees(
    app: &TestApp,
    at: (&str, &Opened),
    (country, classes): (&str, &[&str]),
) -> String {
    let purpose = if country == "TJ" { "care" } else { "continuity_of_care" };
    let consent = json!({
        "given": true, "purpose": purpose, "recipients": [{ "country": country }],
        "data_classes": classes, "valid_from": "2026-05-01", "form_version": "care-2026-01",
    });
    give(app, at, "/consents", &consent).await.id()
}

pub(crate) async fn withdraws(app: &TestApp, opened: &Opened, consent: &str) {
    give(app, (GALABA, opened), &format!("/consents/{consent}/withdraw"), &json!({})).await;
}

/// The names of the events that a worker is told of, read in pages of this many.
async fn story(app: &TestApp, worker: &str, opened: &Opened, limit: u32) -> Vec<String> {
    let mut told = Vec::new();
    let mut next = opened.path(&format!("/timeline?limit={limit}"));
    loop {
        let page = app.as_(worker).get(&next).send().await.expect(200).json();
        let items = page["items"].as_array().expect("a list");
        told.extend(items.iter().map(|line| line["event"].as_str().expect("a name").to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { return told };
        next = opened.path(&format!("/timeline?limit={limit}&cursor={cursor}"));
    }
}

/// The last reading that the auditor finds of a case.
async fn last_reading(app: &TestApp, opened: &Opened) -> Value {
    let list = app.as_(AUDITOR).get(&opened.path("/accesses")).send().await.expect(200).json();
    list["items"][0].clone()
}

/// A case with a screening, whose support alone Shymkent answers for.
pub(crate) async fn support_alone_in_shymkent(app: &TestApp) -> Opened {
    let opened = opened(app).await;
    let galaba = (GALABA, &opened);
    agrees(app, galaba, ("TJ", &["identity", "support", "tb"])).await;
    give(app, galaba, "/screenings", &screening()).await;
    support_handed_over(app, &opened).await;
    opened
}

/// Everything by which Shymkent comes to answer for the support of a case of Galaba, and is shown no more than that takes.
pub(crate) async fn support_handed_over(app: &TestApp, opened: &Opened) {
    let galaba = (GALABA, opened);
    agrees(app, galaba, ("KZ", &["identity", "contact", "support"])).await;
    let handoff = give(app, galaba, "/handoffs", &offer()).await.id();
    let accepted = json!({ "duplicate_check": "none_found" });
    give(app, (SHYMKENT, opened), &format!("/handoffs/{handoff}/accept"), &accepted).await;
    let arrived = json!({ "on": "2026-05-04", "identity_check": "document" });
    give(app, (SHYMKENT, opened), &format!("/handoffs/{handoff}/arrive"), &arrived).await;
    app.settle().await;
}

pub(crate) async fn who_answers_for_support_alone_is_shown_no_tuberculosis_without_a_consent(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = support_alone_in_shymkent(&app).await;
    let view = app.as_(SHYMKENT).get(&opened.path("")).send().await.expect(200).json();
    assert_eq!(view["withheld"], json!(["tb"]));
    assert_eq!(view["screening"], json!(null));
    assert_eq!(app.as_(GALABA).get(&opened.path("")).send().await.expect(200).json()["withheld"], json!([]));
    let told = story(&app, SHYMKENT, &opened, 1).await;
    assert!(told.iter().all(|event| !event.contains("screening")), "{told:?}");
    assert!(told.contains(&"case.patient-arrived.v1".to_owned()), "{told:?}");
    assert_eq!(told, story(&app, SHYMKENT, &opened, 200).await, "in pages as in one");
    let listed = app.as_(SHYMKENT).get("/v1/cases").send().await.expect(200).json();
    assert_eq!(listed["items"][0]["on_treatment"], json!(null));
    assert_eq!(last_reading(&app, &opened).await["ground"], "own_list");
    // The patient agrees, and both change with the next request; so they do when the consent is taken back.
    let consent = agrees(&app, (SHYMKENT, &opened), ("KZ", &["tb"])).await;
    let view = app.as_(SHYMKENT).get(&opened.path("")).send().await.expect(200).json();
    assert_eq!((&view["withheld"], &view["screening"]), (&json!([]), &json!("positive")));
    assert!(
        last_reading(&app, &opened).await["consents"].as_array().expect("a list").contains(&json!(consent))
    );
    withdraws(&app, &opened, &consent).await;
    let view = app.as_(SHYMKENT).get(&opened.path("")).send().await.expect(200).json();
    assert_eq!((&view["withheld"], &view["screening"]), (&json!(["tb"]), &json!(null)));
    Ok(())
}

pub(crate) async fn a_withdrawn_consent_closes_the_person_and_the_case_to_those_whom_it_let_in(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = opened(&app).await;
    let galaba = app.as_(GALABA);
    let consent = agrees(&app, (GALABA, &opened), ("KZ", &["identity", "tb"])).await;
    let referral = json!({ "to": "kz-tb-shymkent", "service": "tb_diagnosis", "reason": "initial_testing" });
    let referral = give(&app, (GALABA, &opened), "/referrals", &referral).await.id();
    give(&app, (SHYMKENT, &opened), &format!("/referrals/{referral}/accept"), &json!({})).await;
    give(&app, (GALABA, &opened), "/notes", &note("Lives with an uncle")).await;
    app.settle().await;
    let person = format!("/v1/persons/{}", opened.person);
    let correct = format!("{person}/corrections");
    let mut described = crate::scene::description("Раҳимов");
    described["telephones"] = json!(["+992900000001"]);
    galaba.post(&correct, &described).on(1).send().await.expect(200);
    app.settle().await;
    let seen = app.as_(SHYMKENT).get(&person).send().await.expect(200).json();
    assert_eq!(seen["withheld"], json!(["contact"]), "a telephone was not agreed to");
    assert_eq!(seen["description"]["telephones"], json!([]));
    let own = app.as_(GALABA).get(&person).send().await.expect(200).json();
    assert_eq!((&own["withheld"], &own["description"]["telephones"]), (&json!([]), &described["telephones"]));
    // Nobody replaces what they do not see.
    let corrected = crate::scene::description("Раҳимзода");
    let clinician = app.as_(SHYMKENT).post(&correct, &corrected).on(2).send().await.expect(409);
    assert_eq!(clinician.json()["code"], "consent_missing");
    let told = story(&app, SHYMKENT, &opened, 200).await;
    assert!(!told.contains(&"case.note-added.v1".to_owned()), "words may be about anything: {told:?}");
    withdraws(&app, &opened, &consent).await;
    let refused = app.as_(SHYMKENT).get(&person).send().await.expect(409);
    assert_eq!(refused.json()["code"], "consent_missing");
    // A case of its own would make the person its own.
    let refused = app.as_(SHYMKENT).post("/v1/cases", &opening(&opened.person)).send().await.expect(409);
    assert_eq!(refused.json()["code"], "consent_missing");
    let view = app.as_(SHYMKENT).get(&opened.path("")).send().await.expect(200).json();
    assert_eq!(view["withheld"], json!(["identity", "contact", "tb", "support"]));
    assert_eq!(view["referrals"].as_array().map(Vec::len), Some(1), "its own referral it knows of");
    Ok(())
}

pub(crate) async fn nobody_is_told_of_a_contact_by_who_is_not_shown_the_illness(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = support_alone_in_shymkent(&app).await;
    let contact = json!({ "setting": "household", "place": "KZ-75", "under_five": false });
    let contact = give(&app, (SHYMKENT, &opened), "/contacts", &contact).await.id();
    let body =
        json!({ "case": opened.case, "contact": contact, "to": "kz-tb-almaty", "contact_agreed": true });
    let tell = app.as_(SHYMKENT).post("/v1/contact-notices", &body);
    let before = app.head().await;
    let refused = tell.clone().send().await.problem(409, "consent_missing");
    assert_eq!((&refused.json()["class"], app.head().await), (&json!("tb"), before));
    // The control: with the patient's word the same command comes as far as the rules of the notice.
    agrees(&app, (SHYMKENT, &opened), ("KZ", &["tb"])).await;
    let asked = tell.send().await;
    assert_ne!(asked.code(), "consent_missing", "{}", asked.text());
    Ok(())
}
