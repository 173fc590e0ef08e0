//! Packets: the same bytes each time, for those whom the patient's consent covers now, and each reading written down.

use anyhow::Result;
use safar_tests::http::{Engine, TestApp};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::scene::{AUDITOR, GALABA, SHYMKENT, STRANGER, offered, opened};

/// The packet as it lies in the answer, byte for byte.
fn document(text: &str) -> &str {
    let begins = text.find("\"packet\":").expect("a packet") + "\"packet\":".len();
    let ends = text.find(",\"identity\":").expect("an identity");
    &text[begins..ends]
}

pub(crate) async fn a_packet_has_the_same_bytes_each_time_and_they_are_those_of_the_digest(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = opened(&app).await;
    let handoff = offered(&app, &opened).await.id();
    let path = format!("/v1/handoffs/{handoff}/packet");
    let first = app.as_(SHYMKENT).get(&path).send().await.expect(200);
    // The case goes on, the person is described anew: what was sent stays what it was.
    let note = json!({ "text": "Has left the old address" });
    app.as_(GALABA).post(&opened.path("/notes"), &note).on_any().send().await.expect(200);
    let corrected = crate::scene::description("Раҳимзода");
    let person = format!("/v1/persons/{}/corrections", opened.person);
    app.as_(GALABA).post(&person, &corrected).on(1).send().await.expect(200);
    app.settle().await;
    let second = app.as_(SHYMKENT).get(&path).send().await.expect(200);
    assert_eq!(first.text(), second.text());
    let digest = Sha256::digest(document(&first.text()).as_bytes());
    let digest: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(first.json()["seal"]["sha256"], json!(digest.concat()));
    assert_eq!(first.json()["identity"]["names"][0]["family"], "Раҳимов");
    assert!(first.json()["ground"]["consents"].is_array());
    // The story of the case does not give away what is asked for consent each time.
    let told = app.as_(GALABA).get(&opened.path("/timeline?limit=200")).send().await.expect(200).text();
    assert!(told.contains("sha256") && !told.contains("\"document\""), "{told}");
    // An auditor proves the same bytes without a name.
    let audited = app.as_(AUDITOR).get(&path).send().await.expect(200);
    assert_eq!(document(&audited.text()), document(&first.text()));
    assert_eq!(audited.json()["identity"], json!(null));
    Ok(())
}

pub(crate) async fn a_consent_that_is_withdrawn_closes_the_packet_at_once_and_what_was_read_is_listed(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = opened(&app).await;
    let handoff = offered(&app, &opened).await.id();
    let path = format!("/v1/handoffs/{handoff}/packet");
    app.as_(SHYMKENT).get(&path).send().await.expect(200);
    let case = app.as_(GALABA).get(&opened.path("")).send().await.expect(200);
    let consent = case.json()["consents"][0]["id"].as_str().expect("a consent").to_owned();
    let withdraw = opened.path(&format!("/consents/{consent}/withdraw"));
    app.as_(GALABA).post(&withdraw, &json!({})).on(case.revision()).send().await.expect(200);
    // No waiting for a read model: the very next request is refused.
    let refused = app.as_(SHYMKENT).get(&path).send().await.expect(409);
    assert_eq!(refused.json()["code"], "packet_closed");
    app.as_(STRANGER).get(&path).send().await.expect(404);
    let listed = app.as_(GALABA).get(&opened.path("/disclosures")).send().await.expect(200).json();
    let items = listed["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "a refused reading discloses nothing: {listed}");
    let expected = json!(["kz-tb-shymkent", SHYMKENT, "packet", { "consents": [consent] }]);
    let item = &items[0];
    assert_eq!(json!([item["organisation"], item["worker"], item["form"], item["ground"]]), expected);
    app.as_(SHYMKENT).get(&opened.path("/disclosures")).send().await.expect(404);
    Ok(())
}
