//! Questions about the past: as of when something was known, as of when it was so, or both.
//!
//! What was known is the log up to a position. Nothing else is kept for it: a case of the past is folded anew, and a list of the past
//! from the cases that had a part in it.

use std::{collections::BTreeSet, fmt::Display};

use jiff::Timestamp;
use safar_domain::{
    case::{Case, past::PastCase},
    decider::Decider as _,
    erasure::Erasure,
    ids::{CaseId, PersonId},
};
use safar_event_store::{Position, Revision, StreamId};
use tokio::sync::SemaphorePermit;

use super::{App, Rulebook, model_problem, store_problem};
use crate::problem::{FieldError, Problem, catalogue};

/// How many lists of the past a node makes at once: each folds the streams of many cases.
pub(super) const AT_ONCE: usize = 2;

/// As of when.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// What was recorded later was not known.
    pub known: Position,
    /// The moment at which one stands: what was due by then was due.
    pub at: Timestamp,
    /// What happened later was not so.
    pub true_at: Option<Timestamp>,
}

/// A case as it was.
#[derive(Debug, Clone)]
pub struct Then {
    /// The state.
    pub past: PastCase,
    /// The last revision that was known.
    pub revision: Revision,
    /// The revisions that count.
    pub counted: BTreeSet<Revision>,
}

impl App {
    /// The moment that a reader asks for by one clock or by both; none is the present.
    pub async fn moment(
        &self,
        (as_of, as_true_at): (Option<&str>, Option<&str>),
        numbers: bool,
    ) -> Result<Option<Moment>, Problem> {
        let now = self.clock.now();
        let true_at = as_true_at.map(|text| past_moment("as_true_at", text, now)).transpose()?;
        let moment = match as_of {
            None if true_at.is_none() => return Ok(None),
            None => {
                let known = self.store.head().await.map_err(|error| store_problem(&error))?;
                Moment { known, at: now, true_at }
            }
            Some(text) => {
                let (known, at) = self.known("as_of", text, numbers).await?;
                Moment { known, at, true_at }
            }
        };
        self.reached(moment.known).await?;
        Ok(Some(Moment { at: true_at.unwrap_or(moment.at), ..moment }))
    }

    /// A place in the log, and its moment, from the text of a parameter.
    pub async fn known(
        &self,
        parameter: &'static str,
        text: &str,
        numbers: bool,
    ) -> Result<(Position, Timestamp), Problem> {
        let now = self.clock.now();
        if text.parse::<Timestamp>().is_ok() {
            let moment = past_moment(parameter, text, now)?;
            let known = self.store.position_at(moment).await.map_err(|error| store_problem(&error))?;
            return Ok((known, moment));
        }
        let position = self.sealer.read_position(text, numbers, parameter);
        let position = Position::from(position.map_err(|_| {
            let sentence = "This must be a moment with its offset such as 2026-11-03T09:30:00%2B05:00, or a Safar-Position as you got it.";
            refused(parameter, "invalid", sentence)
        })?);
        if position > self.store.head().await.map_err(|error| store_problem(&error))? {
            return Err(in_the_future(parameter));
        }
        let at = self.store.recorded_at(position).await.map_err(|error| store_problem(&error))?;
        Ok((position, at.unwrap_or(Timestamp::MIN)))
    }

    /// The right to make one list of the past, as long as it is held; who finds none is asked to come again, so that the work of the
    /// day goes on.
    pub fn turn_in_the_past(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.past.try_acquire().map_err(|_| Problem::of(catalogue::BUSY).retry_after(2))
    }

    /// A case as it was; none if there was none.
    pub async fn case_then(&self, id: CaseId, moment: &Moment) -> Result<Option<Then>, Problem> {
        let events = self.history(&StreamId::new(Case::CATEGORY, id), Revision::ABSENT).await?;
        let mut then = Then {
            past: PastCase::new(moment.true_at),
            revision: Revision::ABSENT,
            counted: BTreeSet::new(),
        };
        for event in events.iter().take_while(|event| event.position <= moment.known) {
            then.revision = event.revision;
            if then.past.take_in(&Self::fact::<Case>(event)?) {
                then.counted.insert(event.revision);
            }
        }
        Ok(Some(then).filter(|then| then.past.case.opening.is_some()))
    }

    /// Another record as it was known at a position.
    pub async fn record_then<D: Rulebook>(
        &self,
        id: &(impl Display + Sync),
        known: Position,
    ) -> Result<D, Problem> {
        let mut state = D::default();
        for event in self.history(&self.stream_of::<D>(id)?, Revision::ABSENT).await? {
            if event.position > known {
                break;
            }
            let event = self.unsealed::<D>(event).await?;
            state = state.evolve(&Self::fact::<D>(&event)?);
        }
        Ok(state)
    }

    /// Whether a person's record was erased, now or at a moment.
    pub async fn is_erased(&self, person: PersonId, moment: Option<&Moment>) -> Result<bool, Problem> {
        let found = self.models.erasure(person).await.map_err(|error| model_problem(&error))?;
        let erased = found.is_some_and(|found| found.erasure.erased.is_some());
        match moment {
            Some(moment) if erased => {
                Ok(self.record_then::<Erasure>(&person, moment.known).await?.erased.is_some())
            }
            _ => Ok(erased),
        }
    }
}

/// A moment that has passed, from the text of a parameter.
fn past_moment(parameter: &'static str, text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let sentence = "This must be a moment with its offset such as 2026-11-03T09:30:00%2B05:00.";
    let moment: Timestamp = text.parse().map_err(|_| refused(parameter, "not_an_instant", sentence))?;
    if moment > now { Err(in_the_future(parameter)) } else { Ok(moment) }
}

fn in_the_future(parameter: &'static str) -> Problem {
    let sentence = "What will be known later cannot be said; give a moment that has passed.";
    refused(parameter, "in_the_future", sentence)
}

fn refused(parameter: &'static str, code: &'static str, sentence: &'static str) -> Problem {
    Problem::of(catalogue::INVALID_QUERY).error(FieldError::parameter(parameter, code, sentence))
}
