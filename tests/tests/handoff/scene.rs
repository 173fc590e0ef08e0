//! What these tests begin with: a case in support or in treatment, an offer, and both sides reading it.

use safar_event_store::StreamId;
use safar_tests::http::{Answer, Ask, TestApp};
use serde_json::{Value, json};

/// A social worker in Farkhor, and a colleague on the road.
pub(crate) const GALABA: &str = "sw-galaba";
pub(crate) const OUTREACH: &str = "ow-galaba";
/// Two clinicians of the centre in Shymkent, and the social worker there.
pub(crate) const SHYMKENT: &str = "tb-kz-shymkent-1";
pub(crate) const SHYMKENT_2: &str = "tb-kz-shymkent-2";
pub(crate) const NGO_SHYMKENT: &str = "sw-kz-shymkent";
/// A clinician of the centre in Dushanbe that takes patients who come home.
pub(crate) const NATIONAL: &str = "tb-tj-national-1";
/// A social worker of an organisation that nobody asks.
pub(crate) const AKTAU: &str = "sw-kz-aktau";
pub(crate) const AUDITOR: &str = "au-tj";
pub(crate) const ADMINISTRATOR: &str = "ad-tj";

/// The day on which every test begins.
pub(crate) const TODAY: &str = "2026-05-04";
const FAMILY: &str = "Раҳимов";

/// A patient's case, as those who work on it know it.
pub(crate) struct Care<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) case: String,
    pub(crate) person: String,
}

/// A person of this name.
pub(crate) fn described(family: &str) -> Value {
    json!({
        "names": [{ "family": family, "given": "Далер", "patronymic": null }],
        "birth": { "precision": "year", "year": 1991 }, "sex": "male", "citizenship": "TJ", "telephones": [],
    })
}

/// The agreement that data go along to organisations of this country.
pub(crate) fn consent_to_share(country: &str) -> Value {
    json!({
        "given": true, "purpose": "continuity_of_care", "recipients": [{ "country": country }],
        "data_classes": ["identity", "contact", "support", "tb"], "valid_from": "2026-05-01",
        "form_version": "share-2026-01",
    })
}

pub(crate) fn accepting() -> Value {
    json!({ "duplicate_check": "none_found" })
}

pub(crate) fn arriving(on: &str) -> Value {
    json!({ "on": on, "identity_check": "document" })
}

pub(crate) fn offering(to: &str, programmes: &[&str]) -> Value {
    json!({ "to": to, "programmes": programmes, "urgency": "routine" })
}

/// Sends commands that were given offline, in their order; what became of each.
pub(crate) async fn sync(app: &TestApp, who: &str, commands: &[Value]) -> Vec<Value> {
    let batch = json!({ "commands": commands });
    let sent = app.as_(who).ask("POST", "/v1/sync").json(&batch).send().await.expect(200);
    app.settle().await;
    sent.json()["results"].as_array().cloned().unwrap_or_default()
}

impl<'a> Care<'a> {
    /// A case that this worker opens, with nothing agreed yet.
    pub(crate) async fn opened(app: &'a TestApp, by: &str) -> Care<'a> {
        let person = app.as_(by).post("/v1/persons", &described(FAMILY)).send().await.expect(201).id();
        app.settle().await;
        let opening = json!({
            "person": person, "phase": "pre_departure", "setting": "pre_departure_session",
            "route": { "origin": "tj-farkhor", "transit": ["UZ"], "destination": "KZ-79" },
        });
        let case = app.as_(by).post("/v1/cases", &opening).send().await.expect(201).id();
        Care { app, case, person }
    }

    /// A case in the support of Galaba, whose patient agrees to be known in Kazakhstan.
    pub(crate) async fn support(app: &'a TestApp) -> Care<'a> {
        let care = Care::opened(app, GALABA).await;
        care.give(GALABA, "/consents", &consent_to_share("KZ")).await.expect(201);
        care
    }

    /// A patient under treatment in Shymkent, which answers for everything, who agrees to be known in Tajikistan.
    pub(crate) async fn treated(app: &'a TestApp) -> Care<'a> {
        let care = Care::opened(app, SHYMKENT).await;
        let agreed = json!({
            "given": true, "purpose": "care", "recipients": [{ "country": "KZ" }],
            "data_classes": ["identity", "contact", "support", "tb"], "valid_from": "2026-05-01",
            "form_version": "care-2026-01",
        });
        care.give(SHYMKENT, "/consents", &agreed).await.expect(201);
        care.give(SHYMKENT, "/consents", &consent_to_share("TJ")).await.expect(201);
        let specimen = care.specimen().await;
        let found = json!({ "test": "molecular", "mtb": "medium", "rifampicin": "susceptible" });
        care.result(SHYMKENT, &specimen, found).await.expect(200);
        let diagnosis = json!({ "sites": ["pulmonary"], "confirmation": "bacteriologically_confirmed", "history": "new" });
        care.give(SHYMKENT, "/diagnosis", &diagnosis).await.expect(200);
        let treatment = json!({
            "regimen": "2HRZE/4HR", "started_on": TODAY, "weight_kg": 61, "administration": "directly_observed",
        });
        care.give(SHYMKENT, "/treatments", &treatment).await.expect(201);
        let dose = json!({
            "from": TODAY, "until": TODAY, "taken": 1, "missed": 0, "administration": "directly_observed",
        });
        care.give(SHYMKENT, "/doses", &dose).await.expect(200);
        care.give(SHYMKENT, "/supplies", &json!({ "on": TODAY, "days": 30 })).await.expect(200);
        care
    }

    pub(crate) async fn specimen(&self) -> String {
        let specimen = json!({ "kind": "sputum", "collected_on": TODAY });
        self.give(SHYMKENT, "/specimens", &specimen).await.expect(201).id()
    }

    /// A result of a specimen, performed on the first day.
    pub(crate) async fn result(&self, by: &str, specimen: &str, finding: Value) -> Answer {
        let result = json!({ "performed_on": TODAY, "resulted_on": TODAY, "finding": finding });
        self.give(by, &format!("/specimens/{specimen}/results"), &result).await
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/cases/{}{rest}", self.case)
    }

    /// The revision of the case in the log.
    pub(crate) async fn revision(&self) -> u64 {
        let stream = StreamId::new("case", &self.case);
        self.app.app.store.revision(&stream).await.expect("the log answers").get()
    }

    /// A command on the case, not yet sent.
    pub(crate) fn ask(&self, by: &str, rest: &str, body: &Value) -> Ask<'a> {
        self.app.as_(by).post(&self.path(rest), body)
    }

    /// Gives a command on the case as it stands.
    pub(crate) async fn give(&self, by: &str, rest: &str, body: &Value) -> Answer {
        let answer = self.ask(by, rest, body).on(self.revision().await).send().await;
        self.app.settle().await;
        answer
    }

    /// A step of a handoff, not yet sent.
    pub(crate) fn step(&self, by: &str, (handoff, step): (&str, &str), body: &Value) -> Ask<'a> {
        self.ask(by, &format!("/handoffs/{handoff}/{step}"), body)
    }

    /// Takes a step of a handoff on the case as it stands.
    pub(crate) async fn take(&self, by: &str, (handoff, step): (&str, &str), body: &Value) -> Answer {
        self.give(by, &format!("/handoffs/{handoff}/{step}"), body).await
    }

    /// Offers these programmes and answers the handoff.
    pub(crate) async fn offer(&self, by: &str, to: &str, programmes: &[&str]) -> String {
        self.give(by, "/handoffs", &offering(to, programmes)).await.expect(201).id()
    }

    /// Lets the patient arrive at an offer that is taken.
    pub(crate) async fn hand_over(&self, by: &str, handoff: &str) {
        self.take(by, (handoff, "accept"), &accepting()).await.expect(200);
        self.take(by, (handoff, "arrive"), &arriving(&self.today())).await.expect(200);
    }

    /// The day where the programmes are.
    pub(crate) fn today(&self) -> String {
        jiff::tz::Offset::constant(5).to_datetime(self.app.clock.now()).date().to_string()
    }

    /// What this worker reads at an address.
    pub(crate) async fn read(&self, who: &str, path: &str) -> Value {
        self.app.settle().await;
        self.app.as_(who).get(path).send().await.expect(200).json()
    }

    /// The case as this worker reads it.
    pub(crate) async fn shown(&self, who: &str) -> Value {
        self.read(who, &self.path("")).await
    }

    /// The events of the case, as an auditor reads them.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let page = self.read(AUDITOR, &self.path("/timeline?limit=200")).await;
        page["items"].as_array().cloned().unwrap_or_default()
    }

    /// The names of the events after a revision.
    pub(crate) async fn since(&self, revision: u64) -> Vec<String> {
        let name = |event: &Value| event["event"].as_str().unwrap_or_default().to_owned();
        let later = |event: &&Value| event["revision"].as_u64() > Some(revision);
        self.events().await.iter().filter(later).map(name).collect()
    }

    /// Who answers for the programmes now.
    pub(crate) async fn responsible(&self) -> Value {
        self.shown(AUDITOR).await["responsible"].clone()
    }

    /// Both sides read a handoff in one state, to the last member but what each may do; answers how they read it.
    pub(crate) async fn both_read(&self, handoff: &str, state: &str, sides: [&str; 2]) -> Value {
        let mut read = Vec::new();
        for side in sides {
            let mut shown = self.read(side, &format!("/v1/handoffs/{handoff}")).await;
            let listed = self.read(side, "/v1/handoffs?limit=200").await;
            let in_list = |one: &&Value| one["id"] == handoff;
            let listed = listed["items"].as_array().and_then(|items| items.iter().find(in_list)).cloned();
            assert_eq!(listed.as_ref(), Some(&shown), "{side} reads one thing in the list and another alone");
            shown["commands"] = Value::Null;
            read.push(shown);
        }
        assert_eq!(read[0]["state"], state, "{}", read[0]);
        assert_eq!(read[0], read[1], "{sides:?} read two truths");
        read.remove(0)
    }

    /// What an organisation was told of this case, oldest first.
    pub(crate) async fn told(&self, who: &str) -> Vec<String> {
        let page = self.read(who, "/v1/notices?order=oldest_first&limit=200").await;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let own = items.iter().filter(|notice| notice["case"] == self.case.as_str());
        own.map(|notice| notice["about"].as_str().unwrap_or_default().to_owned()).collect()
    }
}
