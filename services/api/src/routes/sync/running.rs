//! A batch on its way: what its earlier commands have made is known to the later ones.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use safar_domain::{
    case::{Case, CaseCommand, opening::OpenCase},
    conflict::Attempt,
    ids::{CaseId, ConflictId},
    language::Language,
    person::DescribePerson,
    policy::{self, Action, Duty},
};
use safar_event_store::Position;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Answered,
    item::{Item, Target, place},
    keeping::Step,
};
use crate::{
    app::{App, Caller, Outcome, Request},
    http::{IfMatchOrAny, document, if_match, read, strict_json},
    problem::{Problem, catalogue},
    routes::{
        Precondition,
        answers::Recorded,
        case_commands::{CaseRow, carry_out, decided_on, open_case, with_occurred_at},
        claims::claimed,
        persons::register_person,
    },
};

/// What an earlier command of the batch has come to.
#[derive(Debug, Clone, Copy)]
enum Made {
    /// It created this.
    Thing(Uuid),
    /// It was carried out and created nothing.
    Nothing,
    /// It was not carried out.
    Failed,
}

/// A batch on its way.
pub(super) struct Running<'a> {
    app: &'a App,
    caller: &'a Caller,
    request_id: Uuid,
    language: Language,
    made: BTreeMap<Uuid, Made>,
    /// For each case, the revisions that the batch itself has led from and to.
    steps: BTreeMap<CaseId, BTreeMap<u64, u64>>,
    position: Position,
}

/// A command with everything it names looked up.
struct Order {
    target: Target,
    work: Work,
    request: Request,
}

/// What there is to do.
enum Work {
    Register(DescribePerson),
    Open(OpenCase),
    Claim(CaseId, CaseCommand),
    Step(&'static CaseRow, CaseId, CaseCommand),
}

impl<'a> Running<'a> {
    pub(super) async fn new(
        (app, caller): (&'a App, &'a Caller),
        request_id: Uuid,
        language: Language,
    ) -> Self {
        let position = app.models.position().await;
        let (made, steps) = (BTreeMap::new(), BTreeMap::new());
        Self { app, caller, request_id, language, made, steps, position }
    }

    /// Where the log stood after the last thing that was recorded.
    pub(super) const fn position(&self) -> Position {
        self.position
    }

    /// Carries out one command and answers it.
    pub(super) async fn take(&mut self, document: Value) -> Answered {
        let key = document.get("key").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let done = match self.order(document).await {
            Ok(order) => self.give(&order).await,
            Err(problem) => Err((problem, None)),
        };
        match done {
            Ok((status, recorded)) => {
                let status = status.as_u16();
                Answered { key, status, recorded: Some(recorded), problem: None, conflict: None }
            }
            Err((problem, conflict)) => {
                if let Some(key) = key {
                    self.made.entry(key).or_insert(Made::Failed);
                }
                let (status, instance) = (problem.status().as_u16(), self.request_id.to_string());
                let problem = Some(problem.json(Some(&instance), self.language));
                Answered { key, status, recorded: None, problem, conflict }
            }
        }
    }

    async fn give(&mut self, order: &Order) -> Result<(StatusCode, Recorded), (Problem, Option<ConflictId>)> {
        match self.carry_out(order).await {
            Ok(outcome) => {
                if let Some(step) = self.step(order) {
                    step.settle().await.map_err(|problem| (problem, None))?;
                }
                Ok(self.done(order, outcome))
            }
            Err(problem) => Err(self.refused(order, problem).await),
        }
    }

    /// What is said of a refusal; a step that changes custody is kept first, and what could not be kept has failed.
    async fn refused(&mut self, order: &Order, problem: Problem) -> (Problem, Option<ConflictId>) {
        let kept = match self.step(order) {
            Some(step) => step.keep(&problem).await,
            None => Ok(None),
        };
        match kept {
            Ok(None) => (problem, None),
            Ok(Some((conflict, position))) => {
                self.position = self.position.max(position);
                (problem, Some(conflict))
            }
            Err(failure) => (failure, None),
        }
    }

    /// The command as a step that changes custody, if it is one.
    fn step<'b>(&'b self, order: &'b Order) -> Option<Step<'b>> {
        let (Work::Claim(case, command) | Work::Step(_, case, command)) = &order.work else { return None };
        Attempt::of(command)?;
        let (app, caller, request) = (self.app, self.caller, &order.request);
        Some(Step { app, caller, case: *case, command, request })
    }

    /// Reads a command as its own route would.
    async fn order(&self, document: Value) -> Result<Order, Problem> {
        let item: Item = read(document)?;
        let target = Target::named(&item.command)?;
        self.caller.may(action(target, &item.command))?;
        item.names_its_things(target)?;
        let case = item.case.map(|case| self.thing(case)).transpose()?.map(CaseId);
        let part = item.part.map(|part| self.thing(part)).transpose()?;
        let body = self.things(item.body.clone())?;
        let expected =
            self.expected(&item, target.precondition(), case).map_err(|problem| problem.placed(place))?;
        let said = item.occurred_at.as_deref();
        let occurred_at = self.caller.occurred_at(said, self.app.clock.now());
        let occurred_at = occurred_at.map_err(|problem| problem.placed(place))?;
        if self.caller.duty_on(occurred_at.date()) == Duty::Off {
            return Err(Problem::of(catalogue::OFF_DUTY));
        }
        let sent = strict_json::fingerprint("POST", &target.path(case, part), &document::canonical(&body));
        let request = Request {
            key: item.key,
            fingerprint: with_occurred_at(said, sent),
            correlation_id: self.request_id,
            occurred_at,
            expected,
            birth: None,
            person_revision: None,
        };
        let work = self.work(target, (case, part.unwrap_or_default()), body, &request).await?;
        Ok(Order { target, work, request })
    }

    /// Reads the body as what the command needs.
    async fn work(
        &self,
        target: Target,
        (case, part): (Option<CaseId>, Uuid),
        body: Value,
        request: &Request,
    ) -> Result<Work, Problem> {
        let within = |problem: Problem| problem.placed(place);
        match target {
            Target::RegisterPerson => Ok(Work::Register(read(body).map_err(within)?)),
            Target::OpenCase => Ok(Work::Open(read(body).map_err(within)?)),
            Target::ClaimPatient => {
                let claim = read(body).map_err(within)?;
                let (case, command) = claimed(self.app, self.caller, &claim, request).await?;
                Ok(Work::Claim(case, command))
            }
            Target::Case(row) => {
                let case = case.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
                Ok(Work::Step(row, case, (row.read)(body, part).map_err(within)?))
            }
        }
    }

    /// What an id stands for: itself, or what the command with this key has created.
    fn thing(&self, named: Uuid) -> Result<Uuid, Problem> {
        match self.made.get(&named) {
            Some(Made::Thing(id)) => Ok(*id),
            Some(Made::Failed) => Err(Problem::of(catalogue::DEPENDENCY_FAILED)),
            Some(Made::Nothing) | None => Ok(named),
        }
    }

    /// The body with the things it names.
    fn things(&self, body: Value) -> Result<Value, Problem> {
        Ok(match body {
            Value::String(text) => match text.parse::<Uuid>() {
                Ok(id) if self.made.contains_key(&id) => Value::String(self.thing(id)?.to_string()),
                _ => Value::String(text),
            },
            Value::Array(items) => {
                items.into_iter().map(|item| self.things(item)).collect::<Result<_, _>>()?
            }
            Value::Object(members) => {
                let member = |(name, value)| Ok::<_, Problem>((name, self.things(value)?));
                Value::Object(members.into_iter().map(member).collect::<Result<_, _>>()?)
            }
            other => other,
        })
    }

    /// The revision that must be the present one: the one named, led on by what this batch itself has recorded since.
    fn expected(
        &self,
        item: &Item,
        precondition: Precondition,
        case: Option<CaseId>,
    ) -> Result<Option<u64>, Problem> {
        if precondition == Precondition::None {
            return Ok(None);
        }
        let opened_here = item.case.is_some_and(|case| self.made.contains_key(&case));
        let said = match item.if_match {
            Some(decided) => decided.0,
            None if opened_here && precondition == Precondition::RevisionOrAny => IfMatchOrAny::Any,
            None if opened_here => IfMatchOrAny::Revision(0),
            None => return Err(if_match::missing()),
        };
        let steps = case.and_then(|case| self.steps.get(&case));
        let led_on = |mut revision: u64| {
            while let Some(after) = steps.and_then(|steps| steps.get(&revision)) {
                revision = *after;
            }
            revision
        };
        Ok(decided_on(said, precondition)?.map(led_on))
    }

    async fn carry_out(&self, order: &Order) -> Result<Outcome, Problem> {
        let (app, caller, request) = (self.app, self.caller, &order.request);
        match &order.work {
            Work::Register(body) => register_person(app, caller, body.clone(), request).await,
            Work::Open(body) => open_case(app, caller, body.clone(), request).await,
            Work::Claim(case, command) => {
                app.execute::<Case>(case, command, (caller, request), |_| Ok(())).await
            }
            Work::Step(row, case, command) => {
                carry_out(app, caller, row, (*case, command), request.clone()).await
            }
        }
    }

    /// Remembers what later commands may build on.
    fn done(&mut self, order: &Order, outcome: Outcome) -> (StatusCode, Recorded) {
        self.position = self.position.max(outcome.position);
        let creates = order.target.creates();
        let made = if creates { Made::Thing(outcome.id) } else { Made::Nothing };
        self.made.insert(order.request.key, made);
        let case = match order.work {
            Work::Open(_) => Some(CaseId(outcome.id)),
            Work::Claim(case, _) | Work::Step(_, case, _) => Some(case),
            Work::Register(_) => None,
        };
        let (after, count) = (outcome.revision.get(), outcome.recorded.len() as u64);
        let before = order.request.expected.unwrap_or(after.saturating_sub(count));
        if let Some(case) = case.filter(|_| before < after) {
            self.steps.entry(case).or_default().insert(before, after);
        }
        let status = if creates { StatusCode::CREATED } else { StatusCode::OK };
        let warnings = match &order.work {
            Work::Step(_, _, command) => command.warnings(),
            _ => &[],
        };
        (status, Recorded::of(outcome, creates).warned(warnings))
    }
}

/// Who may give it.
fn action(target: Target, command: &str) -> Action {
    match target {
        Target::RegisterPerson => Action::RegisterPerson,
        _ => policy::of_command(command),
    }
}
