//! Compartments: what must not be seen together is sealed apart, each under keys of its own.

/// A kind of data that is sealed under keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compartment {
    /// Who the patient is.
    Identity,
    /// What workers write in their own words.
    CareNotes,
    /// Everything from which somebody could tell a patient's HIV status.
    Hiv,
}

impl Compartment {
    /// Every compartment.
    pub const ALL: [Self; 3] = [Self::Identity, Self::CareNotes, Self::Hiv];

    /// Its name, as it is bound into what is sealed. It is on disk: never change it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::CareNotes => "care-notes",
            Self::Hiv => "hiv",
        }
    }

    /// The name under which its sealed events are stored, which says nothing of what happened.
    pub const fn event_type(self) -> &'static str {
        match self {
            Self::Identity => "identity.sealed.v1",
            Self::CareNotes => "care-notes.sealed.v1",
            Self::Hiv => "hiv.sealed.v1",
        }
    }

    /// The compartment in which all streams of a category are sealed.
    pub fn of_category(category: &str) -> Option<Self> {
        match category {
            "person" => Some(Self::Identity),
            "hiv" => Some(Self::Hiv),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Compartment;

    #[test]
    fn no_two_compartments_share_a_name() {
        for one in Compartment::ALL {
            let same =
                |other: &Compartment| other.code() == one.code() || other.event_type() == one.event_type();
            assert_eq!(Compartment::ALL.into_iter().filter(same).collect::<Vec<_>>(), [one]);
        }
    }

    #[test]
    fn the_streams_of_a_case_are_not_sealed_and_those_about_persons_and_hiv_are() {
        assert_eq!(Compartment::of_category("case"), None);
        assert_eq!(Compartment::of_category("person"), Some(Compartment::Identity));
        assert_eq!(Compartment::of_category("hiv"), Some(Compartment::Hiv));
    }
}
