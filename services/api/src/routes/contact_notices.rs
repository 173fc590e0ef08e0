//! Contact notices: an organisation elsewhere is told of somebody who has shared the air with a patient.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use jiff::{Timestamp, civil::Date};
use safar_domain::{
    access::Reading,
    actor::Actor,
    case::{
        Case, consent::DataClass, contact_investigation::RecordedContactResult,
        diagnosis::ResistanceCategory, handoff::HandoffRefusal, standing::Standing,
    },
    contact_notice::{
        AcceptContactNotice, AnswerContactNotice, ContactNotice, ContactNoticeCommand,
        ContactNoticeDeclineReason, ContactNoticeState, DeclineContactNotice, Found, SendContactNotice,
        WithdrawContactNotice,
    },
    ids::{CaseId, ContactId, ContactNoticeId, OrganisationId, PersonId},
    policy::{self, Action},
};
use safar_projections::{ContactNoticeRecord, ContactNoticesQuery, Direction};
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
    vec![
        Endpoint::command::<SendContactNotice>(
            "/v1/contact-notices",
            (
                "contact_notices.send",
                "Tells an organisation where a contact lives; it learns who the contact is, and never through whom.",
            ),
            Action::SendContactNotice,
            Precondition::None,
            || web::route().to(send),
        )
        .creates(),
        Endpoint::read::<Listing, Page<ContactNoticeView>>(
            "/v1/contact-notices",
            ("contact_notices.list", "Lists the contact notices of the reader's organisation, newest first."),
            Action::ReadContactNotices,
            || web::route().to(list),
        ),
        Endpoint::read::<One, ContactNoticeView>(
            "/v1/contact-notices/{contact_notice}",
            ("contact_notices.read", "Reads a contact notice, with the commands that the reader may give on it now."),
            Action::ReadContactNotices,
            || web::route().to(read),
        ),
        step::<AcceptContactNotice>(
            "/v1/contact-notices/{contact_notice}/accept",
            ("contact_notices.accept", "Takes it on to look for the contact."),
            || web::route().to(accept),
        ),
        step::<DeclineContactNotice>(
            "/v1/contact-notices/{contact_notice}/decline",
            ("contact_notices.decline", "Answers that nobody there looks for the contact, with the reason."),
            || web::route().to(decline),
        ),
        step::<AnswerContactNotice>(
            "/v1/contact-notices/{contact_notice}/answer",
            ("contact_notices.answer", "Tells what came of looking at the contact."),
            || web::route().to(answer),
        ),
        step::<WithdrawContactNotice>(
            "/v1/contact-notices/{contact_notice}/withdraw",
            ("contact_notices.withdraw", "Takes one's own contact notice back."),
            || web::route().to(withdraw),
        ),
    ]
}

fn step<B: DeserializeOwned + JsonSchema + 'static>(
    path: &'static str,
    (name, summary): (&'static str, &'static str),
    handler: fn() -> actix_web::Route,
) -> Endpoint {
    Endpoint::command::<B>(
        path,
        (name, summary),
        Action::SettleContactNotice,
        Precondition::Revision,
        handler,
    )
}

/// Which side of a notice the organisation is on.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "directions"))]
enum NoticedSide {
    /// It was told.
    Incoming,
    /// It told.
    Outgoing,
    /// Either.
    #[default]
    Both,
}

listing!(Listing {
    /// Those the organisation was sent, those it has sent, or both.
    #[serde(default)]
    direction: NoticedSide,
    /// Only notices in this state.
    state: Option<ContactNoticeState>,
});

/// A contact notice with what the reader may do on it.
#[derive(Debug, Serialize, JsonSchema)]
struct ContactNoticeView {
    /// The notice.
    id: ContactNoticeId,
    /// The revision; send it as `If-Match` with a command.
    revision: u64,
    /// The contact's record; the organisation that was told may read it while the notice is open.
    person: PersonId,
    /// The patient's case and the contact on it: for the organisation that has sent the notice alone.
    listed: Option<ListedContact>,
    /// Who told.
    from: OrganisationId,
    /// Who was told.
    to: OrganisationId,
    /// The last day together, if known.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    last_contact_on: Option<Date>,
    /// Younger than five at the exposure.
    under_five: bool,
    /// The resistance that binds the choice of a preventive treatment (WHO TB DAK, E6).
    resistance: ResistanceCategory,
    /// When it was sent.
    #[schemars(with = "String", extend("format" = "date-time"))]
    sent_at: Timestamp,
    /// How far it has come.
    state: ContactNoticeState,
    /// Why it was declined.
    decline_reason: Option<ContactNoticeDeclineReason>,
    /// What came of looking.
    result: Option<RecordedContactResult>,
    /// The commands that the reader may give on it now.
    commands: Vec<&'static str>,
}

/// Where a contact is listed.
#[derive(Debug, Serialize, JsonSchema)]
struct ListedContact {
    /// The patient's case.
    case: CaseId,
    /// The contact on it.
    contact: ContactId,
}

impl ContactNoticeView {
    fn of(record: ContactNoticeRecord, reader: &Actor) -> Self {
        let ContactNoticeRecord { revision, told } = record;
        let mut commands = ContactNotice(Some(told.clone())).commands(&reader.organisation);
        commands.retain(|_| policy::permits(reader.role, Action::SettleContactNotice));
        let own = told.from == reader.organisation;
        Self {
            id: told.notice,
            revision: revision.get(),
            person: told.person,
            listed: own.then_some(ListedContact { case: told.case, contact: told.contact }),
            from: told.from,
            to: told.to,
            last_contact_on: told.last_contact_on,
            under_five: told.under_five,
            resistance: told.resistance,
            sent_at: told.sent_at,
            state: told.state,
            decline_reason: told.declined,
            result: told.result,
            commands,
        }
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadContactNotices).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let query = ContactNoticesQuery {
        organisation: reader.caller.actor.organisation.clone(),
        direction: match reader.query.direction {
            NoticedSide::Incoming => Direction::Incoming,
            NoticedSide::Outgoing => Direction::Outgoing,
            NoticedSide::Both => Direction::Both,
        },
        state: reader.query.state,
        after,
        limit,
    };
    let found = app.models.contact_notices(query).await.map_err(|error| model_problem(&error))?;
    let actor = &reader.caller.actor;
    // A row shows all that the notice's own address shows.
    let opened = Reading::opened_in_list(Action::ReadContactNotices);
    let opened = found.iter().fold(opened, |opened, found| naming(opened, found, actor));
    let items = found.into_iter().map(|found| ContactNoticeView::of(found, actor)).collect();
    let shown = reader.discloses((&app, &request), opened).await?;
    reader.page((&app, &request), (shown, items), limit, |notice: &ContactNoticeView| notice.id.to_string())
}

/// The reading of a notice: the contact, and for the organisation that has sent it the patient's case.
fn naming(reading: Reading, found: &ContactNoticeRecord, reader: &Actor) -> Reading {
    let own = found.told.from == reader.organisation;
    reading.persons([found.told.person]).cases(own.then_some(found.told.case))
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadContactNotices).await?;
    let id: ContactNoticeId = part(&request, "contact_notice")?;
    let found = app.models.contact_notice(id).await.map_err(|error| model_problem(&error))?;
    let found = found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    let actor = &reader.caller.actor;
    let standing = ContactNotice(Some(found.told.clone())).standing(&actor.organisation);
    reader.caller.reaches(Action::ReadContactNotices, standing)?;
    let revision = found.revision.get();
    let opened = Reading::opened(Action::ReadContactNotices, reader.ground(standing));
    let shown = reader.discloses((&app, &request), naming(opened, &found, actor)).await?;
    Ok(reader.one(&app, shown, Some(revision), &ContactNoticeView::of(found, actor)))
}

/// Tells of a contact on a case that the caller's organisation cares for; the contact is looked up there.
async fn send(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::SendContactNotice)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<SendContactNotice>(&request, &mut payload, (&app, &caller), Precondition::None)
            .await?;
    let case: Case = app.case(body.case).await?;
    let tie: Option<Standing> = case.standing(&caller.actor.organisation);
    caller.reaches(Action::SendContactNotice, tie)?;
    // The notice tells of the patient's illness, so it takes somebody who is shown it.
    let now = app.clock.now();
    if !case.opened_to(&caller.actor, (now, caller.date_of(now))).opens(DataClass::Tb) {
        let refusal = HandoffRefusal::ConsentMissing { class: DataClass::Tb.code() };
        return Err(Problem::of_refusal(&refusal));
    }
    let open = app.models.open_contact_notice(body.case, body.contact).await;
    let found = Found {
        patient: case.opening.as_ref().map(|opening| opening.person),
        contact: case.contacts.all.get(&body.contact).cloned(),
        resistance: case.laboratory.resistance(),
        open: open.map_err(|error| model_problem(&error))?,
    };
    let id = ContactNoticeId(Ids::derive(caller.actor.worker.as_str(), circumstances.key, "created"));
    let command = ContactNoticeCommand::Send(body, found);
    let outcome = app.execute::<ContactNotice>(&id, &command, (&caller, &circumstances), |_| Ok(())).await?;
    Ok(answers::recorded(&app, &caller, outcome, Some(&format!("/v1/contact-notices/{id}"))))
}

async fn accept(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    settle(&request, payload, &app, ContactNoticeCommand::Accept).await
}

async fn decline(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    settle(&request, payload, &app, ContactNoticeCommand::Decline).await
}

async fn answer(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    settle(&request, payload, &app, ContactNoticeCommand::Answer).await
}

async fn withdraw(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    settle(&request, payload, &app, ContactNoticeCommand::Withdraw).await
}

/// A step of a notice that the caller's organisation has sent or received.
async fn settle<B: DeserializeOwned + 'static>(
    request: &HttpRequest,
    payload: Payload,
    app: &App,
    build: fn(B) -> ContactNoticeCommand,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(request, app).await?;
    caller.may(Action::SettleContactNotice)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<B>(request, &mut payload, (app, &caller), Precondition::Revision).await?;
    let id: ContactNoticeId = part(request, "contact_notice")?;
    let reached = |state: &ContactNotice| {
        caller.reaches(Action::SettleContactNotice, state.standing(&caller.actor.organisation))
    };
    let outcome = app.execute::<ContactNotice>(&id, &build(body), (&caller, &circumstances), reached).await?;
    Ok(answers::recorded(app, &caller, outcome, None))
}
