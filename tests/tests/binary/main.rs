//! The built binary, used as its operators and its users use it: started, killed, doubled, asked and read.

mod asking;
mod auditing;
mod disk;
mod documents;
mod evidence;
mod journal;
mod keys;
mod kill;
mod ledger;
mod names;
mod operations;
mod readme;
mod refusing;
mod telemetry;
mod two_nodes;
