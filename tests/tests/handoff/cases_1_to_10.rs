//! The cases that must work: from two who accept at once to an address that names another case's handoff.

use futures_util::future::join;
use jiff::{SignedDuration, Timestamp};
use safar_tests::http::{Engine, TestApp};
use serde_json::{Value, json};

use crate::{
    scene::{
        AKTAU, Care, GALABA, NATIONAL, OUTREACH, SHYMKENT, SHYMKENT_2, TODAY, accepting, arriving,
        consent_to_share, offering,
    },
    steps::steps,
};

const SIDES: [&str; 2] = [GALABA, SHYMKENT];

/// Case 1.
pub(crate) async fn two_people_of_the_destination_accept_together_and_one_event_is_recorded(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let (revision, before) = (care.revision().await, app.head().await);
    let accept = |who| care.step(who, (&handoff, "accept"), &accepting()).on(revision);
    let (one, other) = (accept(SHYMKENT), accept(SHYMKENT_2));
    let (first, second) = join(one.clone().send(), other.clone().send()).await;
    let (winner, won, lost) = if first.status == 200 { (one, first, second) } else { (other, second, first) };
    let lost = lost.problem(409, "handoff_already_moved").json();
    assert_eq!(app.head().await, before + 1);
    let accepted = care.events().await.pop().expect("an event");
    assert_eq!(accepted["event"], "case.handoff-accepted.v1");
    assert_eq!((&lost["state"], &lost["by"]), (&json!("accepted"), &accepted["organisation"]));
    assert_eq!(lost["at"], accepted["recorded_at"]);
    assert_eq!(winner.send().await.expect(200).json(), won.expect(200).json(), "the same key replays");
    assert_eq!(app.head().await, before + 1);
    care.both_read(&handoff, "accepted", SIDES).await;
    Ok(())
}

/// Case 2.
pub(crate) async fn accept_and_withdraw_race_and_the_order_of_the_log_decides(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    for round in 0..6 {
        let care = Care::support(&app).await;
        let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
        let (revision, before) = (care.revision().await, app.head().await);
        let accept = care.step(SHYMKENT, (&handoff, "accept"), &accepting()).on(revision).send();
        let withdraw = json!({ "reason": "plans_changed" });
        let withdraw = care.step(GALABA, (&handoff, "withdraw"), &withdraw).on(revision).send();
        // Two rounds in each order, so that neither winner is left to chance, and two rounds at once.
        let (accept, withdraw) = match round % 3 {
            0 => (accept.await, withdraw.await),
            1 => {
                let withdraw = withdraw.await;
                (accept.await, withdraw)
            }
            _ => join(accept, withdraw).await,
        };
        let (state, by, lost) = match (accept.status, withdraw.status) {
            (200, 409) => ("accepted", "kz-tb-shymkent", withdraw),
            (409, 200) => ("withdrawn", "ngo-galaba", accept),
            statuses => panic!("{statuses:?}: {} {}", accept.text(), withdraw.text()),
        };
        let lost = lost.problem(409, "handoff_already_moved").json();
        assert_eq!((&lost["state"], &lost["by"]), (&json!(state), &json!(by)));
        assert_eq!(app.head().await, before + 1);
        care.both_read(&handoff, state, SIDES).await;
    }
    Ok(())
}

/// Case 3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accept_one_second_after_the_expiry_is_refused_and_records_the_expiry() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (timely, late) = (Care::support(&app).await, Care::support(&app).await);
    let offers = [
        timely.offer(GALABA, "kz-tb-shymkent", &["support"]).await,
        late.offer(GALABA, "kz-tb-shymkent", &["support"]).await,
    ];
    let shown = late.read(GALABA, &format!("/v1/handoffs/{}", offers[1])).await;
    let expires_at: Timestamp = shown["expires_at"].as_str().expect("an end").parse()?;
    let revision = late.revision().await;
    app.clock.set(expires_at - SignedDuration::from_secs(1));
    timely.take(SHYMKENT, (&offers[0], "accept"), &accepting()).await.expect(200);
    app.clock.set(expires_at + SignedDuration::from_secs(1));
    let accept = late.step(SHYMKENT, (&offers[1], "accept"), &accepting()).on(revision);
    let refused = accept.send().await.problem(409, "handoff_expired").json();
    assert_eq!(refused["at"], shown["expires_at"]);
    assert_eq!(late.since(revision).await, ["case.handoff-expired.v1"]);
    late.both_read(&offers[1], "expired", SIDES).await;
    timely.both_read(&offers[0], "accepted", SIDES).await;
    Ok(())
}

/// Case 4.
pub(crate) async fn a_second_offer_of_a_programme_with_a_live_handoff_is_refused_with_its_address(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let care = Care::support(&app).await;
    let can_offer =
        |shown: &Value| shown["commands"].as_array().is_some_and(|all| all.contains(&json!("offer_handoff")));
    let before = care.revision().await;
    assert!(can_offer(&care.shown(GALABA).await));
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    // Before any form is filled in, the case already shows it.
    let shown = care.shown(GALABA).await;
    assert!(!can_offer(&shown), "{shown}");
    assert_eq!(
        (&shown["handoffs"][0]["id"], &shown["handoffs"][0]["state"]),
        (&json!(handoff), &json!("offered"))
    );
    let head = app.head().await;
    for revision in [before, care.revision().await] {
        let again = care.ask(GALABA, "/handoffs", &offering("ngo-kz-aktau", &["support"])).on(revision);
        let refused = again.send().await.problem(409, "handoff_live").json();
        assert_eq!(refused["handoff"], json!(handoff));
        let linked = care.read(GALABA, refused["link"].as_str().expect("a link")).await;
        assert_eq!(linked["state"], "offered");
    }
    assert_eq!(app.head().await, head);
    Ok(())
}

/// Case 5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_decline_an_expiry_and_a_withdrawal_a_new_handoff_names_the_previous_one()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (care, other) = (Care::support(&app).await, Care::support(&app).await);
    let mut previous = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let strange = other.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    for end in ["declined", "withdrawn", "expired"] {
        let ended = match end {
            "declined" => {
                care.take(SHYMKENT, (&previous, "decline"), &json!({ "reason": "no_capacity" })).await
            }
            "withdrawn" => {
                care.take(GALABA, (&previous, "withdraw"), &json!({ "reason": "plans_changed" })).await
            }
            _ => {
                app.clock.advance(SignedDuration::from_hours(73));
                care.take(SHYMKENT, (&previous, "accept"), &accepting()).await
            }
        };
        ended.expect(if end == "expired" { 409 } else { 200 });
        let mut offer = offering("kz-tb-shymkent", &["support"]);
        offer["previous"] = json!(strange);
        let refused = care.give(GALABA, "/handoffs", &offer).await;
        refused.problem(422, "previous_handoff_unknown");
        offer["previous"] = json!(previous);
        let next = care.give(GALABA, "/handoffs", &offer).await.expect(201).id();
        assert_ne!(next, previous);
        care.both_read(&previous, end, SIDES).await;
        let shown = care.both_read(&next, "offered", SIDES).await;
        assert_eq!(shown["previous"], json!(previous));
        previous = next;
    }
    Ok(())
}

/// Case 6.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_owner_is_told_that_others_answer_and_adds_late_facts_that_move_nothing() -> anyhow::Result<()>
{
    let app = TestApp::sqlite().await?;
    let care = Care::treated(&app).await;
    let pending = care.specimen().await;
    let handoff = care.offer(SHYMKENT, "tj-national-tb-centre", &["support", "tb"]).await;
    let opened_before = care.revision().await;
    care.hand_over(NATIONAL, &handoff).await;
    let responsible = json!({ "support": "tj-national-tb-centre", "tb": "tj-national-tb-centre" });
    assert_eq!(care.responsible().await, responsible);
    let form = care.ask(SHYMKENT, "/handoffs", &offering("tj-national-tb-centre", &["tb"])).on(opened_before);
    assert_eq!(form.send().await.problem(409, "not_responsible").json()["programme"], "tb");
    care.give(SHYMKENT, "/support", &json!({ "kind": "food", "on": TODAY })).await.problem(409, "not_caring");
    let before = care.revision().await;
    care.result(SHYMKENT, &pending, json!({ "test": "smear", "grade": "negative" })).await.expect(200);
    care.give(SHYMKENT, "/notes", &json!({ "text": "He left his X-ray here." })).await.expect(200);
    assert_eq!(care.since(before).await, ["case.result-recorded.v1", "case.note-added.v1"]);
    assert_eq!(care.events().await.pop().expect("a note")["data"]["late"], true);
    let seen = care.shown(NATIONAL).await;
    let specimens = seen["specimens"].as_array().expect("specimens");
    let late = specimens.iter().find(|specimen| specimen["id"] == pending.as_str()).expect("the specimen");
    assert_eq!(late["results"][0]["finding"]["grade"], "negative", "{late}");
    assert_eq!(care.responsible().await, responsible);
    care.both_read(&handoff, "arrived", [SHYMKENT, NATIONAL]).await;
    Ok(())
}

/// Case 7, the first part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_who_walks_in_before_the_answer_is_accepted_and_arrived_in_one_append() -> anyhow::Result<()>
{
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let before = care.revision().await;
    let arrived = care.take(SHYMKENT, (&handoff, "arrive"), &arriving(TODAY)).await.expect(200).json();
    let names = ["case.handoff-accepted.v1", "case.patient-arrived.v1", "case.responsibility-moved.v1"];
    assert_eq!(arrived["recorded"], json!(names));
    let events = care.events().await;
    assert_eq!(events[usize::try_from(before)?]["data"]["implicit"], true);
    assert_eq!(care.responsible().await, json!({ "support": "kz-tb-shymkent" }));
    care.both_read(&handoff, "arrived", SIDES).await;
    Ok(())
}

/// Case 7, the second part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_that_nobody_asked_claims_the_patient_by_the_card_and_cares_at_once()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let code = care.step(GALABA, (&handoff, "claim-code"), &json!({})).send().await.expect(200).json();
    app.settle().await;
    let aktau = app.as_(AKTAU);
    let claim = |by: Value| aktau.post("/v1/claims", &json!({ "on": TODAY, "by": by }));
    claim(json!({ "handoff": handoff })).send().await.problem(404, "not_found");
    let said =
        |family: &str| json!({ "code": { "code": code["code"], "family_name": family, "birth_year": 1991 } });
    claim(said("Назаров")).send().await.problem(409, "claim_code_unknown");
    claim(said("Rahimov")).send().await.expect(200);
    app.settle().await;
    care.give(AKTAU, "/support", &json!({ "kind": "food", "on": TODAY })).await.expect(200);
    assert_eq!(care.responsible().await, json!({ "support": "ngo-galaba" }), "until the claim is confirmed");
    claim(said("Rahimov")).send().await.problem(409, "claim_code_unknown");
    care.take(GALABA, (&handoff, "confirm-claim"), &json!({})).await.expect(200);
    assert_eq!(care.responsible().await, json!({ "support": "ngo-kz-aktau" }));
    let shown = care.both_read(&handoff, "arrived_elsewhere", SIDES).await;
    assert_eq!(shown["claimed_by"], "ngo-kz-aktau");
    assert!(care.told(SHYMKENT).await.contains(&"claim_confirmed".to_owned()), "all are told");
    Ok(())
}

/// Case 7, the third part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_that_knows_the_case_claims_the_patient_by_match() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let first = care.offer(GALABA, "ngo-kz-aktau", &["support"]).await;
    care.take(AKTAU, (&first, "decline"), &json!({ "reason": "outside_catchment" })).await.expect(200);
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let claim = json!({ "on": TODAY, "by": { "handoff": handoff } });
    app.as_(AKTAU).post("/v1/claims", &claim).send().await.expect(200);
    app.settle().await;
    // Who let an offer pass has met nobody yet, and waits for the sender's word.
    care.give(AKTAU, "/support", &json!({ "kind": "food", "on": TODAY })).await.problem(409, "not_caring");
    care.both_read(&handoff, "arrived_elsewhere", SIDES).await;
    care.take(GALABA, (&handoff, "confirm-claim"), &json!({})).await.expect(200);
    assert_eq!(care.responsible().await, json!({ "support": "ngo-kz-aktau" }));
    let read_there = care.read(AKTAU, &format!("/v1/handoffs/{handoff}")).await;
    assert_eq!(
        (&read_there["state"], &read_there["claimed_by"]),
        (&json!("arrived_elsewhere"), &json!("ngo-kz-aktau"))
    );
    Ok(())
}

/// Case 8.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_withdrawn_after_acceptance_closes_the_packet_and_withdraws_the_handoff()
-> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::opened(&app, GALABA).await;
    let consent = care.give(GALABA, "/consents", &consent_to_share("KZ")).await.expect(201).id();
    let handoff = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    care.take(SHYMKENT, (&handoff, "accept"), &accepting()).await.expect(200);
    let packet = format!("/v1/handoffs/{handoff}/packet");
    let read = care.read(SHYMKENT, &packet).await;
    assert_eq!(read["ground"], json!({ "consents": [consent] }));
    let withdrawn = care.give(GALABA, &format!("/consents/{consent}/withdraw"), &json!({})).await.expect(200);
    let names = ["case.consent-withdrawn.v1", "case.handoff-withdrawn.v1"];
    assert_eq!(withdrawn.json()["recorded"], json!(names));
    app.as_(SHYMKENT).get(&packet).send().await.problem(409, "packet_closed");
    let shown = care.both_read(&handoff, "withdrawn", SIDES).await;
    assert_eq!(shown["withdraw_reason"], "consent_withdrawn");
    let disclosed = care.read(GALABA, &care.path("/disclosures")).await;
    assert_eq!(disclosed["items"].as_array().map(Vec::len), Some(1), "{disclosed}");
    let past = &disclosed["items"][0];
    assert_eq!((&past["worker"], &past["handoff"]), (&json!(SHYMKENT), &json!(handoff)));
    assert_eq!(past["sha256"], read["seal"]["sha256"]);
    Ok(())
}

/// Case 9.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_in_between_ends_the_live_handoff_and_rewrites_no_ended_one() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let care = Care::support(&app).await;
    let declined = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    care.take(SHYMKENT, (&declined, "decline"), &json!({ "reason": "no_capacity" })).await.expect(200);
    let live = care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    care.take(SHYMKENT, (&live, "accept"), &accepting()).await.expect(200);
    let ended_before = care.both_read(&declined, "declined", SIDES).await;
    let death = json!({ "on": TODAY, "cause": "unknown", "source": "family" });
    let recorded = care.give(GALABA, "/death", &death).await.expect(200).json()["recorded"].clone();
    assert_eq!(recorded, json!(["case.death-recorded.v1", "case.handoff-cancelled-by-death.v1"]));
    care.both_read(&live, "cancelled_by_death", SIDES).await;
    assert_eq!(care.both_read(&declined, "declined", SIDES).await, ended_before);
    for step in ["arrive", "depart"] {
        let (_, body) = steps(TODAY).into_iter().find(|(name, _)| *name == step).expect("a step");
        let by = if step == "arrive" { SHYMKENT } else { GALABA };
        care.take(by, (&live, step), &body).await.problem(409, "handoff_already_moved");
    }
    assert!(care.told(SHYMKENT).await.contains(&"handoff_cancelled_by_death".to_owned()));
    Ok(())
}

/// Case 10.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handoff_of_another_case_in_the_address_is_not_found_on_any_nested_route() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (care, other) = (Care::support(&app).await, Care::support(&app).await);
    care.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let strange = other.offer(GALABA, "kz-tb-shymkent", &["support"]).await;
    let head = app.head().await;
    for (step, body) in steps(TODAY) {
        for who in [GALABA, SHYMKENT, OUTREACH] {
            let answer = care.take(who, (&strange, step), &body).await;
            let function_of_others = who == OUTREACH && answer.status == 403;
            assert!(answer.status == 404 || function_of_others, "{step} as {who}: {}", answer.text());
        }
    }
    assert_eq!(app.head().await, head);
    other.both_read(&strange, "offered", SIDES).await;
    Ok(())
}
