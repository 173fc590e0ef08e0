//! What was corrected in a case, and what had been decided meanwhile.

use anyhow::Result;
use jiff::SignedDuration;
use safar_tests::http::{Engine, TestApp};
use serde_json::{Value, json};

use crate::{
    consents::{agrees, support_handed_over},
    scene::{self, AUDITOR, GALABA, Opened, SHYMKENT, note},
};

/// A colleague of the clinician.
const COLLEAGUE: &str = "tb-kz-shymkent-2";

/// A case that the centre in Shymkent has opened itself.
async fn in_clinic(app: &TestApp) -> Opened {
    let clinician = app.as_(SHYMKENT);
    let described = scene::description("Раҳимов");
    let person = clinician.post("/v1/persons", &described).send().await.expect(201).id();
    app.settle().await;
    let answer = clinician.post("/v1/cases", &scene::opening(&person)).send().await.expect(201);
    app.settle().await;
    Opened { case: answer.id(), person, revision: answer.revision() }
}

/// Records a command on the case as it is now, and answers the revision that it leaves.
async fn tell(app: &TestApp, (worker, opened): (&str, &Opened), rest: &str, body: Value) -> (u64, String) {
    let revision = app.as_(worker).get(&opened.path("")).send().await.expect(200).revision();
    let answer = app.as_(worker).post(&opened.path(rest), &body).on(revision).send().await;
    assert!([200, 201].contains(&answer.status), "{rest}: {}", answer.text());
    app.settle().await;
    (answer.revision(), if answer.status == 201 { answer.id() } else { String::new() })
}

/// A positive result: its specimen, and its revision.
async fn positive(app: &TestApp, at: (&str, &Opened)) -> (String, u64) {
    let specimen = json!({ "kind": "sputum", "collected_on": "2026-05-03" });
    let (_, specimen) = tell(app, at, "/specimens", specimen).await;
    let finding = json!({ "test": "molecular", "mtb": "medium", "rifampicin": "susceptible" });
    let result = json!({ "performed_on": "2026-05-03", "resulted_on": "2026-05-03", "finding": finding });
    let (revision, _) = tell(app, at, &format!("/specimens/{specimen}/results"), result).await;
    (specimen, revision)
}

async fn takes_back(app: &TestApp, at: (&str, &Opened), specimen: &str) -> u64 {
    let slip = json!({ "number": 1, "reason": "other_person" });
    tell(app, at, &format!("/specimens/{specimen}/results/entered-in-error"), slip).await.0
}

async fn listed(app: &TestApp, worker: &str, opened: &Opened) -> Vec<Value> {
    let page = app.as_(worker).get(&opened.path("/corrections")).send().await.expect(200).json();
    page["items"].as_array().expect("a list").clone()
}

/// How each event depends that a correction lists.
fn bearings<'a>(correction: &'a Value) -> Vec<(&'a str, &'a str)> {
    let told = |one: &Value| {
        let text = |name: &str| one[name].is_string();
        assert!(["occurred_at", "recorded_at", "worker", "organisation"].into_iter().all(text), "{one}");
    };
    let decided = correction["decided"].as_array().expect("a list");
    decided.iter().for_each(told);
    let pair = |one: &'a Value| Some((one["event"].as_str()?, one["bearing"].as_str()?));
    decided.iter().filter_map(pair).collect()
}

pub(crate) async fn what_was_decided_on_a_wrong_result_is_listed_with_how_it_depends_on_it(
    engine: Engine,
) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = in_clinic(&app).await;
    let at = (SHYMKENT, &opened);
    let diagnosis =
        json!({ "sites": ["pulmonary"], "confirmation": "bacteriologically_confirmed", "history": "new" });
    let (specimen, wrong) = positive(&app, at).await;
    tell(&app, at, "/diagnosis", diagnosis).await;
    let treatment = json!({
        "regimen": "2HRZE/4HR", "started_on": "2026-05-04", "weight_kg": 61, "administration": "directly_observed",
    });
    tell(&app, at, "/treatments", treatment).await;
    tell(&app, at, "/notes", note("asked for a ride home")).await;
    app.clock.advance(SignedDuration::from_mins(1));
    app.as_(COLLEAGUE).get(&opened.path("")).send().await.expect(200);
    app.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(listed(&app, SHYMKENT, &opened).await, [] as [Value; 0], "nothing is corrected yet");
    let corrected = takes_back(&app, at, &specimen).await;
    tell(&app, at, "/notes", note("told the patient")).await;
    app.clock.advance(SignedDuration::from_mins(1));
    app.as_(GALABA).get(&opened.path("/corrections")).send().await.problem(404, "not_found");

    let [one]: [Value; 1] = listed(&app, SHYMKENT, &opened).await.try_into().expect("one correction");
    assert_eq!((&one["what"], &one["shown_to"]), (&json!("result"), &Value::Null));
    assert_eq!(one["wrong"]["revision"], wrong);
    assert_eq!(one["wrong"]["event"], "case.result-recorded.v1");
    assert_eq!(one["corrected"]["revision"], corrected);
    let expected = [
        ("case.diagnosis-made.v1", "would_be_refused"),
        ("case.patient-registered.v1", "while_current"),
        ("case.responsibility-opened.v1", "while_current"),
        ("case.treatment-started.v1", "would_be_refused"),
        ("case.note-added.v1", "while_current"),
    ];
    assert_eq!(bearings(&one), expected);

    let [mut audited]: [Value; 1] = listed(&app, AUDITOR, &opened).await.try_into().expect("one correction");
    let shown_to = audited["shown_to"].take();
    audited.as_object_mut().expect("an object").remove("shown_to");
    assert_eq!(audited, one);
    let shown_to = shown_to.as_array().expect("a list").clone();
    assert!(shown_to.iter().any(|reading| reading["worker"] == COLLEAGUE), "{shown_to:?}");
    assert!(shown_to.iter().all(|reading| reading["worker"] != AUDITOR), "they looked later");
    Ok(())
}

pub(crate) async fn a_correction_of_what_is_withheld_is_not_listed(engine: Engine) -> Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let galaba = (GALABA, &opened);
    agrees(&app, galaba, ("TJ", &["identity", "support", "tb"])).await;
    let contact = json!({ "setting": "household", "place": "kz-taraz", "under_five": false });
    let (_, contact) = tell(&app, galaba, "/contacts", contact).await;
    tell(&app, galaba, &format!("/contacts/{contact}/remove"), json!({})).await;
    support_handed_over(&app, &opened).await;
    assert_eq!(listed(&app, GALABA, &opened).await.len(), 1);
    assert_eq!(listed(&app, SHYMKENT, &opened).await, [] as [Value; 0]);
    agrees(&app, (SHYMKENT, &opened), ("KZ", &["tb"])).await;
    assert_eq!(listed(&app, SHYMKENT, &opened).await.len(), 1, "the patient agreed");
    Ok(())
}
