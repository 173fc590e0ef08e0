//! A history as a table with both clocks.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::commands::{
    say,
    table::{lines, plain, span},
};

/// So much of a value is shown.
const LONGEST: usize = 60;

/// One event, as the server tells it.
#[derive(Deserialize)]
pub(super) struct Step {
    revision: u64,
    text: String,
    occurred_at: Timestamp,
    occurred_precision: String,
    recorded_at: Timestamp,
    worker: String,
    organisation: String,
    changes: Vec<Change>,
    knowledge: Knowledge,
}

#[derive(Deserialize)]
struct Change {
    path: String,
    value: Option<Value>,
    before: Option<Value>,
}

#[derive(Deserialize)]
struct Knowledge {
    recorded_meanwhile: Vec<u64>,
}

impl Step {
    fn row(&self) -> [String; 6] {
        [
            format!("{:>4}", self.revision),
            self.occurred(),
            minute(self.recorded_at),
            self.lag(),
            plain(&format!("{} ({})", self.worker, self.organisation)),
            plain(&self.text),
        ]
    }

    fn of_day(&self) -> bool {
        self.occurred_precision == "day"
    }

    /// Of a day its first moment was told, at the place where it happened; half a day on it is the same day everywhere.
    fn occurred(&self) -> String {
        if !self.of_day() {
            return minute(self.occurred_at);
        }
        (self.occurred_at + SignedDuration::from_hours(12)).strftime("%Y-%m-%d").to_string()
    }

    fn lag(&self) -> String {
        let seconds = self.recorded_at.as_second() - self.occurred_at.as_second();
        match (self.of_day(), seconds) {
            (true, 0..86_400) => "same day".to_owned(),
            (_, ..0) => "ahead".to_owned(),
            (true, ..172_800) => "1 day later".to_owned(),
            (false, 0..60) => "at once".to_owned(),
            _ => format!("{} later", span(seconds)),
        }
    }

    fn show_changes(&self) {
        for Change { path, value, before } in &self.changes {
            match (path.as_str(), value) {
                ("", Some(Value::Object(members))) => {
                    for (name, value) in members.iter().filter(|(_, value)| !is_empty(value)) {
                        say(format!("        /{}: {NOTHING} → {}", plain(name), short(Some(value))));
                    }
                }
                _ => say(format!(
                    "        {}: {} → {}",
                    plain(path),
                    short(before.as_ref()),
                    short(value.as_ref())
                )),
            }
        }
    }
}

const NOTHING: &str = "nothing";

/// The story; with what each event changed for the one who asks.
pub(super) fn story(steps: &[Step], changes: bool) {
    let head = ["   #", "happened", "recorded (UTC)", "told", "by", "what"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(steps.iter().map(Step::row)).collect();
    let lines = lines(&rows);
    let (head, lines) = lines.split_at(1);
    say(head.concat());
    for (line, step) in lines.iter().zip(steps) {
        say(line);
        if changes {
            step.show_changes();
        }
        if !step.knowledge.recorded_meanwhile.is_empty() {
            let meanwhile: Vec<String> =
                step.knowledge.recorded_meanwhile.iter().map(|revision| format!("#{revision}")).collect();
            say(format!("        recorded between that and this: {}", meanwhile.join(", ")));
        }
    }
}

/// What the policy says to the worker at the moment.
pub(super) fn verdict(sight: &Value, (open, count): (usize, usize)) {
    let actor = match &sight["actor"] {
        Value::Null => "nobody: the directory did not let them in".to_owned(),
        actor => {
            let [role, organisation, country] =
                ["role", "organisation", "country"].map(|name| short(actor.get(name)));
            let duty = if sight["on_duty"] == true { "on duty" } else { "off duty" };
            format!("{role} of {organisation} ({country}), {duty}")
        }
    };
    let grounds = sight["grounds"].as_object().into_iter().flatten().map(|(class, ground)| {
        let consent = ground.get("consent").map(|consent| format!(" {}", short(Some(consent))));
        format!("{}: {}{}", plain(class), short(ground.get("ground")), consent.unwrap_or_default())
    });
    let grounds: Vec<String> = grounds.collect();
    let grounds = if grounds.is_empty() { NOTHING.to_owned() } else { grounds.join("; ") };
    let readings = sight["readings"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let rows = [
        ["worker".to_owned(), short(sight.get("worker"))],
        ["at".to_owned(), short(sight.get("at"))],
        ["as".to_owned(), actor],
        ["standing".to_owned(), short(sight.get("standing"))],
        [
            "decision".to_owned(),
            format!("{} (policy {})", short(sight.get("decision")), short(sight.get("policy_version"))),
        ],
        ["open".to_owned(), grounds],
        ["emergency".to_owned(), short(sight.get("emergency"))],
        ["events".to_owned(), format!("{open} of {count} were open")],
        ["readings".to_owned(), format!("{} by then", readings.len())],
    ];
    for line in lines(&rows) {
        say(line);
    }
    let reading = |reading: &Value| ["at", "what", "ground"].map(|name| short(reading.get(name)));
    for line in lines(&readings.iter().map(reading).collect::<Vec<_>>()) {
        say(format!("  {line}"));
    }
    say("");
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// A value in one short line.
fn short(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return NOTHING.to_owned(),
        Some(Value::String(text)) => plain(text),
        Some(value) => plain(&value.to_string()),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Step, short};

    fn step(occurred: &str, precision: &str, recorded: &str) -> Step {
        let step = json!({
            "revision": 1, "text": "x", "occurred_at": occurred, "occurred_precision": precision,
            "recorded_at": recorded, "worker": "w", "organisation": "o", "changes": [],
            "knowledge": { "revision": 0, "recorded_meanwhile": [] },
        });
        serde_json::from_value(step).unwrap()
    }

    #[test]
    fn a_lag_is_said_in_words_and_a_day_is_the_day_of_its_place() {
        let told = |occurred: &str, precision: &str, recorded: &str| {
            let step = step(occurred, precision, recorded);
            (step.occurred(), step.lag())
        };
        let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        // The 2nd of March in Dushanbe begins at 19:00 of the 1st.
        assert_eq!(
            told("2026-03-01T19:00:00Z", "day", "2026-03-02T10:00:00Z"),
            pair("2026-03-02", "same day")
        );
        assert_eq!(
            told("2026-03-01T19:00:00Z", "day", "2026-03-03T10:00:00Z"),
            pair("2026-03-02", "1 day later")
        );
        assert_eq!(
            told("2026-03-01T19:00:00Z", "day", "2026-03-05T10:00:00Z"),
            pair("2026-03-02", "3 days later")
        );
        let at = "2026-03-01T19:00:00Z";
        assert_eq!(told(at, "instant", at), pair("2026-03-01 19:00", "at once"));
        assert_eq!(told(at, "instant", "2026-03-01T22:30:00Z").1, "3 hours later");
        assert_eq!(told(at, "instant", "2026-03-01T18:00:00Z").1, "ahead");
    }

    #[test]
    fn a_value_is_one_short_line_that_steers_nothing() {
        assert_eq!(short(None), "nothing");
        assert_eq!(short(Some(&json!("a\nb"))), "a\u{fffd}b");
        assert_eq!(short(Some(&json!("қ".repeat(70)))), format!("{}…", "қ".repeat(60)));
        assert_eq!(short(Some(&json!({"a": [1]}))), r#"{"a":[1]}"#);
    }
}
