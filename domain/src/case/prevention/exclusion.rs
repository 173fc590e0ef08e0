//! That the person is not ill: preventive treatment gives one medicine or two to somebody who would need four (WHO TB DAK, E6).

use jiff::civil::Date;

use super::PreventionRefusal;
use crate::{
    case::{Case, laboratory::Observation, screening::ScreeningResult, treatment::days_between},
    ids::Country,
    in_force,
};

/// Whether a look is older at the first dose than the country takes for fresh; the number is data and [unverified].
pub(super) fn old(looked_on: Date, started_on: Date, country: Country) -> bool {
    let row = in_force::at(&in_force::tables().screening_age, country, started_on);
    row.is_some_and(|row| days_between(looked_on, started_on) > row.days)
}

impl Case {
    /// The first specimen with tuberculosis or a trace of it that no ended episode accounts for and that nobody has looked
    /// at since: an exclusion that is older than the result did not know of it.
    pub(in crate::case) fn sign_of_disease(&self) -> Option<Observation<'_>> {
        let known = self.diagnosis.exclusion.map(|exclusion| exclusion.recorded_at);
        let undecided = |one: &Observation<'_>| {
            let shows = one.finding().positive() || one.finding().trace();
            shows && known.is_none_or(|known| one.recorded.recorded_at > known)
        };
        self.unexplained().into_iter().find(undecided)
    }

    /// The day on which the person was last found not to be ill; who is ill, or may be, is refused with the reason.
    pub(super) fn found_well(&self) -> Result<Date, PreventionRefusal> {
        if self.diagnosis.ill() || self.treatment.open_episode().is_some() {
            return Err(PreventionRefusal::Ill);
        }
        if let Some(sign) = self.sign_of_disease() {
            let (specimen, collected) = (sign.specimen, sign.collected_on);
            return Err(PreventionRefusal::SignOfDisease { specimen, collected });
        }
        let excluded = self.diagnosis.exclusion.map(|exclusion| exclusion.on);
        let ended = self.treatment.last_ended();
        let screened = self.screenings.latest.filter(|(on, _)| ended.is_none_or(|ended| *on >= ended));
        match (screened, excluded) {
            (Some((on, ScreeningResult::Negative)), excluded) => Ok(excluded.map_or(on, |day| day.max(on))),
            (Some((on, _)), Some(excluded)) if excluded >= on => Ok(excluded),
            (None, Some(excluded)) => Ok(excluded),
            _ => Err(PreventionRefusal::NotExcluded),
        }
    }

    /// Whether nothing that is known stands against preventive treatment.
    pub fn may_be_prevented(&self) -> bool {
        self.found_well().is_ok()
    }
}
