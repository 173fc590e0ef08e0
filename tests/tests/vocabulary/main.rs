//! The words of the field: whether each code of the API has them, and whether they are enough to draw a form.

mod answers;
mod binding;
mod client;
mod files;
mod form;
mod schema;
