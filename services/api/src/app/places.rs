//! The places of the road, compiled in: the reference data of the project.

use std::sync::LazyLock;

use safar_domain::{
    ids::PlaceId,
    place::{Place, PlaceKind, Places},
};
use serde::Deserialize;

const TABLE: &str = include_str!("../../../../domain/reference/places.csv");

#[derive(Deserialize)]
struct Row {
    id: PlaceId,
    kind: PlaceKind,
    parent: Option<PlaceId>,
    name_en: String,
    name_ru: Option<String>,
    name_local: Option<String>,
}

/// Every place of `domain/reference/places.csv`.
pub(crate) fn all() -> &'static Places {
    static PLACES: LazyLock<Places> = LazyLock::new(|| {
        let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
        let rows = reader.deserialize().map(|row| {
            let row: Row = row.expect("the compiled-in table is read by a test");
            let Row { id, kind, parent, name_en, name_ru, name_local } = row;
            (id, Place { kind, parent, name_en, name_ru, name_local })
        });
        rows.collect()
    });
    &PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_table_is_read_and_every_parent_is_in_it() {
        let places = all();
        assert!(places.iter().count() > 200);
        for (id, place) in places.iter() {
            assert!(place.parent.as_ref().is_none_or(|parent| places.knows(parent)), "{id}");
            assert_eq!(place.parent.is_none(), place.kind == PlaceKind::Country, "{id}");
        }
    }
}
