//! What an organisation is to a person, and what of the person's data are open to it now.

use std::collections::BTreeSet;

use safar_domain::{
    access::{AccessGround, Reading},
    case::{
        consent::DataClass,
        handoff::HandoffRefusal,
        reading::{ClassGround, Opened},
        standing::Standing,
    },
    ids::PersonId,
    person::{DescribePerson, Person},
    policy::Action,
};

use crate::{
    app::{App, Caller, model_problem},
    problem::Problem,
};

/// The ties of an organisation to a person: through their cases, or by having registered them as long as there is none.
#[derive(Debug, Default)]
pub(super) struct Ties {
    /// The strongest.
    pub(super) standing: Option<Standing>,
    /// What each of the cases opens.
    opened: Vec<Opened>,
    /// Whether the person is known whole, without a case.
    whole: bool,
}

impl Ties {
    /// The ties as the log has them: a consent that was withdrawn a moment ago counts.
    pub(super) async fn of(
        app: &App,
        caller: &Caller,
        (person, state): (PersonId, &Person),
    ) -> Result<Self, Problem> {
        let organisation = &caller.actor.organisation;
        let cases = app.models.cases_of_person(person).await.map_err(|error| model_problem(&error))?;
        if cases.is_empty() && state.organisation.as_ref() == Some(organisation) {
            return Ok(Self { standing: Some(Standing::Responsible), whole: true, opened: Vec::new() });
        }
        let now = app.clock.now();
        let mut ties = Self::default();
        for case in cases {
            let tie = app.models.standing(case, organisation).await.map_err(|error| model_problem(&error))?;
            if tie.is_some() {
                let case = app.case(case).await?;
                ties.standing = ties.standing.max(case.standing(organisation));
                ties.opened.push(case.opened_to(&caller.actor, (now, caller.date_of(now))));
            }
        }
        Ok(ties)
    }

    /// Who is asked for a person, or told of them as a contact, may read who that is, as long as the request or the notice is
    /// open, and nothing more.
    pub(super) async fn or_asked(
        mut self,
        app: &App,
        caller: &Caller,
        person: PersonId,
    ) -> Result<Self, Problem> {
        let organisation = &caller.actor.organisation;
        let open = app.models.open_pull_request(person, (organisation, None), app.clock.now()).await;
        let open = open.map_err(|error| model_problem(&error))?.is_some();
        let told = app.models.told_of_contact(person, organisation).await;
        if open || told.map_err(|error| model_problem(&error))? {
            self.standing = self.standing.max(Some(Standing::Expecting));
            self.whole = true;
        }
        Ok(self)
    }

    /// Whether nothing of the person is withheld.
    pub(super) fn whole(&self) -> bool {
        [DataClass::Identity, DataClass::Contact].into_iter().all(|class| self.opens(class))
    }

    /// Opens the whole person, in an emergency.
    pub(super) fn open_whole(&mut self) {
        self.whole = true;
    }

    fn opens(&self, class: DataClass) -> bool {
        self.whole || self.opened.iter().any(|opened| opened.opens(class))
    }

    /// These classes are open, or the answer says which is not.
    pub(super) fn open(&self, classes: &[DataClass]) -> Result<(), Problem> {
        match classes.iter().find(|class| !self.opens(**class)) {
            None => Ok(()),
            Some(class) => Err(Problem::of_refusal(&HandoffRefusal::ConsentMissing { class: class.code() })),
        }
    }

    /// The classes of a person's description that are left out of it.
    pub(super) fn withheld(&self) -> BTreeSet<DataClass> {
        [DataClass::Contact].into_iter().filter(|class| !self.opens(*class)).collect()
    }

    /// The description as far as it is open.
    pub(super) fn shown(&self, mut description: DescribePerson) -> DescribePerson {
        if !self.opens(DataClass::Contact) {
            description.telephones.clear();
        }
        description
    }

    /// What is read, for the access log, with the consents that it rests on.
    pub(super) fn reading(&self, action: Action, ground: AccessGround) -> Reading {
        let of_person = [DataClass::Identity, DataClass::Contact];
        let own = self.whole || self.opened.iter().any(|opened| opened.rests_on(ClassGround::Own));
        match self.opened.iter().find(|opened| opened.opens(DataClass::Identity)) {
            Some(opened) if !own => Reading::of_case(action, ground, &opened.only(&of_person)),
            _ => Reading::opened(action, ground),
        }
    }
}
