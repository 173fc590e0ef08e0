//! Pull requests: who has a patient asks another organisation to hand the patient over.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use jiff::Timestamp;
use safar_domain::{
    access::Reading,
    actor::Actor,
    case::programme::Programme,
    ids::{CaseId, HandoffId, OrganisationId, PersonId, PullRequestId},
    policy::{self, Action},
    pull_request::{
        AnswerPullRequest, DeclinePullRequest, MakePullRequest, PullDeclineReason, PullReason, PullRequest,
        PullRequestCommand, PullRequestState, WithdrawPullRequest,
    },
};
use safar_projections::{Direction, PullRequestRecord, PullRequestsQuery};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Endpoint, Precondition,
    answers::{self, Page},
    case_commands::circumstances,
    reading::{One, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, model_problem},
    ids::Ids,
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let settles = Action::SettlePullRequest;
    vec![
        Endpoint::command::<MakePullRequest>(
            "/v1/pull-requests",
            (
                "pull_requests.make",
                "Asks another organisation to hand over a patient who has come here; the answer never tells whether they know \
                 the person.",
            ),
            Action::MakePullRequest,
            Precondition::None,
            || web::route().to(make),
        )
        .creates(),
        Endpoint::read::<Listing, Page<PullRequestView>>(
            "/v1/pull-requests",
            ("pull_requests.list", "Lists the pull requests of the reader's organisation, newest first."),
            Action::ReadPullRequests,
            || web::route().to(list),
        ),
        Endpoint::read::<One, PullRequestView>(
            "/v1/pull-requests/{pull_request}",
            ("pull_requests.read", "Reads a pull request, with the commands that the reader may give on it now."),
            Action::ReadPullRequests,
            || web::route().to(read),
        ),
        Endpoint::command::<AnswerPullRequest>(
            "/v1/pull-requests/{pull_request}/answer",
            ("pull_requests.answer", "Answers with a handoff that was offered to the asking organisation."),
            settles,
            Precondition::Revision,
            || web::route().to(answer),
        ),
        Endpoint::command::<DeclinePullRequest>(
            "/v1/pull-requests/{pull_request}/decline",
            ("pull_requests.decline", "Answers that the patient is not handed over, with the reason."),
            settles,
            Precondition::Revision,
            || web::route().to(decline),
        ),
        Endpoint::command::<WithdrawPullRequest>(
            "/v1/pull-requests/{pull_request}/withdraw",
            ("pull_requests.withdraw", "Takes one's own pull request back."),
            settles,
            Precondition::Revision,
            || web::route().to(withdraw),
        ),
    ]
}

/// Which side of a request the organisation is on.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "directions"))]
enum AskedSide {
    /// It was asked.
    Incoming,
    /// It asks.
    Outgoing,
    /// Either.
    #[default]
    Both,
}

listing!(Listing {
    /// Those the organisation was asked, those it made, or both.
    #[serde(default)]
    direction: AskedSide,
    /// Only requests in this state.
    state: Option<PullRequestState>,
});

/// A pull request with what the reader may do on it.
#[derive(Debug, Serialize, JsonSchema)]
struct PullRequestView {
    /// The request.
    id: PullRequestId,
    /// The revision; send it as `If-Match` with a command.
    revision: u64,
    /// The asker's own record of the person; the asked organisation may read it while the request is open.
    person: PersonId,
    /// Who asks.
    from: OrganisationId,
    /// Who is asked.
    of: OrganisationId,
    /// For which programmes.
    programmes: BTreeSet<Programme>,
    /// Why.
    reason: PullReason,
    /// How far it has come.
    state: PullRequestState,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    asked_at: Timestamp,
    /// When an unanswered request ends.
    #[schemars(with = "String", extend("format" = "date-time"))]
    lapses_at: Timestamp,
    /// The handoff that answers it.
    answer: Option<AnswerView>,
    /// Why it was declined.
    decline_reason: Option<PullDeclineReason>,
    /// The commands that the reader may give on it now.
    commands: Vec<&'static str>,
}

/// The handoff that answers a request.
#[derive(Debug, Serialize, JsonSchema)]
struct AnswerView {
    /// Of this case.
    case: CaseId,
    /// This handoff.
    handoff: HandoffId,
}

impl PullRequestView {
    fn of(record: PullRequestRecord, reader: &Actor) -> Self {
        let PullRequestRecord { revision, asked } = record;
        let request = PullRequest(Some(asked.clone()));
        let mut commands = request.commands(&reader.organisation);
        commands.retain(|_| policy::permits(reader.role, Action::SettlePullRequest));
        Self {
            id: asked.request,
            revision: revision.get(),
            person: asked.person,
            from: asked.from,
            of: asked.of,
            programmes: asked.programmes,
            reason: asked.reason,
            state: asked.state,
            asked_at: asked.asked_at,
            lapses_at: asked.lapses_at,
            answer: asked.answer.map(|(case, handoff)| AnswerView { case, handoff }),
            decline_reason: asked.declined,
            commands,
        }
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadPullRequests).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let query = PullRequestsQuery {
        organisation: reader.caller.actor.organisation.clone(),
        direction: match reader.query.direction {
            AskedSide::Incoming => Direction::Incoming,
            AskedSide::Outgoing => Direction::Outgoing,
            AskedSide::Both => Direction::Both,
        },
        state: reader.query.state,
        after,
        limit,
    };
    let found = app.models.pull_requests(query).await.map_err(|error| model_problem(&error))?;
    let actor = &reader.caller.actor;
    // A row shows all that the request's own address shows.
    let opened = found.iter().fold(Reading::opened_in_list(Action::ReadPullRequests), naming);
    let items = found.into_iter().map(|found| PullRequestView::of(found, actor)).collect();
    let shown = reader.discloses((&app, &request), opened).await?;
    reader.page((&app, &request), (shown, items), limit, |request: &PullRequestView| request.id.to_string())
}

/// The reading of a request: the person who is asked for, and the case of the answer.
fn naming(reading: Reading, found: &PullRequestRecord) -> Reading {
    reading.persons([found.asked.person]).cases(found.asked.answer.map(|(case, _)| case))
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadPullRequests).await?;
    let id: PullRequestId = part(&request, "pull_request")?;
    let found = app.models.pull_request(id).await.map_err(|error| model_problem(&error))?;
    let found = found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    let actor = &reader.caller.actor;
    let standing = PullRequest(Some(found.asked.clone())).standing(&actor.organisation);
    reader.caller.reaches(Action::ReadPullRequests, standing)?;
    let revision = found.revision.get();
    let opened = Reading::opened(Action::ReadPullRequests, reader.ground(standing));
    let shown = reader.discloses((&app, &request), naming(opened, &found)).await?;
    Ok(reader.one(&app, shown, Some(revision), &PullRequestView::of(found, actor)))
}

/// Asks for a person whom the asker's organisation knows. Whether the asked one does is looked up nowhere.
async fn make(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::MakePullRequest)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<MakePullRequest>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    super::persons::known(&app, &caller, body.person).await?;
    let id = PullRequestId(Ids::derive(caller.actor.worker.as_str(), circumstances.key, "created"));
    let between = (&body.of, Some(&caller.actor.organisation));
    let open = app.models.open_pull_request(body.person, between, app.clock.now()).await;
    let open = open.map_err(|error| model_problem(&error))?;
    let command = PullRequestCommand::Make(body, open);
    let outcome = app.execute::<PullRequest>(&id, &command, (&caller, &circumstances), |_| Ok(())).await?;
    Ok(answers::recorded(&app, &caller, outcome, Some(&format!("/v1/pull-requests/{id}"))))
}

/// Names the handoff, which is looked up under its case.
async fn answer(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let app = app.get_ref();
    settle(&request, payload, app, async |body: AnswerPullRequest| {
        let case = app.case(body.case).await?;
        let handoff = case.handoffs.all.get(&body.handoff).cloned().map(Box::new);
        Ok(PullRequestCommand::Answer(body, handoff))
    })
    .await
}

async fn decline(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    settle(&request, payload, &app, async |body| Ok(PullRequestCommand::Decline(body))).await
}

async fn withdraw(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    settle(&request, payload, &app, async |body| Ok(PullRequestCommand::Withdraw(body))).await
}

/// A step of a request that the caller's organisation has made or was asked.
async fn settle<B: DeserializeOwned + 'static>(
    request: &HttpRequest,
    payload: Payload,
    app: &App,
    build: impl AsyncFnOnce(B) -> Result<PullRequestCommand, Problem>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(request, app).await?;
    caller.may(Action::SettlePullRequest)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<B>(request, &mut payload, (app, &caller), Precondition::Revision).await?;
    let id: PullRequestId = part(request, "pull_request")?;
    let command = build(body).await?;
    let reached = |state: &PullRequest| {
        caller.reaches(Action::SettlePullRequest, state.standing(&caller.actor.organisation))
    };
    let outcome = app.execute::<PullRequest>(&id, &command, (&caller, &circumstances), reached).await?;
    Ok(answers::recorded(app, &caller, outcome, None))
}
