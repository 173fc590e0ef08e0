//! What reading routes share that can be asked about the past.

use std::{collections::BTreeSet, sync::Arc};

use safar_domain::{
    case::{Case, reading::Opened},
    directory::Directory,
};
use safar_event_store::Revision;
use safar_projections::CaseRecord;
use schemars::JsonSchema;
use serde::Deserialize;

use super::reading::{Query, Reader};
use crate::{
    app::{App, Moment, model_problem},
    problem::{Problem, catalogue},
};

/// The query of a route that reads one thing, as it stands or as it was.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneThen {
    /// As it was known then: a moment with its offset, or the `Safar-Position` of an earlier answer.
    as_of: Option<String>,
    /// As it was so then: a moment with its offset. What happened later, by the workers' word, is left out; what was corrected
    /// since is corrected.
    as_true_at: Option<String>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}

impl Query for OneThen {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

/// A query that may ask about the past.
pub(super) trait Past: Query {
    fn as_of(&self) -> Option<&str>;
    fn as_true_at(&self) -> Option<&str>;
}

macro_rules! asks_about_the_past {
    ($name:ident) => {
        impl crate::routes::past::Past for $name {
            fn as_of(&self) -> Option<&str> {
                self.as_of.as_deref()
            }

            fn as_true_at(&self) -> Option<&str> {
                self.as_true_at.as_deref()
            }
        }
    };
}

pub(super) use asks_about_the_past;

asks_about_the_past!(OneThen);

/// A case as it stands, or as it was at the moment that was asked for, as far as it is open to its reader now.
pub(super) struct Asked {
    pub(super) case: Case,
    pub(super) revision: Revision,
    /// The moment, and the revisions that count at it; nothing is left out of the present.
    pub(super) then: Option<(Moment, BTreeSet<Revision>)>,
}

impl Asked {
    /// The case that a reader asks for; before it was there, there is none.
    pub(super) async fn of<Q: Past>(
        app: &App,
        reader: &Reader<Q>,
        (record, opened): (&CaseRecord, &Opened),
    ) -> Result<Self, Problem> {
        match reader.moment(app).await? {
            Some(moment) => Self::at(app, (record, opened), moment).await,
            None => Ok(Self::now((record, opened))),
        }
    }

    /// The case as it stands.
    pub(super) fn now((record, opened): (&CaseRecord, &Opened)) -> Self {
        Self { case: record.case.as_opened(opened), revision: record.revision, then: None }
    }

    /// The case as it was at a moment.
    pub(super) async fn at(
        app: &App,
        (record, opened): (&CaseRecord, &Opened),
        moment: Moment,
    ) -> Result<Self, Problem> {
        let found = Self::before(app, (record, opened), moment).await?;
        found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))
    }

    /// The same, or none if there was no case yet.
    pub(super) async fn before(
        app: &App,
        (record, opened): (&CaseRecord, &Opened),
        moment: Moment,
    ) -> Result<Option<Self>, Problem> {
        let Some(then) = app.case_then(record.id, &moment).await? else { return Ok(None) };
        let case = then.past.case.as_opened_by(&record.case, opened);
        Ok(Some(Self { case, revision: then.revision, then: Some((moment, then.counted)) }))
    }

    /// What to build a command on: a case of the past has no such revision.
    pub(super) fn tag(&self) -> Option<u64> {
        self.then.is_none().then_some(self.revision.get())
    }

    /// The moment, if it is in the past.
    pub(super) fn moment(&self) -> Option<&Moment> {
        self.then.as_ref().map(|(moment, _)| moment)
    }

    /// Whether an event counts.
    pub(super) fn counts(&self, revision: Revision) -> bool {
        self.then.as_ref().is_none_or(|(_, counted)| counted.contains(&revision))
    }
}

impl<Q: Past> Reader<Q> {
    /// The moment that is asked for; none is the present.
    pub(super) async fn moment(&self, app: &App) -> Result<Option<Moment>, Problem> {
        app.moment((self.query.as_of(), self.query.as_true_at()), self.caller.sees_numbers()).await
    }
}

impl<Q> Reader<Q> {
    /// The directory of a moment, and that of the present without one.
    pub(super) async fn directory(
        &self,
        app: &App,
        moment: Option<&Moment>,
    ) -> Result<Arc<Directory>, Problem> {
        let Some(moment) = moment else { return Ok(self.caller.directory.clone()) };
        let then = app.models.directory_then(moment.known).await;
        then.map(Arc::new).map_err(|error| model_problem(&error))
    }
}
