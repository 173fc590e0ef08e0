//! Who shared the air with a patient: on the patient's case without a name, elsewhere without the patient.

use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::{Value, json};

use crate::scene::{self, GALABA, Opened, SHYMKENT, STRANGER};

/// A brother of the patient, registered by Galaba and now in Shymkent; the contact on the case.
async fn listed(app: &TestApp, opened: &Opened) -> (String, Answer) {
    let galaba = app.as_(GALABA);
    let person = galaba.post("/v1/persons", &scene::description("Бобоев")).send().await.expect(201).id();
    app.settle().await;
    let contact = json!({
        "setting": "household", "place": "KZ-79", "person": person, "last_contact_on": "2026-04-30",
        "under_five": false,
    });
    let answer = galaba.post(&opened.path("/contacts"), &contact).on_any().send().await.expect(201);
    app.settle().await;
    (person, answer)
}

fn notice(opened: &Opened, contact: &str, to: &str) -> Value {
    json!({ "case": opened.case, "contact": contact, "to": to, "contact_agreed": true })
}

/// A notice to the centre in Shymkent, whatever it is about.
pub(crate) async fn sent(app: &TestApp) -> Answer {
    let opened = scene::opened(app).await;
    let (_, contact) = listed(app, &opened).await;
    let body = notice(&opened, &contact.id(), "kz-tb-shymkent");
    let answer = app.as_(GALABA).post("/v1/contact-notices", &body).send().await.expect(201);
    app.settle().await;
    answer
}

async fn told(app: &TestApp, worker: &str, about: &str) -> usize {
    app.settle().await;
    let page = app.as_(worker).get(&format!("/v1/notices?about={about}")).send().await.expect(200).json();
    page["items"].as_array().map_or(0, Vec::len)
}

pub(crate) async fn a_contact_abroad_is_looked_for_without_the_patient_being_known(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let (person, contact) = listed(&app, &opened).await;
    let (galaba, shymkent) = (app.as_(GALABA), app.as_(SHYMKENT));
    let who = format!("/v1/persons/{person}");
    shymkent.get(&who).send().await.problem(404, "not_found");
    let body = notice(&opened, &contact.id(), "kz-tb-shymkent");
    let sent = galaba.post("/v1/contact-notices", &body).send().await.expect(201);
    assert_eq!(told(&app, SHYMKENT, "contact_notice").await, 1);
    let again = galaba.post("/v1/contact-notices", &body).send().await;
    again.problem(409, "contact_notice_open");
    let incoming = "/v1/contact-notices?direction=incoming&state=sent";
    let page = shymkent.get(incoming).send().await.expect(200);
    assert!(!page.text().contains(&opened.case) && !page.text().contains(&opened.person));
    let shown = &page.json()["items"][0];
    assert_eq!((&shown["person"], &shown["listed"]), (&json!(person), &Value::Null));
    shymkent.get(&who).send().await.expect(200);
    shymkent.get(&opened.path("")).send().await.problem(404, "not_found");
    let own = json!({
        "person": person, "route": { "origin": "tj-farkhor", "transit": ["UZ"], "destination": "KZ-79" },
        "phase": "destination", "setting": "clinic",
    });
    shymkent.post("/v1/cases", &own).send().await.expect(201);
    let step = |step: &str| format!("{}/{step}", sent.header("location"));
    let accepted = shymkent.post(&step("accept"), &json!({})).on(sent.revision()).send().await.expect(200);
    let answer = json!({ "result": "no_sign", "on": "2026-05-04" });
    shymkent.post(&step("answer"), &answer).on(accepted.revision()).send().await.expect(200);
    assert_eq!(told(&app, GALABA, "contact_notice_answered").await, 1);
    let seen = galaba.get(sent.header("location")).send().await.expect(200).json();
    assert_eq!((&seen["state"], &seen["result"]["result"]), (&json!("answered"), &json!("no_sign")));
    assert_eq!(seen["listed"], json!({ "case": opened.case, "contact": contact.id() }));
    app.as_(STRANGER).get(sent.header("location")).send().await.problem(404, "not_found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_is_looked_at_linked_to_a_case_within_reach_and_shown() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let (person, contact) = listed(&app, &opened).await;
    let galaba = app.as_(GALABA);
    let own = galaba.post("/v1/cases", &scene::opening(&person)).send().await.expect(201).id();
    app.settle().await;
    let step = |step: &str| opened.path(&format!("/contacts/{}/{step}", contact.id()));
    let looked = json!({ "result": "presumptive", "on": "2026-05-04" });
    let looked = galaba.post(&step("results"), &looked).on_any().send().await.expect(200);
    let link = |case: &str| json!({ "case": case });
    galaba
        .post(&step("case"), &link(&opened.case))
        .on(looked.revision())
        .send()
        .await
        .problem(404, "not_found");
    let strange = app.as_(STRANGER);
    let theirs = strange.post("/v1/persons", &scene::description("Раҳимов")).send().await.expect(201).id();
    app.settle().await;
    let theirs = strange.post("/v1/cases", &scene::opening(&theirs)).send().await.expect(201).id();
    galaba.post(&step("case"), &link(&theirs)).on(looked.revision()).send().await.problem(404, "not_found");
    galaba.post(&step("case"), &link(&own)).on(looked.revision()).send().await.expect(200);
    app.settle().await;
    let shown = galaba.get(&opened.path("")).send().await.expect(200).json();
    let shown = &shown["contacts"][0];
    assert_eq!((&shown["case"], &shown["result"]["result"]), (&json!(own), &json!("presumptive")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_whom_the_organisation_does_not_know_cannot_be_listed() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let strange = app.as_(STRANGER);
    let theirs = strange.post("/v1/persons", &scene::description("Бобоев")).send().await.expect(201).id();
    app.settle().await;
    let contact = json!({ "setting": "travel", "place": "TJ", "person": theirs, "under_five": false });
    let answer = app.as_(GALABA).post(&opened.path("/contacts"), &contact).on_any().send().await;
    answer.problem(404, "not_found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_without_the_contacts_word_or_outside_the_contacts_country() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let (_, contact) = listed(&app, &opened).await;
    let galaba = app.as_(GALABA);
    let mut silent = notice(&opened, &contact.id(), "kz-tb-shymkent");
    silent["contact_agreed"] = json!(false);
    let abroad = notice(&opened, &contact.id(), "tj-national-tb-centre");
    for (body, status, code) in
        [(silent, 422, "contact_agreement_missing"), (abroad, 409, "contact_in_another_country")]
    {
        galaba.post("/v1/contact-notices", &body).send().await.problem(status, code);
    }
    let hidden = notice(&opened, &contact.id(), "kz-tb-shymkent");
    app.as_(STRANGER).post("/v1/contact-notices", &hidden).send().await.problem(404, "not_found");
    assert_eq!(told(&app, SHYMKENT, "contact_notice").await, 0);
    Ok(())
}

const CLINIC: &str = "tb-kz-taraz-1";
const ALMATY: &str = "tb-kz-almaty-1";

/// A case at a TB centre in its own hands, and the person's record.
async fn own_case(app: &TestApp, worker: &str, person: &str) -> Opened {
    let body = json!({
        "person": person, "route": { "origin": "tj-farkhor", "transit": ["UZ"], "destination": "KZ-79" },
        "phase": "destination", "setting": "clinic",
    });
    let case = app.as_(worker).post("/v1/cases", &body).send().await.expect(201);
    app.settle().await;
    let opened = Opened { case: case.id(), person: person.to_owned(), revision: case.revision() };
    let consent = json!({
        "given": true, "purpose": "care", "recipients": [{ "country": "KZ" }],
        "data_classes": ["identity", "contact", "tb", "support"], "valid_from": "2026-05-01", "form_version": "care-2026-01",
    });
    app.as_(worker).post(&opened.path("/consents"), &consent).on_any().send().await.expect(201);
    opened
}

async fn registered(app: &TestApp, worker: &str, family: &str) -> String {
    let person = app.as_(worker).post("/v1/persons", &scene::description(family)).send().await.expect(201);
    app.settle().await;
    person.id()
}

/// A patient of Almaty with rifampicin resistance, with a brother on the list of contacts; case, brother, contact.
async fn resistant_patient(app: &TestApp) -> (Opened, String, Answer) {
    let clinician = app.as_(ALMATY);
    let patient = registered(app, ALMATY, "Назаров").await;
    let case = own_case(app, ALMATY, &patient).await;
    let specimen = json!({ "kind": "sputum", "collected_on": "2026-05-02" });
    let specimen = clinician.post(&case.path("/specimens"), &specimen).on_any().send().await.expect(201).id();
    let result = json!({
        "performed_on": "2026-05-03", "resulted_on": "2026-05-03",
        "finding": { "test": "molecular", "mtb": "high", "rifampicin": "resistant" },
    });
    let results = case.path(&format!("/specimens/{specimen}/results"));
    clinician.post(&results, &result).on_any().send().await.expect(200);
    let brother = registered(app, ALMATY, "Бобоев").await;
    let contact = json!({
        "setting": "household", "place": "kz-taraz", "person": brother, "last_contact_on": "2026-04-30", "under_five": false,
    });
    let contact = clinician.post(&case.path("/contacts"), &contact).on_any().send().await.expect(201);
    app.settle().await;
    (case, brother, contact)
}

/// Screened negative on this day, and preventive treatment begun; the case as it is shown then.
async fn protected(app: &TestApp, worker: &str, opened: &Opened) -> Value {
    let who = app.as_(worker);
    let symptoms =
        json!({ "current_cough": false, "fever": false, "weight_loss": false, "night_sweats": false });
    let screening = json!({ "on": "2026-05-04", "symptoms": symptoms });
    let screened = who.post(&opened.path("/screenings"), &screening).on_any().send().await.expect(200);
    let body = json!({
        "regimen": "3HP", "eligible_on": "2026-05-04", "started_on": "2026-05-04", "administration": "self_administered",
    });
    let begun = who.post(&opened.path("/preventions"), &body).on(screened.revision()).send().await;
    begun.expect(201);
    app.settle().await;
    who.get(&opened.path("")).send().await.expect(200).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preventive_treatment_goes_by_the_resistance_of_the_source_where_that_is_known() -> anyhow::Result<()>
{
    let app = TestApp::sqlite().await?;
    let (patient, brother, contact) = resistant_patient(&app).await;
    // In the same centre the case of the contact is linked to the patient's list.
    let own = own_case(&app, ALMATY, &brother).await;
    let link = patient.path(&format!("/contacts/{}/case", contact.id()));
    let link = app.as_(ALMATY).post(&link, &json!({ "case": own.case })).on(contact.revision());
    link.send().await.expect(200);
    app.settle().await;
    let shown = protected(&app, ALMATY, &own).await;
    assert_eq!(shown["preventions"][0]["index_resistance"], "rifampicin_resistant");
    assert_eq!(shown["advice"][0]["code"], "prevention_regimen_unsuited");
    // The control: of somebody who is nobody's contact nothing is known.
    let other = registered(&app, ALMATY, "Ашӯров").await;
    let other = own_case(&app, ALMATY, &other).await;
    assert_eq!(protected(&app, ALMATY, &other).await["preventions"][0]["index_resistance"], Value::Null);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_notice_tells_the_resistance_to_the_centre_that_was_told_alone() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (patient, brother, contact) = resistant_patient(&app).await;
    let body = notice(&patient, &contact.id(), "kz-tb-taraz");
    app.as_(ALMATY).post("/v1/contact-notices", &body).send().await.expect(201);
    app.settle().await;
    let told = own_case(&app, CLINIC, &brother).await;
    let shown = protected(&app, CLINIC, &told).await;
    assert_eq!(shown["preventions"][0]["index_resistance"], "rifampicin_resistant");
    assert!(!shown.to_string().contains(&patient.case), "never through whom");
    Ok(())
}
