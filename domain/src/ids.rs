//! Names of things. A newtype each, so that a handoff's id cannot be passed for a case's.

use std::{fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            /// Takes the one canonical spelling, so that a thing has one address.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let canonical = |id: &Uuid| id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
                let id = text.parse().ok().filter(canonical);
                id.map(Self).ok_or(MalformedId { expected: "a UUID in lower case with hyphens" })
            }
        }
    )*};
}

uuid_ids! {
    /// A person, whose identity is kept in a stream of its own.
    PersonId;
    /// A case: one person's care, pseudonymous.
    CaseId;
    /// A consent given or refused.
    ConsentId;
    /// Somebody who shared the air with a patient.
    ContactId;
    /// Word to another organisation that a contact of a patient is near it.
    ContactNoticeId;
    /// A referral: sent for a service, expected back.
    ReferralId;
    /// A specimen taken from the patient.
    SpecimenId;
    /// A treatment episode, from its first dose to its outcome.
    EpisodeId;
    /// A handoff of responsibility between two organisations.
    HandoffId;
    /// A link that says two person records are one person.
    LinkId;
    /// A pull request: one organisation asks another to hand a patient over.
    PullRequestId;
    /// A step of a handoff that was taken offline and refused.
    ConflictId;
    /// An emergency access to a case.
    EmergencyId;
    /// Many records that leave at once.
    ExportId;
    /// A run of the testing strategy in an HIV record.
    HivTestId;
}

/// The text is not a name of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct MalformedId {
    expected: &'static str,
}

macro_rules! text_ids {
    ($($(#[$meta:meta])* $name:ident, $pattern:literal, $valid:expr $(, $vocabulary:literal)?;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes the text if it is well formed.
            pub fn parse(text: &str) -> Result<Self, MalformedId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(MalformedId { expected: concat!(stringify!($name), " matching ", $pattern) })
                }
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedId;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern $(, "x-vocabulary": $vocabulary)? })
            }
        }
    )*};
}

text_ids! {
    /// An organisation of the directory (`ngo-galaba`).
    OrganisationId, "^[a-z0-9][a-z0-9-]{0,63}$", is_slug;
    /// A worker of the directory (`sw-galaba`); also the subject of the worker's token.
    WorkerId, "^[a-z0-9][a-z0-9-]{0,63}$", is_slug;
    /// A country, region, city or district (`TJ`, `KZ-79`, `tj-farkhor`); its first two letters are its country.
    PlaceId, "^([A-Z]{2}(-[A-Z0-9]{1,3})?|[a-z]{2}-[a-z0-9-]{1,60})$", is_place, "places";
}

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_place(text: &str) -> bool {
    let (country, rest) = text.split_once('-').unwrap_or((text, ""));
    let two = country.len() == 2;
    let iso = country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (text.len() == 2 || (1..=3).contains(&rest.len()))
        && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let local = country.bytes().all(|byte| byte.is_ascii_lowercase())
        && (1..=60).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    two && (iso || local)
}

impl PlaceId {
    /// The country the place lies in.
    pub fn country(&self) -> Country {
        let mut letters = [b'X'; 2];
        letters.copy_from_slice(&self.0.as_bytes()[..2]);
        Country(letters.map(|letter| letter.to_ascii_uppercase()))
    }
}

/// A country by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// Kazakhstan.
    pub const KZ: Self = Self(*b"KZ");
    /// Tajikistan.
    pub const TJ: Self = Self(*b"TJ");
    /// The Russian Federation.
    pub const RU: Self = Self(*b"RU");

    /// Takes two capital letters.
    pub fn parse(text: &str) -> Result<Self, MalformedId> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([*a, *b])),
            _ => Err(MalformedId { expected: "a country code of two capital letters (ISO 3166-1)" }),
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XX")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Country {
    type Error = MalformedId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl JsonSchema for Country {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Country".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[A-Z]{2}$", "description": "ISO 3166-1 alpha-2",
            "x-vocabulary": "countries",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseId, Country, OrganisationId, PlaceId};

    #[test]
    fn a_place_knows_its_country() {
        for (place, country) in [("TJ-DU", Country::TJ), ("tj-farkhor", Country::TJ), ("KZ", Country::KZ)] {
            assert_eq!(PlaceId::parse(place).unwrap().country(), country);
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        let canonical = "0190a000-0000-7000-8000-00000000000a";
        assert_eq!(canonical.parse::<CaseId>().unwrap().to_string(), canonical);
        for other in ["0190A000-0000-7000-8000-00000000000A", "0190a000000070008000000000000000a", "1", ""] {
            assert!(other.parse::<CaseId>().is_err(), "{other}");
        }
        assert!(format!("{{{canonical}}}").parse::<CaseId>().is_err());
    }

    #[test]
    fn malformed_names_are_refused() {
        for text in ["", "T", "Tj-x", "TJ-", "tj-", "TJ-DUSH", "../etc"] {
            assert!(PlaceId::parse(text).is_err(), "{text}");
        }
        for text in ["", "-a", "A", "a b", "é", &"a".repeat(65)] {
            assert!(OrganisationId::parse(text).is_err(), "{text}");
        }
    }
}
