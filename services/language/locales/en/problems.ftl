### What stands in the way of a request. An id is the code of a problem, with - for _.

## Found before a rule is asked: the title, what happened and what to do. Other attributes are details.

bad-request = The request is malformed
    .explanation = The request does not follow HTTP or the conventions of this interface.
    .remedy = Compare the request with the OpenAPI document.
malformed-body = The body is not valid JSON
    .explanation = The body is not one JSON document in UTF-8, without duplicate keys and no deeper than 64 levels.
    .remedy = Send one JSON document; look at the line and the column in the detail.
    .empty = There is no body.
    .not-utf8 = The body is not UTF-8.
    .byte-order-mark = The body begins with a byte order mark.
    .syntax = The body is not JSON at line { $line }, column { $column }.
    .duplicate-key = A key is there twice in one object at line { $line }, column { $column }.
    .too-deep = The body is deeper than 64 levels at line { $line }, column { $column }.
invalid-body = The body has the wrong shape
    .explanation = A field is missing, unknown, null or of the wrong type.
    .remedy = Correct the places listed in `errors`; the fields of each command are in the OpenAPI document.
invalid-query = The query is not understood
    .explanation = A query parameter is unknown, given twice or malformed.
    .remedy = Correct the parameters listed in `errors`; those of each route are in the OpenAPI document.
    .nul = The query contains the character U+0000.
    .unknown = The query has a parameter that is not known here; expected one of { $known }.
    .unknown-few = The query has a parameter that is not known here; expected { $known }.
    .none = The query has a parameter that is not known here; there are none here.
duplicate-header = A header is given twice
    .explanation = A header that may be there once is there more than once.
    .remedy = Send the header once.
idempotency-key-missing = The Idempotency-Key is missing
    .explanation = Every POST carries an Idempotency-Key, so that it can be repeated safely.
    .remedy = Make a new UUID for each command and keep it when you repeat the command.
idempotency-key-invalid = The Idempotency-Key is not a UUID
    .explanation = An Idempotency-Key is one UUID with hyphens.
    .remedy = Make a new UUID for each command and keep it when you repeat the command.
if-match-invalid = If-Match is not a revision
    .explanation = If-Match carries one strong entity tag with a revision, such as "3". Wildcards, lists and weak tags are refused.
    .remedy = Send back the ETag that you got when you read the record.
position-invalid = The position is not one of ours
    .explanation = A position is a token that this service gave out in Safar-Position.
    .remedy = Send back a Safar-Position as you got it, or leave it out.
cursor-invalid = The cursor is not valid here
    .explanation = A cursor is valid for the one who got it, on the route that gave it.
    .remedy = Begin again with the first page.
token-missing = No access token
    .explanation = This route needs an access token.
    .remedy = Send Authorization: Bearer with an access token of a configured issuer.
token-refused = The access token is refused
    .explanation = The access token is malformed, expired, not yet valid, not for this service or not signed by a known key.
    .remedy = Get a new access token from your identity provider.
forbidden = Your role does not allow this
    .explanation = Your role does not have the right to use this function.
    .remedy = Ask a colleague whose role has it, or your administrator.
off-duty = You are off duty
    .explanation = The directory says that you are on leave today, so nothing of patients is open to you.
    .remedy = If you are at work, ask your administrator to end the leave. What you did offline before is received; in an emergency a clinician may open one case.
step-up-required = Please authenticate again
    .explanation = This needs an authentication that is younger than fifteen minutes.
    .remedy = Authenticate again at your identity provider and repeat the request with the new token.
not-found = Not found
    .explanation = There is nothing here that you can see.
    .remedy = Check the address; what is outside your work looks as if it did not exist.
method-not-allowed = The method is not allowed here
    .explanation = This address exists, but not for this method.
    .remedy = Use one of the methods in the Allow header.
not-acceptable = This media type cannot be answered
    .explanation = The answer is application/json or application/problem+json, a paper application/pdf, an evidence pack application/zip, and the Accept header allows none of them.
    .remedy = Send Accept: application/json, for a paper application/pdf, for an evidence pack application/zip, or no Accept header.
request-timeout = The request took too long to arrive
    .explanation = The whole body has to arrive within ten seconds.
    .remedy = Send it again over a better link, or in smaller parts.
command-running = The same command is still running
    .explanation = A command with this Idempotency-Key is being carried out at this moment.
    .remedy = Wait a second and repeat it with the same key; you get its outcome.
claim-code-absent = There is no claim code in force
    .explanation = No claim code was issued for this handoff, or it was used, has expired, or was issued under another secret.
    .remedy = Issue a new one.
stale-revision = Someone else was faster
    .explanation = The record has changed since the revision in If-Match.
    .remedy = Read it again, look at what changed, and decide again with the new ETag.
body-too-large = The body is too large
    .explanation = A command is at most 64 KiB, a batch at most 1 MiB.
    .remedy = Send less at once.
uri-too-long = The address is too long
    .explanation = The address of the request is longer than this service reads.
    .remedy = Shorten the query.
unsupported-media-type = The body is not declared as JSON
    .explanation = A body has to be application/json, in UTF-8 and without content coding.
    .remedy = Send Content-Type: application/json.
dependency-failed = An earlier command of the batch was refused
    .explanation = This command names an earlier one of the same batch, and that one was not carried out.
    .remedy = Mend the earlier command and send both again under their keys.
invalid-values = A value is not acceptable
    .explanation = The body has the right shape, but a value in it is not acceptable.
    .remedy = Correct the places listed in `errors`.
    .nul = A text contains the character U+0000.
idempotency-key-reused = The Idempotency-Key belongs to another command
    .explanation = This Idempotency-Key was used before for a command with another body or address.
    .remedy = Make a new UUID for each command.
if-match-missing = If-Match is missing
    .explanation = A command on something that exists has to say which revision it was decided on.
    .remedy = Read the record and send its ETag as If-Match.
too-many-requests = Too many requests
    .explanation = You have sent more requests than your share.
    .remedy = Wait as long as Retry-After says.
reading-budget-exceeded = More records than a day's work needs
    .explanation = You have opened as many different records today as your role needs in a day. The auditors have been told.
    .remedy = Records that you have opened today stay open to you; go on with others tomorrow, or talk to your supervisor.
headers-too-large = The headers are too large
    .explanation = The headers of the request are larger than this service reads.
    .remedy = Send fewer or shorter headers.
internal-error = An error on our side
    .explanation = Something failed on our side; it has been recorded.
    .remedy = Try again with the same Idempotency-Key; if it stays, report the `instance`.
busy = The service is busy
    .explanation = More is being asked at this moment than the service can carry.
    .remedy = Wait as long as Retry-After says and repeat the request with the same Idempotency-Key.
position-not-reached = The answer is not as new as you asked
    .explanation = The read model has not reached the position in min_position yet.
    .remedy = Wait as long as Retry-After says and read again.
store-unavailable = The log cannot be reached
    .explanation = The log did not answer, so it is not known whether a command was carried out.
    .remedy = Repeat the command with the same Idempotency-Key; you get its first outcome, or it is carried out once.
outcome-unknown = It is not known whether this was recorded
    .explanation = The connection to the log broke while the command was being written.
    .remedy = Repeat the command with the same Idempotency-Key; you get its first outcome, or it is carried out once.
integrity-error = A stored fact is damaged
    .explanation = What is stored does not match its proof, so it is not shown.
    .remedy = Tell the operator, who runs safar verify and restores the log from a copy.
access-log-unavailable = Readings cannot be written down
    .explanation = Nothing of a patient is shown before the reading is in the access log, and that cannot be written at this moment.
    .remedy = Wait as long as Retry-After says and read again. Commands and the directory go on; if it stays, tell the operator.
ledger-unsigned = This node signs no checkpoints
    .explanation = An evidence pack rests on a signed checkpoint of the log, and this node has no key to sign one.
    .remedy = Tell the operator, who sets ledger.key_file, or ask another node.
key-unavailable = The key is not available
    .explanation = What you asked for is sealed, and this service has no key for it at this moment. Nothing was recorded.
    .remedy = Wait as long as Retry-After says and repeat the request with the same Idempotency-Key; if it stays, tell the operator.
erased = It was erased
    .explanation = What was recorded here was erased for good; its key no longer exists.
    .remedy = Nothing can bring it back; begin a new record if one is needed.
storage-full = No room to write
    .explanation = The disk of the log is full. What was acknowledged is kept.
    .remedy = Tell the operator; repeat the command with the same Idempotency-Key once there is room.

## Closing

handoff-live = Handoff { $handoff } is live: let it be answered or withdraw it before closing.
    .handoff = The { $programme } programme is being handed off already, in handoff { $handoff }: withdraw that one first.
outcome-missing = Treatment has no confirmed outcome yet.
claim-pending = Another organisation has claimed this patient; the claim is open.
case-not-closed = The case is open.
death-in-the-future = A death is recorded when it has happened.

## Consent

consent-period-backwards = A consent cannot end before it begins.
consent-without-recipient = Name at least one recipient and one class of data.
consent-form-version-missing = Name the version of the form that was explained (1 to 64 characters).

## Diagnosis

diagnosis-without-site = Name at least one site of the disease.
diagnosis-not-confirmed = No positive specimen is on record: record the result first, or diagnose clinically.
trace-not-confirming = A trace does not confirm tuberculosis in an adult treated in the last five years: test a fresh specimen, or give the ground on which the clinician holds the trace to confirm.
trace-history-unknown = A trace confirms tuberculosis in an adult who was not treated in the last five years, and that is not known: ask for earlier treatment, test a fresh specimen, or give the ground on which the clinician holds the trace to confirm.
revision-reason-missing = A diagnosis is on record and says something else: give the reason for which it is revised.
history-not-new = A treatment of a month or more is on record: the patient is recurrent or re-registered, not new.
history-not-recurrent = Recurrent needs an earlier treatment that ended cured or completed: name it with its year, country and outcome.
history-not-re-registered = Re-registered needs an earlier treatment that ended neither cured nor completed: name it with its year, country and outcome.
previous-treatment-out-of-range = An earlier treatment ended between 1950 and { $year }, after at most 60 months.
already-registered = The patient is in your register already.
register-number-length = A register number has 1 to 32 characters.
episode-open = A treatment episode is open; report its outcome instead.
    .treatment = A treatment episode is open; report its outcome before a new one starts.
duplicate-without-case = Name the case that stays, for a duplicate and only then.
case-denotified = The case has been taken out of the counts.

## Handoff

handoff-without-programme = Name at least one programme to hand off.
handoff-to-itself = A handoff goes to another organisation.
handoff-destination = Name either an organisation of the network or an external facility.
external-destination-name = The name of an external facility has 1 to 200 characters, its telephone at most 32.
destination-in-network = The destination answers for itself; only an external facility is answered for by the sender.
external-step-order = This handoff is { $state }; the facility cannot have taken that step now.
organisation-unknown = There is no such active organisation in the directory.
service-not-offered = That organisation does not take the { $programme } programme; look it up in the directory.
    .referral = That organisation does not offer this service; look it up in the directory.
consent-missing = No consent in force covers { $class } data for this destination: record one, or override with its ground.
    .referral = No consent in force covers identity and this service's data for that organisation: record one first.
override-reason-length = The reason of an override has 20 to 500 characters.
packet-incomplete = Before the handoff, record: { $missing }.
expiry-out-of-range = An offer lasts from 1 hour to 30 days.
previous-handoff-unknown = The previous handoff must be an ended one of this case.
expected-arrival-in-the-past = The expected arrival lies in the past.
handoff-not-yours = This step belongs to the { $side } of the handoff.
handoff-already-moved = This handoff was { $state } by { $by } at { $at }.
handoff-expired = This offer expired at { $at }; ask the sender for a new one.
handoff-extended-too-often = An offer is extended three times at most.
extension-backwards = An extension ends later than the present expiry, within 30 days from now.
acceptance-of-nothing = Accept at least one programme that is offered, or decline.
refused-part-without-reason = Give a reason for each programme that is not accepted, and for no other.
arrival-not-due = The patient is expected on { $expected }; wait until that day has passed.
arrival-before-offer = A patient cannot have arrived before the offer was made; check the date.
arrival-not-dated = To beat the clock, an arrival names the same day as Safar-Occurred-At, within the last 30 days.
care-since-then = Others have cared for the patient since that day; ask the sender for a new handoff.
handoff-step-in-the-future = A step is recorded when it has happened, not before.
medicine-out-of-range = Days of medicine in hand lie between 0 and 365.
responsibility-elsewhere = Another organisation answers for the { $programme } programme by now.
care-not-continued = Record the first dose or the first visit at the destination before completing the handoff.
care-before-arrival = Care at the destination begins on the day of arrival or later.
handoff-superseded = The patient is being handed off anew, in handoff { $handoff }.
no-claim = Nobody has claimed this patient, or the claim is settled.
claim-code-unknown = This code does not open a claim: it is unknown, used or expired. Ask the patient who treated them before, and send that organisation a request.
claim-code-mistyped = A claim code has twelve digits, and these do not fit together: read it once more.
handoff-ended = This handoff has ended; ask { $from } for the case with a pull request.
claim-code-out-of-place = A claim code is issued while the handoff is open.
packet-closed = This handoff is { $state }: its packet is closed to you.
no-override = This handoff rests on a consent, or its override has been reviewed.
own-override = An override is reviewed by somebody else than the one who used it.
report-before-arrival = A report follows the arrival; this patient has not arrived by this handoff.
report-backwards = The last report is of { $last }; a new one is of a later day.

## Laboratory

specimen-in-the-future = A specimen cannot have been collected in the future.
result-dates-out-of-order = The dates must follow one another: collected, performed, resulted, today.
rifampicin-without-mtb = A rifampicin result needs MTB detected.
trace-rifampicin-indeterminate = A trace never gives a rifampicin result: record it as indeterminate.
susceptibility-without-drugs = Name at least one drug with its result.
drug-not-in-test = This test does not tell of { $drug }: check which test it was, or record the result under the test that did.
smear-count-against-grade = The grade and the count of bacilli exclude one another: negative means none, every other grade at least one.
culture-grade-without-growth = Only a culture in which something grew has a grade.
culture-days-out-of-range = A culture grows in 1 to 120 days.

## Movement

movement-in-the-future = A movement is recorded when it has happened, not before.

## Opening

case-already-opened = This case has been opened already.
place-unknown = A place of the road is not known; look it up in the directory of places.
    .organisation = The place is not known; look it up in the directory of places.
too-many-transits = A route has at most 8 places of transit.
occurs-in-the-future = This is dated in the future; give the time at which it happened.
occurs-too-long-ago = This is dated more than 5 years ago; check the date, or give the reason of the late entry where the command takes one.

## Outcome

not-on-treatment = There is no open treatment episode on this case.
    .treatment = No treatment episode is open.
outcome-not-reported = No outcome has been reported yet.
outcome-needs-second-person = The one who reported an outcome cannot confirm it.
outcome-in-the-future = An outcome is dated today or earlier.
outcome-before-start = Treatment started on { $started }; its outcome cannot be earlier.
cured-needs-pulmonary = Only pulmonary tuberculosis can be cured by definition; report completed.
cured-needs-confirmation = Cured needs bacteriological confirmation at the start of treatment; report completed.
cured-needs-conversion = Cured needs two consecutive negative cultures (in susceptible disease smears count too) from specimens collected at least 7 days apart. On record: { $found }. Missing: one collected on { $from } or later.
cured-after-reversion = The specimens turned positive again on { $on }; cured cannot be reported.
treatment-not-completed = The regimen is complete after doses until { $until } at the earliest, with more of them taken than missed.
not-lost-yet = Lost to follow-up means two consecutive months without a dose: from { $from } at the earliest.
lost-to-follow-up-applies = Treatment has been interrupted for two consecutive months; report lost to follow-up.
moved-outside-network = The patient moved to a facility outside the network on { $on } and no dose is on record since: report not evaluated, or record the doses.
death-not-recorded = Record the death first; its outcome is reported with it.
died-applies = The person died on { $died }: an outcome of that day or later is died.
death-on-another-day = The death is recorded for { $died }; its outcome has the same day.
failure-needs-late-positive = Failed by the definitions of 2013 needs a positive smear or culture from month 5 or later: none was collected on { $from } or later.
failure-needs-positive = No positive culture (in susceptible disease smears count too) is on record that was collected on { $from } or later: record it, or say that the clinician saw no response.
failure-needs-resistance = No resistance is on record that was not known when treatment started on { $started }: record the result first, or the change of regimen.
failure-needs-adverse-event = No reaction to the medicine is on record until { $until }: record it first, or the change of regimen.
failure-without-failed = A reason for failure goes with the outcome failed, and only with it.
failure-reason-missing = Say why treatment failed: no response, an adverse reaction, or additional resistance.
treatment-not-started = Treatment was not started; a patient who never began can be lost, have died, or not be evaluated.
never-began = A diagnosed patient who never began is lost to follow-up by definition; not evaluated is for one who moved to a facility outside the network.
treatment-completed = By the doses on record treatment is complete; report cured or completed.
interrupted-two-months = Treatment stood still for two consecutive months by { $from }: by definition this episode is lost to follow-up.
no-dose-for-two-months = No dose is on record for two consecutive months after { $after }: record those that were taken; without them this episode is lost to follow-up from { $lost_on }.
regimen-changed-for-good = The regimen was changed for good on { $on }: by definition this episode failed.
cured-applies = By definition this patient is cured; completed is for those whose cure cannot be shown.
evidence-of-failure = A specimen collected on { $on }, in month 5 or later, was positive: by the definitions of 2013 treatment failed.
cured-needs-three-negatives = Cured by the definitions of 2013 for resistant disease needs three consecutive negative cultures at least 30 days apart after the intensive phase. On record: { $found }. Missing: one collected on { $from } or later.
cured-needs-earlier-negative = Cured by the definitions of 2013 needs a negative smear or culture from an occasion before the last one: none was collected from { $from } until { $until }.
cured-needs-last-month-negative = Cured by the definitions of 2013 needs a negative smear or culture from the last month of treatment: none was collected on { $from } or later.
outcome-after-next-start = The next episode started on { $started }; the outcome of the one before it cannot be later.
outcome-before-diagnosis = The diagnosis was made on { $diagnosed }; an outcome cannot be earlier.
correction-changes-nothing = This is the outcome in force.
outcome-not-confirmed-yet = No outcome has been confirmed here: there is nothing to correct; report the right one.
outcome-confirmed-already = This episode has its outcome. If it is wrong, correct it with a reason.
regimen-two-started = Regimen II was started on { $on }: in the register of this country the episode has no outcome of its own.

## Referral

referral-kept-apart = A case refers for an HIV test and never for HIV treatment: refer for an HIV test, and the AIDS centre goes on from there.
referral-to-itself = A patient is referred to another organisation, not to one's own.
referral-not-yours = This step of the referral belongs to the other organisation.
referral-already-moved = This referral is { $state } already.
attendance-in-the-future = Attendance is recorded when the day has come, not before.

## Screening

screening-empty = Record at least one of symptoms, chest X-ray, program score and C-reactive protein.
cad-incomplete = A program's reading needs its score and its threshold, 0 to 100, and the name and the version of the program.
crp-out-of-range = C-reactive protein lies between 0 and 1000 mg/L.
screening-algorithm-mismatch = A single algorithm has one look and a parallel one has several: record what was looked at, or name another algorithm.
screening-in-the-future = A screening is recorded when it has been done, not before.
screening-consent-missing = Record the person's consent to care before the screening (yes or no, with its date).
cough-weeks-out-of-range = Weeks of cough lie between 0 and 520, and need a cough.

## Standing

case-closed = The case is closed. Reopen it first, or open a new one.
person-died = The person has died.
not-responsible = Your organisation does not answer for the { $programme } programme of this case now.
not-caring = Your organisation does not care for this patient now; only late facts may be added.
programme-not-open = The { $programme } programme of this case has not been opened.

## Support

support-in-the-future = Support is recorded when it has been given, not before.
note-length = A note has 1 to 2,000 characters.

## Treatment

diagnosis-missing = Treatment needs a diagnosis first.
prevention-not-held = Preventive treatment does not stand still.
prevention-held = Preventive treatment stands still already.
prevention-doses-exceed-period = A period of this length has at most { $most } doses, taken and missed together, and at least one.
prevention-period-backwards = The period must end on or after the day it begins.
prevention-before-start = Preventive treatment started on { $started }; this cannot be earlier.
prevention-in-the-future = This is recorded when it has happened, not before.
preventive-regimen-age-unknown = This regimen has an age limit; record the birth date, or at least the year, first.
preventive-regimen-age = This regimen is not given below { $minimum } years of age.
prevention-before-eligible = The person was found eligible on { $eligible }; preventive treatment cannot have started earlier.
not-on-prevention = No course of preventive treatment is open.
prevention-open = A course of preventive treatment is open; end it before a new one starts.
tuberculosis-diagnosed = Tuberculosis is diagnosed or treated; preventive treatment is for those who are not ill.
tuberculosis-not-excluded = Preventive treatment is for those who are not ill: record a negative screening, or that tuberculosis is excluded.
tuberculosis-sign-undecided = Specimen { $specimen }, collected on { $collected }, shows tuberculosis or a trace of it, and nobody has decided on it: diagnose, or state that tuberculosis is excluded, before preventive treatment.
preventive-regimen-unknown = There is no such preventive regimen; choose one from the vocabulary of preventive regimens.
treatment-too-long-ago = Treatment began more than 5 years ago; check the date, or give the reason for which it is entered now.
treatment-too-old = Treatment that began before 1950 is history, not an episode; check the date.
last-dose-missing = With doses missed in the period, name the last day on which one was taken.
regimen-rifampicin = Rifampicin resistance is on record; this regimen relies on rifampicin.
regimen-age-unknown = This regimen has an age limit; record the birth date, or at least the year, first.
episode-overlaps = The episode before this one ended on { $ended }; a new one cannot have started earlier.
regimen-unchanged = This is the regimen that runs, with the same medicines.
extension-out-of-range = An extension of the intensive phase is of 1 or 2 months; the begin of the continuation phase has none.
intensive-phase-extended = The intensive phase has been extended already.
never-treated = No treatment has begun that an X-ray could follow; one that looks for tuberculosis is part of a screening.
chest-xray-before-treatment = Treatment started on { $started }; an X-ray made more than 14 days before belongs to a screening.
treatment-not-extended = Treatment is planned for { $months } months already; an extension names more.
treatment-months-out-of-range = Treatment is planned for at most 36 months.
continuation-phase-begun = The continuation phase has begun.
regimen-without-phases = This regimen has one phase only.
observer-contradicts-administration = Doses observed by a person need one who saw them, doses by video the video, and doses taken alone nobody or the family.
substitution-keeps-regimen = A medicine replaced for a while keeps the regimen: name the regimen that runs, or change it for good.
replaced-drugs-missing = Name the medicines that are replaced for a while.
regimen-change-before-change = The regimen was changed on { $last }; the next change is not earlier.
regimen-change-before-start = Treatment started on { $started }; a change of its regimen comes after that day.
regimen-unknown = There is no such regimen; choose one from the vocabulary of regimens.
composition-missing = List the drugs of an individualised regimen.
regimen-age = This regimen is not given below { $minimum } years of age.
regimen-weight = This regimen needs a recorded weight of at least { $minimum } kg.
regimen-pregnancy = This regimen is not given in pregnancy or while breastfeeding.
regimen-fluoroquinolone = This regimen needs fluoroquinolone susceptibility; look at the susceptibility results.
weight-out-of-range = Weight lies between 1 and 300 kg.
treatment-in-the-future = This is recorded when it has happened, not before.
dose-before-start = Treatment started on { $started }; there are no doses before it.
dose-period-backwards = The period must end on or after the day it begins.
doses-exceed-days = Doses taken and missed cannot exceed the days of the period, and not both be zero.
last-dose-outside-period = The last dose taken must lie inside the period, and needs a dose taken.
adverse-event-grade = An adverse event has a grade from 1 (mild) to 5 (death).
supply-out-of-range = Medicine is supplied for 1 to 365 days.
already-interrupted = Treatment is interrupted already.
not-interrupted = Treatment is not interrupted.

## Conflict

conflict-not-yours = A conflict is settled by the organisation whose step did not count; speak with it.
conflict-settled = This conflict has been settled already, in another way.

## Disclosure

disclosure-without-ground = A disclosure under consent names at least one consent.

## Organisation

organisation-name-length = A name has 1 to 200 characters.
organisation-telephone = A telephone number is a plus sign and 7 to 15 digits.
organisation-id-reserved = Names that begin with external- stand for destinations outside the network.

## Person

person-already-registered = This person has been registered already.
name-length = A name needs 1 to 8 spellings of 1 to 100 characters each, with at most 4 marks on one letter.
birth-date-impossible = The birth date does not exist, lies in the future or more than 120 years back.
telephone-length = At most 8 telephone numbers of 5 to 20 characters each.
already-linked = These two records are linked already.
link-to-itself = A record cannot be linked to itself.
search-too-wide = A family name alone is not searched: say the given name or the year of birth as well.

## Pull request

pull-request-made = This pull request has been made already.
patient-agreement-missing = Another organisation is asked only when the patient has agreed to it.
pull-request-without-programme = Name at least one programme to ask for.
pull-request-to-itself = A patient is asked for from another organisation.
programme-not-taken-here = Your organisation does not take the { $programme } programme, so it cannot be handed over to you.
pull-request-open = You have asked that organisation for this person already, in pull request { $request }.
pull-request-not-yours = This step belongs to the { $side } organisation.
pull-request-settled = This pull request was { $state } by { $by } at { $at }.
pull-request-needs-offer = Offer the asking organisation a handoff of a programme it asks for, then answer with it.

## Erasure

erasure-not-requested = Nobody has asked to erase this person, or the request was refused; make one first.
erasure-approved = The erasure is agreed on and cannot be taken back; a legal hold stops it as long as it is not done.
legal-hold = This record is under a legal hold and must be kept; ask an auditor.
erasure-during-treatment = The person is being treated for tuberculosis; end the treatment or close the case first, or name a court order.
second-person-needed = You have asked for this yourself; another person has to agree.
auditor-needed = One of the two who agree to an erasure is an auditor; ask one.
no-legal-hold = There is no legal hold on this record.
legal-hold-over = A legal hold ends today or later; check the date.
person-erased = The person was erased; there is nothing left to keep.

## Worker

worker-id-reserved = Ids that begin with safar- belong to the system.
other-country = An administrator describes workers of organisations in their own country.
role-without-service = A clinician works where the organisation offers the service: TB or HIV care.
own-record = Nobody changes their own role or deactivates themselves; ask another administrator.

## What is said of every refusal beside its own sentence

refused = The rules refuse this
    .explanation = The state of the record does not allow this command now.
    .remedy = Read the detail, look at the current state and at the commands that are allowed now, and decide again.
refused-values = The rules refuse these values
    .explanation = The state of the record does not allow this command now.
    .remedy = Read the detail and correct the values; the same ones would be refused at any time.
refused-person = This step is somebody else's
    .explanation = The rules keep this step from you.
    .remedy = Read the detail and ask the colleague whose step it is.
refused-quota = There is no more of this for now
    .explanation = You have had as much of this as the rules give.
    .remedy = Read the detail; what is needed for the patient goes through those who answer for the record.

## One place of a request: `error-` and the code of the place

error-duplicate = This header is there more than once.
    .parameter = This parameter is there more than once.
error-in-the-future = What will be known later cannot be said; give a moment that has passed.
error-invalid = This value is not acceptable here.
    .position = This must be a Safar-Position as you got it.
    .cursor = This must be the next_cursor of the last page.
    .paper = Papers are printed in en, ru, tg and kk.
    .as-of = This must be a moment with its offset such as 2026-11-03T09:30:00%2B05:00, or a Safar-Position as you got it.
error-invalid-value = This value is not acceptable here.
    .revision = This must be a revision, or any.
error-missing = This header is required.
    .parameter = This parameter is required.
error-missing-field = This field is missing.
    .item = This command needs it.
error-not-a-moment = This must be a day such as 2026-11-03, or a moment with its offset such as 2026-11-03T09:30:00+05:00.
error-not-a-revision = This must be one entity tag such as "3".
    .any = This command does not commute with others: name the revision it was decided on.
error-not-a-uuid = This must be a UUID with hyphens.
error-not-ascii = This header has to be plain ASCII.
error-not-here = Each command of a batch carries its own.
error-moments-backwards = The first moment must not lie behind the second.
error-not-an-instant = This must be a moment with its offset such as 2026-11-03T09:30:00%2B05:00.
error-present-alone = Your reports are of the present: leave this out, or ask somebody who sees the people.
error-worker-unknown = There is no such worker in the directory.
error-not-whole-months = Your reports are of whole months: give the first day of a month.
error-nul-character = A text contains the character U+0000.
error-null = This must not be null.
    .expected = This must not be null; expected { $expected }.
error-out-of-range = A page has 1 to 200 rows.
    .batch = A batch has 1 to 500 commands.
    .offers = An offer goes out for 1 to 500 cases.
error-period-backwards = The period must begin before the day on which it ends.
error-place-unknown = The place is not known; look it up in the directory of places.
error-unknown-field = A field here is not known; expected one of { $known }.
    .few = A field here is not known; expected { $known }.
    .none = There are no fields here.
    .item = This command takes none.
error-unknown-value = This value is not known here; expected one of { $known }.
    .few = This value is not known here; expected { $known }.
    .command = There is no command of this name; the OpenAPI document lists them.
error-wrong-shape = This has none of the shapes that are possible here.
error-wrong-type = This has the wrong type.
    .expected = This has the wrong type; expected { $expected }.

## HIV record

hiv-referral-not-taken = The patient was referred to you for an HIV test: accept the referral first, or record that they came.
hiv-not-an-aids-centre = HIV records are opened by an AIDS centre that offers HIV tests.
hiv-record-open = This patient has an HIV record already.
hiv-access-for-others = Only an active HIV clinician of your own organisation can be let in.
hiv-patient-died = The patient has died; only what happened before can be added.
hiv-not-responsible = Another organisation answers for the HIV care of this patient now.
hiv-in-the-future = This is recorded when it has happened, not before; check the dates.
hiv-dates-out-of-order = A result cannot be older than its specimen; check the dates.
hiv-consent-without-recipient = Name at least one recipient, and at most sixteen.
hiv-consent-too-wide = HIV data go to an organisation in { $country } only when the person names that organisation: list each recipient by itself.
hiv-consent-missing = No consent in force lets HIV data go to { $to }: ask the person, and record a consent that names it or its country.
hiv-partner-must-agree = A couple is counselled together only when the partner has agreed to it by their own will.
hiv-test-agreement-missing = After counselling before a test, and only then, record whether the person agreed to the test.
hiv-test-declined = The person has declined the test: talk again, and record that they agree, before testing.
hiv-assays-out-of-range = Record one to eight assays, numbered 0 to 3, each with its product (1 to 64 characters).
hiv-assays-out-of-turn = Assays are run one after the other: 1, then 2, then 3; only an invalid one is run again.
hiv-assay-repeated-product = Assays 1, 2 and 3 are three different products; { $product } was used for two of them.
hiv-strategy-ended = Assay 1 was non-reactive: the result is negative, and no further assay is run.
hiv-tie-breaker = Assay 3 does not decide between two that disagree: the result is inconclusive, test again in 14 days.
hiv-positive-needs-three-reactive = HIV-positive needs three consecutive reactive results of three different assays, or the paper of an AIDS centre; a reactive result is missing of assay: { $missing }.
hiv-conclusion-differs = These assays say { $found }, not what was concluded.
hiv-no-result-yet = This run has no result yet: complete the assays first.
hiv-confirming-centre-missing = Name the AIDS centre as the paper does (3 to 200 characters).
cd4-out-of-range = CD4 lies between 0 and 10000 cells, or between 0 and 100 per cent.
viral-load-unclear = A viral load is a number of copies, or not detected: one of the two.
viral-load-out-of-range = A viral load lies between 1 and 100000000 copies, and the limit of the test between 1 and 10000.
who-stage-out-of-range = The WHO clinical stage is 1, 2, 3 or 4.
hiv-status-not-positive = ART needs a positive status: three reactive assays, or the paper of an AIDS centre.
art-running = ART runs already; record a substitution, a switch or its end.
art-not-running = ART does not run; record its start first.
art-medicines-out-of-range = A regimen has one to six different medicines, each one to three times a day, of 1 to 2000 mg.
art-before-proof = ART that was begun here cannot be older than the positive status; check the date.
art-switch-same-line = A switch leads to a higher line; within the line, record a substitution.
art-before-start = The regimen that runs began on { $since }; nothing follows it earlier.
art-supply-out-of-range = Medicine is handed out for 1 to 12 months, and the next visit is after that day.
hiv-no-missed-visit = Lost to follow-up is counted from a missed visit: record the missed visit first.
hiv-not-lost-yet = The last missed visit was on { $missed }; in HIV care the patient counts as lost from { $from } on. Go on looking for them.
hiv-area-missing = For a patient who moved away, and for no other, name the new place.
hiv-area-unknown = There is no such place; choose one from the list of places.
hiv-came-since = The patient was here on { $on }, later than this visit.
hiv-outcome-while-handed-off = A handoff is under way; transferred out follows from the arrival there, not from sending.
remote-registration-begun = Remote registration with { $home } is under way already.
remote-registration-not-begun = Remote registration has not begun.
remote-home-unknown = The AIDS centre of origin must be an active AIDS centre of the directory, other than yours.
remote-registration-not-run = Remote registration was not run in { $country } on that day: it runs in Kyrgyzstan, Tajikistan and Uzbekistan, and since October 2024 in Kazakhstan.
remote-status-missing = Only a positive status is registered from afar: record the tests or the paper first.
remote-step-not-yours = This step belongs to { $organisation }.
remote-step-too-early = Before this step record: { $before }.
remote-step-taken = This step was taken already.
hiv-status-for-trace-missing = A trace confirms tuberculosis here only because the status is positive, and that is not proven yet.
hiv-no-trace = There is no trace on record for this specimen.
hiv-prophylaxis-started = This preventive treatment is on record already.
hiv-preventive-regimen-missing = Name the preventive regimen: what it does to ART depends on it.
hiv-preventive-regimen-unknown = This is no preventive regimen; choose one from the vocabulary of preventive regimens, and none for co-trimoxazole.
hiv-preventive-beside-tuberculosis = Tuberculosis is diagnosed or treated; preventive treatment is for those who are not ill.
hiv-tuberculosis-confirmed = By this record tuberculosis was confirmed on { $on }: it is treated or excluded first, and preventive treatment is for those who are not ill.
hiv-screen-positive = The last screen, of { $on }, was positive: exclude tuberculosis, or record a negative screen, before preventive treatment.
hiv-prophylaxis-not-running = This preventive treatment does not run.
hiv-prophylaxis-ends-before-start = This preventive treatment began on { $started }; it cannot have ended earlier.
hiv-handoff-destination = HIV care is handed to another active AIDS centre that gives ART; look it up in the directory.
hiv-handoff-live = A handoff to { $to } is under way: withdraw that one first.
hiv-handoff-not-yours = This step belongs to the { $side } of the handoff.
hiv-handoff-moved = This handoff is { $state }.
hiv-arrival-not-due = The patient is expected on { $expected }; wait until that day has passed.

## Parts of the sentences above: `word-`, the name of the place in the sentence, and what stands there

word-before-documents-collected = documents_collected
word-before-documents-sent = documents_sent
word-before-medicine-sent = medicine_sent
word-before-registered = registered
word-class-contact = contact
word-class-identity = identity
word-class-support = support
word-class-tb = tb
word-expected-a-boolean = a boolean
word-expected-a-sequence = a sequence
word-expected-a-string = a string
word-expected-an-object = an object
word-found-inconclusive = inconclusive
word-found-negative = negative
word-found-nothing-yet = nothing yet
word-found-positive = positive
word-programme-support = support
word-programme-tb = tb
word-side-asked = asked
word-side-asking = asking
word-side-receiver = receiver
word-side-sender = sender
word-side-sender-or-receiver = sender or receiver
word-side-third-organisation = third organisation
word-state-accepted = accepted
word-state-acknowledged = acknowledged
word-state-answered = answered
word-state-arrived = arrived
word-state-arrived-elsewhere = arrived_elsewhere
word-state-attended = attended
word-state-cancelled-by-death = cancelled_by_death
word-state-completed = completed
word-state-declined = declined
word-state-departed = departed
word-state-did-not-travel = did_not_travel
word-state-entered-in-error = entered_in_error
word-state-expired = expired
word-state-lapsed = lapsed
word-state-made = made
word-state-not-arrived = not_arrived
word-state-not-attended = not attended
word-state-offered = offered
word-state-open = open
word-state-superseded = superseded
word-state-withdrawn = withdrawn

## What a sentence finds missing: each attribute is one phrase, and { $day } the day in it

missing = { $missing }
    .diagnosis = the diagnosis, or a positive screening
    .last-dose = the last dose taken
    .medicine = the medicine supplied
contact-place-unknown = There is no such place in the list of places.
contact-in-the-future = This is recorded when it has happened, not before.
contact-linked = This contact has a case of their own already.
contact-has-case = A contact with a case of their own cannot be taken off the list.
contact-notice-sent = This contact notice has been sent already.
contact-agreement-missing = Another organisation is told of a contact only when the contact has agreed to it.
contact-unknown = There is no such contact on that case.
contact-without-person = Nobody can look for a contact without a name: register the person first and list the contact with that record.
contact-notice-to-itself = A notice goes to another organisation; look at this contact yourselves.
contact-organisation-unknown = There is no such active organisation in the directory.
contact-in-another-country = The contact is in { $country }; choose an organisation there.
contact-notice-open = An organisation is looking for this contact already, by notice { $notice }.
contact-notice-not-yours = This step belongs to the { $side } organisation.
contact-notice-settled = This contact notice is { $state }.
contact-answer-in-the-future = This is told when it has happened, not before.

## The pages that explain the codes

page = Safar
    .problems = Problems
    .all = All problems
    .caption = Every code this service can answer
    .code = Code
    .happened = What happened
    .remedy = What to do
    .status = Status
    .title = Title
contact-is-the-patient = This record is that of the patient: nobody is told of a patient as a contact.
contact-service-missing = This organisation neither examines for tuberculosis nor goes out to people; choose one that does.

## Emergency access

justification-length = Say in 20 to 2,000 characters why this record has to be opened now.
justification-says-nothing = A few characters over and over say nothing; write why this record has to be opened now.
review-comment-length = A comment has 1 to 2,000 characters.
leave-dates = A leave ends on the day it begins or later, and lasts a year at most.
emergency-in-force = You have this case open already; read it.
emergency-not-needed = Your organisation reads this case without an emergency.
emergency-reviewed = This emergency access has been reviewed already.
emergency-own-review = An emergency access is reviewed by an auditor, or by an organisation that was told of it and did not use it.
emergency-quota-exceeded = You have used emergency access as often as it is given within 30 days: { $most } times.
emergency-review-overdue = An emergency access of yours has waited more than 72 hours for its review; there is no other until it is reviewed.

## Exports

export-reason-length = Say in 20 to 2,000 characters what these records are taken out for.
export-reason-says-nothing = A few characters over and over say nothing; write what these records are taken out for.
export-classes-missing = Name at least one class of data that is needed.
export-period = The first day of the period is after the last; check the dates.
export-empty = No case of your organisation is meant; choose others.
export-too-large = An export has at most { $most } cases; narrow the selection.
export-pending = You have asked for another export that is not settled yet; fetch it or take it back first.
export-budget-exceeded = You may take { $left } more cases out now; what left counts for 30 days.
export-of-another-country = An auditor agrees to exports of the own country alone.
export-not-approved = Nobody has agreed to this export yet; ask a colleague or an auditor.
export-refused = This export was refused or taken back; ask for another one.
export-lapsed = This export was not agreed to within 7 days, or not fetched within 24 hours after that; ask for another one.
export-grown = More cases are meant by now than the { $agreed } that were agreed to; take this export back and ask for another one.
export-fetched = This export was fetched; it leaves once. Ask for another one.
