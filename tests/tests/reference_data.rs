//! The reference data keep what `domain/reference/README.md` promises.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// A line of a file, by column name.
type Row = BTreeMap<String, String>;

const ROLES: [&str; 8] = [
    "outreach_worker",
    "social_worker",
    "tb_clinician",
    "hiv_clinician",
    "coordinator",
    "auditor",
    "administrator",
    "integrator",
];

#[test]
fn every_id_is_used_once() {
    for file in ["places.csv", "organisations.csv", "demo-organisations.csv", "demo-workers.csv"] {
        assert_eq!(repeated(&ids(&rows(file))), Vec::<String>::new(), "{file}");
    }
    assert_eq!(
        repeated(&ids(&organisations())),
        Vec::<String>::new(),
        "both files of organisations together"
    );
}

#[test]
fn a_repeated_id_would_be_found() {
    let twice = ["a", "b", "a"].map(str::to_owned);
    assert_eq!(repeated(&twice), ["a"]);
}

#[test]
fn every_place_but_a_country_lies_in_a_known_place() {
    let places = rows("places.csv");
    let known: BTreeSet<_> = ids(&places).into_iter().collect();
    for place in &places {
        let expected = if place["kind"] == "country" {
            place["parent"].is_empty()
        } else {
            known.contains(&place["parent"])
        };
        assert!(expected, "{} has the parent {:?}", place["id"], place["parent"]);
    }
}

#[test]
fn tajikistan_has_47_districts_and_18_cities() {
    let places = rows("places.csv");
    let below = |kind: &str| {
        let inside = |place: &&Row| place["parent"] == "TJ" || place["parent"].starts_with("TJ-");
        places.iter().filter(inside).filter(|place| place["kind"] == kind).count()
    };
    assert_eq!((below("district"), below("city")), (47, 18));
}

#[test]
fn kazakhstan_has_17_regions_and_3_cities_of_that_rank() {
    let places = rows("places.csv");
    let first_level: Vec<_> = places.iter().filter(|place| place["parent"] == "KZ").collect();
    let cities: Vec<_> = first_level
        .iter()
        .filter(|place| place["kind"] == "city")
        .map(|place| place["id"].as_str())
        .collect();
    assert_eq!(first_level.len(), 20);
    assert_eq!(cities, ["KZ-71", "KZ-75", "KZ-79"]);
    let numeric = |code: &str| code.strip_prefix("KZ-").is_some_and(|rest| rest.parse::<u8>().is_ok());
    assert!(
        first_level.iter().all(|place| numeric(&place["iso_3166_2"])),
        "the letters are the codes of before 2022"
    );
}

#[test]
fn places_that_share_a_name_are_kept_apart() {
    let places = rows("places.csv");
    let named = |name: &str| -> Vec<_> {
        let called = |place: &&Row| place["name_en"] == name || place["former_names"].contains(name);
        places.iter().filter(called).map(|place| (place["id"].as_str(), place["kind"].as_str())).collect()
    };
    assert_eq!(named("Buston"), [("tj-buston", "city")], "the seat of Mastchoh is not this city");
    assert_eq!(named("Chkalovsk"), [("tj-buston", "city")]);
    assert_eq!(named("Mastchoh").last(), Some(&("tj-mastchoh", "district")));
    assert_eq!(named("Qurghonteppa"), [("tj-bokhtar", "city")]);
    assert_eq!(named("Bokhtar"), [("tj-bokhtar", "city"), ("tj-kushoniyon", "district")]);
}

#[test]
fn every_organisation_stands_in_a_place_of_its_country_and_gives_a_service() {
    let places = rows("places.csv");
    let country_of = |id: &str| country(&places, id);
    for organisation in organisations() {
        assert_eq!(country_of(&organisation["place"]), organisation["country"], "{}", organisation["id"]);
        assert!(!organisation["services"].is_empty(), "{}", organisation["id"]);
        assert!(!organisation["source"].is_empty(), "{}", organisation["id"]);
    }
}

#[test]
fn every_worker_has_an_organisation_a_known_role_and_a_language() {
    let organisations: BTreeSet<_> = ids(&organisations()).into_iter().collect();
    for worker in rows("demo-workers.csv") {
        let id = &worker["id"];
        assert!(
            organisations.contains(&worker["organisation"]),
            "{id} works for {:?}",
            worker["organisation"]
        );
        assert!(
            worker["roles"].split(';').all(|role| ROLES.contains(&role)),
            "{id} is {:?}",
            worker["roles"]
        );
        assert!(worker["languages"].split(';').all(|language| language.len() == 2), "{id}");
    }
}

#[test]
fn every_centre_that_treats_has_one_to_report_and_another_to_confirm() {
    let workers = rows("demo-workers.csv");
    for (kind, role) in [("tb_centre", "tb_clinician"), ("aids_centre", "hiv_clinician")] {
        for centre in organisations().iter().filter(|organisation| organisation["kind"] == kind) {
            let here = |worker: &&Row| worker["organisation"] == centre["id"] && worker["roles"] == role;
            assert!(workers.iter().filter(here).count() >= 2, "{} has too few of {role}", centre["id"]);
        }
    }
}

#[test]
fn every_role_has_a_worker() {
    let workers = rows("demo-workers.csv");
    for role in ROLES {
        assert!(
            workers.iter().any(|worker| worker["roles"].split(';').any(|has| has == role)),
            "nobody is {role}"
        );
    }
}

fn rows(file: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/reference").join(file);
    let mut reader = csv::Reader::from_path(&path).expect("the reference data are part of the repository");
    reader.deserialize().collect::<Result<_, _>>().expect("every line has the columns of the header")
}

fn organisations() -> Vec<Row> {
    [rows("organisations.csv"), rows("demo-organisations.csv")].concat()
}

fn ids(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row["id"].clone()).collect()
}

fn repeated(ids: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    ids.iter().filter(|id| !seen.insert(*id)).cloned().collect()
}

/// Climbs to the country that holds a place.
fn country(places: &[Row], id: &str) -> String {
    let place =
        places.iter().find(|place| place["id"] == id).expect("an organisation stands in a known place");
    if place["kind"] == "country" { place["id"].clone() } else { country(places, &place["parent"]) }
}
