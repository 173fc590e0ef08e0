//! What every reading route shares: its query parameters, its position, its pages, and the proof that what it shows was
//! written down.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_DISPOSITION, ETAG, HeaderValue, LINK},
};
use safar_event_store::Position;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::answers::Page;
use crate::{
    app::{App, Caller, answer, ok},
    http::{RequestId, StrictQuery},
    problem::{FieldError, Problem, catalogue},
    sealed::Cursor,
};
use actix_web::FromRequest as _;
use safar_domain::{
    access::{AccessGround, Reading},
    case::standing::Standing,
    ids::EmergencyId,
    policy::Action,
};

/// The query of a route that reads one thing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    pub(super) min_position: Option<String>,
}

/// A caller who may use the function, with the query, at a position the caller asked for.
pub(super) struct Reader<Q> {
    pub(super) caller: Caller,
    pub(super) query: Q,
    pub(super) position: Position,
    /// The emergency access without which the reader would not reach what is read.
    pub(super) emergency: Option<EmergencyId>,
}

/// The two parameters that reading routes share.
pub(super) trait Query: DeserializeOwned {
    fn min_position(&self) -> Option<&str>;
}

impl Query for One {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

/// Declares the query of a list: its own filters, and what every list takes beside them.
macro_rules! listing {
    ($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($(#[$meta])* $field: $type,)*
            /// Where the page begins: the `next_cursor` of the page before.
            cursor: Option<String>,
            /// Rows on the page: 1 to 200.
            #[schemars(range(min = 1, max = 200))]
            limit: Option<u32>,
            /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
            min_position: Option<String>,
        }

        impl crate::routes::reading::Query for $name {
            fn min_position(&self) -> Option<&str> {
                self.min_position.as_deref()
            }
        }
    };
}

pub(super) use listing;

/// Authenticates, asks the policy for the function, reads the query, waits for the position.
pub(super) async fn reader<Q: Query>(
    request: &HttpRequest,
    app: &App,
    action: Action,
) -> Result<Reader<Q>, Problem> {
    let caller = Caller::of(request, app).await?;
    caller.may(action)?;
    let query = StrictQuery::<Q>::extract(request).await?.0;
    let position = app.caught_up(query.min_position(), caller.sees_numbers()).await?;
    Ok(Reader { caller, query, position, emergency: None })
}

/// The proof without which no body leaves: what it shows of patients is in the access log, or it shows nobody.
#[must_use]
pub(super) struct Disclosed(());

impl Disclosed {
    /// The body is about no patient.
    pub(super) const fn nobody() -> Self {
        Self(())
    }

    /// The body is about HIV records, and the readings of these are facts of the records themselves: the access log must
    /// not tell which cases have one.
    pub(super) const fn in_hiv_records() -> Self {
        Self(())
    }

    /// Writes down what is about to be shown to this caller.
    pub(super) async fn to(
        caller: &Caller,
        (app, request): (&App, &HttpRequest),
        reading: Reading,
    ) -> Result<Self, Problem> {
        let RequestId(id) = RequestId::extract(request).await?;
        app.disclose(caller, id, reading).await?;
        Ok(Self(()))
    }

    /// Writes down what is about to leave at once, entry by entry.
    pub(super) async fn of_many(
        caller: &Caller,
        at: (&App, &HttpRequest),
        readings: impl Iterator<Item = Reading>,
    ) -> Result<Self, Problem> {
        for reading in readings {
            let Self(()) = Self::to(caller, at, reading).await?;
        }
        Ok(Self(()))
    }
}

impl<Q> Reader<Q> {
    /// Writes down what is about to be shown.
    pub(super) async fn discloses(
        &self,
        at: (&App, &HttpRequest),
        reading: Reading,
    ) -> Result<Disclosed, Problem> {
        let reading = match self.emergency {
            Some(emergency) => reading.in_emergency(emergency),
            None => reading,
        };
        Disclosed::to(&self.caller, at, reading).await
    }

    /// The ground of this reader, whose organisation has this tie to the record.
    pub(super) fn ground(&self, standing: Option<Standing>) -> AccessGround {
        AccessGround::of(&self.caller.actor, standing)
    }

    /// One thing, with its revision where it has one.
    pub(super) fn one(
        &self,
        app: &App,
        _: Disclosed,
        revision: Option<u64>,
        body: &impl Serialize,
    ) -> HttpResponse {
        let mut response = answer(app, ok(), self.position, self.caller.sees_numbers());
        if let Some(revision) = revision {
            response.insert_header((ETAG, format!("\"{revision}\"")));
        }
        response.json(body)
    }

    /// A document that is no JSON.
    pub(super) fn document(&self, app: &App, _: Disclosed, media: &str, bytes: Vec<u8>) -> HttpResponse {
        let mut response = self.raw(app, media, bytes);
        // A name that tells nothing, for it stays in the list of downloads of a shared computer.
        let name = HeaderValue::from_static("inline; filename=\"safar.pdf\"");
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
        response
    }

    /// A file to be kept: its media type, and its name.
    pub(super) fn attachment(
        &self,
        app: &App,
        _: Disclosed,
        (media, name): (&str, &'static str),
        bytes: Vec<u8>,
    ) -> HttpResponse {
        let mut response = self.raw(app, media, bytes);
        response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static(name));
        response
    }

    /// Bytes that are about nobody.
    pub(super) fn bytes(&self, app: &App, _: Disclosed, media: &str, bytes: Vec<u8>) -> HttpResponse {
        self.raw(app, media, bytes)
    }

    fn raw(&self, app: &App, media: &str, bytes: Vec<u8>) -> HttpResponse {
        let mut response = answer(app, ok(), self.position, self.caller.sees_numbers());
        response.content_type(media).body(bytes)
    }

    /// A page; `key` names the row that a full page ends with.
    pub(super) fn page<T: Serialize>(
        &self,
        (app, request): (&App, &HttpRequest),
        (_, items): (Disclosed, Vec<T>),
        limit: u32,
        key: impl Fn(&T) -> String,
    ) -> Result<HttpResponse, Problem> {
        let route = request.match_pattern().unwrap_or_default();
        let full = items.len() == limit as usize;
        let last = items.last().filter(|_| full);
        let seal = |item: &T| {
            let cursor = Cursor { position: self.position.get(), key: key(item) };
            app.sealer.seal_cursor(&cursor, &route, self.caller.actor.worker.as_str())
        };
        let next_cursor = last.map(seal).transpose()?;
        let mut response = answer(app, ok(), self.position, self.caller.sees_numbers());
        if let Some(cursor) = &next_cursor {
            let (path, filters) = (request.path(), filters(request.query_string()));
            let next = format!("<{path}?{filters}cursor={cursor}&limit={limit}>; rel=\"next\"");
            response.insert_header((LINK, next));
        }
        Ok(response.json(Page { items, next_cursor }))
    }

    /// The key that a page begins after, from the cursor the caller sends back; a node that has not read as far as the one
    /// that gave it waits, or the list would end too early.
    pub(super) async fn after<K: std::str::FromStr>(
        &self,
        (app, request): (&App, &HttpRequest),
        cursor: Option<&str>,
    ) -> Result<Option<K>, Problem> {
        let Some(text) = cursor else { return Ok(None) };
        let route = request.match_pattern().unwrap_or_default();
        let cursor = app.sealer.open_cursor(text, &route, self.caller.actor.worker.as_str())?;
        app.reached(Position::from(cursor.position)).await?;
        cursor.key.parse().map(Some).map_err(|_| Problem::of(catalogue::CURSOR_INVALID))
    }
}

/// What narrows a list, as the caller sent it, with an `&` behind each: the next page is narrowed in the same way.
fn filters(query: &str) -> String {
    let of_one_page = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !["", "cursor", "limit", "min_position"].contains(&name)
    };
    query.split('&').filter(of_one_page).flat_map(|pair| [pair, "&"]).collect()
}

/// Rows on a page: 1 to 200, by default 50.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    let limit = asked.unwrap_or(50);
    if (1..=200).contains(&limit) {
        return Ok(limit);
    }
    let error = FieldError::parameter("limit", "out_of_range", "A page has 1 to 200 rows.");
    Err(Problem::of(catalogue::INVALID_QUERY).error(error))
}

/// The part of the address with this name, or 404 when it is not of its kind.
pub(super) fn part<T: std::str::FromStr>(request: &HttpRequest, name: &str) -> Result<T, Problem> {
    let text = request.match_info().get(name).unwrap_or_default();
    text.parse().map_err(|_| Problem::of(catalogue::NOT_FOUND))
}
