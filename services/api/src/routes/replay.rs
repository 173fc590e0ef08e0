//! The history of a case as it unfolded: the state behind each event, what had changed, and what the decision could rest on.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use safar_domain::{
    actor::Actor,
    case::{
        Case, CaseEvent,
        past::PastCase,
        reading::{Opened, Part},
    },
    decider::{Decider as _, Fact},
    policy::Action,
    time::Precision,
};
use safar_event_store::{RecordedEvent, Revision, StreamId};
use safar_projections::{CaseRecord, recorded};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Endpoint,
    answers::Page,
    cases::{TimelineView, shown, shows, story, view},
    past::{Asked, asks_about_the_past},
    reading::{Query, limit, listing},
    views::CaseView,
};
use crate::{
    app::{App, Moment, store_problem},
    http::{language, speak},
    problem::{FieldError, Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::read::<Unfolding, Page<StepView>>(
            "/v1/cases/{case}/replay",
            (
                "cases.replay",
                "Replays a case event by event: what each changed, who decided it, and what was on record when they did.",
            ),
            Action::ReadTimeline,
            || web::route().to(replay),
        ),
        Endpoint::read::<Between, DifferenceView>(
            "/v1/cases/{case}/diff",
            ("cases.diff", "Says what changed in a case between two moments, and by which events."),
            Action::ReadTimeline,
            || web::route().to(difference),
        ),
    ]
}

listing!(Unfolding {
    /// As it was known then: a moment with its offset, or the `Safar-Position` of an earlier answer.
    as_of: Option<String>,
    /// Without what happened later than this moment, by the workers' word.
    as_true_at: Option<String>,
});
asks_about_the_past!(Unfolding);

/// One change, as an operation of a JSON Patch (RFC 6902) on the case; with what was there before, which a patch ignores.
#[derive(Debug, Serialize, JsonSchema)]
struct ChangeView {
    /// `add`, `remove` or `replace`.
    op: &'static str,
    /// Where, as a JSON Pointer (RFC 6901).
    path: String,
    /// What is there now; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// What was there before; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
}

/// What was on record when something was decided.
#[derive(Debug, Serialize, JsonSchema)]
struct KnowledgeView {
    /// The revision that the decision was taken behind: everything up to it was on record.
    revision: u64,
    /// Of these, what was recorded after the moment at which the worker says it happened: who worked offline cannot have known
    /// it. Empty where only the day is known.
    recorded_meanwhile: Vec<u64>,
}

/// One step of the history.
#[derive(Debug, Serialize, JsonSchema)]
struct StepView {
    /// What happened.
    #[serde(flatten)]
    happened: TimelineView,
    /// What it changed in the case as the reader may see it.
    changes: Vec<ChangeView>,
    /// What was on record when it was decided.
    knowledge: KnowledgeView,
}

/// Between which moments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Between {
    /// As it was known then: a moment with its offset, or the `Safar-Position` of an earlier answer; by default before the case was
    /// there.
    from: Option<String>,
    /// As it was known then; by default now.
    to: Option<String>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}

impl Query for Between {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

/// What changed between two moments.
#[derive(Debug, Serialize, JsonSchema)]
struct DifferenceView {
    /// The revision at the first moment; 0 before the case was there.
    from_revision: u64,
    /// The revision at the second.
    to_revision: u64,
    /// What happened in between, oldest first, as far as it is open to the reader; at most 200.
    events: Vec<TimelineView>,
    /// Whether there were more events than these.
    more: bool,
    /// What they changed: a JSON Patch (RFC 6902) from the case as it was to the case as it became.
    changes: Vec<ChangeView>,
}

/// Most events that a difference lists.
const MOST: u32 = 200;

async fn replay(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record, opened) = shown::<Unfolding>(&request, &app, Action::ReadTimeline).await?;
    let limit = limit(reader.query.limit)?;
    let after: Option<u64> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let after = after.map_or(Revision::ABSENT, Revision::from);
    let asked = Asked::of(&app, &reader, (&record, &opened)).await?;
    let found = story(&app, (&record, &opened, &asked), after, limit).await?;
    let language = language(request.headers());
    let directory = reader.directory(&app, asked.moment()).await?;
    let mut steps = Unfolded::new((&app, &record, &opened), &reader.caller.actor, &asked).await?;
    steps.go_to(after)?;
    steps.shown = steps.state();
    let mut items = Vec::with_capacity(found.len());
    for entry in found {
        let (changes, knowledge) = steps.step(entry.revision)?;
        items.push(StepView { happened: TimelineView::of(entry, language, &directory), changes, knowledge });
    }
    let shown = shows((&app, &request), &reader, (&record, &opened), Action::ReadTimeline).await?;
    let key = |step: &StepView| step.happened.revision.to_string();
    let mut response = reader.page((&app, &request), (shown, items), limit, key)?;
    speak(&mut response, language);
    Ok(response)
}

/// A case on its way through its history.
struct Unfolded<'a> {
    present: (&'a CaseRecord, &'a Opened, &'a Actor),
    asked: &'a Asked,
    events: Vec<RecordedEvent>,
    /// How many of the events are folded.
    folded: usize,
    past: PastCase,
    person_erased: bool,
    /// The case as the last step left it.
    shown: Value,
}

impl<'a> Unfolded<'a> {
    async fn new(
        (app, record, opened): (&App, &'a CaseRecord, &'a Opened),
        reader: &'a Actor,
        asked: &'a Asked,
    ) -> Result<Self, Problem> {
        let stream = StreamId::new(Case::CATEGORY, record.id);
        let events = app.history(&stream, Revision::ABSENT).await?;
        let past = PastCase::new(asked.moment().and_then(|moment| moment.true_at));
        let person_erased = match record.case.opening.as_ref() {
            Some(opening) => app.is_erased(opening.person, asked.moment()).await?,
            None => false,
        };
        let present = (record, opened, reader);
        Ok(Self { present, asked, events, folded: 0, past, person_erased, shown: Value::Null })
    }

    /// Goes on to an event.
    fn go_to(&mut self, to: Revision) -> Result<(), Problem> {
        while let Some(event) = self.events.get(self.folded).filter(|event| event.revision <= to) {
            let fact: Fact<CaseEvent> =
                recorded::decode(event).map_err(|error| Problem::internal("folding a stream", &error))?;
            self.past.take_in(&fact);
            self.folded += 1;
        }
        Ok(())
    }

    /// Goes on to an event: what has changed since the step before, and what was on record when it was decided. Where the events
    /// in between are not open to the reader, what they changed of the open part is here.
    fn step(&mut self, to: Revision) -> Result<(Vec<ChangeView>, KnowledgeView), Problem> {
        self.go_to(to)?;
        let decided = self.folded.checked_sub(1).and_then(|at| self.knowledge(at));
        let knowledge = decided.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
        let after = self.state();
        let before = std::mem::replace(&mut self.shown, after);
        Ok((changes(&before, &self.shown), knowledge))
    }

    /// The case as its reader may see it at this step.
    fn state(&self) -> Value {
        let (record, opened, reader) = self.present;
        if self.past.case.opening.is_none() {
            return Value::Null;
        }
        let case = self.past.case.as_opened_by(&record.case, opened);
        let mut view = CaseView::of((record.id, 0), &case, opened, reader);
        view.person_erased = self.person_erased;
        stripped(view)
    }

    fn knowledge(&self, at: usize) -> Option<KnowledgeView> {
        let (record, opened, _) = self.present;
        let decided = self.events.get(at)?;
        // Events of one command were decided at once.
        let together = self.events[..=at].iter().rev().take_while(|event| event.command == decided.command);
        let known = &self.events[..=at - (together.count() - 1)];
        let known = &known[..known.len() - 1];
        let fact: Fact<CaseEvent> = recorded::decode(decided).ok()?;
        let exact = fact.occurred_at.precision == Precision::Instant;
        let meanwhile = |event: &&RecordedEvent| exact && event.recorded_at > fact.occurred_at.instant;
        let open = |event: &&RecordedEvent| {
            let fact: Result<Fact<CaseEvent>, _> = recorded::decode(event);
            self.asked.counts(event.revision)
                && fact.is_ok_and(|fact| {
                    record.case.shows(opened, Part::of(&fact.event), &fact.actor.organisation)
                })
        };
        let seen = known.iter().filter(meanwhile).filter(open);
        Some(KnowledgeView {
            revision: known.last().map_or(0, |event| event.revision.get()),
            recorded_meanwhile: seen.map(|event| event.revision.get()).collect(),
        })
    }
}

async fn difference(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record, opened) = shown::<Between>(&request, &app, Action::ReadTimeline).await?;
    let numbers = reader.caller.sees_numbers();
    let from = moment(&app, ("from", reader.query.from.as_deref()), numbers).await?;
    let to = moment(&app, ("to", reader.query.to.as_deref()), numbers).await?;
    if let (Some(from), Some(to)) = (from, to)
        && from.known > to.known
    {
        let sentence = "The first moment must not lie behind the second.";
        let error = FieldError::parameter("to", "moments_backwards", sentence);
        return Err(Problem::of(catalogue::INVALID_QUERY).error(error));
    }
    let after = if let Some(moment) = to {
        Asked::at(&app, (&record, &opened), moment).await?
    } else {
        let head = app.store.head().await.map_err(|error| store_problem(&error))?;
        app.reached(head).await?;
        Asked::now((&record, &opened))
    };
    let before = match from {
        Some(moment) => Asked::before(&app, (&record, &opened), moment).await?,
        None => None,
    };
    let from_revision = before.as_ref().map_or(Revision::ABSENT, |asked| asked.revision);
    let actor = &reader.caller.actor;
    let first = match &before {
        Some(asked) => stripped(view(&app, (record.id, asked), &opened, actor).await?),
        None => Value::Null,
    };
    let last = stripped(view(&app, (record.id, &after), &opened, actor).await?);
    let mut found = story(&app, (&record, &opened, &after), from_revision, MOST + 1).await?;
    found.retain(|entry| entry.revision <= after.revision);
    let more = found.len() > MOST as usize;
    found.truncate(MOST as usize);
    let language = language(request.headers());
    let directory = reader.directory(&app, after.moment()).await?;
    let difference = DifferenceView {
        from_revision: from_revision.get(),
        to_revision: after.revision.get(),
        events: found.into_iter().map(|entry| TimelineView::of(entry, language, &directory)).collect(),
        more,
        changes: changes(&first, &last),
    };
    let shown = shows((&app, &request), &reader, (&record, &opened), Action::ReadTimeline).await?;
    let mut response = reader.one(&app, shown, None, &difference);
    speak(&mut response, language);
    Ok(response)
}

async fn moment(
    app: &App,
    (parameter, text): (&'static str, Option<&str>),
    numbers: bool,
) -> Result<Option<Moment>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let (known, at) = app.known(parameter, text, numbers).await?;
    app.reached(known).await?;
    Ok(Some(Moment { known, at, true_at: None }))
}

/// A case as a value, without what changes with every event and says nothing.
fn stripped(mut view: CaseView) -> Value {
    view.leave_out_commands();
    let mut value = serde_json::to_value(view).unwrap_or_default();
    if let Some(members) = value.as_object_mut() {
        members.remove("revision");
    }
    value
}

/// The operations that lead from one value to another.
fn changes(before: &Value, after: &Value) -> Vec<ChangeView> {
    use json_patch::PatchOperation::{Add, Copy, Move, Remove, Replace, Test};
    let mut state = before.clone();
    let mut changes = Vec::new();
    for operation in json_patch::diff(before, after).0 {
        let at = operation.path().to_string();
        let there = state.pointer(&at).cloned();
        let (op, value) = match &operation {
            Add(add) => ("add", Some(add.value.clone())),
            Replace(replace) => ("replace", Some(replace.value.clone())),
            Remove(_) => ("remove", None),
            // A difference is made of the three above.
            Move(_) | Copy(_) | Test(_) => continue,
        };
        let before = there.filter(|_| op != "add");
        changes.push(ChangeView { op, path: at, value, before });
        // Paths into a list count what was taken out before.
        let applied = json_patch::patch(&mut state, std::slice::from_ref(&operation));
        debug_assert!(applied.is_ok(), "a difference that was just made fits");
    }
    changes
}
