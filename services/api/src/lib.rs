//! The edge of Safar: HTTP, tokens, configuration, telemetry, and the binary `safar`.

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod docs;
pub mod edge;
pub mod evidence;
pub mod http;
pub mod ids;
pub mod journey;
pub mod node;
pub mod operations;
pub mod problem;
mod random;
pub mod routes;
pub mod sealed;
pub mod telemetry;

#[cfg(test)]
mod testing;
