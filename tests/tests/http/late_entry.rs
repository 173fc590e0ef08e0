//! An old register is entered late: with its reason, and judged by the definitions of its day.

use safar_tests::http::{Answer, TestApp};
use serde_json::{Value, json};

use crate::scene;

const FIRST: &str = "tb-kz-shymkent-1";
const SECOND: &str = "tb-kz-shymkent-2";

/// Commands of one clinician on one case, each on the revision that the one before has left.
struct Clinic<'a> {
    app: &'a TestApp,
    path: String,
    revision: u64,
}

impl Clinic<'_> {
    async fn tell(&mut self, worker: &str, rest: &str, body: Value) -> Answer {
        self.tell_of("", worker, rest, body).await
    }

    /// The same of something that happened on a day of long ago.
    async fn tell_of(&mut self, day: &str, worker: &str, rest: &str, body: Value) -> Answer {
        let ask = self.app.as_(worker).post(&format!("{}{rest}", self.path), &body).on(self.revision);
        let ask = if day.is_empty() { ask } else { ask.header("safar-occurred-at", day) };
        let answer = ask.send().await;
        if answer.status < 300 {
            self.revision = answer.revision();
        }
        answer
    }

    async fn smear(&mut self, day: &str, grade: &str) {
        let body = json!({ "kind": "sputum", "collected_on": day });
        let specimen = self.tell(FIRST, "/specimens", body).await.expect(201).id();
        let finding = json!({ "test": "smear", "grade": grade });
        let body = json!({ "performed_on": day, "resulted_on": day, "finding": finding });
        self.tell(FIRST, &format!("/specimens/{specimen}/results"), body).await.expect(200);
    }
}

async fn opened(app: &TestApp) -> Clinic<'_> {
    let clinician = app.as_(FIRST);
    let person = clinician.post("/v1/persons", &scene::description("Раҳимов")).send().await.expect(201).id();
    app.settle().await;
    let body = json!({
        "person": person, "route": { "origin": "tj-farkhor", "transit": ["UZ"], "destination": "KZ-79" },
        "phase": "destination", "setting": "clinic",
    });
    let case = clinician.post("/v1/cases", &body).send().await.expect(201);
    app.settle().await;
    Clinic { app, path: format!("/v1/cases/{}", case.id()), revision: case.revision() }
}

fn diagnosis(late_entry: Option<&str>) -> Value {
    json!({
        "sites": ["pulmonary"], "confirmation": "bacteriologically_confirmed", "history": "new",
        "late_entry": late_entry,
    })
}

fn treatment(late_entry: Option<&str>) -> Value {
    json!({
        "regimen": "2HRZE/4HR", "started_on": "2019-02-10", "weight_kg": 61, "administration": "directly_observed",
        "late_entry": late_entry,
    })
}

/// Everything of 2019 up to the last dose; two negatives in the second month, 15 days apart.
async fn of_2019(clinic: &mut Clinic<'_>) {
    let reason = Some("old_register");
    clinic.smear("2019-02-05", "two_plus").await;
    let slip = clinic.tell_of("2019-02-06", FIRST, "/diagnosis", diagnosis(None)).await;
    slip.problem(422, "occurs_too_long_ago");
    clinic.tell_of("2019-02-06", FIRST, "/diagnosis", diagnosis(reason)).await.expect(200);
    let slip = clinic.tell(FIRST, "/treatments", treatment(None)).await;
    slip.problem(422, "treatment_too_long_ago");
    clinic.tell(FIRST, "/treatments", treatment(reason)).await.expect(201);
    clinic.smear("2019-04-10", "negative").await;
    clinic.smear("2019-04-25", "negative").await;
    let doses = json!({
        "from": "2019-02-10", "until": "2019-08-15", "taken": 186, "missed": 1, "last_taken_on": "2019-08-15",
        "administration": "directly_observed",
    });
    clinic.tell(FIRST, "/doses", doses).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_episode_of_2019_is_entered_late_and_judged_by_the_definitions_of_2013() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let mut clinic = opened(&app).await;
    of_2019(&mut clinic).await;
    let cured = json!({ "outcome": "cured", "on": "2019-08-16" });
    // By the definitions of 2021 the two negatives of April would be enough.
    let early = clinic.tell(FIRST, "/outcome", cured.clone()).await;
    early.problem(409, "cured_needs_last_month_negative");
    clinic.smear("2019-08-10", "negative").await;
    clinic.tell(FIRST, "/outcome", cured).await.expect(200);
    clinic.tell(SECOND, "/outcome/confirm", json!({})).await.expect(200);
    app.settle().await;
    let shown = app.as_(FIRST).get(&clinic.path).send().await.expect(200).json();
    let episode = &shown["treatments"][0];
    assert_eq!((&episode["definitions"], &episode["started_on"]), (&json!("who-2013"), &json!("2019-02-10")));
    assert_eq!(
        (&episode["outcome"]["outcome"], &episode["outcome"]["confirmed"]),
        (&json!("cured"), &json!(true))
    );
    assert_eq!(shown["diagnosis"]["definitions"], "who-2013");
    Ok(())
}
