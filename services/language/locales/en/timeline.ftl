### What happened, by the name of the event without its version. Codes come as their labels, days as 2026-05-09, lists with commas;
### what was not recorded comes as the word none. $by names the organisation that recorded it.

line = { $by }: { $text }

## Case

case-opened = Case opened. Road: { $origin } – { $destination }.
case-reopened = Case reopened.
case-closed = Case closed: { $reason }.
case-movement-recorded = Movement on { $on }: { $kind }, { $place }.
case-consent-recorded = { $given ->
        [true] Consent given. Data: { $classes }. Valid from { $from }.
       *[false] Consent refused. Data: { $classes }.
    }
case-consent-withdrawn = Consent withdrawn.
case-note-added = Note added.
case-support-given = Support given on { $on }: { $kind }.
case-death-recorded = The patient died on { $on }. Cause: { $cause }.
case-responsibility-opened = Programme opened: { $programme }. Answers for it: { $organisation }.
case-responsibility-moved = Programme: { $programme }. { $to } answers for it instead of { $from }.
case-responsibility-closed = Programme ended: { $programme }.

## Screening, tests and diagnosis

case-screening-recorded = Screened on { $on }. Result: { $result }.
case-screening-declined = Screening declined on { $on }.
case-specimen-collected = Specimen collected on { $on }: { $kind }.
case-result-recorded = Result of { $on }. { $test }: { $result }.
case-result-entered-in-error = Result number { $number } entered in error: { $reason }.
case-diagnosis-made = Tuberculosis diagnosed. Site: { $sites }. Confirmation: { $confirmation }. History: { $history }.
case-tb-excluded = Tuberculosis excluded.
case-denotified = Taken out of the counts: { $reason }.
case-patient-registered = Entered in the register of { $organisation }.

## Treatment

case-treatment-started = Treatment started on { $on } with regimen { $regimen }. Expected end: { $until }.
case-regimen-changed = Regimen changed on { $on }: { $from } → { $regimen }. Reason: { $reason }.
case-weight-recorded = Weight on { $on }: { $weight } kg.
case-phase-recorded = On { $on }: { $step }. Expected end: { $until }.
case-treatment-extended = Treatment extended on { $on } to { $months } months. Reason: { $reason }. Expected end: { $until }.
case-chest-xray-recorded = Chest X-ray on { $on }: { $result }.
case-doses-recorded = { $from } – { $until }: { $taken ->
        [one] { $taken } dose taken
       *[other] { $taken } doses taken
    }, { $missed ->
        [one] { $missed } missed.
       *[other] { $missed } missed.
    }
case-medicine-supplied = Medicine supplied on { $on } for { $days ->
        [one] { $days } day.
       *[other] { $days } days.
    }
case-treatment-interrupted = Treatment interrupted since { $on }: { $reason }.
case-treatment-resumed = Treatment resumed on { $on }. Expected end: { $until }.
case-adverse-event-recorded = Adverse event on { $on }: { $kind }, grade { $grade }.
case-outcome-reported = Outcome reported: { $outcome }, { $on }.
case-outcome-confirmed = Outcome confirmed: { $outcome }, { $on }.
case-outcome-corrected = Outcome corrected: { $outcome }, { $on }. Reason: { $reason }.
case-prevention-started = Preventive treatment started on { $on } with regimen { $regimen }.
case-prevention-doses-recorded = Preventive treatment, { $from } – { $until }. Doses taken: { $taken }, missed: { $missed }.
case-prevention-held = Preventive treatment on hold since { $on }: { $reason }.
case-prevention-resumed = Preventive treatment resumed on { $on }.
case-prevention-ended = Preventive treatment ended on { $on }: { $result }.

## Referrals

case-referral-made = Referred to { $to }: { $service }.
case-referral-accepted = Referral accepted.
case-referral-declined = Referral declined: { $reason }.
case-referral-withdrawn = Referral withdrawn.
case-referral-attendance-recorded = { $attended ->
        [true] The referred patient came on { $on }.
       *[false] The referred patient did not come.
    }
case-referral-result-recorded = Result of the referral: { $result }.

## Handoffs

case-handoff-offered = Patient offered to { $to }. Programmes: { $programmes }. Urgency: { $urgency }.
case-handoff-acknowledged = The destination has seen the offer.
case-handoff-extended = The offer was extended until { $until }.
case-handoff-accepted = { $implicit ->
        [true] The offer counts as accepted, for the patient was received. Programmes: { $programmes }.
       *[false] Offer accepted. Programmes: { $programmes }.
    }
case-handoff-declined = Offer declined: { $reason }.
case-handoff-acceptance-rescinded = Acceptance taken back: { $reason }.
case-handoff-withdrawn = Offer withdrawn: { $reason }.
case-handoff-expired = The offer expired without an answer.
case-handoff-reinstated = The handoff stands again, for the patient arrived on { $on }.
case-handoff-completed = Care continued at the destination on { $on }. The handoff is complete.
case-handoff-cancelled-by-death = The handoff ended with the patient's death.
case-handoff-entered-in-error = The handoff was recorded in error: { $reason }.
case-handoff-superseded = The handoff was replaced by a new one.
case-handoff-external-confirmed = The facility outside the network confirmed on { $on }: { $step }.
case-interim-reported = Report of { $on }: { $status }. { $taken ->
        [none] Doses not recorded.
        [one] { $taken } dose taken, { $missed } missed.
       *[other] { $taken } doses taken, { $missed } missed.
    }
case-override-reviewed = Handoff without consent reviewed: { $finding }.
case-claim-code-issued = A claim code was issued for the patient's card, valid until { $until }.
case-patient-departed = The patient left on { $on }. Medicine in hand: { $days ->
        [none] not recorded.
        [one] { $days } day.
       *[other] { $days } days.
    }
case-patient-did-not-travel = The patient did not travel.
case-patient-arrived = The patient arrived on { $on }.
case-patient-not-arrived = The patient was expected on { $expected } and has not arrived.
case-patient-arrived-elsewhere = { $organisation } has had the patient since { $on }.
case-claim-confirmed = { $lapse ->
        [true] Nobody objected in time: the claim of { $organisation } stands.
       *[false] The claim of { $organisation } was confirmed.
    }
case-claim-refused = The claim of { $organisation } was refused.
case-contact-attempted = Looked for the patient on { $on }: { $channel }. Result: { $result }.

## Beside the case

conflict-raised = A step taken offline did not count and was kept for review.
conflict-resolved = The conflict of an offline step was settled.
emergency-opened = The case was opened in an emergency.
emergency-missed = An emergency access found no case.
emergency-reviewed = The emergency access was reviewed.
export-requested = An export was asked for: { $purpose }.
export-approved = The export was agreed to.
export-refused = The export was refused: { $reason }.
export-fetched = The export was fetched.
disclosure-made = The packet of a handoff was read.
reading-made = Somebody was shown the record.
canary-set = It was said whether the case is watched.
alert-raised = A reading has given the alarm.
organisation-deactivated = Organisation deactivated.
organisation-described = Organisation described.
person-corrected = The person's record was corrected.
person-linked = Two records of one person were linked.
person-registered = Person registered.
person-unlinked = The link between two records was removed.
pull-request-answered = The asked organisation offered the patient.
pull-request-declined = The asked organisation does not hand the patient over: { $reason }.
pull-request-lapsed = Nobody answered the request in time.
pull-request-made = { $from } asked { $of } for the patient: { $reason }.
pull-request-withdrawn = The request for the patient was taken back.
worker-deactivated = Worker deactivated.
worker-leave-set = It was said when the worker is on leave.
worker-described = Worker described.
case-contact-listed = Contact listed: { $setting }, { $place }.
case-contact-result-recorded = Contact looked at on { $on }: { $result }.
case-contact-linked = A contact has a case of their own.
case-contact-removed = A contact was taken off the list.
contact-notice-sent = { $from } told { $to } of a contact.
contact-notice-accepted = The organisation there looks for the contact.
contact-notice-declined = The organisation there does not look for the contact: { $reason }.
contact-notice-withdrawn = The notice was taken back.
contact-notice-answered = Contact looked at on { $on }: { $result }.

## HIV record

hiv-opened = HIV record opened.
hiv-access-granted = Access to the HIV record given to a clinician.
hiv-access-ended = Access of a clinician to the HIV record ended.
hiv-consent-recorded = Answer about sharing HIV data recorded.
hiv-consent-withdrawn = Consent to share HIV data withdrawn.
hiv-counselling-recorded = Counselling recorded.
hiv-test-recorded = HIV tests of { $on } recorded.
hiv-confirmation-recorded = Paper of an AIDS centre elsewhere recorded.
hiv-result-returned = The person was told the result on { $on }.
hiv-cd4-recorded = CD4 measured.
hiv-viral-load-recorded = Viral load measured.
hiv-who-stage-recorded = WHO clinical stage recorded.
hiv-art-started = ART started on { $on }.
hiv-art-substituted = Medicines of ART changed within the line on { $on }.
hiv-art-switched = ART switched to another line on { $on }.
hiv-art-stopped = ART stopped on { $on }.
hiv-art-dispensed = Medicine of ART handed out on { $on }.
hiv-visit-missed = Visit of { $on } missed.
hiv-outreach-recorded = The patient was looked for.
hiv-outcome-recorded = Outcome of HIV care recorded on { $on }.
hiv-remote-registration-begun = Remote registration begun on { $on }.
hiv-remote-step-recorded = Step of remote registration taken on { $on }.
hiv-lf-lam-recorded = LF-LAM of urine recorded.
hiv-trace-judged = A trace was judged to confirm tuberculosis.
hiv-tb-screened = Screened for tuberculosis at the visit of { $on }.
hiv-prophylaxis-started = Preventive treatment started on { $on }.
hiv-prophylaxis-ended = Preventive treatment ended on { $on }: { $result }.
hiv-handoff-offered = HIV care offered to { $to }.
hiv-handoff-accepted = Offer of HIV care accepted.
hiv-handoff-declined = Offer of HIV care declined.
hiv-handoff-withdrawn = Offer of HIV care withdrawn.
hiv-handoff-expired = Offer of HIV care expired without an answer.
hiv-patient-arrived = The patient came for HIV care on { $on }.
hiv-patient-not-arrived = The patient did not come for HIV care.
hiv-read = HIV record read.

erasure-held = A legal hold keeps the record of the person.
erasure-approved = Two persons agreed to erase the person.
erasure-person-erased = The person was erased.
erasure-refused = The erasure of the person was refused: { $reason }.
erasure-released = The legal hold on the record was released.
erasure-requested = The erasure of the person was asked for: { $ground }.
