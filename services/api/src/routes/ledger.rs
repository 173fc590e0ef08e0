//! The ledgers, for auditors: checkpoints, tiles and proofs. What they show is hashes and how large a log is, and how large it is
//! counts what is hidden as well: nobody else is shown it.

use std::io;

use actix_web::{
    HttpRequest, HttpResponse, Route,
    web::{self, Data},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use safar_domain::policy::Action;
use safar_event_store::{
    Position,
    ledger::{Ledger, merkle::Hash, tile::TilePath},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    Endpoint,
    reading::{Disclosed, One, Query, Reader, part, reader},
};
use crate::{
    app::{App, alarm},
    problem::{FieldError, Problem, catalogue},
};

const NOTE: &str = "text/plain; charset=utf-8";
const TILE: &str = "application/octet-stream";

/// Declares the same rows for each of the two logs.
macro_rules! rows {
    ($log:ident, $prefix:literal, $name:literal, $whose:literal) => {
        [
            Endpoint {
                media: NOTE,
                ..row::<WhichCheckpoint, Note>(
                    concat!($prefix, "/checkpoint"),
                    (
                        concat!($name, ".checkpoint"),
                        concat!(
                            "Answers the newest checkpoint of ",
                            $whose,
                            ": a signed note (C2SP tlog-checkpoint)."
                        ),
                    ),
                    || {
                        web::route()
                            .to(|request, app: Data<App>| checkpoint(request, app, |app| &app.ledgers.$log))
                    },
                )
            },
            Endpoint {
                media: TILE,
                ..row::<One, Bytes>(
                    concat!($prefix, "/tile/{tile}"),
                    (
                        concat!($name, ".tile"),
                        concat!(
                            "Answers a tile of the Merkle tree of ",
                            $whose,
                            " (C2SP tlog-tiles), named <level>/<index> and .p/<width> where it is not full."
                        ),
                    ),
                    || web::route().to(|request, app: Data<App>| tile(request, app, |app| &app.ledgers.$log)),
                )
            },
            row::<WhichEvent, Inclusion>(
                concat!($prefix, "/proofs/inclusion"),
                (
                    concat!($name, ".inclusion"),
                    concat!("Proves that an event is in ", $whose, ", at its position (RFC 6962)."),
                ),
                || {
                    web::route()
                        .to(|request, app: Data<App>| inclusion(request, app, |app| &app.ledgers.$log))
                },
            ),
            row::<WhichSizes, Consistency>(
                concat!($prefix, "/proofs/consistency"),
                (
                    concat!($name, ".consistency"),
                    concat!("Proves that ", $whose, " of one size begins with that of another (RFC 6962)."),
                ),
                || {
                    web::route()
                        .to(|request, app: Data<App>| consistency(request, app, |app| &app.ledgers.$log))
                },
            ),
        ]
    };
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let log = rows!(log, "/v1/log", "log", "the log");
    let access = rows!(access, "/v1/access-log", "access_log", "the access log");
    log.into_iter().chain(access).collect()
}

fn row<Q: JsonSchema, A: JsonSchema>(
    path: &'static str,
    named: (&'static str, &'static str),
    handler: fn() -> Route,
) -> Endpoint {
    Endpoint::read::<Q, A>(path, named, Action::CheckLog, handler)
}

/// Which of the logs a row is about.
type Of = fn(&App) -> &Ledger;

/// A signed note.
struct Note;

impl JsonSchema for Note {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Note".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Hashes of 32 bytes, one behind the other.
struct Bytes;

impl JsonSchema for Bytes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bytes".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "contentMediaType": TILE })
    }
}

/// The query of a checkpoint.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhichCheckpoint {
    /// Answer the newest one that a witness has cosigned.
    cosigned: Option<bool>,
}

/// The query of a proof that an event is there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhichEvent {
    /// The event's position, from 1; the last one by default.
    #[schemars(range(min = 1))]
    position: Option<u64>,
    /// The size of the tree that the proof leads to; that of the newest checkpoint by default.
    size: Option<u64>,
}

/// The query of a proof that nothing but additions was made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhichSizes {
    /// The smaller size; 0 by default.
    from: Option<u64>,
    /// The larger one; that of the newest checkpoint by default.
    to: Option<u64>,
}

/// Nothing here waits for the read models.
macro_rules! waits_for_nothing {
    ($($query:ty),*) => {$(
        impl Query for $query {
            fn min_position(&self) -> Option<&str> {
                None
            }
        }
    )*};
}

waits_for_nothing!(WhichCheckpoint, WhichEvent, WhichSizes);

/// That an event is in the log.
#[derive(Debug, Serialize, JsonSchema)]
struct Inclusion {
    /// Where it is, from 1.
    position: u64,
    /// Its leaf, in base64.
    leaf: String,
    /// The hashes beside the way to the root, from below, in base64.
    hashes: Vec<String>,
    /// The size of the tree.
    size: u64,
    /// Its root, in base64.
    root: String,
}

/// That a log begins with what it was before.
#[derive(Debug, Serialize, JsonSchema)]
struct Consistency {
    /// The smaller size.
    from: u64,
    /// The larger one.
    to: u64,
    /// The hashes that show it, in base64.
    hashes: Vec<String>,
}

async fn checkpoint(request: HttpRequest, app: Data<App>, of: Of) -> Result<HttpResponse, Problem> {
    let reader: Reader<WhichCheckpoint> = reader(&request, &app, Action::CheckLog).await?;
    let ledger = of(&app);
    let note = match reader.query.cosigned {
        Some(true) => ledger.cosigned(),
        _ => ledger.published().note.clone(),
    };
    let note = note.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    Ok(reader.bytes(&app, Disclosed::nobody(), NOTE, note.into_bytes()))
}

async fn tile(request: HttpRequest, app: Data<App>, of: Of) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::CheckLog).await?;
    let path: TilePath = part(&request, "tile")?;
    let bytes = looked_up(of(&app), move |ledger| ledger.tile(path)).await?;
    Ok(reader.bytes(&app, Disclosed::nobody(), TILE, bytes))
}

async fn inclusion(request: HttpRequest, app: Data<App>, of: Of) -> Result<HttpResponse, Problem> {
    let reader: Reader<WhichEvent> = reader(&request, &app, Action::CheckLog).await?;
    let size = reader.query.size.unwrap_or_else(|| of(&app).published().checkpoint.size);
    let position = reader.query.position.unwrap_or(size);
    if reader.query.position == Some(0) {
        return Err(wrong("position", "Positions begin with 1."));
    }
    let proof = looked_up(of(&app), move |ledger| {
        let place = Position::from(position);
        let (leaf, root) = (ledger.leaf(place)?, ledger.root(size)?);
        Ok(ledger.inclusion(place, size)?.and_then(|hashes| Some((leaf?, hashes, root?))))
    });
    let (leaf, hashes, root) = proof.await?;
    let body = Inclusion {
        position,
        leaf: text(&leaf),
        hashes: hashes.iter().map(text).collect(),
        size,
        root: text(&root),
    };
    Ok(reader.one(&app, Disclosed::nobody(), None, &body))
}

async fn consistency(request: HttpRequest, app: Data<App>, of: Of) -> Result<HttpResponse, Problem> {
    let reader: Reader<WhichSizes> = reader(&request, &app, Action::CheckLog).await?;
    let from = reader.query.from.unwrap_or_default();
    let to = reader.query.to.unwrap_or_else(|| of(&app).published().checkpoint.size);
    if from > to {
        return Err(wrong("from", "The smaller size comes first."));
    }
    let hashes = looked_up(of(&app), move |ledger| ledger.consistency(from, to)).await?;
    let body = Consistency { from, to, hashes: hashes.iter().map(text).collect() };
    Ok(reader.one(&app, Disclosed::nobody(), None, &body))
}

fn text(hash: &Hash) -> String {
    STANDARD.encode(hash)
}

pub(super) fn wrong(parameter: &'static str, sentence: &'static str) -> Problem {
    Problem::of(catalogue::INVALID_QUERY).error(FieldError::parameter(parameter, "out_of_range", sentence))
}

/// Asks a ledger away from the threads that answer. What the newest checkpoint does not reach is not there.
pub(super) async fn looked_up<T: Send + 'static>(
    ledger: &Ledger,
    look: impl FnOnce(&Ledger) -> io::Result<Option<T>> + Send + 'static,
) -> Result<T, Problem> {
    let ledger = ledger.clone();
    let found = web::block(move || look(&ledger)).await;
    match found.map_err(|error| Problem::internal("reading the ledger", &error))? {
        Ok(found) => found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND)),
        Err(error) => {
            alarm();
            tracing::error!(%error, "a tile of the ledger is damaged; it is made anew at the next start");
            Err(Problem::of(catalogue::INTEGRITY_ERROR))
        }
    }
}
