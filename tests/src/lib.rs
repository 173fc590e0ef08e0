//! Under construction.
pub mod load;
pub mod postgres;
