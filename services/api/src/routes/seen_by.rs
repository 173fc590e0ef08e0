//! What one worker could see of a case at one moment, and what they opened of it.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::Timestamp;
use safar_domain::{
    actor::{Actor, Role},
    case::{
        consent::DataClass,
        reading::{ClassGround, Opened},
        standing::Standing,
    },
    directory::Directory,
    emergency::Emergencies,
    ids::{ConsentId, Country, EmergencyId, OrganisationId, WorkerId},
    policy::{self, Action, Decision, Duty, Tie},
};
use safar_event_store::Revision;
use safar_projections::CaseRecord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Endpoint,
    accesses::{AccessView, readings},
    cases::{shown, shows, story, view},
    past::{Asked, Past},
    reading::Query,
    views::CaseView,
};
use crate::{
    app::{App, Moment, date_in, model_problem},
    problem::{FieldError, Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::read::<Whose, SeenByView>(
        "/v1/cases/{case}/seen-by",
        (
            "cases.seen_by",
            "Tells an auditor what a worker could see of a case at a moment, why, and what they opened of it by then.",
        ),
        Action::AuditSight,
        || web::route().to(seen_by),
    )]
}

/// Whose sight, and when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Whose {
    /// The worker; by default the reader.
    worker: Option<WorkerId>,
    /// When: a moment with its offset, or the `Safar-Position` of an earlier answer; by default now.
    as_of: Option<String>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}

impl Query for Whose {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

impl Past for Whose {
    fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    fn as_true_at(&self) -> Option<&str> {
        None
    }
}

/// As what the directory let somebody in.
#[derive(Debug, Serialize, JsonSchema)]
struct ActorView {
    /// For whom they worked.
    organisation: OrganisationId,
    /// In which country.
    country: Country,
    /// In which role.
    role: Role,
}

impl ActorView {
    fn of(actor: &Actor) -> Self {
        Self { organisation: actor.organisation.clone(), country: actor.country, role: actor.role }
    }
}

/// On which ground a class of data was open.
#[derive(Debug, Serialize, JsonSchema)]
struct GroundView {
    /// `own`, `audit`, `consent`, `claim`, `override` or `emergency`.
    ground: &'static str,
    /// The consent, where that was the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentId>,
}

impl GroundView {
    fn of(ground: ClassGround) -> Self {
        let (ground, consent) = match ground {
            ClassGround::Own => ("own", None),
            ClassGround::Audit => ("audit", None),
            ClassGround::Consent(consent) => ("consent", Some(consent)),
            ClassGround::Claim => ("claim", None),
            ClassGround::Override => ("override", None),
            ClassGround::Emergency => ("emergency", None),
        };
        Self { ground, consent }
    }
}

/// What a worker could see of a case at a moment.
#[derive(Debug, Serialize, JsonSchema)]
struct SeenByView {
    /// Whose sight.
    worker: WorkerId,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// The version of the policy by which this is judged.
    policy_version: u32,
    /// Who the worker was then, by the directory of then; absent where it did not let them in.
    actor: Option<ActorView>,
    /// Whether they were at work that day.
    on_duty: bool,
    /// The tie of their organisation to the case.
    standing: Option<Standing>,
    /// The emergency access that was in force.
    emergency: Option<EmergencyId>,
    /// What the policy said to a reading of the case: `permit`, `deny_function`, `off_duty` or `hide`.
    decision: &'static str,
    /// What was open, class by class, and why; empty where the case was not.
    grounds: BTreeMap<DataClass, GroundView>,
    /// The case as they could read it then; absent where they could not.
    case: Option<CaseView>,
    /// The revisions of which the story told them.
    events: Vec<u64>,
    /// What they were shown of it, or of the person, by then, the latest first, at most 200.
    readings: Vec<AccessView>,
}

async fn seen_by(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record, opened) = shown::<Whose>(&request, &app, Action::AuditSight).await?;
    let worker = reader.query.worker.clone().unwrap_or_else(|| reader.caller.actor.worker.clone());
    let asked = reader.moment(&app).await?;
    // The access log has a clock of its own, so that what was shown by now is all of it.
    let shown_by = asked.map_or(Timestamp::MAX, |moment| moment.at);
    let now = Moment { known: reader.position, at: app.clock.now(), true_at: None };
    let moment = asked.unwrap_or(now);
    let then = app.models.directory_then(moment.known).await.map_err(|error| model_problem(&error))?;
    if !reader.caller.directory.workers.contains_key(&worker) {
        let error =
            FieldError::parameter("worker", "worker_unknown", "There is no such worker in the directory.");
        return Err(Problem::of(catalogue::INVALID_QUERY).error(error));
    }
    let mut seen = sight(&app, (&record, &opened), (worker, &then), moment).await?;
    let by_then = |reading: &AccessView| reading.was_shown_to(&seen.worker, shown_by);
    seen.readings = readings(&app, &record, by_then).await?;
    let shown = shows((&app, &request), &reader, (&record, &opened), Action::AuditSight).await?;
    Ok(reader.one(&app, shown, None, &seen))
}

/// What the policy of today says to the facts of then.
async fn sight(
    app: &App,
    (record, everything): (&CaseRecord, &Opened),
    (worker, directory): (WorkerId, &Directory),
    moment: Moment,
) -> Result<SeenByView, Problem> {
    let then = Asked::at(app, (record, everything), moment).await?;
    let actor = directory.actor(&worker);
    let mut seen = SeenByView {
        actor: None,
        worker,
        at: moment.at,
        policy_version: policy::VERSION,
        on_duty: false,
        standing: None,
        emergency: None,
        decision: "deny_function",
        grounds: BTreeMap::new(),
        case: None,
        events: Vec::new(),
        readings: Vec::new(),
    };
    let Some(actor) = actor else { return Ok(seen) };
    let today = date_in(actor.country, moment.at);
    let duty = directory.duty(&actor.worker, today);
    let emergencies: Emergencies = app.record_then(&actor.worker, moment.known).await?;
    let emergency = emergencies.in_force(moment.at).find(|emergency| emergency.opened.case == record.id);
    let emergency = emergency.map(|emergency| emergency.opened.emergency);
    let emergency = emergency.filter(|_| policy::permits(actor.role, Action::OpenEmergency));
    seen.actor = Some(ActorView::of(&actor));
    seen.on_duty = duty == Duty::On;
    seen.standing = then.case.standing(&actor.organisation);
    let tie = Tie { duty, emergency: emergency.is_some(), ..Tie::from(seen.standing) };
    let decision = policy::decide(&actor, Action::ReadCase, tie);
    seen.decision = word(decision);
    if decision != Decision::Permit {
        return Ok(seen);
    }
    let mut opened = then.case.opened_to(&actor, (moment.at, today));
    let reached = policy::decide(&actor, Action::ReadCase, Tie { duty, ..Tie::from(seen.standing) });
    if emergency.is_some() && (reached != Decision::Permit || !opened.withheld().is_empty()) {
        opened = Opened::in_emergency(&actor);
        seen.emergency = emergency;
    }
    seen.grounds = opened.grounds().map(|(class, ground)| (class, GroundView::of(ground))).collect();
    seen.events = told(app, (record, everything), (&then, &opened)).await?;
    let as_then = Asked { case: then.case.as_opened(&opened), ..then };
    seen.case = Some(view(app, (record.id, &as_then), &opened, &actor).await?);
    Ok(seen)
}

/// The revisions of the events that were open to the worker.
async fn told(
    app: &App,
    (record, everything): (&CaseRecord, &Opened),
    (then, opened): (&Asked, &Opened),
) -> Result<Vec<u64>, Problem> {
    let mut told = Vec::new();
    let mut after = Revision::ABSENT;
    loop {
        let found = story(app, (record, everything, then), after, 200).await?;
        let Some(last) = found.last() else { return Ok(told) };
        after = last.revision;
        let open =
            found.iter().filter(|entry| then.case.shows(opened, entry.part, &entry.actor.organisation));
        told.extend(open.map(|entry| entry.revision.get()));
    }
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Permit => "permit",
        Decision::DenyFunction => "deny_function",
        Decision::OffDuty => "off_duty",
        Decision::Hide => "hide",
        Decision::StepUp => "step_up",
    }
}
