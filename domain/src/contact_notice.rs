//! Contact notices: word to an organisation elsewhere that somebody near it has shared the air with a patient.
//!
//! A contact who lives in another country is looked at by an organisation there. It learns who the contact is, since when
//! and by what resistance the choice of a preventive treatment is bound; it never learns through whom (CDC `CureTB`, contact
//! notification; WHO TB DAK, E6). What comes of it goes back the same way.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::Actor,
    case::{
        contact_investigation::{Contact, ContactResult, RecordedContactResult},
        diagnosis::ResistanceCategory,
        standing::Standing,
    },
    decider::{Context, Decider, Fact},
    ids::{CaseId, ContactId, ContactNoticeId, Country, OrganisationId, PersonId},
    organisation::Service,
    refusal::refusals,
};

/// How far a contact notice has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "contact-notice-states"))]
pub enum ContactNoticeState {
    /// Waits for its answer.
    Sent,
    /// The organisation there looks for the contact.
    Accepted,
    /// The organisation there does not look for the contact.
    Declined,
    /// Taken back.
    Withdrawn,
    /// The contact has been looked at, or could not be.
    Answered,
}

impl ContactNoticeState {
    /// The word in sentences and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Answered => "answered",
        }
    }

    /// Whether a step is still awaited.
    pub const fn open(self) -> bool {
        matches!(self, Self::Sent | Self::Accepted)
    }
}

/// Why an organisation does not look for a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "contact-notice-decline-reasons"))]
pub enum ContactNoticeDeclineReason {
    /// The place lies outside the area.
    OutsideCatchment,
    /// There is nobody to do it.
    NoCapacity,
    /// The contact is somewhere else.
    ContactElsewhere,
    /// Something else.
    Other,
}

/// Tells an organisation where a contact lives that this person has shared the air with a patient.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendContactNotice {
    /// The patient's case; the organisation there never sees it.
    pub case: CaseId,
    /// The contact on that case; it needs a person's record.
    pub contact: ContactId,
    /// Who is told.
    pub to: OrganisationId,
    /// The contact has agreed that this organisation is told: nobody is told otherwise.
    pub contact_agreed: bool,
}

/// Takes it on to look for the contact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptContactNotice {}

/// Does not look for the contact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineContactNotice {
    /// Why.
    pub reason: ContactNoticeDeclineReason,
}

/// Takes the notice back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawContactNotice {}

/// Tells what came of looking at the contact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerContactNotice {
    /// What came of it.
    pub result: ContactResult,
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// What may be asked of a contact notice, with what the edge has looked up for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactNoticeCommand {
    /// Send it.
    Send(SendContactNotice, Found),
    /// Take it on.
    Accept(AcceptContactNotice),
    /// Decline it.
    Decline(DeclineContactNotice),
    /// Take it back.
    Withdraw(WithdrawContactNotice),
    /// Answer it.
    Answer(AnswerContactNotice),
}

/// What the edge has looked up for a notice that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose case it is.
    pub patient: Option<PersonId>,
    /// The contact, as the patient's case lists it.
    pub contact: Option<Contact>,
    /// The patient's resistance, as it is known now.
    pub resistance: ResistanceCategory,
    /// The notice about the same contact that is still open, if there is one.
    pub open: Option<ContactNoticeId>,
}

/// What happened to a contact notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields say what they are; see the commands")]
pub enum ContactNoticeEvent {
    /// An organisation was told of a contact.
    #[serde(rename = "contact_notice.sent.v1")]
    Sent {
        notice: ContactNoticeId,
        case: CaseId,
        contact: ContactId,
        person: PersonId,
        from: OrganisationId,
        to: OrganisationId,
        last_contact_on: Option<Date>,
        under_five: bool,
        resistance: ResistanceCategory,
        contact_agreed: bool,
    },
    /// It looks for the contact.
    #[serde(rename = "contact_notice.accepted.v1")]
    Accepted { notice: ContactNoticeId },
    /// It does not.
    #[serde(rename = "contact_notice.declined.v1")]
    Declined { notice: ContactNoticeId, reason: ContactNoticeDeclineReason },
    /// The sender took it back.
    #[serde(rename = "contact_notice.withdrawn.v1")]
    Withdrawn { notice: ContactNoticeId },
    /// Something came of looking.
    #[serde(rename = "contact_notice.answered.v1")]
    Answered { notice: ContactNoticeId, result: ContactResult, on: Date },
}

/// A contact notice as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `SendContactNotice`")]
pub struct Told {
    pub notice: ContactNoticeId,
    pub case: CaseId,
    pub contact: ContactId,
    pub person: PersonId,
    pub from: OrganisationId,
    pub to: OrganisationId,
    pub last_contact_on: Option<Date>,
    pub under_five: bool,
    /// The patient's resistance when the notice was sent.
    pub resistance: ResistanceCategory,
    pub sent_at: Timestamp,
    pub state: ContactNoticeState,
    pub declined: Option<ContactNoticeDeclineReason>,
    pub result: Option<RecordedContactResult>,
}

/// The record of one contact notice; absent until it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactNotice(pub Option<Told>);

refusals! {
    /// Why a contact notice, or a step of one, is refused.
    ContactNoticeRefusal {
        Unknown = Absent "not_found", "There is no such contact notice, or it is outside your organisation's reach.";
        SentAlready = Conflict "contact_notice_sent", "This contact notice has been sent already.";
        ContactMustAgree = Invalid "contact_agreement_missing",
            "Another organisation is told of a contact only when the contact has agreed to it.";
        NoSuchContact = Invalid "contact_unknown", "There is no such contact on that case.";
        NobodyKnownAs = Conflict "contact_without_person",
            "Nobody can look for a contact without a name: register the person first and list the contact with that record.";
        ThePatient = Conflict "contact_is_the_patient",
            "This record is that of the patient: nobody is told of a patient as a contact.";
        NoService = Conflict "contact_service_missing",
            "This organisation neither examines for tuberculosis nor goes out to people; choose one that does.";
        ToItself = Invalid "contact_notice_to_itself", "A notice goes to another organisation; look at this contact yourselves.";
        OrganisationUnknown = Invalid "contact_organisation_unknown", "There is no such active organisation in the directory.";
        ElsewhereThan { country: Country } = Conflict "contact_in_another_country",
            "The contact is in {country}; choose an organisation there.";
        OpenAlready { notice: ContactNoticeId } = Conflict "contact_notice_open",
            "An organisation is looking for this contact already, by notice {notice}.";
        NotYours { side: &'static str } = Conflict "contact_notice_not_yours", "This step belongs to the {side} organisation.";
        Settled { state: &'static str } = Conflict "contact_notice_settled", "This contact notice is {state}.";
        AnswerLater = Invalid "contact_answer_in_the_future", "This is told when it has happened, not before.";
    }
}

impl SendContactNotice {
    fn decide(
        &self,
        found: &Found,
        context: &Context<'_>,
    ) -> Result<ContactNoticeEvent, ContactNoticeRefusal> {
        let from = context.actor.organisation.clone();
        if !self.contact_agreed {
            return Err(ContactNoticeRefusal::ContactMustAgree);
        }
        let contact = found.contact.as_ref().ok_or(ContactNoticeRefusal::NoSuchContact)?;
        let person = contact.person.ok_or(ContactNoticeRefusal::NobodyKnownAs)?;
        if found.patient == Some(person) {
            return Err(ContactNoticeRefusal::ThePatient);
        }
        if self.to == from {
            return Err(ContactNoticeRefusal::ToItself);
        }
        let to = context.directory.active(&self.to).ok_or(ContactNoticeRefusal::OrganisationUnknown)?;
        let looks = [Service::TbDiagnosis, Service::TbTreatment, Service::Outreach];
        if !looks.iter().any(|service| to.services.contains(service)) {
            return Err(ContactNoticeRefusal::NoService);
        }
        if to.place.country() != contact.place.country() {
            return Err(ContactNoticeRefusal::ElsewhereThan { country: contact.place.country() });
        }
        if let Some(notice) = found.open {
            return Err(ContactNoticeRefusal::OpenAlready { notice });
        }
        Ok(ContactNoticeEvent::Sent {
            notice: ContactNoticeId(context.new_id),
            case: self.case,
            contact: self.contact,
            person,
            from,
            to: self.to.clone(),
            last_contact_on: contact.last_contact_on,
            under_five: contact.under_five,
            resistance: found.resistance,
            contact_agreed: self.contact_agreed,
        })
    }
}

impl Told {
    /// The step belongs to this side, and one is still awaited.
    fn step(
        &self,
        (side, owner): (&'static str, &OrganisationId),
        actor: &Actor,
    ) -> Result<(), ContactNoticeRefusal> {
        if *owner != actor.organisation {
            return Err(ContactNoticeRefusal::NotYours { side });
        }
        if self.state.open() {
            Ok(())
        } else {
            Err(ContactNoticeRefusal::Settled { state: self.state.code() })
        }
    }

    fn told(&self, context: &Context<'_>) -> Result<(), ContactNoticeRefusal> {
        self.step(("told", &self.to), &context.actor)
    }
}

impl ContactNotice {
    /// The tie of an organisation to it: both sides see the notice, and no case by it.
    pub fn standing(&self, organisation: &OrganisationId) -> Option<Standing> {
        let told = self.0.as_ref()?;
        [&told.from, &told.to].contains(&organisation).then_some(Standing::Offered)
    }

    /// The commands that an organisation may give now.
    pub fn commands(&self, organisation: &OrganisationId) -> Vec<&'static str> {
        let Some(told) = self.0.as_ref().filter(|told| told.state.open()) else { return Vec::new() };
        if told.from == *organisation {
            return vec!["withdraw_contact_notice"];
        }
        match told.state {
            _ if told.to != *organisation => Vec::new(),
            ContactNoticeState::Sent => {
                vec!["accept_contact_notice", "decline_contact_notice", "answer_contact_notice"]
            }
            _ => vec!["decline_contact_notice", "answer_contact_notice"],
        }
    }
}

impl Decider for ContactNotice {
    const CATEGORY: &'static str = "contact_notice";

    type Command = ContactNoticeCommand;
    type Event = ContactNoticeEvent;
    type Refusal = ContactNoticeRefusal;

    fn decide(
        &self,
        command: &ContactNoticeCommand,
        context: &Context<'_>,
    ) -> Result<Vec<ContactNoticeEvent>, ContactNoticeRefusal> {
        use ContactNoticeCommand as Command;
        let told = match (&self.0, command) {
            (None, Command::Send(body, found)) => return Ok(vec![body.decide(found, context)?]),
            (None, _) => return Err(ContactNoticeRefusal::Unknown),
            (Some(_), Command::Send(..)) => return Err(ContactNoticeRefusal::SentAlready),
            (Some(told), _) => told,
        };
        let notice = told.notice;
        let event = match command {
            Command::Send(..) => return Err(ContactNoticeRefusal::SentAlready),
            Command::Withdraw(_) => {
                told.step(("sending", &told.from), &context.actor)?;
                ContactNoticeEvent::Withdrawn { notice }
            }
            Command::Accept(_) => {
                told.told(context)?;
                if told.state == ContactNoticeState::Accepted {
                    return Ok(Vec::new());
                }
                ContactNoticeEvent::Accepted { notice }
            }
            Command::Decline(body) => {
                told.told(context)?;
                ContactNoticeEvent::Declined { notice, reason: body.reason }
            }
            Command::Answer(body) => {
                told.told(context)?;
                if body.on > context.today {
                    return Err(ContactNoticeRefusal::AnswerLater);
                }
                ContactNoticeEvent::Answered { notice, result: body.result, on: body.on }
            }
        };
        Ok(vec![event])
    }

    fn evolve(mut self, fact: &Fact<ContactNoticeEvent>) -> Self {
        match (&mut self.0, &fact.event) {
            (state, ContactNoticeEvent::Sent { .. }) => *state = Told::sent(fact),
            (None, _) => (),
            (Some(told), ContactNoticeEvent::Accepted { .. }) => told.state = ContactNoticeState::Accepted,
            (Some(told), ContactNoticeEvent::Declined { reason, .. }) => {
                told.state = ContactNoticeState::Declined;
                told.declined = Some(*reason);
            }
            (Some(told), ContactNoticeEvent::Withdrawn { .. }) => told.state = ContactNoticeState::Withdrawn,
            (Some(told), ContactNoticeEvent::Answered { result, on, .. }) => {
                told.state = ContactNoticeState::Answered;
                told.result = Some(RecordedContactResult { result: *result, on: *on });
            }
        }
        self
    }
}

impl Told {
    fn sent(fact: &Fact<ContactNoticeEvent>) -> Option<Self> {
        let ContactNoticeEvent::Sent {
            notice,
            case,
            contact,
            person,
            from,
            to,
            last_contact_on,
            under_five,
            resistance,
            contact_agreed: _,
        } = fact.event.clone()
        else {
            return None;
        };
        Some(Self {
            notice,
            case,
            contact,
            person,
            from,
            to,
            last_contact_on,
            under_five,
            resistance,
            sent_at: fact.recorded_at,
            state: ContactNoticeState::Sent,
            declined: None,
            result: None,
        })
    }
}

#[cfg(test)]
mod tests;
