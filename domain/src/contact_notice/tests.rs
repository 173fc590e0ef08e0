use uuid::Uuid;

use super::*;
use crate::{
    case::{contact_investigation::ContactSetting, fixtures::*},
    refusal::Refusal as _,
    testing::context,
};

const NOTICE: ContactNoticeId = ContactNoticeId(NEW_ID);
const CASE: CaseId = CaseId(Uuid::from_u128(7));
const PERSON: PersonId = PersonId(Uuid::from_u128(1));

/// Given these events, when the worker asks, what comes of it; what is accepted must have been announced.
fn when(
    history: &[ContactNoticeEvent],
    actor: &Actor,
    command: &ContactNoticeCommand,
) -> Result<Vec<ContactNoticeEvent>, &'static str> {
    let directory = directory();
    let context = context(actor, &directory);
    let facts: Vec<_> = history.iter().cloned().map(|event| context.fact(event)).collect();
    let state = ContactNotice::replay(&facts);
    let result = state.decide(command, &context).map_err(|refusal| refusal.code());
    let name = match command {
        ContactNoticeCommand::Send(..) => None,
        ContactNoticeCommand::Accept(_) => Some("accept_contact_notice"),
        ContactNoticeCommand::Decline(_) => Some("decline_contact_notice"),
        ContactNoticeCommand::Withdraw(_) => Some("withdraw_contact_notice"),
        ContactNoticeCommand::Answer(_) => Some("answer_contact_notice"),
    };
    let announced = name.is_none_or(|name| state.commands(&actor.organisation).contains(&name));
    assert!(announced || result.as_ref().map_or(true, Vec::is_empty), "{name:?} was not announced");
    result
}

/// A brother of a patient in Shymkent, at home in Farkhor.
fn brother() -> Contact {
    Contact {
        setting: ContactSetting::Household,
        place: "tj-farkhor".parse().unwrap(),
        person: Some(PERSON),
        last_contact_on: Some(START),
        under_five: false,
        listed_at: NOON,
        result: None,
        case: None,
    }
}

fn found(contact: Option<Contact>) -> Found {
    Found {
        patient: Some(PersonId(Uuid::from_u128(99))),
        contact,
        resistance: ResistanceCategory::MultidrugResistant,
        open: None,
    }
}

fn body() -> SendContactNotice {
    SendContactNotice { case: CASE, contact: CONTACT, to: organisation("ngo-galaba"), contact_agreed: true }
}

fn send(body: SendContactNotice, found: Found) -> ContactNoticeCommand {
    ContactNoticeCommand::Send(body, found)
}

fn sent() -> ContactNoticeEvent {
    ContactNoticeEvent::Sent {
        notice: NOTICE,
        case: CASE,
        contact: CONTACT,
        person: PERSON,
        from: organisation("tb-shymkent"),
        to: organisation("ngo-galaba"),
        last_contact_on: Some(START),
        under_five: false,
        resistance: ResistanceCategory::MultidrugResistant,
        contact_agreed: true,
    }
}

fn answer(on: Date) -> ContactNoticeCommand {
    ContactNoticeCommand::Answer(AnswerContactNotice { result: ContactResult::NoSign, on })
}

#[test]
fn a_contact_in_another_country_becomes_a_notice_to_an_organisation_there() {
    assert_eq!(when(&[], &shymkent(), &send(body(), found(Some(brother())))), Ok(vec![sent()]));
}

#[test]
fn nobody_is_told_without_the_contacts_agreement() {
    let body = SendContactNotice { contact_agreed: false, ..body() };
    assert_eq!(when(&[], &shymkent(), &send(body, found(Some(brother())))), Err("contact_agreement_missing"));
}

#[test]
fn a_notice_needs_a_contact_with_a_record_and_an_organisation_in_the_contacts_country() {
    let nameless = Contact { person: None, ..brother() };
    let to = |id: &str| SendContactNotice { to: organisation(id), ..body() };
    let open = Found { open: Some(NOTICE), ..found(Some(brother())) };
    let patient = Found { patient: Some(PERSON), ..found(Some(brother())) };
    for (body, found, code) in [
        (body(), found(None), "contact_unknown"),
        (body(), found(Some(nameless)), "contact_without_person"),
        (to("tb-shymkent"), found(Some(brother())), "contact_notice_to_itself"),
        (to("nobody"), found(Some(brother())), "contact_organisation_unknown"),
        (to("legal-aid"), found(Some(brother())), "contact_service_missing"),
        (body(), patient, "contact_is_the_patient"),
        (to("ngo-kz-taraz"), found(Some(brother())), "contact_in_another_country"),
        (body(), open, "contact_notice_open"),
    ] {
        assert_eq!(when(&[], &shymkent(), &send(body, found)), Err(code));
    }
}

#[test]
fn the_organisation_there_takes_it_on_and_answers() {
    let accept = ContactNoticeCommand::Accept(AcceptContactNotice {});
    let accepted = ContactNoticeEvent::Accepted { notice: NOTICE };
    assert_eq!(when(&[sent()], &galaba(), &accept), Ok(vec![accepted.clone()]));
    let answered = ContactNoticeEvent::Answered { notice: NOTICE, result: ContactResult::NoSign, on: TODAY };
    assert_eq!(when(&[sent(), accepted.clone()], &galaba(), &answer(TODAY)), Ok(vec![answered.clone()]));
    let later = when(&[sent(), accepted.clone()], &galaba(), &answer(TODAY.tomorrow().unwrap()));
    assert_eq!(later, Err("contact_answer_in_the_future"));
    assert_eq!(when(&[sent(), accepted, answered], &galaba(), &answer(TODAY)), Err("contact_notice_settled"));
}

#[test]
fn each_step_belongs_to_one_side() {
    let withdraw = ContactNoticeCommand::Withdraw(WithdrawContactNotice {});
    let decline = ContactNoticeCommand::Decline(DeclineContactNotice {
        reason: ContactNoticeDeclineReason::NoCapacity,
    });
    assert_eq!(when(&[sent()], &galaba(), &withdraw), Err("contact_notice_not_yours"));
    assert_eq!(when(&[sent()], &shymkent(), &decline), Err("contact_notice_not_yours"));
    assert!(when(&[sent()], &shymkent(), &withdraw).is_ok());
    assert!(when(&[sent()], &galaba(), &decline).is_ok());
}

#[test]
fn only_the_two_sides_see_it() {
    let directory = directory();
    let actor = shymkent();
    let notice = ContactNotice::replay(&[context(&actor, &directory).fact(sent())]);
    for (reader, sees) in [(galaba(), true), (shymkent(), true), (dushanbe(), false)] {
        assert_eq!(notice.standing(&reader.organisation).is_some(), sees);
    }
}

#[test]
fn a_notice_that_was_never_sent_is_not_there() {
    assert_eq!(when(&[], &galaba(), &answer(TODAY)), Err("not_found"));
    assert_eq!(
        when(&[sent()], &shymkent(), &send(body(), found(Some(brother())))),
        Err("contact_notice_sent")
    );
}
