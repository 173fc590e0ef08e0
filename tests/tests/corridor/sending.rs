//! The transfers as commands: each clinician sends what happened in batches, later, as one who had no network would.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use jiff::{Timestamp, civil::Date};
use safar_tests::http::TestApp;
use serde_json::{Value, json};

use crate::cohort::{Care, End, Fate, Transfer};

/// So many patients go in one batch: at most five commands each, of the 500 that it may have.
const TOGETHER: usize = 80;
/// So many batches are under way at a time.
const AT_ONCE: usize = 8;
/// When all of it is recorded: behind the last outcome.
const RECORDED: &str = "2027-06-01T06:00:00Z";
/// When nobody may answer any more.
const LATER: &str = "2027-06-05T06:00:00Z";

/// A command on the day on which it happened.
struct Step {
    day: Date,
    command: &'static str,
    /// It steps on the handoff.
    on_handoff: bool,
    body: Value,
}

/// A patient with the case and the handoff that the last offer has become.
struct Sent<'a> {
    road: &'a [Transfer],
    case: String,
    handoff: String,
    revision: u64,
}

/// What one clinician does for a patient, when the clinicians before have sent theirs; the number is that of the transfer.
type Turn = fn(&[Transfer], usize) -> Option<(&'static str, Vec<Step>)>;

const OF_A_TRANSFER: [Turn; 4] = [offering, answering, leaving, arriving];
const AT_THE_END: [Turn; 2] = [treating, confirming];

/// Sends everything.
pub(crate) async fn send(app: &TestApp, patients: &[Vec<Transfer>]) {
    app.clock.set(moment(RECORDED));
    let absent = |road| Sent { road, case: String::new(), handoff: String::new(), revision: 0 };
    let mut sent: Vec<_> = patients.iter().map(|road| absent(road.as_slice())).collect();
    let longest = patients.iter().map(Vec::len).max().unwrap_or_default();
    for number in 0..longest {
        for turn in OF_A_TRANSFER {
            sent = take_turns(app, sent, (turn, number)).await;
        }
    }
    for turn in AT_THE_END {
        sent = take_turns(app, sent, (turn, 0)).await;
    }
    app.clock.set(moment(LATER));
    for late in &sent {
        let Some(last) = late.road.last().filter(|last| last.fate == Fate::Expired) else { continue };
        let path = format!("/v1/cases/{}/handoffs/{}/accept", late.case, late.handoff);
        let ask = app.as_(last.destination.clinicians[0]).post(&path, &acceptance());
        ask.on(late.revision).send().await.problem(409, "handoff_expired");
    }
}

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a fixed moment")
}

/// Every clinician sends one turn of their patients.
async fn take_turns<'a>(app: &TestApp, sent: Vec<Sent<'a>>, (turn, number): (Turn, usize)) -> Vec<Sent<'a>> {
    let mut by_worker: BTreeMap<&str, Vec<(Sent<'a>, Vec<Step>)>> = BTreeMap::new();
    let mut done = Vec::new();
    for one in sent {
        match turn(one.road, number) {
            Some((worker, steps)) => by_worker.entry(worker).or_default().push((one, steps)),
            None => done.push(one),
        }
    }
    let mut batches = Vec::new();
    for (worker, mut of_worker) in by_worker {
        while !of_worker.is_empty() {
            let rest = of_worker.split_off(TOGETHER.min(of_worker.len()));
            batches.push((worker, std::mem::replace(&mut of_worker, rest)));
        }
    }
    let under_way = batches.into_iter().map(|(worker, batch)| send_batch(app, worker, batch));
    let sent: Vec<_> = stream::iter(under_way).buffer_unordered(AT_ONCE).collect().await;
    done.extend(sent.into_iter().flatten());
    done
}

async fn send_batch<'a>(app: &TestApp, worker: &str, batch: Vec<(Sent<'a>, Vec<Step>)>) -> Vec<Sent<'a>> {
    let (mut commands, mut of, mut sent) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (one, steps)) in batch.into_iter().enumerate() {
        of.extend(vec![at; steps.len()]);
        commands.extend(commands_of(app, &one, steps));
        sent.push(one);
    }
    let body = json!({ "commands": commands }).to_string().into_bytes();
    let ask = app.as_(worker).ask("POST", "/v1/sync").header("content-type", "application/json").body(body);
    let answer = ask.send().await.expect(200).json();
    let results = answer["results"].as_array().expect("a result of each");
    assert_eq!(results.len(), of.len());
    for ((result, at), command) in results.iter().zip(of).zip(&commands) {
        assert!(matches!(result["status"].as_u64(), Some(200 | 201)), "{command}\n{result}");
        let (one, id) = (&mut sent[at], result["id"].as_str().unwrap_or_default());
        match command["command"].as_str() {
            Some("register_person") => continue,
            Some("open_case") => id.clone_into(&mut one.case),
            Some("offer_handoff") => id.clone_into(&mut one.handoff),
            _ => (),
        }
        one.revision = result["revision"].as_u64().expect("a revision");
    }
    sent
}

/// The commands of a batch for one patient; what the batch itself creates goes by the key of its command.
fn commands_of(app: &TestApp, sent: &Sent<'_>, steps: Vec<Step>) -> Vec<Value> {
    let (mut case, mut handoff) = (sent.case.clone(), sent.handoff.clone());
    let mut person = String::new();
    let mut command = |Step { day, command, on_handoff, mut body }| {
        let key = app.app.ids.mint().to_string();
        if command == "open_case" {
            body["person"] = json!(person);
        }
        let mut whole = json!({ "key": key, "command": command, "occurred_at": day, "body": body });
        match command {
            "register_person" => person = key,
            "open_case" => case = key,
            _ => whole["case"] = json!(case),
        }
        if on_handoff {
            whole["part"] = json!(handoff);
        }
        if sent.revision > 0 {
            whole["if_match"] = json!(sent.revision);
        }
        if command == "offer_handoff" {
            whole["key"].as_str().unwrap_or_default().clone_into(&mut handoff);
        }
        whole
    };
    steps.into_iter().map(&mut command).collect()
}

fn step(day: Date, command: &'static str, body: Value) -> Step {
    Step { day, command, on_handoff: false, body }
}

fn on_handoff(day: Date, command: &'static str, body: Value) -> Step {
    Step { on_handoff: true, ..step(day, command, body) }
}

fn acceptance() -> Value {
    json!({ "duplicate_check": "none_found" })
}

/// The patient is offered, and becomes known before the first time.
fn offering(road: &[Transfer], number: usize) -> Option<(&'static str, Vec<Step>)> {
    let transfer = road.get(number)?;
    let mut steps = if number == 0 { becoming_known(transfer) } else { Vec::new() };
    let (day, to) = (transfer.offered, transfer.destination.organisation);
    steps.push(step(day, "offer_handoff", json!({ "to": to, "programmes": ["tb"], "urgency": "routine" })));
    if transfer.fate == Fate::Withdrawn {
        steps.push(on_handoff(day, "withdraw_handoff", json!({ "reason": "plans_changed" })));
    }
    Some((transfer.origin.clinicians[0], steps))
}

fn becoming_known(transfer: &Transfer) -> Vec<Step> {
    let day = transfer.offered;
    let person = json!({
        "names": [{ "family": "Раҳимов", "given": "Далер", "patronymic": null }],
        "birth": { "precision": "year", "year": 1991 }, "sex": "male", "citizenship": "TJ", "telephones": [],
    });
    let case = json!({
        "route": {
            "origin": transfer.origin.region, "transit": [], "destination": transfer.destination.region,
        },
        "phase": "pre_departure", "setting": "clinic",
    });
    let diagnosis =
        json!({ "sites": ["pulmonary"], "confirmation": "clinically_diagnosed", "history": "new" });
    let consent = json!({
        "given": true, "purpose": "continuity_of_care",
        "recipients": [{ "country": "KZ" }, { "country": "TJ" }],
        "data_classes": ["identity", "contact", "tb"], "valid_from": "2024-12-01", "form_version": "care-2026-01",
    });
    vec![
        step(day, "register_person", person),
        step(day, "open_case", case),
        step(day, "diagnose", diagnosis),
        step(day, "record_consent", consent),
    ]
}

/// Nobody's turn when there is nothing to do.
fn by(worker: &'static str, steps: Vec<Step>) -> Option<(&'static str, Vec<Step>)> {
    (!steps.is_empty()).then_some((worker, steps))
}

/// The destination answers.
fn answering(road: &[Transfer], number: usize) -> Option<(&'static str, Vec<Step>)> {
    let transfer = road.get(number)?;
    let mut steps = Vec::new();
    if let Some(after) = transfer.acknowledged {
        steps.push(on_handoff(transfer.day(after), "acknowledge_handoff", json!({})));
    }
    if let Some(after) = transfer.accepted {
        steps.push(on_handoff(transfer.day(after), "accept_handoff", acceptance()));
    }
    if transfer.fate == Fate::Declined {
        let no = json!({ "reason": "no_capacity", "suggestion": null });
        steps.push(on_handoff(transfer.day(1), "decline_handoff", no));
    }
    by(transfer.destination.clinicians[0], steps)
}

/// The origin says whether the patient has left.
fn leaving(road: &[Transfer], number: usize) -> Option<(&'static str, Vec<Step>)> {
    let transfer = road.get(number)?;
    let mut steps = Vec::new();
    if let Some(after) = transfer.departed {
        let day = transfer.day(after);
        let departure =
            json!({ "on": day, "medicine_days": 30, "expected_arrival": transfer.day(after + 9) });
        steps.push(on_handoff(day, "depart_patient", departure));
    }
    if transfer.fate == Fate::DidNotTravel {
        steps.push(on_handoff(transfer.day(4), "record_did_not_travel", json!({})));
    }
    by(transfer.origin.clinicians[0], steps)
}

/// The destination sees the patient, or nobody.
fn arriving(road: &[Transfer], number: usize) -> Option<(&'static str, Vec<Step>)> {
    let transfer = road.get(number)?;
    let steps = match transfer.fate {
        Fate::Arrives { after, .. } => {
            let day = transfer.day(after);
            let arrival = json!({ "on": day, "identity_check": "document" });
            vec![on_handoff(day, "arrive_patient", arrival)]
        }
        Fate::NotArrived => vec![on_handoff(transfer.day(30), "record_not_arrived", json!({}))],
        _ => Vec::new(),
    };
    by(transfer.destination.clinicians[0], steps)
}

/// The last arrival, with the days from its offer to the first dose, where there is one.
fn last_arrival(road: &[Transfer]) -> Option<(&Transfer, i32, Option<End>)> {
    let arrived = road.iter().rfind(|transfer| transfer.days_to_arrival().is_some())?;
    match arrived.fate {
        Fate::Arrives { after, care: Care::Open { dose } } => Some((arrived, after + dose, None)),
        Fate::Arrives { after, care: Care::Ended { dose, end } } => Some((arrived, after + dose, Some(end))),
        _ => None,
    }
}

/// Where the patient has come to last, treatment begins, and may end.
fn treating(road: &[Transfer], _: usize) -> Option<(&'static str, Vec<Step>)> {
    let (transfer, start, end) = last_arrival(road)?;
    let day = transfer.day(start);
    let treatment = json!({
        "regimen": "2HRZE/4HR", "started_on": day, "weight_kg": 61, "pregnant_or_breastfeeding": null,
        "administration": "directly_observed",
    });
    let mut steps = vec![step(day, "start_treatment", treatment)];
    steps.extend(end.into_iter().flat_map(|end| ending(transfer, start, end)));
    Some((transfer.destination.clinicians[0], steps))
}

fn ending(transfer: &Transfer, start: i32, end: End) -> Vec<Step> {
    let (outcome, after) = end.said();
    let day = transfer.day(start + after);
    let mut said = json!({ "outcome": outcome, "on": day });
    if end == End::Failed {
        said["failure"] = json!({ "reason": "no_response", "clinical_judgement": true });
    }
    let report = step(day, "report_outcome", said);
    if end != End::Completed {
        return vec![report];
    }
    let doses = json!({
        "from": transfer.day(start), "until": transfer.day(start + 167), "taken": 168, "missed": 0,
        "last_taken_on": transfer.day(start + 167), "administration": "directly_observed",
    });
    vec![step(transfer.day(start + 168), "record_doses", doses), report]
}

/// Another clinician of the same centre stands for the outcome.
fn confirming(road: &[Transfer], _: usize) -> Option<(&'static str, Vec<Step>)> {
    let (transfer, start, end) = last_arrival(road)?;
    let day = transfer.day(start + end?.said().1);
    Some((transfer.destination.clinicians[1], vec![step(day, "confirm_outcome", json!({}))]))
}
