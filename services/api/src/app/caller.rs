//! Who asks, with the rights of this moment.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use jiff::{SignedDuration, Timestamp, civil::Date};
use safar_domain::{
    actor::{Actor, Role},
    directory::Directory,
    ids::Country,
    policy::{self, Action, Decision, Duty, Tie},
    time::OccurredAt,
};
use std::sync::Arc;

use super::{App, zone};
use crate::{
    auth::Verified,
    problem::{FieldError, Problem, catalogue},
};

/// The header that says when something happened, if not now.
pub const OCCURRED_AT: &str = "Safar-Occurred-At";

/// An authenticated worker: the token says who, the directory says as what, now.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The worker with role and organisation.
    pub actor: Actor,
    /// The directory that said so.
    pub directory: Arc<Directory>,
    /// Whether the worker is at work today.
    pub duty: Duty,
    /// How long ago the worker proved who they are, where the identity provider says so.
    pub signed_in: Option<SignedDuration>,
}

impl Caller {
    /// Reads the token and looks the worker up; a worker who is gone is not let in, however good the token.
    pub async fn of(request: &HttpRequest, app: &App) -> Result<Self, Problem> {
        let verified = Verified::from_request(request, &mut Payload::None).await?;
        let directory = app.models.directory();
        let worker = verified.subject.parse().map_err(|_| Problem::of(catalogue::TOKEN_REFUSED))?;
        let actor = directory.actor(&worker).ok_or_else(|| Problem::of(catalogue::TOKEN_REFUSED))?;
        let signed_in = verified.auth_time.map(|at| app.clock.now().duration_since(at));
        let caller = Self { actor, directory, duty: Duty::On, signed_in };
        Ok(Self { duty: caller.duty_on(caller.date_of(app.clock.now())), ..caller })
    }

    /// Lets the caller use a function, or says that it is not for this role.
    pub fn may(&self, action: Action) -> Result<(), Problem> {
        answer(policy::opens(self.actor.role, self.duty, action))
    }

    /// Whether the worker is, or was, at work on a day.
    pub fn duty_on(&self, day: Date) -> Duty {
        self.directory.duty(&self.actor.worker, day)
    }

    /// Lets the caller reach a thing, or hides it.
    pub fn reaches(&self, action: Action, tie: impl Into<Tie>) -> Result<(), Problem> {
        let tie = Tie { signed_in: self.signed_in, duty: self.duty, ..tie.into() };
        answer(policy::decide(&self.actor, action, tie))
    }

    /// Whether positions are shown to this caller as numbers.
    pub fn sees_numbers(&self) -> bool {
        self.actor.role == Role::Auditor
    }

    /// The civil date of a moment where the caller works.
    pub fn date_of(&self, moment: Timestamp) -> Date {
        date_in(self.actor.country, moment)
    }

    /// When it happened, as the worker said: an instant with its offset, or a day; else now.
    pub fn occurred_at(&self, said: Option<&str>, now: Timestamp) -> Result<OccurredAt, Problem> {
        let zone = zone::of(self.actor.country);
        let Some(text) = said else { return Ok(OccurredAt::at(now, &zone)) };
        let moment = if text.len() == 10 {
            text.parse::<Date>().ok().and_then(|day| OccurredAt::on(day, &zone))
        } else {
            text.parse::<Timestamp>().ok().map(|instant| OccurredAt::at(instant, &zone))
        };
        moment.ok_or_else(|| {
            let sentence = "This must be a day such as 2026-11-03, or a moment with its offset such as 2026-11-03T09:30:00+05:00.";
            Problem::of(catalogue::BAD_REQUEST).error(FieldError::header(OCCURRED_AT, "not_a_moment", sentence))
        })
    }
}

/// The civil date of a moment in a country.
pub fn date_in(country: Country, moment: Timestamp) -> Date {
    moment.to_zoned(zone::of(country)).date()
}

/// What the policy's answer is to the one who asked.
fn answer(decision: Decision) -> Result<(), Problem> {
    Err(Problem::of(match decision {
        Decision::Permit => return Ok(()),
        Decision::DenyFunction => catalogue::FORBIDDEN,
        Decision::OffDuty => catalogue::OFF_DUTY,
        Decision::Hide => catalogue::NOT_FOUND,
        Decision::StepUp => catalogue::STEP_UP_REQUIRED,
    }))
}
