//! Who is asking: access tokens, verified as RFC 9068 and our own stricter rules say.
//!
//! The library checks the signature; everything it would let pass (a missing audience, an endless life, an unknown
//! critical header) is checked here. A token says who someone is, never what they may do: rights come from the
//! directory at each request.

mod bearer;
mod claims;
pub mod dev;
mod discovery;
mod fault;
mod head;
mod issuer;
mod keys;
mod self_test;
mod verifier;

use jiff::Timestamp;

pub use bearer::Limiter;
pub use dev::DevIssuer;
pub use fault::TokenFault;
pub use issuer::{Fetch, FetchError, fetch_by_http};
pub use keys::KeysError;
pub use verifier::{Verifier, VerifierError};

/// A token that passed: who, by whom, and when. As an extractor it refuses every request without one.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified {
    /// The worker's id, as the directory knows it.
    pub subject: String,
    /// The issuer that vouches for it.
    pub issuer: String,
    /// The token's own id (`jti`), for the access log.
    pub token_id: String,
    /// When the token was made.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When the user last proved who they are, if the issuer says so; asked for before HIV facts are shown.
    pub auth_time: Option<Timestamp>,
}

/// The subject is a person's account, and stays out of logs.
impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verified").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
