//! Who the caller is, as the directory sees it now.

use actix_web::{
    HttpRequest, HttpResponse,
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
    Endpoint,
    reading::{Disclosed, One, Reader, reader},
};
use crate::{app::App, problem::Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::read::<One, Me>(
        "/v1/me",
        ("me.read", "Says who the caller is and which functions are open to them."),
        Action::ReadOwnRights,
        || web::route().to(me),
    )]
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
    Ok(reader.one(&app, Disclosed::nobody(), None, &view))
}
