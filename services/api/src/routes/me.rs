//! Who the caller is, as the directory sees it now.

use actix_web::{
    HttpRequest, HttpResponse,
    http::Method,
    web::{self, Data},
};
use safar_domain::{
    actor::Role,
    ids::{Country, OrganisationId, WorkerId},
    policy::{self, Action},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Endpoint, Kind,
    reading::{One, Reader, reader},
    schema,
};
use crate::{app::App, problem::Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: Method::GET,
        path: "/v1/me",
        name: "me.read",
        summary: "Says who the caller is and which functions are open to them.",
        action: Action::ReadOwnRights,
        kind: Kind::Read,
        input: schema::<One>,
        output: schema::<Me>,
        success: 200,
        handler: || web::route().to(me),
    }]
}

/// The caller's own rights.
#[derive(Debug, Serialize, JsonSchema)]
struct Me {
    /// The worker.
    worker: WorkerId,
    /// For whom.
    organisation: OrganisationId,
    /// In which country.
    country: Country,
    /// As what.
    role: Role,
    /// The functions that the role opens; what can be reached depends on the case.
    functions: Vec<&'static str>,
}

async fn me(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadOwnRights).await?;
    let actor = reader.caller.actor.clone();
    let functions = Action::ALL.into_iter().filter(|action| policy::permits(actor.role, *action));
    let view = Me {
        functions: functions.map(Action::code).collect(),
        worker: actor.worker,
        organisation: actor.organisation,
        country: actor.country,
        role: actor.role,
    };
    Ok(reader.one(&app, None, &view))
}
