//! Under construction.
pub mod binary;
pub mod http;
pub mod load;
pub mod postgres;
