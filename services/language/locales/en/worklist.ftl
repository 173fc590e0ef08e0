### What waits to be done, by what a line is about. $when is later, today or past; $days counts the days until it is due,
### $overdue the days since; each is 0 when the other counts.

due = { $when ->
        [later] { $days ->
            [one] due in { $days } day
           *[other] due in { $days } days
        }
        [past] { $overdue ->
            [one] overdue by { $overdue } day
           *[other] overdue by { $overdue } days
        }
       *[today] due today
    }

handoff-offer = Answer the offer of a patient: { due }.
    .infectious = Urgent, the patient may infect others. Answer the offer: { due }.
    .emergency = Emergency. Answer the offer of a patient: { due }.
referral = Answer the referral: { due }.
claim = Another organisation says that the patient is with them. Confirm or refuse: { due }.
arrival = A patient is on the way to you and should arrive: { due }.
    .overdue = { $overdue ->
            [0] The patient should have arrived by now. Find out whether they came, and record it.
            [one] The patient should have arrived { $overdue } day ago. Find out whether they came, and record it.
           *[other] The patient should have arrived { $overdue } days ago. Find out whether they came, and record it.
        }
attendance = { $overdue ->
        [0] Record whether the referred patient has come.
        [one] Record whether the referred patient has come: overdue by { $overdue } day.
       *[other] Record whether the referred patient has come: overdue by { $overdue } days.
    }
medicine = { $when ->
        [later] { $days ->
            [one] Medicine runs out in { $days } day. Arrange the next supply.
           *[other] Medicine runs out in { $days } days. Arrange the next supply.
        }
        [past] { $overdue ->
            [one] Medicine ran out { $overdue } day ago. Supply it now.
           *[other] Medicine ran out { $overdue } days ago. Supply it now.
        }
       *[today] Medicine runs out today. Supply it now.
    }
specimen = Ask the laboratory for the result of the specimen: { due }.
outcome = Confirm the reported outcome of treatment; somebody else than its reporter does so.
tracing = { $overdue ->
        [0] The patient did not arrive. Look for them and record each attempt.
        [one] The patient did not arrive and has been looked for for { $overdue } day. Record each attempt.
       *[other] The patient did not arrive and has been looked for for { $overdue } days. Record each attempt.
    }
interim-report = Report to the sender how treatment goes: { due }.
medicine-gap = { $when ->
        [later] { $days ->
            [one] Medicine ends in { $days } day, before the patient is cared for at the destination. Close the gap.
           *[other] Medicine ends in { $days } days, before the patient is cared for at the destination. Close the gap.
        }
        [past] { $overdue ->
            [one] No medicine in hand is on record for { $overdue } day. Record a dose or supply medicine.
           *[other] No medicine in hand is on record for { $overdue } days. Record a dose or supply medicine.
        }
       *[today] Medicine ends today, before the patient is cared for at the destination. Close the gap.
    }
open-need = The organisation that was asked did not take this on. Ask another one: { due }.
override-review = A patient was handed off without consent. Review the ground: { due }.
smear = Take a sputum smear: { due }.
culture = Take sputum for culture: { due }.
chest-xray = Make a chest X-ray: { due }.
end-of-treatment = Treatment should end and its outcome be reported: { due }.
examination = Signs of tuberculosis: have the patient examined: { due }.
treatment-start = Diagnosed and not yet treated. Begin treatment: { due }.
contact-screening = Look at the contact or have them looked at: { due }.

## A line of the HIV record: what it is about, as the vocabulary calls it

hiv-task = { $what }: { due }.
