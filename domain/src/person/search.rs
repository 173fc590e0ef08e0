//! Looking somebody up before they are registered once more.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Birth, PersonName, PersonRefusal, Sex, likeness::Sought, spelling, well_formed};
use crate::ids::Country;

/// Looks a person up by what they say of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchPersons {
    /// Names in any script and spelling, 1 to 8; with the family name, the given name or the birth is needed.
    #[schemars(length(min = 1, max = 8))]
    pub names: Vec<PersonName>,
    /// Birth date, as precisely as known.
    pub birth: Option<Birth>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Citizenship.
    pub citizenship: Option<Country>,
}

impl SearchPersons {
    /// The keys under which records of this person would be found.
    pub fn keys(&self) -> Result<BTreeSet<String>, PersonRefusal> {
        if !well_formed(&self.names) {
            return Err(PersonRefusal::NameLength);
        }
        let keys = spelling::keys(&self.names, self.birth);
        if keys.is_empty() { Err(PersonRefusal::SearchTooWide) } else { Ok(keys) }
    }

    /// What records are held against.
    pub fn sought(&self) -> Sought<'_> {
        let (names, birth, citizenship) = (self.names.as_slice(), self.birth, self.citizenship);
        Sought { names, birth, sex: self.sex.unwrap_or(Sex::Unknown), citizenship, telephones: &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::{Birth, PersonName, PersonRefusal, SearchPersons};
    use crate::person::Personal;

    fn search(given: Option<&str>, birth: Option<Birth>) -> SearchPersons {
        let name = PersonName {
            family: Personal::new("Раҳимов"),
            given: given.map(Personal::new),
            patronymic: None,
        };
        SearchPersons { names: vec![name], birth, sex: None, citizenship: None }
    }

    #[test]
    fn a_family_name_alone_is_not_searched() {
        let year = Some(Birth::Year { year: 1991 });
        assert_eq!(search(None, None).keys(), Err(PersonRefusal::SearchTooWide));
        assert_eq!(search(None, year).keys().map(|keys| keys.len()), Ok(1));
        assert_eq!(search(Some("Далер"), None).keys().map(|keys| keys.len()), Ok(1));
        assert_eq!(search(Some("Далер"), year).keys().map(|keys| keys.len()), Ok(2));
    }

    #[test]
    fn a_search_takes_names_as_a_registration_does() {
        let none = SearchPersons { names: vec![], ..search(None, None) };
        assert_eq!(none.keys(), Err(PersonRefusal::NameLength));
        assert_eq!(search(Some(&"а".repeat(101)), None).keys(), Err(PersonRefusal::NameLength));
    }
}
