//! The edge of Safar: HTTP, tokens, configuration, telemetry, and the binary `safar`.

pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod docs;
pub mod edge;
pub mod http;
pub mod ids;
pub mod operations;
pub mod problem;
mod random;
pub mod sealed;
pub mod telemetry;

#[cfg(test)]
mod testing;
