//! Who answered for which programme, and when: as it stands, or as it was known at an earlier moment.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use safar_domain::policy::Action;

use super::{
    Endpoint,
    cases::{shown, shows},
    past::{Asked, OneThen},
    views::ResponsibilityView,
};
use crate::{app::App, problem::Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::read::<OneThen, ResponsibilityView>(
        "/v1/cases/{case}/responsibility",
        (
            "cases.responsibility",
            "Says who answered for which programme, and when; with `as_of`, as it was known then.",
        ),
        Action::ReadCase,
        || web::route().to(responsibility),
    )]
}

async fn responsibility(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record, opened) = shown::<OneThen>(&request, &app, Action::ReadCase).await?;
    let asked = Asked::of(&app, &reader, (&record, &opened)).await?;
    let programmes = asked.case.responsibility.intervals().clone();
    let shown = shows((&app, &request), &reader, (&record, &opened), Action::ReadCase).await?;
    Ok(reader.one(&app, shown, asked.tag(), &ResponsibilityView { programmes }))
}
