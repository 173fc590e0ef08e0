//! Under construction.
pub mod postgres;
pub mod load;
