//! `[limits]`: how much is taken on at once.

use std::num::NonZeroU32;

use safar_domain::actor::Role;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// The section `[limits]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Limits {
    pub connections: usize,
    pub in_flight: usize,
    pub head_seconds: u64,
    pub body_seconds: u64,
    pub write_seconds: u64,
    pub keep_alive_seconds: u64,
    pub burst: NonZeroU32,
    pub requests_per_second: NonZeroU32,
    pub person_searches_per_hour: usize,
    pub emergencies_per_month: u32,
    pub export_cases: u32,
    pub export_cases_per_month: u32,
    pub daily_records: DailyRecords,
}

/// How many different records a worker may open on one day, by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the roles of the directory")]
pub struct DailyRecords {
    pub outreach_worker: u32,
    pub social_worker: u32,
    pub tb_clinician: u32,
    pub hiv_clinician: u32,
    pub auditor: u32,
}

impl DailyRecords {
    /// As many as this for everybody.
    pub const fn all(most: u32) -> Self {
        Self {
            outreach_worker: most,
            social_worker: most,
            tb_clinician: most,
            hiv_clinician: most,
            auditor: most,
        }
    }

    /// The budget of a role; the policy opens no record at all to those who have none.
    pub const fn of(&self, role: Role) -> u32 {
        match role {
            Role::OutreachWorker => self.outreach_worker,
            Role::SocialWorker => self.social_worker,
            Role::TbClinician => self.tb_clinician,
            Role::HivClinician => self.hiv_clinician,
            Role::Auditor => self.auditor,
            Role::Coordinator | Role::Administrator | Role::Integrator => 0,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for (key, value) in [
            ("limits.connections", self.connections as u64),
            ("limits.in_flight", self.in_flight as u64),
            ("limits.head_seconds", self.head_seconds),
            ("limits.body_seconds", self.body_seconds),
            ("limits.write_seconds", self.write_seconds),
        ] {
            if value == 0 {
                return Err(ConfigError::invalid(key, "must not be 0: nothing would be answered"));
            }
        }
        Ok(())
    }
}
