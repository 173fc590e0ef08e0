//! What the tests share: throw-away servers, a test app, the built binary, and ways to load them.
pub mod binary;
pub mod http;
pub mod load;
pub mod postgres;
