//! Persons: identity, corrections, and links between records of one person.

mod search;
mod ties;

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use safar_domain::{
    actor::Role,
    case::{consent::DataClass, standing::Standing},
    erasure::Erasure,
    ids::{LinkId, OrganisationId, PersonId},
    person::{DescribePerson, LinkPerson, Person, PersonCommand, UndoLink, search::SearchPersons},
    policy::Action,
};
use safar_event_store::Revision;
use schemars::JsonSchema;
use serde::Serialize;

use self::ties::Ties;
use super::{
    Endpoint, Precondition, answers,
    case_commands::circumstances,
    reading::{One, Reader, part, reader},
};
use crate::{
    app::{App, Caller, Outcome, Request, model_problem},
    ids::Ids,
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::command::<DescribePerson>(
            "/v1/persons",
            ("persons.register", "Registers a person; identity is kept apart from every case."),
            Action::RegisterPerson,
            Precondition::None,
            || web::route().to(register),
        )
        .creates(),
        Endpoint::read::<One, PersonView>(
            "/v1/persons/{person}",
            ("persons.read", "Reads who a person is."),
            Action::ReadPerson,
            || web::route().to(read),
        ),
        Endpoint::search::<SearchPersons, search::Found>(
            "/v1/persons:search",
            (
                "persons.search",
                "Finds records that may be of a person, in any script, among those the organisation may read.",
            ),
            Action::SearchPersons,
            || web::route().to(search::search),
        ),
        Endpoint::command::<DescribePerson>(
            "/v1/persons/{person}/corrections",
            (
                "persons.correct",
                "Corrects the description of a person; the earlier one stays in the history.",
            ),
            Action::CorrectPerson,
            Precondition::Revision,
            || web::route().to(correct),
        ),
        Endpoint::command::<LinkPerson>(
            "/v1/persons/{person}/links",
            ("persons.link", "Says that two records are one person, with the reason."),
            Action::LinkPerson,
            Precondition::Revision,
            || web::route().to(link),
        )
        .creates(),
        Endpoint::command::<UndoLink>(
            "/v1/persons/{person}/links/{link}/undo",
            ("persons.undo_link", "Takes a link back."),
            Action::LinkPerson,
            Precondition::Revision,
            || web::route().to(undo_link),
        ),
    ]
}

/// A person as the reader may see them.
#[derive(Serialize, JsonSchema)]
struct PersonView {
    /// The person.
    id: PersonId,
    /// The revision; send it as `If-Match` with a command.
    revision: u64,
    /// Who the person is.
    description: DescribePerson,
    /// What is left out of the description, for no consent in force gives it to the reader's organisation.
    withheld: BTreeSet<DataClass>,
    /// Links to other records of the same person.
    links: Vec<LinkView>,
}

/// A link that stands.
#[derive(Serialize, JsonSchema)]
struct LinkView {
    /// The link.
    id: LinkId,
    /// The other record.
    other: PersonId,
}

/// The state of a person's record, from the log.
pub(super) async fn fold(app: &App, person: PersonId) -> Result<(Revision, Person), Problem> {
    let (state, revision) = app.record_and_revision::<Person>(person).await?;
    Ok((revision, state))
}

/// The strongest tie of an organisation to a person: through one of their cases, or by having registered them as long
/// as there is none.
pub(super) async fn standing(
    app: &App,
    person: PersonId,
    state: &Person,
    organisation: &OrganisationId,
) -> Result<Option<Standing>, Problem> {
    let cases = app.models.cases_of_person(person).await.map_err(|error| model_problem(&error))?;
    let registrar = state.organisation.as_ref() == Some(organisation);
    let mut strongest = (registrar && cases.is_empty()).then_some(Standing::Responsible);
    for case in cases {
        let tie = app.models.standing(case, organisation).await.map_err(|error| model_problem(&error))?;
        strongest = strongest.max(tie);
    }
    Ok(strongest)
}

/// What is left of a tie to a person once the record is gone: through a case, or by having asked for the erasure.
pub(super) async fn remaining(
    app: &App,
    person: PersonId,
    organisation: &OrganisationId,
) -> Result<Option<Standing>, Problem> {
    let by_case = standing(app, person, &Person::default(), organisation).await?;
    let asked = app.record::<Erasure>(person).await?.asked_by() == Some(organisation);
    Ok(by_case.max(asked.then_some(Standing::Responsible)))
}

/// What was found, or nothing where it was erased.
pub(super) fn unless_erased<T>(found: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(problem) if problem.code() == catalogue::ERASED.code => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// The state of a person's record, from the log. That it was erased hears who had a tie to the person and has one still;
/// for everybody else there never was one.
async fn there(app: &App, caller: &Caller, person: PersonId) -> Result<(Revision, Person), Problem> {
    if let Some(found) = unless_erased(fold(app, person).await)? {
        return Ok(found);
    }
    let audits = caller.actor.role == Role::Auditor;
    let left = remaining(app, person, &caller.actor.organisation).await?;
    Err(Problem::of(if audits || left.is_some() { catalogue::ERASED } else { catalogue::NOT_FOUND }))
}

/// The person, if the caller's organisation may know them at all, be it as a contact that it looks for.
pub(super) async fn known(app: &App, caller: &Caller, person: PersonId) -> Result<(), Problem> {
    let (_, state) = there(app, caller, person).await?;
    let told = app.models.told_of_contact(person, &caller.actor.organisation).await;
    let told = told.map_err(|error| model_problem(&error))?.then_some(Standing::Expecting);
    let ties = Ties::of(app, caller, (person, &state)).await?;
    caller.reaches(Action::ReadPerson, ties.standing.max(told))?;
    // Who is not shown the person makes no record of their own of them either.
    if told.is_some() { Ok(()) } else { ties.open(&[DataClass::Identity]) }
}

async fn reach(
    app: &App,
    caller: &Caller,
    person: PersonId,
    action: Action,
) -> Result<(Revision, Person), Problem> {
    let (revision, state) = there(app, caller, person).await?;
    let ties = Ties::of(app, caller, (person, &state)).await?;
    caller.reaches(action, ties.standing)?;
    // A correction replaces the whole description, and nobody replaces what they do not see.
    if action == Action::CorrectPerson {
        ties.open(&[DataClass::Identity, DataClass::Contact])?;
    }
    Ok((revision, state))
}

async fn register(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::RegisterPerson)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<DescribePerson>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    let outcome = register_person(&app, &caller, body, &circumstances).await?;
    let address = format!("/v1/persons/{}", outcome.id);
    Ok(answers::recorded(&app, &caller, outcome, Some(&address)))
}

/// Registers a person under the id that follows from the command's key.
pub(super) async fn register_person(
    app: &App,
    caller: &Caller,
    body: DescribePerson,
    circumstances: &Request,
) -> Result<Outcome, Problem> {
    let person = PersonId(Ids::derive(caller.actor.worker.as_str(), circumstances.key, "created"));
    let command = PersonCommand::Register(body);
    app.execute::<Person>(&person, &command, (caller, circumstances), |_| Ok(())).await
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let mut reader: Reader<One> = reader(&request, &app, Action::ReadPerson).await?;
    let id: PersonId = part(&request, "person")?;
    let (revision, state) = there(&app, &reader.caller, id).await?;
    let cases = app.models.cases_of_person(id).await.map_err(|error| model_problem(&error))?;
    let ties = Ties::of(&app, &reader.caller, (id, &state)).await?;
    let mut ties = ties.or_asked(&app, &reader.caller, id).await?;
    let (tie, emergency) = app.tie(&reader.caller, Action::ReadPerson, (ties.standing, &cases)).await?;
    reader.caller.reaches(Action::ReadPerson, tie)?;
    reader.emergency = emergency;
    if reader.emergency.is_none() && !ties.whole() {
        reader.emergency = app.emergency(&reader.caller, &cases).await?;
    }
    if reader.emergency.is_some() {
        ties.open_whole();
    }
    ties.open(&[DataClass::Identity])?;
    let description = state.description.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    let links = state.links.into_iter().map(|(id, other)| LinkView { id, other }).collect();
    let (description, withheld) = (ties.shown(description), ties.withheld());
    let view = PersonView { id, revision: revision.get(), description, withheld, links };
    let opened = ties.reading(Action::ReadPerson, reader.ground(ties.standing)).persons([id]);
    let shown = reader.discloses((&app, &request), opened).await?;
    Ok(reader.one(&app, shown, Some(revision.get()), &view))
}

async fn correct(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let build = |body: DescribePerson, _: &HttpRequest| Ok(PersonCommand::Correct(body));
    change(&request, payload, &app, (Action::CorrectPerson, build)).await
}

async fn link(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let build = |body: LinkPerson, _: &HttpRequest| Ok(PersonCommand::Link(body));
    change(&request, payload, &app, (Action::LinkPerson, build)).await
}

async fn undo_link(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let build = |_: UndoLink, request: &HttpRequest| Ok(PersonCommand::UndoLink(part(request, "link")?));
    change(&request, payload, &app, (Action::LinkPerson, build)).await
}

/// A change of a person whom the caller reaches; a link needs the reach of both records.
async fn change<B: serde::de::DeserializeOwned + 'static>(
    request: &HttpRequest,
    payload: Payload,
    app: &App,
    (action, build): (Action, impl Fn(B, &HttpRequest) -> Result<PersonCommand, Problem>),
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(request, app).await?;
    caller.may(action)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<B>(request, &mut payload, (app, &caller), Precondition::Revision).await?;
    let person: PersonId = part(request, "person")?;
    let command = build(body, request)?;
    reach(app, &caller, person, action).await?;
    let mut created = None;
    if let PersonCommand::Link(link) = &command {
        if link.other == person {
            let refusal = safar_domain::person::PersonRefusal::LinkToItself;
            return Err(Problem::refused("link_to_itself", 422, refusal.to_string()));
        }
        reach(app, &caller, link.other, action).await?;
        created = Some(format!("/v1/persons/{person}"));
    }
    let outcome = app.execute::<Person>(&person, &command, (&caller, &circumstances), |_| Ok(())).await?;
    Ok(answers::recorded(app, &caller, outcome, created.as_deref()))
}
