//! One batch of events: sorted, folded and written in the transaction that moves the checkpoint.

use std::collections::{BTreeMap, BTreeSet};

use safar_domain::{compartment::Compartment, directory::Directory, ids::CaseId};
use safar_event_store::{DamagedEvent, Position, RecordedEvent, StreamId};
use sqlx::{Connection, SqliteConnection};

use crate::{
    cases::{self, Folded},
    checkpoint,
    conflicts::Conflicts,
    contact_cases, contact_notices,
    directory::{self, DirectoryChange},
    emergencies, erasures,
    error::ProjectionError,
    exports, handoffs, measures,
    notices::Notices,
    parked::{self, Parked},
    pull_requests, reach,
    recorded::{Change, change},
    timeline::{self, Happened},
    waiting, worklist,
};

/// What to do with an event that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnPoison {
    /// It and what follows in its stream wait; other streams go on.
    Park,
    /// Nothing goes on.
    Stop,
}

/// The events of a batch by what they concern.
#[derive(Default)]
struct Sorted<'a> {
    cases: Vec<Happened<'a>>,
    pull_requests: Vec<pull_requests::Happened<'a>>,
    conflicts: Conflicts<'a>,
    contact_notices: Vec<contact_notices::Happened<'a>>,
    emergencies: Vec<emergencies::Happened<'a>>,
    erasures: Vec<erasures::Happened<'a>>,
    exports: Vec<exports::Happened<'a>>,
    directory: Option<(Directory, Vec<(Position, DirectoryChange)>)>,
    sealed: Vec<&'a RecordedEvent>,
    parked: Vec<Parked<'a>>,
}

/// Takes the events in and moves the checkpoint behind them, or leaves everything as it was. The answer is the
/// directory, if it has changed.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    (events, damaged): (&[RecordedEvent], &[DamagedEvent]),
    known: &Directory,
    poison: OnPoison,
) -> Result<Option<Directory>, ProjectionError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    checkpoint::advance_past(&mut transaction, events, damaged).await?;
    let standing_still = parked::among(&mut transaction, events).await?;
    parked::damaged(&mut transaction, damaged).await?;
    let sorted = sort((events, damaged), standing_still, known, poison)?;
    let mut notices = Notices::default();
    let folded = fold(&mut transaction, &sorted.cases, &mut notices).await?;
    if !folded.is_empty() {
        timeline::write(&mut transaction, &sorted.cases).await?;
        cases::write(&mut transaction, &folded).await?;
        reach::write(&mut transaction, &folded).await?;
        contact_cases::write(&mut transaction, &folded).await?;
        worklist::write(&mut transaction, &folded).await?;
        handoffs::write(&mut transaction, &folded).await?;
        measures::write(&mut transaction, &folded).await?;
    }
    pull_requests::write(&mut transaction, &sorted.pull_requests, &mut notices).await?;
    contact_notices::write(&mut transaction, &sorted.contact_notices, &mut notices).await?;
    emergencies::write(&mut transaction, &sorted.emergencies, &mut notices).await?;
    exports::write(&mut transaction, &sorted.exports, &mut notices).await?;
    notices.write(&mut transaction).await?;
    sorted.conflicts.write(&mut transaction).await?;
    erasures::write(&mut transaction, &sorted.erasures).await?;
    if let Some((changed, changes)) = &sorted.directory {
        directory::write(&mut transaction, (known, changed), changes).await?;
    }
    waiting::keep(&mut transaction, &sorted.sealed).await?;
    parked::write(&mut transaction, &sorted.parked).await?;
    transaction.commit().await?;
    Ok(sorted.directory.map(|(changed, _)| changed))
}

fn sort<'a>(
    (events, damaged): (&'a [RecordedEvent], &[DamagedEvent]),
    mut standing_still: BTreeSet<StreamId>,
    known: &Directory,
    poison: OnPoison,
) -> Result<Sorted<'a>, ProjectionError> {
    let mut sorted = Sorted::default();
    let mut damaged = damaged.iter().peekable();
    for event in events {
        while let Some(before) = damaged.next_if(|damaged| damaged.position < event.position) {
            standing_still.extend(before.stream.clone());
        }
        if standing_still.contains(&event.stream) {
            sorted.parked.push((event, None));
            continue;
        }
        if Compartment::of_category(event.stream.category()).is_some() {
            sorted.sealed.push(event);
            continue;
        }
        match change(event) {
            Ok(change) => sorted.take_in(event, change, known),
            Err(reason) if poison == OnPoison::Stop => {
                return Err(ProjectionError::Poison { position: event.position, reason });
            }
            Err(reason) => {
                tracing::error!(
                    event.position = event.position.get(),
                    event.r#type = event.event_type,
                    "an event cannot be read; its stream stands still in the read models"
                );
                standing_still.insert(event.stream.clone());
                sorted.parked.push((event, Some(reason.to_string())));
            }
        }
    }
    Ok(sorted)
}

impl<'a> Sorted<'a> {
    fn take_in(&mut self, event: &'a RecordedEvent, change: Change, known: &Directory) {
        match change {
            Change::Case(id, fact) => self.cases.push((id, event, fact)),
            Change::PullRequest(id, fact) => self.pull_requests.push((id, event, fact)),
            Change::ContactNotice(id, fact) => self.contact_notices.push((id, event, fact)),
            Change::Erasure(person, fact) => self.erasures.push((person, event, fact)),
            Change::Conflict(id, fact) => self.conflicts.take_in(id, event, fact),
            Change::Emergency(fact) => self.emergencies.push((event, fact)),
            Change::Export(fact) => self.exports.push((event, fact)),
            Change::Organisation(fact) => {
                self.directory_changes(event, DirectoryChange::Organisation(fact.event), known);
            }
            // Who read what is asked of the log itself.
            Change::Disclosure(..) => (),
            Change::Worker(fact) => {
                self.directory_changes(event, DirectoryChange::Worker(fact.event), known);
            }
        }
    }

    fn directory_changes(&mut self, event: &RecordedEvent, change: DirectoryChange, known: &Directory) {
        let (directory, changes) = self.directory.get_or_insert_with(|| (known.clone(), Vec::new()));
        change.take_place_in(directory);
        changes.push((event.position, change));
    }
}

/// The cases that these events touch, as they stand behind them; what they tell is noted on the way.
async fn fold(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
    notices: &mut Notices,
) -> Result<Vec<Folded>, ProjectionError> {
    let touched: BTreeSet<CaseId> = happened.iter().map(|(id, ..)| *id).collect();
    let mut folded: BTreeMap<_, _> = cases::load(connection, touched.into_iter()).await?;
    for one in happened {
        let (id, event, fact) = one;
        let case = folded.entry(*id).or_insert_with(|| Folded::absent(*id, event.position));
        case.take_in(event, fact);
        notices.of_case(one, &case.case);
    }
    Ok(folded.into_values().collect())
}
