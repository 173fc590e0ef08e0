//! A patient with one of everything around, and everybody who might ask for it.

use safar_domain::actor::Role;
use safar_tests::http::TestApp;
use serde_json::{Value, json};

use super::{SIDES, worker};
use crate::scene::{self, AUDITOR, Opened, SHYMKENT};

/// Everybody at work: each role in each of the organisations, which offer whatever a role needs.
pub(super) async fn staffed(app: &TestApp) {
    for side in &SIDES {
        let administrator = app.as_(side.administrator);
        let path = format!("/v1/directory/organisations/{}", side.organisation);
        let known = administrator.get(&path).send().await.expect(200).json();
        let all = ["tb_diagnosis", "tb_treatment", "hiv_testing", "art"];
        let described =
            json!({ "name": known["name"], "kind": known["kind"], "place": known["place"], "services": all });
        administrator.put(&path, &described).send().await.expect(200);
        app.settle().await;
        for role in Role::ALL {
            let path = format!("/v1/directory/workers/{}", worker(role, side));
            let described = json!({ "organisation": side.organisation, "role": role });
            administrator.put(&path, &described).send().await.expect(200);
        }
    }
    app.settle().await;
}

/// Something on the case, recorded by somebody of the centre in Shymkent; its id.
async fn recorded(app: &TestApp, (opened, rest): (&Opened, &str), body: Value) -> String {
    let clinician = app.as_(SHYMKENT);
    let revision = clinician.get(&opened.path("")).send().await.expect(200).revision();
    let id = clinician.post(&opened.path(rest), &body).on(revision).send().await.expect(201).id();
    app.settle().await;
    id
}

/// A patient whom the first side answers for, the second did answer for and the third is offered; what an address can name, by
/// the name of its part there, or by what stands before the part.
pub(super) async fn patient(app: &TestApp) -> [(&'static str, String); 13] {
    let opened = scene::opened(app).await;
    scene::handed_over(app, &opened).await;
    let offer = json!({ "to": "kz-tb-astana", "programmes": ["support"], "urgency": "routine" });
    let handoff = recorded(app, (&opened, "/handoffs"), offer).await;
    let code = opened.path(&format!("/handoffs/{handoff}/claim-code"));
    app.as_(SHYMKENT).post(&code, &json!({})).send().await.expect(200);
    let referral = json!({ "to": "kz-tb-astana", "service": "tb_diagnosis", "reason": "initial_testing" });
    let referral = recorded(app, (&opened, "/referrals"), referral).await;
    let contact = json!({ "setting": "household", "place": "KZ-79", "under_five": false });
    let contact = recorded(app, (&opened, "/contacts"), contact).await;
    let specimen = json!({ "kind": "sputum", "collected_on": "2026-05-04" });
    let specimen = recorded(app, (&opened, "/specimens"), specimen).await;
    let shown = app.as_(SHYMKENT).get(&opened.path("")).send().await.expect(200).json();
    let consent = shown["consents"][0]["id"].as_str().expect("a consent").to_owned();
    let hold = format!("/v1/persons/{}/legal-hold", opened.person);
    app.as_(AUDITOR).post(&hold, &json!({ "ground": "complaint", "until": null })).send().await.expect(200);
    let request = crate::pull_requests::made(app).await;
    let notice = crate::contacts::sent(app).await.id();
    let conflict = crate::conflicts::kept(app).await;
    let emergency = crate::emergencies::opened(app, &opened.case).await.id();
    let export = crate::exports::asked_for(app, SHYMKENT).await;
    [
        ("case", opened.case),
        ("person", opened.person),
        ("handoffs", handoff.clone()),
        ("handoff", handoff),
        ("referrals", referral),
        ("contacts", contact),
        ("specimens", specimen),
        ("consents", consent),
        ("pull_request", request),
        ("contact_notice", notice),
        ("conflict", conflict),
        ("emergency", emergency),
        ("export", export),
    ]
}
