//! The rulebooks of Safar.
//!
//! Everything here is pure and synchronous: a command and what is known go in, facts or a refusal come out. There is
//! no clock, no randomness, no I/O and no async; the edge (`services/api`) brings the time and the ids.
//!
//! In reading order: [`decider`] is the one shape of every rulebook; [`case`] is the rulebook Safar exists for, split by
//! stage of the journey; [`conflict`] keeps what was done offline and did not count; [`person`] keeps identity apart;
//! [`erasure`] makes a person disappear for good; [`hiv`] is a record of its own beside the case, for those alone who give that care;
//! [`directory`] knows organisations and workers, [`place`] the places; [`policy`] says who may do what; [`pull_request`] is how
//! an organisation asks another for a patient who has come, [`notice`] who is told of a fact; [`emergency`] how a clinician opens a record that is not theirs, [`export`] how many leave at once; [`vocabulary`] has the words
//! of the field as data, `in_force` which rule holds in which country since when; [`access`] is what readers leave behind in a log
//! of their own; [`stored`] is the one place where facts become bytes and come back,
//! [`compartment`] says which of them are sealed.

pub mod access;
pub mod actor;
pub mod case;
pub mod claim_code;
pub mod compartment;
pub mod conflict;
pub mod contact_notice;
pub mod decider;
pub mod directory;
pub mod disclosure;
pub mod emergency;
pub mod erasure;
pub mod export;
pub mod free_text;
pub mod hiv;
pub mod ids;
mod in_force;
pub mod language;
pub mod notice;
pub mod organisation;
pub mod person;
pub mod place;
pub mod policy;
pub mod pull_request;
pub mod refusal;
pub mod report;
pub mod stored;
pub mod time;
pub mod vocabulary;
pub mod worker;

#[cfg(test)]
mod testing;
