//! What a report must say of some transfers, worked out by sorting and counting and by nothing of the report's own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::cohort::{Care, End, Fate, Transfer};

/// The values at the ranks n/4, n/2 and 3n/4, rounded up.
pub(crate) fn quartiles(days: &[i32]) -> Option<[i32; 3]> {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let at = |quarters: usize| sorted.get((sorted.len() * quarters).div_ceil(4).checked_sub(1)?).copied();
    Some([at(1)?, at(2)?, at(3)?])
}

fn interval(transfers: &[&Transfer], days: impl Fn(&Transfer) -> Option<i32>) -> Value {
    let days: Vec<_> = transfers.iter().filter_map(|transfer| days(transfer)).collect();
    let [lower, median, upper] = match quartiles(&days) {
        Some(values) => values.map(Value::from),
        None => [Value::Null, Value::Null, Value::Null],
    };
    json!({ "n": days.len(), "lower_quartile": lower, "median": median, "upper_quartile": upper })
}

fn answered(transfer: &Transfer) -> Option<i32> {
    transfer.accepted.or(transfer.days_to_arrival())
}

fn first_dose(transfer: &Transfer) -> Option<i32> {
    match transfer.care()? {
        Care::None => None,
        Care::Open { dose } | Care::Ended { dose, .. } => Some(dose),
    }
}

fn evaluated(transfer: &Transfer) -> Option<i32> {
    match transfer.care()? {
        Care::Ended { dose, end } if end != End::NotEvaluated => Some(dose + end.said().1),
        _ => None,
    }
}

fn intervals(transfers: &[&Transfer]) -> Value {
    let between = |from: fn(&Transfer) -> Option<i32>, until: fn(&Transfer) -> Option<i32>| {
        interval(transfers, move |transfer| Some(until(transfer)? - from(transfer)?))
    };
    json!({
        "offered_to_acknowledged": interval(transfers, |transfer| transfer.acknowledged),
        "offered_to_accepted": interval(transfers, answered),
        "accepted_to_departed": between(answered, |transfer| transfer.departed),
        "departed_to_arrived": between(|transfer| transfer.departed, Transfer::days_to_arrival),
        "offered_to_arrived": interval(transfers, Transfer::days_to_arrival),
        "arrived_to_first_dose": interval(transfers, first_dose),
        "arrived_to_outcome": interval(transfers, evaluated),
    })
}

fn tally(words: impl Iterator<Item = &'static str>) -> Value {
    let mut tally = BTreeMap::new();
    for word in words {
        *tally.entry(word).or_insert(0) += 1;
    }
    json!(tally)
}

fn lost(transfer: &Transfer) -> Option<&'static str> {
    match transfer.fate {
        Fate::Arrives { .. } => None,
        Fate::Declined => Some("declined"),
        Fate::Expired => Some("expired"),
        Fate::Withdrawn => Some("withdrawn"),
        Fate::NotArrived => Some("not_arrived"),
        Fate::DidNotTravel => Some("did_not_travel"),
    }
}

/// The figures of some transfers, as the interface writes them.
pub(crate) fn figures(transfers: &[&Transfer]) -> Value {
    let count = |is: &dyn Fn(&Transfer) -> bool| transfers.iter().filter(|transfer| is(transfer)).count();
    let arrived = count(&|transfer| transfer.days_to_arrival().is_some());
    let departed = count(&|transfer| transfer.departed.is_some() || transfer.days_to_arrival().is_some());
    let accepted = count(&|transfer| answered(transfer).is_some());
    let of = |part: usize, whole: usize| json!({ "numerator": part, "denominator": whole });
    let of_all = |part| of(part, transfers.len());
    let end = |transfer: &&Transfer| match transfer.care()? {
        Care::Ended { end, .. } => Some(end.said().0),
        _ => None,
    };
    let ended = transfers.iter().filter_map(end).count();
    json!({
        "offered": transfers.len(),
        "entered_in_error": 0,
        "steps": {
            "acknowledged": of_all(accepted), "accepted": of_all(accepted),
            "departed": of_all(departed), "arrived": of_all(arrived),
        },
        "live": 0,
        "lost": tally(transfers.iter().filter_map(|transfer| lost(transfer))),
        "care": {
            "first_dose": of(count(&|transfer| first_dose(transfer).is_some()), arrived),
            "outcome_known": of(count(&|transfer| evaluated(transfer).is_some()), arrived),
            "outcomes": tally(transfers.iter().filter_map(end)),
            "without_outcome": arrived - ended,
        },
        "intervals": intervals(transfers),
    })
}

fn key(transfer: &Transfer, by: &str) -> Value {
    let Transfer { origin, destination, offered, .. } = transfer;
    match by {
        "regions" => json!({ "places": { "origin": origin.region, "destination": destination.region } }),
        "origin" => json!({ "organisation": origin.organisation }),
        "destination" => json!({ "organisation": destination.organisation }),
        "quarter" => json!({ "period": format!("{}-Q{}", offered.year(), (offered.month() - 1) / 3 + 1) }),
        _ => json!({ "period": offered.strftime("%Y-%m").to_string() }),
    }
}

/// The groups of a report: in the order of their keys, which for all of these is that of their words.
pub(crate) fn groups(transfers: &[&Transfer], by: &str) -> Value {
    let mut groups: BTreeMap<Vec<String>, (Value, Vec<&Transfer>)> = BTreeMap::new();
    for transfer in transfers {
        let key = key(transfer, by);
        groups.entry(order(&key)).or_insert((key, Vec::new())).1.push(transfer);
    }
    groups.into_values().map(|(key, of)| json!({ "key": key, "figures": figures(&of) })).collect()
}

fn order(key: &Value) -> Vec<String> {
    let places =
        |places: &Map<String, Value>| vec![places["origin"].to_string(), places["destination"].to_string()];
    key["places"].as_object().map_or_else(|| vec![key.to_string()], places)
}
