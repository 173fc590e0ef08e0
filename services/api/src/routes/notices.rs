//! Notices: what the reader's organisation was told, and a bell for those outside who may know no more than that.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::Timestamp;
use safar_domain::{access::Reading, ids::CaseId, language::Language, notice::About, policy::Action};
use safar_event_store::Position;
use safar_language::notices;
use safar_projections::{NoticeRecord, NoticesQuery};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Endpoint,
    answers::Page,
    reading::{Disclosed, Query, Reader, limit, listing, reader},
};
use crate::{
    app::{App, model_problem},
    http::{language, speak},
    problem::Problem,
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::read::<Listing, Page<NoticeView>>(
            "/v1/notices",
            (
                "notices.list",
                "Lists what the reader's organisation was told; clients keep for themselves what they have seen.",
            ),
            Action::ReadNotices,
            || web::route().to(list),
        ),
        Endpoint::read::<BellQuery, Bell>(
            "/v1/notices/bell",
            (
                "notices.bell",
                "Says whether anything came, and nothing of what: for messages that leave the house.",
            ),
            Action::ReadBell,
            || web::route().to(bell),
        ),
    ]
}

/// In which order notices are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "list-orders"))]
enum Order {
    /// The latest first.
    #[default]
    NewestFirst,
    /// In the order in which it happened.
    OldestFirst,
}

listing!(Listing {
    /// Only notices about this.
    about: Option<About>,
    /// The latest first, or in the order in which it happened.
    #[serde(default)]
    order: Order,
    /// Only what came later: the `Safar-Position` of an earlier answer, which the client keeps as its mark of what it has
    /// seen.
    after: Option<String>,
});

/// Something happened that the organisation should know of.
#[derive(Debug, Serialize, JsonSchema)]
struct NoticeView {
    /// What it is about.
    about: About,
    /// On which case; absent where it is about a pull request.
    case: Option<CaseId>,
    /// The handoff, referral, specimen, episode or pull request, if it is about one.
    subject: Option<Uuid>,
    /// What happened, in the language of `Accept-Language`.
    text: String,
    /// When it was recorded.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    #[serde(skip)]
    key: u64,
}

impl NoticeView {
    fn of(record: &NoticeRecord, language: Language) -> Self {
        let NoticeRecord { position, about, case, subject, recorded_at } = *record;
        let text = notices::notice(language, about);
        Self { about, case, subject, text, at: recorded_at, key: position.get() }
    }
}

/// Reads the mark of what was seen, and waits until this node has read as far as the one that gave it.
async fn seen<Q>(app: &App, reader: &mut Reader<Q>, mark: Option<&str>) -> Result<Position, Problem> {
    let Some(text) = mark else { return Ok(Position::START) };
    let numbers = reader.caller.sees_numbers();
    let seen = Position::from(app.sealer.read_position(text, numbers, "after")?);
    reader.position = reader.position.max(app.reached(seen).await?);
    Ok(seen)
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let mut reader: Reader<Listing> = reader(&request, &app, Action::ReadNotices).await?;
    let limit = limit(reader.query.limit)?;
    let mark = reader.query.after.clone();
    let seen = seen(&app, &mut reader, mark.as_deref()).await?;
    let from: Option<u64> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let from = from.map(Position::from);
    let newest_first = reader.query.order == Order::NewestFirst;
    // Nothing behind the position that the answer names, or a client that keeps it as its mark would read it twice.
    let end = reader.position.next();
    let query = NoticesQuery {
        organisation: reader.caller.actor.organisation.clone(),
        about: reader.query.about,
        after: from.filter(|_| !newest_first).unwrap_or(seen),
        before: from.filter(|_| newest_first).unwrap_or(end),
        newest_first,
        limit,
    };
    let found = app.models.notices(query).await.map_err(|error| model_problem(&error))?;
    let language = language(request.headers());
    let items: Vec<_> = found.iter().map(|record| NoticeView::of(record, language)).collect();
    let listed = Reading::listed(Action::ReadNotices).cases(items.iter().filter_map(|notice| notice.case));
    let shown = reader.discloses((&app, &request), listed).await?;
    let mut response =
        reader.page((&app, &request), (shown, items), limit, |notice| notice.key.to_string())?;
    speak(&mut response, language);
    Ok(response)
}

/// What the bell is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BellQuery {
    /// The language of the sentence; by default the one of `Accept-Language`.
    lang: Option<Language>,
    /// Whether anything came later: the `Safar-Position` of an earlier answer.
    after: Option<String>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}

impl Query for BellQuery {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

/// Whether anything came.
#[derive(Debug, Serialize, JsonSchema)]
struct Bell {
    /// Whether anything came.
    update: bool,
    /// The sentence that may leave the house, the same whatever came; absent when nothing did.
    text: Option<String>,
}

async fn bell(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let mut reader: Reader<BellQuery> = reader(&request, &app, Action::ReadBell).await?;
    let mark = reader.query.after.clone();
    let seen = seen(&app, &mut reader, mark.as_deref()).await?;
    let organisation = &reader.caller.actor.organisation;
    let found = app.models.any_notice(organisation, (seen, reader.position)).await;
    let update = found.map_err(|error| model_problem(&error))?;
    let language = reader.query.lang.unwrap_or_else(|| language(request.headers()));
    let text = update.then(|| notices::bell(language));
    let mut response = reader.one(&app, Disclosed::nobody(), None, &Bell { update, text });
    speak(&mut response, language);
    Ok(response)
}
