//! Under construction.
pub mod http;
pub mod load;
pub mod postgres;
