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
        if !action.in_emergency() || caller.reaches(action, tie).is_ok() {
            return Ok((tie, None));
        }
        let found = self.emergency(caller, cases).await?;
        Ok((Tie { emergency: found.is_some(), ..tie }, found))
    }

    /// The emergency access to one of these cases that the caller has now.
    pub async fn emergency(&self, caller: &Caller, cases: &[CaseId]) -> Result<Option<EmergencyId>, Problem> {
        if !policy::permits(caller.actor.role, Action::OpenEmergency) {
            return Ok(None);
        }
        let emergencies = self.record::<Emergencies>(&caller.actor.worker).await?;
        let now = self.clock.now();
        let found = emergencies.in_force(now).find(|emergency| cases.contains(&emergency.opened.case));
        Ok(found.map(|emergency| emergency.opened.emergency))
    }
}
