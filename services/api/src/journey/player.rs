//! Living through journeys: every step is a request to the HTTP face, at its own time.

use std::collections::HashMap;

use actix_web::{
    body::{self, MessageBody},
    dev::{Service, ServiceResponse},
    http::header::{AUTHORIZATION, IF_MATCH},
    test::TestRequest,
};
use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use safar_domain::{
    hiv::HivRecord,
    ids::{CaseId, PersonId},
    person::Person,
};
use safar_event_store::StreamId;
use serde_json::Value;
use std::time::Duration;

use super::{Expect, Journey, Step, script::Day};
use crate::{
    app::App,
    auth::DevIssuer,
    clock::ClockHand,
    ids::Ids,
    routes::{self, Kind, Precondition},
};

/// What became of a journey: the ids it kept, by name.
pub type Played = HashMap<String, String>;

/// A step that did not come out as the script says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{journey}, line {line}: {what}")]
pub struct Mismatch {
    /// Which journey.
    pub journey: String,
    /// The line of its script.
    pub line: usize,
    /// What was expected, and what came.
    pub what: String,
}

/// Everything that the player needs of a server.
pub struct Stage<'a> {
    /// The application behind the face.
    pub app: &'a App,
    /// Who signs the workers' tokens.
    pub issuer: &'a DevIssuer,
    /// The hand of the application's clock.
    pub hand: &'a ClockHand,
    /// The moment `D-0`: a whole minute, so that the milliseconds between steps never lead into the next day.
    pub anchor: Timestamp,
}

/// Plays all journeys at once, in the order of time, so that the log looks as if they had been lived; `progress` hears
/// of each step. Answers the ids that each journey kept.
pub async fn play<S, B>(
    journeys: &[Journey],
    stage: &Stage<'_>,
    face: &S,
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<Played>, Mismatch>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let mut steps: Vec<(usize, &Step)> = (0..)
        .zip(journeys)
        .flat_map(|(number, journey)| journey.steps.iter().map(move |step| (number, step)))
        .collect();
    steps.sort_by_key(|(_, step)| step.day);
    let mut played = vec![Played::new(); journeys.len()];
    for (count, (number, step)) in (0i64..).zip(&steps) {
        stage.hand.set(stage.moment(step.day) + SignedDuration::from_millis(count));
        let title = &journeys[*number].title;
        let mismatch = |what| Mismatch { journey: title.clone(), line: step.line, what };
        let kept = stage.perform(step, (title, &played[*number]), face).await.map_err(mismatch)?;
        if let Some((name, id)) = kept {
            played[*number].insert(name, id);
        }
        progress(usize::try_from(count).unwrap_or_default() + 1, steps.len());
    }
    Ok(played)
}

impl Stage<'_> {
    fn moment(&self, day: Day) -> Timestamp {
        self.anchor + SignedDuration::from_mins(day.minutes)
    }

    /// Sends one step and compares; answers the id it keeps.
    async fn perform<S, B>(
        &self,
        step: &Step,
        (journey, kept): (&str, &Played),
        face: &S,
    ) -> Result<Option<(String, String)>, String>
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
        B: MessageBody,
    {
        let path = named(&step.path, kept)?;
        let now = self.hand.now();
        let token = self.issuer.mint(&step.worker, now, 300, Ids::derive(journey, uuid::Uuid::nil(), &path));
        let mut request = TestRequest::with_uri(&path)
            .method(step.method.parse().map_err(|_| "this is no method".to_owned())?)
            .insert_header((AUTHORIZATION, format!("Bearer {token}")));
        if let Some(body) = &step.body {
            let label = step.key.clone().unwrap_or_else(|| format!("line {}", step.line));
            let key = Ids::derive(journey, uuid::Uuid::nil(), &label);
            let body = self.filled(body, kept)?;
            request = request.insert_header(("Idempotency-Key", key.to_string())).set_json(body);
            if let Some(revision) = self.revision(step, &path).await? {
                request = request.insert_header((IF_MATCH, revision));
            }
        }
        if let Some(happened) = step.happened {
            request = request.insert_header(("Safar-Occurred-At", self.moment(happened).to_string()));
        }
        let response = face.call(request.to_request()).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let bytes =
            body::to_bytes(response.into_body()).await.map_err(|_| "the answer broke off".to_owned())?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        self.check(step, kept, (status, &answer))?;
        self.settle().await?;
        let id = answer.pointer(step.kept_from.as_deref().unwrap_or("/id"));
        let id = id.and_then(Value::as_str).map(str::to_owned);
        match (&step.keeps, id) {
            (None, _) => Ok(None),
            (Some(name), Some(id)) => Ok(Some((name.clone(), id))),
            (Some(_), None) => Err("the answer names nothing to keep".to_owned()),
        }
    }

    /// The revision that a command has to name, as the worker's screen would show it.
    async fn revision(&self, step: &Step, path: &str) -> Result<Option<String>, String> {
        let row = row(&step.method, &step.path).ok_or("there is no such route")?;
        let Kind::Command(precondition) = row.kind else { return Ok(None) };
        let mut parts = path.split('/').skip(2);
        let stream = match (precondition, parts.next(), parts.next()) {
            (Precondition::None, ..) => return Ok(None),
            (_, Some("cases"), Some(id)) if parts.next() == Some("hiv") => {
                let case: CaseId = id.parse().map_err(|_| "this is no case".to_owned())?;
                let found = self.app.record_and_revision::<HivRecord>(case).await;
                let (_, revision) = found.map_err(|problem| problem.to_string())?;
                return Ok(Some(format!("\"{revision}\"")));
            }
            (_, Some("cases"), Some(id)) => StreamId::new("case", id),
            (_, Some("persons"), Some(id)) => {
                let person: PersonId = id.parse().map_err(|_| "this is no person".to_owned())?;
                let found = self.app.record_and_revision::<Person>(person).await;
                let (_, revision) = found.map_err(|problem| problem.to_string())?;
                return Ok(Some(format!("\"{revision}\"")));
            }
            (_, Some("contact-notices"), Some(id)) => StreamId::new("contact_notice", id),
            (_, Some("pull-requests"), Some(id)) => StreamId::new("pull_request", id),
            _ => return Ok(None),
        };
        let revision = self.app.store.revision(&stream).await.map_err(|error| error.to_string())?;
        Ok(Some(format!("\"{revision}\"")))
    }

    /// Waits until what was recorded can be read.
    async fn settle(&self) -> Result<(), String> {
        let head = self.app.store.head().await.map_err(|error| error.to_string())?;
        let reached = self.app.models.wait_for(head, Duration::from_secs(30)).await;
        if reached < head { Err("the read models do not follow".to_owned()) } else { Ok(()) }
    }

    /// Compares status, code and what the answer must say.
    fn check(&self, step: &Step, kept: &Played, (status, answer): (u16, &Value)) -> Result<(), String> {
        let code = answer.get("code").and_then(Value::as_str);
        let as_expected = match &step.expect {
            Expect::Success => (200..300).contains(&status),
            Expect::Refusal(expected, None) => status == *expected,
            Expect::Refusal(expected, wanted) => status == *expected && code == wanted.as_deref(),
        };
        if !as_expected {
            return Err(format!("expected {:?}, got {status} {answer}", step.expect));
        }
        for (pointer, value) in &step.says {
            let value = self.filled(value, kept)?;
            let said = answer.pointer(pointer).unwrap_or(&Value::Null);
            if *said != value {
                return Err(format!("{pointer} should be {value}, and is {said}"));
            }
        }
        Ok(())
    }

    /// A value with its days, moments and names filled in.
    fn filled(&self, value: &Value, kept: &Played) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => {
                let moment = text.strip_prefix('@').and_then(Day::parse);
                match (moment, Day::parse(text)) {
                    (Some(moment), _) => Value::String(self.moment(moment).to_string()),
                    (None, Some(day)) => Value::String(self.date(day)),
                    (None, None) => Value::String(named(text, kept)?),
                }
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.filled(item, kept)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| Ok((name.clone(), self.filled(value, kept)?));
                Value::Object(fields.iter().map(field).collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    fn date(&self, day: Day) -> String {
        let zone = TimeZone::fixed(jiff::tz::Offset::constant(5));
        let today = self.anchor.to_zoned(zone).date();
        today.saturating_sub(Span::new().days(day.days_before())).to_string()
    }
}

/// The row of the table that a scripted request means.
fn row(method: &str, path: &str) -> Option<routes::Endpoint> {
    let shape = |path: &str| {
        let part = |part: &str| if part.starts_with(['$', '{']) { "*".to_owned() } else { part.to_owned() };
        path.split('/').map(part).collect::<Vec<_>>()
    };
    let wanted = shape(path.split('?').next().unwrap_or(path));
    routes::all().into_iter().find(|row| row.method.as_str() == method && shape(row.path) == wanted)
}

/// The text with every `$name` replaced by the id that was kept under it.
fn named(text: &str, kept: &Played) -> Result<String, String> {
    let Some((before, rest)) = text.split_once('$') else { return Ok(text.to_owned()) };
    let end =
        rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
    let id = kept.get(&rest[..end]).ok_or_else(|| format!("${} is not known yet", &rest[..end]))?;
    Ok(format!("{before}{id}{}", named(&rest[end..], kept)?))
}
