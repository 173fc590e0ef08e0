//! Places of the road: countries, regions, cities and districts, as data that the edge brings in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{Country, PlaceId},
    language::Language,
};

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "place-kinds"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum PlaceKind {
    Country,
    Region,
    City,
    District,
    Crossing,
}

/// A place with the names that people use for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What it is.
    pub kind: PlaceKind,
    /// The place it lies in; absent for a country.
    pub parent: Option<PlaceId>,
    /// The name in English.
    pub name_en: String,
    /// The name in Russian, where known.
    pub name_ru: Option<String>,
    /// The name in the language of the place, where known.
    pub name_local: Option<String>,
}

/// Every place that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<PlaceId, Place>);

impl Places {
    /// Whether the place is known.
    pub fn knows(&self, id: &PlaceId) -> bool {
        self.0.contains_key(id)
    }

    /// What people of this language call the place: as it is called where it lies, if that is the language there.
    pub fn name(&self, id: &PlaceId, language: Language) -> Option<&str> {
        let place = self.0.get(id)?;
        let local = match language {
            Language::Tg => id.country() == Country::TJ,
            Language::Kk => id.country() == Country::KZ,
            Language::En | Language::Ru => false,
        };
        let russian = place.name_ru.as_ref().filter(|_| language != Language::En);
        let name = place.name_local.as_ref().filter(|_| local).or(russian);
        Some(name.unwrap_or(&place.name_en))
    }

    /// Every place with its id, in the order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = (&PlaceId, &Place)> {
        self.0.iter()
    }

    /// The place itself and everything it lies in, from near to far.
    pub fn with_parents<'a>(&'a self, id: &'a PlaceId) -> impl Iterator<Item = &'a PlaceId> {
        std::iter::successors(Some(id), |id| self.0.get(id)?.parent.as_ref())
    }
}

impl FromIterator<(PlaceId, Place)> for Places {
    fn from_iter<I: IntoIterator<Item = (PlaceId, Place)>>(places: I) -> Self {
        Self(places.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, PlaceKind, Places};
    use crate::{ids::PlaceId, language::Language};

    fn id(text: &str) -> PlaceId {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_lies_in_its_parents() {
        let place = |parent: Option<&str>| Place {
            kind: PlaceKind::Region,
            parent: parent.map(id),
            name_en: "test".into(),
            name_ru: None,
            name_local: None,
        };
        let places: Places = [
            (id("TJ"), place(None)),
            (id("TJ-KT"), place(Some("TJ"))),
            (id("tj-farkhor"), place(Some("TJ-KT"))),
        ]
        .into_iter()
        .collect();
        let farkhor = id("tj-farkhor");
        let chain: Vec<_> = places.with_parents(&farkhor).map(PlaceId::as_str).collect();
        assert_eq!(chain, ["tj-farkhor", "TJ-KT", "TJ"]);
        assert!(!places.knows(&id("TJ-SU")));
    }

    #[test]
    fn a_place_is_called_as_its_own_people_call_it_where_they_share_the_language() {
        let (russian, local) = (Some("Душанбе".into()), Some("Душанбешаҳр".into()));
        let city = Place {
            kind: PlaceKind::City,
            parent: None,
            name_en: "Dushanbe".into(),
            name_ru: russian,
            name_local: local,
        };
        let places: Places = [(id("TJ-DU"), city)].into_iter().collect();
        let called = Language::ALL.map(|language| places.name(&id("TJ-DU"), language).unwrap_or_default());
        assert_eq!(called, ["Dushanbe", "Душанбе", "Душанбешаҳр", "Душанбе"]);
        assert_eq!(places.name(&id("TJ-SU"), Language::En), None);
    }
}
