//! What rifamycins do to antiretrovirals, by what the tables of regimens say that is taken.

use jiff::civil::Date;

use super::{
    art::{Antiretroviral, ArtRegimen},
    tasks::HivTaskAbout,
};
use crate::case::{
    laboratory::Drug,
    regimen::{self, Frequency},
    treatment::Episode,
};

/// A rifamycin and how often it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rifamycin {
    Rifampicin,
    Rifapentine(Frequency),
}

impl Rifamycin {
    /// Of a treatment: of the drugs that were listed, else of its regimen by the table, without what is replaced for now.
    /// Rifabutin is what takes the place of rifampicin, and is none of these (WHO KSP 1937).
    pub(super) fn of_treatment(episode: &Episode) -> Option<Self> {
        let (listed, replaced) = (&episode.composition, episode.replaced());
        let known = regimen::find(&episode.regimen).filter(|_| listed.is_empty());
        let planned = |drug| listed.contains(&drug) || known.is_some_and(|regimen| regimen.contains(drug));
        Self::among(|drug| planned(drug) && !replaced.contains(&drug), Frequency::Daily)
    }

    /// Of preventive treatment.
    pub(super) fn of_prevention(code: &str) -> Option<Self> {
        let regimen = regimen::preventive(code)?;
        Self::among(|drug| regimen.drugs.contains(&drug), regimen.frequency)
    }

    fn among(taken: impl Fn(Drug) -> bool, frequency: Frequency) -> Option<Self> {
        let rifapentine = || taken(Drug::Rifapentine).then_some(Self::Rifapentine(frequency));
        if taken(Drug::Rifampicin) { Some(Self::Rifampicin) } else { rifapentine() }
    }

    /// What to warn or to think of beside these antiretrovirals. With rifampicin dolutegravir is taken twice a day, and nevirapine
    /// and protease inhibitors not at all (WHO KSP 1937); preventive regimens with rifampicin are no exception, and once a
    /// week rifapentine leaves dolutegravir as it is (JIAS). Our sources tell nothing of rifapentine otherwise: advice.
    pub(super) fn beside(self, art: &ArtRegimen) -> Vec<HivTaskAbout> {
        let taken = |drug| art.medicines.iter().any(|dose| dose.drug == drug);
        let clash =
            taken(Antiretroviral::Nvp) || art.medicines.iter().any(|dose| dose.drug.protease_inhibitor());
        let slow = art.medicines.iter().any(|dose| dose.drug == Antiretroviral::Dtg && dose.times_daily < 2);
        let about = match self {
            Self::Rifampicin => [
                slow.then_some(HivTaskAbout::DolutegravirDose),
                clash.then_some(HivTaskAbout::RifampicinContraindicated),
            ],
            Self::Rifapentine(frequency) => {
                let unsure = clash || frequency == Frequency::Daily && taken(Antiretroviral::Dtg);
                [unsure.then_some(HivTaskAbout::RifapentineInteraction), None]
            }
        };
        about.into_iter().flatten().collect()
    }
}

/// A rifamycin and since when it is taken.
pub(super) type Taken = (Rifamycin, Date);
