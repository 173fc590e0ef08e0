//! Reports: numbers about the work, and never the work itself.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::{Span, civil::Date};
use safar_domain::{
    case::{handoff::HandoffState, outcome::Outcome},
    ids::{OrganisationId, PlaceId},
    policy::{self, Action, Counts},
    report::{
        Days, LEAST_SHOWN, Share,
        corridor::{By, Figures, Key, Measured, Report, Stretch, Whereabouts},
    },
};
use safar_projections::{MeasuresQuery, measured_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Endpoint,
    past::asks_about_the_past,
    reading::{Disclosed, Query, Reader, reader},
};
use crate::{
    app::{App, Moment, model_problem, places},
    problem::{FieldError, Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::read::<Wanted, HandoffReport>(
        "/v1/reports/handoffs",
        (
            "reports.handoffs",
            "Measures the handoffs offered in a period: how far they came, how fast, and how they were lost.",
        ),
        Action::ReadReports,
        || web::route().to(handoffs),
    )]
}

/// Which handoffs are counted, and how they are set side by side.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The first day of the offers that count; by default a year before `until`.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    from: Option<Date>,
    /// The day after the last one; by default the first of the next month.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    until: Option<Date>,
    /// By what the figures are set side by side.
    #[serde(default)]
    by: By,
    /// Only offers of organisations in this place, at any depth.
    origin_region: Option<PlaceId>,
    /// Only offers to organisations in this place, at any depth.
    destination_region: Option<PlaceId>,
    /// Only handoffs from or to this organisation.
    organisation: Option<OrganisationId>,
    /// As it was known then: a moment with its offset, or the `Safar-Position` of an earlier answer. Not for who
    /// may not see the people.
    as_of: Option<String>,
    /// Without what happened later than this moment, by the workers' word; what was corrected since is corrected.
    as_true_at: Option<String>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}
asks_about_the_past!(Wanted);

impl Query for Wanted {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

/// The measures of the corridor.
#[derive(Debug, Serialize, JsonSchema)]
struct HandoffReport {
    /// The first day of the offers that count.
    #[schemars(with = "String", extend("format" = "date"))]
    from: Date,
    /// The day after the last one.
    #[schemars(with = "String", extend("format" = "date"))]
    until: Date,
    /// By what the groups differ.
    by: By,
    /// All of them; absent when they are too few for this reader.
    total: Option<FiguresView>,
    /// The groups, in the order of their keys.
    groups: Vec<GroupView>,
}

/// Some of them.
#[derive(Debug, Serialize, JsonSchema)]
struct GroupView {
    /// What they have in common.
    key: KeyView,
    /// Their measures.
    figures: FiguresView,
}

/// What the handoffs of a group have in common.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum KeyView {
    /// Where they go from and to; of a destination outside the network the country, and null where nothing is known.
    Places {
        /// Where the organisation is that offered.
        origin: Option<PlaceId>,
        /// Where the organisation is that was asked.
        destination: Option<PlaceId>,
    },
    /// The organisation; null is outside the network.
    Organisation(Option<OrganisationId>),
    /// The month or the quarter of the offer: `2026-05` or `2026-Q2`.
    Period(String),
    /// Nothing: groups that are too small to be shown to this reader, together.
    Others {},
}

/// A part of a whole; the percentage is for the reader to take.
#[derive(Debug, Serialize, JsonSchema)]
struct ShareView {
    /// The part.
    numerator: u64,
    /// The whole.
    denominator: u64,
}

/// The measures of some handoffs.
#[derive(Debug, Serialize, JsonSchema)]
struct FiguresView {
    /// How many were offered, without those that should never have been recorded.
    offered: u64,
    /// How many should never have been recorded; they are in no other number.
    entered_in_error: u64,
    /// How many of these reached a step, or a later one.
    steps: StepsView,
    /// How many are between offer and arrival now.
    live: u64,
    /// How many ended before the arrival, by the state in which they did; a state that is absent had none.
    lost: BTreeMap<HandoffState, u64>,
    /// How the care of the arrived went on.
    care: CareView,
    /// How long each stretch took.
    intervals: BTreeMap<Stretch, IntervalView>,
}

/// How many reached a step, or a later one.
#[derive(Debug, Serialize, JsonSchema)]
struct StepsView {
    /// Seen by the destination.
    acknowledged: ShareView,
    /// Taken by the destination.
    accepted: ShareView,
    /// On the way.
    departed: ShareView,
    /// Seen at the destination.
    arrived: ShareView,
}

/// How the care of the arrived went on, of those with tuberculosis that is in the counts.
#[derive(Debug, Serialize, JsonSchema)]
struct CareView {
    /// Had a dose after the arrival.
    first_dose: ShareView,
    /// Have a confirmed outcome; that it was not evaluated is none.
    outcome_known: ShareView,
    /// Confirmed outcomes; one that is absent was that of none.
    outcomes: BTreeMap<Outcome, u64>,
    /// Have no confirmed outcome so far, not even that it was not evaluated.
    without_outcome: u64,
}

/// How many days a stretch took.
#[derive(Debug, Serialize, JsonSchema)]
struct IntervalView {
    /// Handoffs of which both days are on record.
    n: u64,
    /// The value at rank n/4, rounded up, of the values in order; absent when there is none, or when `n` is too small for
    /// this reader.
    lower_quartile: Option<i32>,
    /// The value at rank n/2, rounded up.
    median: Option<i32>,
    /// The value at rank 3n/4, rounded up.
    upper_quartile: Option<i32>,
}

async fn handoffs(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Wanted> = reader(&request, &app, Action::ReadReports).await?;
    let counts = policy::counts(reader.caller.actor.role).ok_or(Problem::of(catalogue::FORBIDDEN))?;
    let (from, until) = period(&reader, app.clock.now())?;
    whole_months(counts, from, until)?;
    let wanted = &reader.query;
    known_place("origin_region", wanted.origin_region.as_ref())?;
    known_place("destination_region", wanted.destination_region.as_ref())?;
    of_the_present(counts, wanted)?;
    let moment = reader.moment(&app).await?;
    let own = (counts == Counts::Own).then(|| reader.caller.actor.organisation.clone());
    // Of one's own handoffs those with another organisation; otherwise those of that organisation.
    let organisation = own.or_else(|| wanted.organisation.clone());
    let directory = reader.directory(&app, moment.as_ref()).await?;
    let whereabouts = Whereabouts { directory: &directory, places: places::all() };
    let mut report = Report::default();
    let query = MeasuresQuery { organisation, from, until };
    let counted = |measured: &Measured| {
        if wanted.takes(measured, whereabouts) {
            report.count(wanted.by, measured, whereabouts);
        }
    };
    match moment {
        None => app.models.measures(query, counted).await.map_err(|error| model_problem(&error))?,
        Some(moment) => past(&app, &query, &moment, counted).await?,
    }
    let coarse = counts == Counts::Coarse;
    let report = if coarse { report.coarse() } else { Some(report) };
    Ok(reader.one(
        &app,
        Disclosed::nobody(),
        None,
        &HandoffReport::of((from, until), wanted.by, report, coarse),
    ))
}

/// Shows every handoff of a time, as it was, to a visitor.
async fn past(
    app: &App,
    query: &MeasuresQuery,
    moment: &Moment,
    mut visit: impl FnMut(&Measured),
) -> Result<(), Problem> {
    let _turn = app.turn_in_the_past()?;
    let cases = app.models.cases_measured(query, moment.known).await;
    for id in cases.map_err(|error| model_problem(&error))? {
        let Some(then) = app.case_then(id, moment).await? else { continue };
        let handoffs = measured_of(&then.past.case, &then.past.measures);
        handoffs.filter(|(_, measured)| query.takes(measured)).for_each(|(_, measured)| visit(&measured));
    }
    Ok(())
}

impl Wanted {
    fn takes(&self, measured: &Measured, whereabouts: Whereabouts<'_>) -> bool {
        let lies_in = |around: &[PlaceId], place: &Option<PlaceId>| {
            place.as_ref().is_none_or(|place| around.contains(place))
        };
        let side = |organisation| [&measured.origin, &measured.destination].contains(&organisation);
        lies_in(&whereabouts.origin(measured), &self.origin_region)
            && lies_in(&whereabouts.destination(measured), &self.destination_region)
            && self.organisation.as_ref().is_none_or(side)
    }
}

fn period(reader: &Reader<Wanted>, now: jiff::Timestamp) -> Result<(Date, Date), Problem> {
    let this_month = reader.caller.date_of(now).first_of_month();
    let until = reader.query.until.unwrap_or_else(|| this_month.saturating_add(Span::new().months(1)));
    let from = reader.query.from.unwrap_or_else(|| until.saturating_sub(Span::new().years(1)));
    if from < until {
        return Ok((from, until));
    }
    let sentence = "The period must begin before the day on which it ends.";
    Err(invalid("until", "period_backwards", sentence))
}

/// Who may not see the people gets no period from which another leaves a single day.
fn whole_months(counts: Counts, from: Date, until: Date) -> Result<(), Problem> {
    let broken = [("from", from), ("until", until)].into_iter().find(|(_, day)| day.day() != 1);
    match broken {
        Some((name, _)) if counts == Counts::Coarse => Err(invalid(
            name,
            "not_whole_months",
            "Your reports are of whole months: give the first day of a month.",
        )),
        _ => Ok(()),
    }
}

/// Who may not see the people is told of the present alone: two moments with one event between them would show what it was.
fn of_the_present(counts: Counts, wanted: &Wanted) -> Result<(), Problem> {
    let asked = [("as_of", &wanted.as_of), ("as_true_at", &wanted.as_true_at)];
    match asked.into_iter().find(|(_, text)| text.is_some()) {
        Some((name, _)) if counts == Counts::Coarse => Err(invalid(
            name,
            "present_alone",
            "Your reports are of the present: leave this out, or ask somebody who sees the people.",
        )),
        _ => Ok(()),
    }
}

fn known_place(name: &'static str, place: Option<&PlaceId>) -> Result<(), Problem> {
    if place.is_none_or(|place| places::all().knows(place)) {
        return Ok(());
    }
    Err(invalid(name, "place_unknown", "The place is not known; look it up in the directory of places."))
}

fn invalid(name: &'static str, code: &'static str, sentence: &'static str) -> Problem {
    Problem::of(catalogue::INVALID_QUERY).error(FieldError::parameter(name, code, sentence))
}

impl HandoffReport {
    fn of((from, until): (Date, Date), by: By, report: Option<Report>, coarse: bool) -> Self {
        let (total, groups) = report.map(|report| (report.total, report.groups)).unzip();
        let group = |(key, figures): (Key, Figures)| GroupView {
            key: KeyView::of(key, by),
            figures: FiguresView::of(&figures, coarse),
        };
        Self {
            from,
            until,
            by,
            total: total.map(|figures| FiguresView::of(&figures, coarse)),
            groups: groups.unwrap_or_default().into_iter().map(group).collect(),
        }
    }
}

impl KeyView {
    fn of(key: Key, by: By) -> Self {
        match key {
            Key::Places(origin, destination) => Self::Places { origin, destination },
            Key::Organisation(organisation) => Self::Organisation(organisation),
            Key::Period(day) if by == By::Quarter => {
                Self::Period(format!("{:04}-Q{}", day.year(), (day.month() + 2) / 3))
            }
            Key::Period(day) => Self::Period(format!("{:04}-{:02}", day.year(), day.month())),
            Key::Others => Self::Others {},
        }
    }
}

impl FiguresView {
    fn of(figures: &Figures, coarse: bool) -> Self {
        let of_offered = |numerator| ShareView { numerator, denominator: figures.offered };
        let none = Days::default();
        let interval = |stretch: Stretch| {
            (stretch, IntervalView::of(figures.intervals.get(&stretch).unwrap_or(&none), coarse))
        };
        Self {
            offered: figures.offered,
            entered_in_error: figures.entered_in_error,
            steps: StepsView {
                acknowledged: of_offered(figures.acknowledged),
                accepted: of_offered(figures.accepted),
                departed: of_offered(figures.departed),
                arrived: of_offered(figures.arrived),
            },
            live: figures.live,
            lost: figures.lost.clone(),
            care: CareView {
                first_dose: Share { numerator: figures.first_dose, denominator: figures.arrived_with_tb }
                    .into(),
                outcome_known: figures.outcome_known().into(),
                outcomes: figures.outcomes.clone(),
                without_outcome: figures.without_outcome(),
            },
            intervals: Stretch::ALL.into_iter().map(interval).collect(),
        }
    }
}

impl From<Share> for ShareView {
    fn from(Share { numerator, denominator }: Share) -> Self {
        Self { numerator, denominator }
    }
}

impl IntervalView {
    /// A quartile of a few values is the value of one of them.
    fn of(days: &Days, coarse: bool) -> Self {
        let n = days.count();
        let quartiles = days.quartiles().filter(|_| !coarse || n >= LEAST_SHOWN);
        Self {
            n,
            lower_quartile: quartiles.map(|quartiles| quartiles.lower),
            median: quartiles.map(|quartiles| quartiles.median),
            upper_quartile: quartiles.map(|quartiles| quartiles.upper),
        }
    }
}
