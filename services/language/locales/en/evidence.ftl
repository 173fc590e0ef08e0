### The page of an evidence pack, for those who judge and do not compute. Times come as 2026-05-09 14:03:00 UTC.

title = Evidence: what was recorded of a case
intro = This page belongs to a file that holds what was recorded of one case, with proofs that anybody can check without a network and without the server.

## What it is

about = About this file
case = Case
asked-by = Asked for by
asked-at = Asked for at
reach = Reach
reach-all = all events of the case until then
reach-until = the events of the case up to position { $position } of the log
made-by = Made by
log = Log
size = Events of the log at the checkpoint
root = Root of the tree over them
cosigned = Witness
cosigned-at = { $name } saw the checkpoint at { $at }
not-cosigned = No witness has cosigned the checkpoint: that the server shows everybody the same log rests on its operator’s word.
keys = Keys
fingerprint = fingerprint { $fingerprint }

## What it proves

proves = What this proves
proves-content = Each event of the table is in the log, byte for byte as in this file, at the position that stands beside it.
proves-unchanged = None of these events has been changed, moved or removed since the checkpoint was signed.
proves-order = The events come in the order of their numbers, and none is missing between the first and the last.
proves-time = Where a witness has cosigned, all of it was there at the time that the witness gives.

## What it does not

not-proved = What this does not prove
not-truth = That what was recorded is true. It is what a worker entered.
not-happened = When something happened. That is the worker’s word; the time of recording is the server’s.
not-last = That the case has no later event. Only the whole log can show that.
not-person = Who the patient is. Names are kept elsewhere and are not in this file.
not-sealed = What sealed words say. They are in the file as they are stored, and nobody can read them here.
not-page = This page by itself. It is made of the files beside it, and whether it says what they say is part of the check.

## How to check

check = How to check it
check-key = Ask the operator or an auditor for the verifier key of the log in another way than by this file, and compare the fingerprint.
check-run = Then let Safar check the file, on any computer:
check-other = Or let somebody else’s program do it: the formats are those of C2SP and RFC 6962, and docs/evidence.md describes each file.

## The events

events = The events
number = No.
happened = Happened
recorded = Recorded
what = What
sealed = Words of a worker, sealed.
position = Position
leaf = Leaf
