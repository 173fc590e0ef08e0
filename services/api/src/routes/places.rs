//! The places of the road: countries, regions, cities and districts with their names.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use safar_domain::{
    ids::PlaceId,
    place::{Place, PlaceKind},
    policy::Action,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Endpoint,
    answers::Page,
    reading::{Disclosed, Reader, limit, listing, reader},
};
use crate::{
    app::{App, places},
    problem::Problem,
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::read::<Listing, Page<PlaceView>>(
        "/v1/directory/places",
        ("places.list", "Lists places; with `within`, those that lie in another one."),
        Action::ReadDirectory,
        || web::route().to(list),
    )]
}

listing!(Listing {
    /// Only places that lie in this one, at any depth.
    within: Option<PlaceId>,
    /// Only places of this kind.
    kind: Option<PlaceKind>,
});

/// A place with its names.
#[derive(Debug, Serialize, JsonSchema)]
struct PlaceView {
    /// The place.
    id: PlaceId,
    /// What it is.
    kind: PlaceKind,
    /// What it lies in.
    parent: Option<PlaceId>,
    /// The name in English.
    name_en: String,
    /// The name in Russian, where known.
    name_ru: Option<String>,
    /// The name in the language of the place, where known.
    name_local: Option<String>,
}

impl PlaceView {
    fn of(id: &PlaceId, place: &Place) -> Self {
        let Place { kind, parent, name_en, name_ru, name_local } = place.clone();
        Self { id: id.clone(), kind, parent, name_en, name_ru, name_local }
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadDirectory).await?;
    let limit = limit(reader.query.limit)?;
    let after: Option<PlaceId> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let (query, all) = (&reader.query, places::all());
    let wanted = |(id, place): &(&PlaceId, &Place)| {
        after.as_ref().is_none_or(|after| *id > after)
            && query.kind.is_none_or(|kind| place.kind == kind)
            && query.within.as_ref().is_none_or(|within| all.with_parents(id).skip(1).any(|of| of == within))
    };
    let found = all.iter().filter(wanted).take(limit as usize);
    let items: Vec<PlaceView> = found.map(|(id, place)| PlaceView::of(id, place)).collect();
    reader.page((&app, &request), (Disclosed::nobody(), items), limit, |place| place.id.to_string())
}
