//! The read models, through the log: equal on every node and after every rebuild, whole or not at all.

#[path = "read_models/applying.rs"]
mod applying;
#[path = "read_models/dump.rs"]
mod dump;
#[path = "read_models/equality.rs"]
mod equality;
#[path = "read_models/fixture.rs"]
mod fixture;
#[path = "read_models/following.rs"]
mod following;
#[path = "read_models/history.rs"]
mod history;
#[path = "read_models/oracle.rs"]
mod oracle;
#[path = "read_models/poison.rs"]
mod poison;
#[path = "read_models/questions.rs"]
mod questions;
#[path = "read_models/rebuilding.rs"]
mod rebuilding;
#[path = "read_models/samples.rs"]
mod samples;
#[path = "read_models/telling.rs"]
mod telling;
