### Он чи рух додааст, аз рӯи номи рӯйдод бе версияи он. Рамзҳо бо номҳояшон меоянд, рӯзҳо чун 2026-05-09, рӯйхатҳо бо вергул;
### он чи сабт нашудааст, бо калимаи none меояд. $by ташкилотест, ки сабт кардааст. Тарҷума аз мост.

line = { $by }: { $text }

## Парванда

case-opened = Парванда кушода шуд. Роҳ: { $origin } – { $destination }.
case-reopened = Парванда аз нав кушода шуд.
case-closed = Парванда баста шуд: { $reason }.
case-movement-recorded = Сафар { $on }: { $kind }, { $place }.
case-consent-recorded = { $given ->
        [true] Розигӣ дода шуд. Маълумот: { $classes }. Аз { $from } эътибор дорад.
       *[false] Розигӣ дода нашуд. Маълумот: { $classes }.
    }
case-consent-withdrawn = Розигӣ бозпас гирифта шуд.
case-note-added = Эзоҳ илова шуд.
case-support-given = { $on } дастгирӣ расонида шуд: { $kind }.
case-death-recorded = Бемор { $on } фавтид. Сабаб: { $cause }.
case-responsibility-opened = Барнома кушода шуд: { $programme }. Ташкилоти ҷавобгар: { $organisation }.
case-responsibility-moved = Барнома: { $programme }. Ташкилоти ҷавобгар: { $to }, пештар { $from }.
case-responsibility-closed = Барнома анҷом ёфт: { $programme }.

## Скрининг, таҳлилҳо ва ташхис

case-screening-recorded = { $on } скрининг гузашт. Натиҷа: { $result }.
case-screening-declined = { $on } аз скрининг даст кашид.
case-specimen-collected = { $on } намуна гирифта шуд: { $kind }.
case-result-recorded = Натиҷаи { $on }. { $test }: { $result }.
case-result-entered-in-error = Натиҷаи рақами { $number } иштибоҳан сабт шуда буд: { $reason }.
case-diagnosis-made = Ташхиси сил гузошта шуд. Ҷойгиршавӣ: { $sites }. Тасдиқ: { $confirmation }. Табобати пешина: { $history }.
case-tb-excluded = Сил истисно карда шуд.
case-denotified = Аз ҳисоб бароварда шуд: { $reason }.
case-patient-registered = Бемор ба регистр дохил карда шуд. Ташкилот: { $organisation }.

## Табобат

case-treatment-started = { $on } табобат бо реҷаи { $regimen } оғоз шуд. Анҷоми интизоршаванда: { $until }.
case-regimen-changed = Реҷа { $on } иваз шуд: { $from } → { $regimen }. Сабаб: { $reason }.
case-weight-recorded = Вазн { $on }: { $weight } кг.
case-phase-recorded = { $on }: { $step }. Анҷоми интизоршаванда: { $until }.
case-treatment-extended = Табобат { $on } то { $months } моҳ дароз карда шуд. Сабаб: { $reason }. Анҷоми интизоршаванда: { $until }.
case-chest-xray-recorded = Рентгени қафаси сина { $on }: { $result }.
case-doses-recorded = { $from } – { $until }: вояҳои қабулшуда – { $taken }, қабулнашуда – { $missed }.
case-medicine-supplied = { $on } барои { $days } рӯз дору дода шуд.
case-treatment-interrupted = Табобат аз { $on } қатъ шудааст: { $reason }.
case-treatment-resumed = Табобат { $on } аз нав оғоз шуд. Анҷоми интизоршаванда: { $until }.
case-adverse-event-recorded = { $on } аксуламали номатлуб: { $kind }, дараҷаи { $grade }.
case-outcome-reported = Натиҷаи табобат хабар дода шуд: { $outcome }, { $on }.
case-outcome-confirmed = Натиҷаи табобат тасдиқ шуд: { $outcome }, { $on }.
case-outcome-corrected = Натиҷа ислоҳ шуд: { $outcome }, { $on }. Сабаб: { $reason }.
case-prevention-started = Табобати пешгирикунанда { $on } бо реҷаи { $regimen } оғоз шуд.
case-prevention-doses-recorded = Табобати пешгирикунанда, { $from } – { $until }. Воя: қабулшуда { $taken }, қабулнашуда { $missed }.
case-prevention-held = Табобати пешгирикунанда аз { $on } боздошта шуд: { $reason }.
case-prevention-resumed = Табобати пешгирикунанда { $on } аз нав оғоз шуд.
case-prevention-ended = Табобати пешгирикунанда { $on } анҷом ёфт: { $result }.

## Роҳхатҳо

case-referral-made = Роҳхат навишта шуд. Ба куҷо: { $to }. Хизмат: { $service }.
case-referral-accepted = Роҳхат қабул шуд.
case-referral-declined = Роҳхат рад шуд: { $reason }.
case-referral-withdrawn = Роҳхат бозпас гирифта шуд.
case-referral-attendance-recorded = { $attended ->
        [true] Бемор бо роҳхат { $on } омад.
       *[false] Бемор бо роҳхат наомад.
    }
case-referral-result-recorded = Натиҷаи роҳхат: { $result }.

## Супориданҳо

case-handoff-offered = Бемор барои қабул пешниҳод шуд. Ба куҷо: { $to }. Барномаҳо: { $programmes }. Таъҷилият: { $urgency }.
case-handoff-acknowledged = Қабулкунанда пешниҳодро дид.
case-handoff-extended = Муҳлати пешниҳод то { $until } дароз шуд.
case-handoff-accepted = { $implicit ->
        [true] Пешниҳод қабулшуда ҳисоб мешавад, чунки беморро қабул карданд. Барномаҳо: { $programmes }.
       *[false] Пешниҳод қабул шуд. Барномаҳо: { $programmes }.
    }
case-handoff-declined = Пешниҳод рад шуд: { $reason }.
case-handoff-acceptance-rescinded = Аз қабул даст кашиданд: { $reason }.
case-handoff-withdrawn = Пешниҳод бозпас гирифта шуд: { $reason }.
case-handoff-expired = Муҳлати пешниҳод бе ҷавоб гузашт.
case-handoff-reinstated = Супоридан аз нав эътибор дорад, чунки бемор { $on } расида буд.
case-handoff-completed = Нигоҳубин дар ҷойи нав { $on } идома ёфт. Супоридан анҷом шуд.
case-handoff-cancelled-by-death = Супоридан бо фавти бемор анҷом ёфт.
case-handoff-entered-in-error = Супоридан иштибоҳан сабт шуда буд: { $reason }.
case-handoff-superseded = Супоридан бо супоридани нав иваз шуд.
case-handoff-external-confirmed = Муассисаи берун аз шабака { $on } тасдиқ кард: { $step }.
case-interim-reported = Гузориши { $on }: { $status }. { $taken ->
        [none] Вояҳо сабт нашудаанд.
       *[other] Вояҳои қабулшуда – { $taken }, қабулнашуда – { $missed }.
    }
case-override-reviewed = Супоридани бе розигӣ баррасӣ шуд: { $finding }.
case-claim-code-issued = Барои корти бемор рамз дода шуд, то { $until } эътибор дорад.
case-patient-departed = Бемор { $on } ба роҳ баромад. Дору дар даст: { $days ->
        [none] сабт нашудааст.
       *[other] { $days } рӯз.
    }
case-patient-did-not-travel = Бемор ба сафар набаромад.
case-patient-arrived = Бемор { $on } расид.
case-patient-not-arrived = Бемор бояд { $expected } мерасид ва нарасид.
case-patient-arrived-elsewhere = Бемор аз { $on } дар ташкилоти дигар аст: { $organisation }.
case-claim-confirmed = { $lapse ->
        [true] Дар муҳлат касе эътироз накард, ариза дар бораи бемор тасдиқ шуд: { $organisation }.
       *[false] Ариза дар бораи бемор тасдиқ шуд: { $organisation }.
    }
case-claim-refused = Ариза дар бораи бемор рад шуд: { $organisation }.
case-contact-attempted = { $on } беморро ҷустуҷӯ карданд: { $channel }. Натиҷа: { $result }.

## Берун аз парванда

conflict-raised = Қадаме, ки бе алоқа гузошта шуда буд, ба ҳисоб нагирифта шуд ва барои баррасӣ нигоҳ дошта шуд.
conflict-resolved = Ихтилоф оид ба қадами бе алоқа ҳал шуд.
emergency-opened = Парванда таъҷилан кушода шуд.
emergency-missed = Дастрасии таъҷилӣ парвандаеро наёфт.
emergency-reviewed = Дастрасии таъҷилӣ баррасӣ шуд.
export-requested = Содирот дархост шуд: { $purpose }.
export-approved = Ба содирот розӣ шуданд.
export-refused = Содирот рад шуд: { $reason }.
export-fetched = Содирот гирифта шуд.
disclosure-made = Бастаи ҳуҷҷатҳои супориданро хонданд.
reading-made = Сабт нишон дода шуд.
canary-set = Гуфта шуд, ки парванда зери назорат аст ё не.
alert-raised = Хондан бонги хатар дод.
organisation-deactivated = Ташкилот ғайрифаъол шуд.
organisation-described = Маълумот дар бораи ташкилот сабт шуд.
person-corrected = Маълумот дар бораи шахс ислоҳ шуд.
person-linked = Ду сабти як шахс ба ҳам пайваст шуданд.
person-registered = Шахс сабт шуд.
person-unlinked = Пайванди ду сабт бекор шуд.
pull-request-answered = Ташкилоти дархостшуда беморро пешниҳод кард.
pull-request-declined = Ташкилоти дархостшуда беморро намесупорад: { $reason }.
pull-request-lapsed = Дар муҳлат касе ба дархост ҷавоб надод.
pull-request-made = Бемор дархост шуд. Дархосткунанда: { $from }. Дархостшуда: { $of }. Сабаб: { $reason }.
pull-request-withdrawn = Дархост дар бораи бемор бозпас гирифта шуд.
worker-deactivated = Корманд ғайрифаъол шуд.
worker-leave-set = Гуфта шуд, ки корманд кай дар рухсатӣ аст.
worker-described = Маълумот дар бораи корманд сабт шуд.
case-contact-listed = Шахси тамосдошта ба рӯйхат дароварда шуд: { $setting }, { $place }.
case-contact-result-recorded = Натиҷаи муоинаи шахси тамосдошта, { $on }: { $result }.
case-contact-linked = Шахси тамосдошта парвандаи худро дорад.
case-contact-removed = Шахси тамосдошта аз рӯйхат бароварда шуд.
contact-notice-sent = Огоҳинома дар бораи шахси тамосдошта. Фиристанда: { $from }. Қабулкунанда: { $to }.
contact-notice-accepted = Ташкилоти он ҷо шахси тамосдоштаро меҷӯяд.
contact-notice-declined = Ташкилоти он ҷо шахси тамосдоштаро намеҷӯяд: { $reason }.
contact-notice-withdrawn = Огоҳинома бозпас гирифта шуд.
contact-notice-answered = Натиҷаи муоинаи шахси тамосдошта, { $on }: { $result }.

## HIV record

hiv-opened = Сабти ВНМО кушода шуд.
hiv-access-granted = Ба табиб дастрасӣ ба сабти ВНМО дода шуд.
hiv-access-ended = Дастрасии табиб ба сабти ВНМО баста шуд.
hiv-consent-recorded = Ҷавоб оид ба додани маълумоти ВНМО сабт шуд.
hiv-consent-withdrawn = Розигӣ ба додани маълумоти ВНМО бозпас гирифта шуд.
hiv-counselling-recorded = Машварат сабт шуд.
hiv-test-recorded = Тестҳои ВНМО-и { $on } сабт шуданд.
hiv-confirmation-recorded = Ҳуҷҷати маркази дигари СПИД сабт шуд.
hiv-result-returned = Натиҷа ба шахс { $on } гуфта шуд.
hiv-cd4-recorded = CD4 чен карда шуд.
hiv-viral-load-recorded = Бори вирусӣ чен карда шуд.
hiv-who-stage-recorded = Марҳилаи клиникии ТУТ сабт шуд.
hiv-art-started = ART { $on } оғоз шуд.
hiv-art-substituted = Доруҳои ART дар дохили қатор { $on } иваз шуданд.
hiv-art-switched = Гузариш ба қатори дигари ART { $on }.
hiv-art-stopped = ART { $on } қатъ шуд.
hiv-art-dispensed = Доруҳои ART { $on } дода шуданд.
hiv-visit-missed = Бемор ба ташрифи { $on } наомад.
hiv-outreach-recorded = Беморро ҷустуҷӯ карданд.
hiv-outcome-recorded = Натиҷаи табобати ВНМО { $on } сабт шуд.
hiv-remote-registration-begun = Бақайдгирии фосилавӣ { $on } оғоз шуд.
hiv-remote-step-recorded = Қадами бақайдгирии фосилавӣ { $on } гузошта шуд.
hiv-lf-lam-recorded = Тести LF-LAM-и пешоб сабт шуд.
hiv-trace-judged = «Нишона» тасдиқи сил дониста шуд.
hiv-tb-screened = Скрининги сил дар ташрифи { $on }.
hiv-prophylaxis-started = Табобати пешгирикунанда { $on } оғоз шуд.
hiv-prophylaxis-ended = Табобати пешгирикунанда { $on } анҷом ёфт: { $result }.
hiv-handoff-offered = Табобати ВНМО пешниҳод шуд. Ба куҷо: { $to }.
hiv-handoff-accepted = Пешниҳоди табобати ВНМО қабул шуд.
hiv-handoff-declined = Пешниҳоди табобати ВНМО рад шуд.
hiv-handoff-withdrawn = Пешниҳоди табобати ВНМО бозпас гирифта шуд.
hiv-handoff-expired = Муҳлати пешниҳоди табобати ВНМО бе ҷавоб гузашт.
hiv-patient-arrived = Бемор { $on } барои табобати ВНМО расид.
hiv-patient-not-arrived = Бемор барои табобати ВНМО нарасид.
hiv-read = Сабти ВНМО хонда шуд.

erasure-held = Сабти шахс аз рӯйи қонун нигоҳ дошта мешавад.
erasure-approved = Ду нафар ба нест кардани маълумоти шахс розӣ шуданд.
erasure-person-erased = Маълумоти шахс нест карда шуд.
erasure-refused = Нест кардани маълумоти шахс рад шуд: { $reason }.
erasure-released = Манъи нест кардани сабт бардошта шуд.
erasure-requested = Нест кардани маълумоти шахс дархост шуд: { $ground }.
