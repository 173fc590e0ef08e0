//! A handoff of programmes that a reader of the case is not shown: to them it has never been.

use safar_tests::http::{Engine, TestApp};
use serde_json::{Value, json};

use crate::scene::{AUDITOR, Care, NATIONAL, NGO_SHYMKENT, SHYMKENT, consent_to_share, offering};

/// The ids of the handoffs in a list, or those that a list of disclosures names.
async fn named(care: &Care<'_>, (who, path, member): (&str, &str, &str)) -> Vec<Value> {
    let list = care.read(who, path).await;
    list["items"].as_array().into_iter().flatten().map(|item| item[member].clone()).collect()
}

/// What a reader of the case finds of a handoff: at its address, in the list, among the disclosures and in the story.
async fn found(care: &Care<'_>, who: &str, handoff: &str) -> [bool; 4] {
    let alone = care.app.as_(who).get(&format!("/v1/handoffs/{handoff}")).send().await;
    let nobody = care.app.as_(who).get(&format!("/v1/handoffs/{}", care.case)).send().await;
    if alone.status != 200 {
        assert_eq!((alone.status, alone.code()), (nobody.status, nobody.code()));
    }
    let id = json!(handoff);
    let listed =
        care.shown(who).await["handoffs"].as_array().into_iter().flatten().any(|one| one["id"] == id);
    let disclosed = named(care, (who, &care.path("/disclosures"), "handoff")).await.contains(&id);
    let told = care.read(who, &care.path("/timeline?limit=200")).await.to_string().contains(handoff);
    [alone.status == 200, listed, disclosed, told]
}

pub(crate) async fn a_handoff_of_programmes_that_are_withheld_is_neither_found_nor_among_the_disclosures(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let care = Care::treated(&app).await;
    let mut support_alone = consent_to_share("KZ");
    support_alone["data_classes"] = json!(["identity", "contact", "support"]);
    care.give(SHYMKENT, "/consents", &support_alone).await.expect(201);
    let support = care.offer(SHYMKENT, "ngo-kz-shymkent", &["support"]).await;
    care.hand_over(NGO_SHYMKENT, &support).await;
    let consents = care.shown(SHYMKENT).await["consents"].clone();
    let agreed = consents.as_array().into_iter().flatten().find(|consent| consent["purpose"] == "care");
    let agreed = agreed.and_then(|consent| consent["id"].as_str()).expect("a consent");
    care.give(SHYMKENT, &format!("/consents/{agreed}/withdraw"), &json!({})).await.expect(200);
    let offer = offering("tj-national-tb-centre", &["tb"]);
    let handoff = care.give(SHYMKENT, "/handoffs", &offer).await.expect(201).id();
    care.read(NATIONAL, &format!("/v1/handoffs/{handoff}/packet")).await;
    assert_eq!(care.shown(NGO_SHYMKENT).await["withheld"], json!(["tb"]));
    assert_eq!(found(&care, NGO_SHYMKENT, &handoff).await, [false; 4]);
    assert_eq!(found(&care, NGO_SHYMKENT, &support).await, [true, true, false, true], "its own it knows");
    // The control: it is there, and a consent is what was missing.
    for who in [SHYMKENT, AUDITOR] {
        assert_eq!(found(&care, who, &handoff).await, [true; 4], "{who}");
    }
    care.give(SHYMKENT, "/consents", &consent_to_share("KZ")).await.expect(201);
    assert_eq!(found(&care, NGO_SHYMKENT, &handoff).await, [true; 4]);
    Ok(())
}
