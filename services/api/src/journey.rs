//! Journeys: what happened to a migrant, as a script that people can read and a server can live through.
//!
//! A script is a text file of steps. A step says when, who, and what is asked of the HTTP face; its JSON body and what
//! must come of it follow until an empty line:
//!
//! ```text
//! D-215 sw-galaba POST /v1/cases -> case
//! {"person": "$person", "phase": "pre_departure"}
//!
//! D-2 tb-tj-national-1 POST /v1/cases/$case/outcome/confirm => 409 outcome_needs_second_person
//! {}
//!
//! D-0 au-tj GET /v1/cases/$case
//! = /treatments/0/outcome/outcome "cured"
//! ```
//!
//! `D-215` is 215 days before the day on which the script is played; as a whole JSON string it becomes that date.
//! `D-5+72h04m` is four minutes and 72 hours after the moment `D-5`. `@D-3` says that it happened then and was recorded
//! later. `-> name` keeps the id of what was created as `$name`; `key=name` gives a step an idempotency key that another
//! step can repeat. `=> 409 code` expects a refusal. A line `= <JSON pointer> <value>` states what the answer must say;
//! the value may be a day or a `$name` too, `"@D-3"` is the moment itself, and what is not there is `null`.

mod player;
mod script;

pub use player::{Mismatch, Played, Stage, play};
pub use script::{Day, Expect, Journey, ScriptError, Step};

/// The twelve journeys that the product was built for, with the refusals that must happen on the way.
pub const TWELVE: [(&str, &str); 12] = [
    ("J1", include_str!("../journeys/01-there-and-home.journey")),
    ("J2", include_str!("../journeys/02-never-arrived.journey")),
    ("J3", include_str!("../journeys/03-did-not-travel.journey")),
    ("J4", include_str!("../journeys/04-declined-and-redirected.journey")),
    ("J5", include_str!("../journeys/05-nobody-answers.journey")),
    ("J6", include_str!("../journeys/06-arrived-elsewhere.journey")),
    ("J7", include_str!("../journeys/07-tb-and-hiv.journey")),
    ("J8", include_str!("../journeys/08-lost-and-found.journey")),
    ("J9", include_str!("../journeys/09-two-spellings.journey")),
    ("J10", include_str!("../journeys/10-offline-week.journey")),
    ("J11", include_str!("../journeys/11-a-death-on-the-road.journey")),
    ("J12", include_str!("../journeys/12-not-tb.journey")),
];
