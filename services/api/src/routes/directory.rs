//! The directory: organisations for everybody, workers for administrators.

use actix_web::{
    HttpRequest, HttpResponse,
    http::Method,
    web::{self, Data, Payload},
};
use safar_domain::{
    ids::{Country, OrganisationId, PlaceId, WorkerId},
    organisation::{
        DescribeOrganisation, Organisation, OrganisationCommand, OrganisationKind, OrganisationState, Service,
    },
    policy::Action,
    worker::{DescribeWorker, SetLeave, Worker, WorkerCommand},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeSet, fmt::Display};

use super::{
    Endpoint, Precondition,
    answers::{self, Page},
    case_commands::circumstances,
    reading::{Disclosed, One, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, Rulebook},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let action = Action::ChangeDirectory;
    let put = |row: Endpoint| Endpoint { method: Method::PUT, ..row };
    vec![
        Endpoint::read::<Listing, Page<OrganisationView>>(
            "/v1/directory/organisations",
            ("organisations.list", "Lists organisations by country, place and service."),
            Action::ReadDirectory,
            || web::route().to(list),
        ),
        Endpoint::read::<One, OrganisationView>(
            "/v1/directory/organisations/{organisation}",
            ("organisations.read", "Reads an organisation."),
            Action::ReadDirectory,
            || web::route().to(read_one),
        ),
        put(Endpoint::command::<DescribeOrganisation>(
            "/v1/directory/organisations/{organisation}",
            ("organisations.describe", "Describes an organisation, new or known."),
            action,
            Precondition::None,
            || web::route().to(describe_organisation),
        )),
        Endpoint::command::<Deactivate>(
            "/v1/directory/organisations/{organisation}/deactivate",
            ("organisations.deactivate", "Takes an organisation out of the network."),
            action,
            Precondition::None,
            || web::route().to(deactivate_organisation),
        ),
        put(Endpoint::command::<DescribeWorker>(
            "/v1/directory/workers/{worker}",
            ("workers.describe", "Describes a worker, new or known: organisation, role, languages."),
            action,
            Precondition::None,
            || web::route().to(describe_worker),
        )),
        Endpoint::command::<Deactivate>(
            "/v1/directory/workers/{worker}/deactivate",
            ("workers.deactivate", "Ends a worker's access at once."),
            action,
            Precondition::None,
            || web::route().to(deactivate_worker),
        ),
        Endpoint::command::<SetLeave>(
            "/v1/directory/workers/{worker}/leave",
            (
                "workers.set_leave",
                "Says when a worker is off duty; on these days nothing of patients is open to them.",
            ),
            action,
            Precondition::None,
            || web::route().to(set_leave),
        ),
    ]
}

/// Nothing to say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Deactivate {}

listing!(Listing {
    /// Only organisations in this country.
    country: Option<Country>,
    /// Only organisations at this place.
    place: Option<PlaceId>,
    /// Only organisations that offer this service.
    service: Option<Service>,
    /// Only organisations that take part now.
    active: Option<bool>,
});

/// An organisation of the directory.
#[derive(Debug, Serialize, JsonSchema)]
struct OrganisationView {
    /// The organisation.
    id: OrganisationId,
    /// Its name.
    name: String,
    /// What it is.
    kind: OrganisationKind,
    /// Where it is.
    place: PlaceId,
    /// The country of that place.
    country: Country,
    /// What it offers.
    services: BTreeSet<Service>,
    /// Whether it takes part now.
    active: bool,
}

impl OrganisationView {
    fn of(id: &OrganisationId, state: &OrganisationState) -> Self {
        Self {
            id: id.clone(),
            name: state.name.clone(),
            kind: state.kind,
            place: state.place.clone(),
            country: state.country(),
            services: state.services.clone(),
            active: state.active,
        }
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadDirectory).await?;
    let limit = limit(reader.query.limit)?;
    let after: Option<OrganisationId> =
        reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let query = &reader.query;
    let wanted = |state: &OrganisationState| {
        query.country.is_none_or(|country| state.country() == country)
            && query.place.as_ref().is_none_or(|place| state.place == *place)
            && query.service.is_none_or(|service| state.services.contains(&service))
            && query.active.is_none_or(|active| state.active == active)
    };
    let items: Vec<_> = reader
        .caller
        .directory
        .organisations
        .iter()
        .filter(|(id, state)| after.as_ref().is_none_or(|after| *id > after) && wanted(state))
        .take(limit as usize)
        .map(|(id, state)| OrganisationView::of(id, state))
        .collect();
    reader.page((&app, &request), (Disclosed::nobody(), items), limit, |organisation| {
        organisation.id.to_string()
    })
}

async fn read_one(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadDirectory).await?;
    let id: OrganisationId = part(&request, "organisation")?;
    let state = reader.caller.directory.organisations.get(&id);
    let state = state.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    Ok(reader.one(&app, Disclosed::nobody(), None, &OrganisationView::of(&id, state)))
}

async fn describe_organisation(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let build = |id: &OrganisationId, body| OrganisationCommand::Describe(id.clone(), body);
    change::<Organisation, _, DescribeOrganisation>(&request, payload, &app, ("organisation", build)).await
}

async fn deactivate_organisation(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let build = |id: &OrganisationId, _| OrganisationCommand::Deactivate(id.clone());
    change::<Organisation, _, Deactivate>(&request, payload, &app, ("organisation", build)).await
}

async fn describe_worker(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let build = |id: &WorkerId, body| WorkerCommand::Describe(id.clone(), body);
    change::<Worker, _, DescribeWorker>(&request, payload, &app, ("worker", build)).await
}

async fn deactivate_worker(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let build = |id: &WorkerId, _| WorkerCommand::Deactivate(id.clone());
    change::<Worker, _, Deactivate>(&request, payload, &app, ("worker", build)).await
}

async fn set_leave(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let build = |id: &WorkerId, body| WorkerCommand::SetLeave(id.clone(), body);
    change::<Worker, _, SetLeave>(&request, payload, &app, ("worker", build)).await
}

/// One change of one record of the directory.
async fn change<D, Id, B>(
    request: &HttpRequest,
    payload: Payload,
    app: &App,
    (name, build): (&str, impl Fn(&Id, B) -> D::Command),
) -> Result<HttpResponse, Problem>
where
    D: Rulebook,
    Id: std::str::FromStr + Display + Sync,
    B: DeserializeOwned + 'static,
{
    let caller = Caller::of(request, app).await?;
    caller.may(Action::ChangeDirectory)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<B>(request, &mut payload, (app, &caller), Precondition::None).await?;
    let id: Id = part(request, name)?;
    let command = build(&id, body);
    let outcome = app.execute::<D>(&id, &command, (&caller, &circumstances), |_| Ok(())).await?;
    Ok(answers::recorded(app, &caller, outcome, None))
}
