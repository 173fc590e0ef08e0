//! What a reader reaches through an emergency access that is in force.

use safar_domain::{
    case::standing::Standing,
    emergency::Emergencies,
    ids::{CaseId, EmergencyId},
    policy::{self, Action, Tie},
};

use super::{App, Caller};
use crate::problem::Problem;

impl App {
    /// The tie of a caller to a record of these cases: its organisation's standing, and where that is not enough, the emergency
    /// access of the caller that opens it. Both are asked of the log, at each reading, whether there is such a record or not.
    pub async fn tie(
        &self,
        caller: &Caller,
        action: Action,
        (standing, cases): (Option<Standing>, &[CaseId]),
    ) -> Result<(Tie, Option<EmergencyId>), Problem> {
        let tie = Tie::from(standing);
        let may = policy::permits(caller.actor.role, Action::OpenEmergency);
        if !action.in_emergency() || !may || caller.reaches(action, tie).is_ok() {
            return Ok((tie, None));
        }
        let emergencies = self.record::<Emergencies>(&caller.actor.worker).await?;
        let now = self.clock.now();
        let found = emergencies.in_force(now).find(|emergency| cases.contains(&emergency.opened.case));
        let found = found.map(|emergency| emergency.opened.emergency);
        Ok((Tie { emergency: found.is_some(), ..tie }, found))
    }
}
