//! What a request must look like before any rule is asked: strict bodies, strict headers, strict queries.
//!
//! Every check here answers with a [`Problem`](crate::problem::Problem) that names the place and never the value.

pub mod accept;
pub mod document;
mod header;
pub mod idempotency;
pub mod if_match;
pub mod language;
mod objects;
pub mod query;
pub mod request_id;
mod shape;
pub mod strict_json;

pub use header::single;
pub use idempotency::IdempotencyKey;
pub use if_match::{IfMatch, IfMatchOrAny};
pub use language::language;
pub(crate) use language::speak;
pub use query::StrictQuery;
pub use request_id::RequestId;
pub(crate) use shape::read;
pub use strict_json::{BATCH_LIMIT, BodyDeadline, COMMAND_LIMIT, Fingerprint, StrictJson};
