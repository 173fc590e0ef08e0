use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    inner: Option<Inner>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    by_id: BTreeMap<Uuid, (u8, String)>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    #[serde(default)]
    days: u16,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Plain,
    One(Inner),
    Named { at: jiff::Timestamp },
}

fn read(value: Value) -> Result<Outer, String> {
    Outer::deserialize(Part(value)).map_err(|error| error.to_string())
}

#[test]
fn everything_that_a_command_is_made_of_is_read_as_serde_json_reads_it() {
    for good in [
        json!({}),
        json!({"inner": null}),
        json!({"inner": {"days": 3}, "choices": ["plain", {"one": {"days": 1}}, {"plain": null}]}),
        json!({"choices": [{"named": {"at": "2026-01-01T00:00:00Z"}}]}),
        json!({"by_id": {"0190a000-0000-7000-8000-000000000000": [1, "x"]}}),
    ] {
        assert_eq!(read(good.clone()).unwrap(), serde_json::from_value::<Outer>(good).unwrap());
    }
}

#[test]
fn an_array_is_never_read_as_an_object() {
    for bad in [
        json!([{"days": 3}, []]),
        json!({"inner": [3]}),
        json!({"inner": []}),
        json!({"choices": [{"one": [1]}]}),
    ] {
        assert!(read(bad.clone()).unwrap_err().contains("invalid type"), "{bad}");
        // The control: what the usual reader makes of it.
        assert!(serde_json::from_value::<Outer>(bad.clone()).is_ok(), "{bad}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    for bad in [
        json!({"choices": ["one"]}),
        json!({"choices": [{"plain": 1}]}),
        json!({"choices": [{"one": {}, "plain": null}]}),
        json!({"choices": [1]}),
        json!({"choices": [{"named": ["2026-01-01T00:00:00Z"]}]}),
        json!({"choices": [{}]}),
        json!({"by_id": {"0190a000-0000-7000-8000-000000000000": [1, "x", 2]}}),
    ] {
        assert!(read(bad.clone()).is_err(), "{bad}");
    }
}
