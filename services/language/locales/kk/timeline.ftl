### Не болғаны, оқиғаның нұсқасыз аты бойынша. Кодтар өз атауларымен, күндер 2026-05-09 түрінде, тізімдер үтірмен келеді;
### жазылмағаны none сөзімен келеді. $by – жазған ұйым. Аударма біздікі.

line = { $by }: { $text }

## Іс

case-opened = Іс ашылды. Жол: { $origin } – { $destination }.
case-reopened = Іс қайта ашылды.
case-closed = Іс жабылды: { $reason }.
case-movement-recorded = Жол жүру { $on }: { $kind }, { $place }.
case-consent-recorded = { $given ->
        [true] Келісім берілді. Мәлімет: { $classes }. Басталуы: { $from }.
       *[false] Келісім берілмеді. Мәлімет: { $classes }.
    }
case-consent-withdrawn = Келісім қайтарып алынды.
case-note-added = Ескертпе қосылды.
case-support-given = { $on } күні қолдау көрсетілді: { $kind }.
case-death-recorded = Науқас { $on } күні қайтыс болды. Себебі: { $cause }.
case-responsibility-opened = Бағдарлама ашылды: { $programme }. Жауапты ұйым: { $organisation }.
case-responsibility-moved = Бағдарлама: { $programme }. Жауапты ұйым: { $to }, бұрынғысы { $from }.
case-responsibility-closed = Бағдарлама аяқталды: { $programme }.

## Скрининг, талдаулар және диагноз

case-screening-recorded = { $on } күні скрининг жасалды. Нәтиже: { $result }.
case-screening-declined = { $on } күні скринингтен бас тартты.
case-specimen-collected = { $on } күні үлгі алынды: { $kind }.
case-result-recorded = { $on } күнгі нәтиже. { $test }: { $result }.
case-result-entered-in-error = Нөмірі { $number } нәтиже қателесіп енгізілген: { $reason }.
case-diagnosis-made = Туберкулез диагнозы қойылды. Орналасуы: { $sites }. Расталуы: { $confirmation }. Бұрынғы ем: { $history }.
case-tb-excluded = Туберкулез жоққа шығарылды.
case-denotified = Есептен шығарылды: { $reason }.
case-patient-registered = Науқас тіркелімге енгізілді. Ұйым: { $organisation }.

## Ем

case-treatment-started = { $on } күні ем { $regimen } режимімен басталды. Күтілетін аяқталу күні: { $until }.
case-regimen-changed = Режим { $on } күні ауыстырылды: { $from } → { $regimen }. Себебі: { $reason }.
case-weight-recorded = { $on } күнгі салмағы: { $weight } кг.
case-phase-recorded = { $on }: { $step }. Күтілетін аяқталуы: { $until }.
case-treatment-extended = Ем { $on } күні { $months } айға дейін ұзартылды. Себебі: { $reason }. Күтілетін аяқталуы: { $until }.
case-chest-xray-recorded = Кеуде рентгені { $on }: { $result }.
case-doses-recorded = { $from } – { $until }: қабылданған доза – { $taken }, өткізіп алынғаны – { $missed }.
case-medicine-supplied = { $on } күні { $days } күнге дәрі берілді.
case-treatment-interrupted = Ем { $on } күнінен үзілген: { $reason }.
case-treatment-resumed = Ем { $on } күні қайта басталды. Күтілетін аяқталу күні: { $until }.
case-adverse-event-recorded = { $on } күнгі жағымсыз реакция: { $kind }, дәрежесі { $grade }.
case-outcome-reported = Емнің нәтижесі жазылды: { $outcome }, { $on }.
case-outcome-confirmed = Емнің нәтижесі расталды: { $outcome }, { $on }.
case-outcome-corrected = Нәтиже түзетілді: { $outcome }, { $on }. Себебі: { $reason }.
case-prevention-started = Профилактикалық ем { $on } күні { $regimen } режимімен басталды.
case-prevention-doses-recorded = Профилактикалық ем, { $from } – { $until }. Доза: қабылданғаны { $taken }, өткізіп алынғаны { $missed }.
case-prevention-held = Профилактикалық ем { $on } күнінен бастап тоқтатылды: { $reason }.
case-prevention-resumed = Профилактикалық ем { $on } күні жалғасты.
case-prevention-ended = Профилактикалық ем { $on } күні аяқталды: { $result }.

## Жолдамалар

case-referral-made = Жолдама жазылды. Қайда: { $to }. Қызмет: { $service }.
case-referral-accepted = Жолдама қабылданды.
case-referral-declined = Жолдама қабылданбады: { $reason }.
case-referral-withdrawn = Жолдама қайтарып алынды.
case-referral-attendance-recorded = { $attended ->
        [true] Науқас жолдамамен { $on } күні келді.
       *[false] Науқас жолдамамен келмеді.
    }
case-referral-result-recorded = Жолдаманың нәтижесі: { $result }.

## Тапсырулар

case-handoff-offered = Науқасты қабылдау ұсынылды. Қайда: { $to }. Бағдарламалар: { $programmes }. Шұғылдығы: { $urgency }.
case-handoff-acknowledged = Қабылдаушы ұсынысты көрді.
case-handoff-extended = Ұсыныстың мерзімі { $until } күніне дейін ұзартылды.
case-handoff-accepted = { $implicit ->
        [true] Науқас қабылданғандықтан, ұсыныс қабылданды деп есептеледі. Бағдарламалар: { $programmes }.
       *[false] Ұсыныс қабылданды. Бағдарламалар: { $programmes }.
    }
case-handoff-declined = Ұсыныс қабылданбады: { $reason }.
case-handoff-acceptance-rescinded = Қабылдаудан бас тартылды: { $reason }.
case-handoff-withdrawn = Ұсыныс қайтарып алынды: { $reason }.
case-handoff-expired = Ұсыныстың мерзімі жауапсыз өтті.
case-handoff-reinstated = Тапсыру қайтадан күшінде, өйткені науқас { $on } күні келген.
case-handoff-completed = Жаңа жердегі көмек { $on } күні жалғасты. Тапсыру аяқталды.
case-handoff-cancelled-by-death = Тапсыру науқастың қайтыс болуымен аяқталды.
case-handoff-entered-in-error = Тапсыру қате жазылған: { $reason }.
case-handoff-superseded = Тапсыру жаңа тапсырумен ауыстырылды.
case-handoff-external-confirmed = Желіден тыс мекеме { $on } күні растады: { $step }.
case-interim-reported = { $on } күнгі есеп: { $status }. { $taken ->
        [none] Дозалар жазылмаған.
       *[other] Қабылданған доза – { $taken }, өткізіп алынғаны – { $missed }.
    }
case-override-reviewed = Келісімсіз тапсыру тексерілді: { $finding }.
case-claim-code-issued = Науқастың карточкасына код берілді, { $until } дейін жарамды.
case-patient-departed = Науқас { $on } күні жолға шықты. Қолдағы дәрі: { $days ->
        [none] жазылмаған.
       *[other] { $days } күн.
    }
case-patient-did-not-travel = Науқас жолға шықпады.
case-patient-arrived = Науқас { $on } күні келді.
case-patient-not-arrived = Науқас { $expected } күні келуі керек еді, бірақ келмеді.
case-patient-arrived-elsewhere = Науқас { $on } күнінен бері басқа ұйымда: { $organisation }.
case-claim-confirmed = { $lapse ->
        [true] Мерзімінде ешкім қарсы болмады, науқас туралы өтінім расталды: { $organisation }.
       *[false] Науқас туралы өтінім расталды: { $organisation }.
    }
case-claim-refused = Науқас туралы өтінім қабылданбады: { $organisation }.
case-contact-attempted = { $on } күні науқас ізделді: { $channel }. Нәтиже: { $result }.

## Істен тыс

conflict-raised = Байланыссыз жасалған қадам есептелмеді және тексеруге сақталды.
conflict-resolved = Байланыссыз жасалған қадам бойынша қайшылық шешілді.
emergency-opened = Іс шұғыл ашылды.
emergency-missed = Шұғыл қол жеткізу істі таппады.
emergency-reviewed = Шұғыл қол жеткізу тексерілді.
export-requested = Экспорт сұралды: { $purpose }.
export-approved = Экспортқа келісілді.
export-refused = Экспорттан бас тартылды: { $reason }.
export-fetched = Экспорт алынды.
disclosure-made = Тапсырудың құжаттар пакеті оқылды.
reading-made = Жазба көрсетілді.
canary-set = Істің бақылауда болуы белгіленді.
alert-raised = Оқу дабыл тудырды.
organisation-deactivated = Ұйым өшірілді.
organisation-described = Ұйым туралы мәлімет жазылды.
person-corrected = Адам туралы мәлімет түзетілді.
person-linked = Бір адамның екі жазбасы байланыстырылды.
person-registered = Адам тіркелді.
person-unlinked = Екі жазбаның байланысы жойылды.
pull-request-answered = Сұралған ұйым науқасты ұсынды.
pull-request-declined = Сұралған ұйым науқасты тапсырмайды: { $reason }.
pull-request-lapsed = Сұратуға мерзімінде ешкім жауап бермеді.
pull-request-made = Науқас сұралды. Сұраған ұйым: { $from }. Сұралған ұйым: { $of }. Себебі: { $reason }.
pull-request-withdrawn = Науқас туралы сұрату қайтарып алынды.
worker-deactivated = Қызметкер өшірілді.
worker-leave-set = Қызметкердің демалыс күндері белгіленді.
worker-described = Қызметкер туралы мәлімет жазылды.
case-contact-listed = Байланыста болған адам тізімге енгізілді: { $setting }, { $place }.
case-contact-result-recorded = Байланыста болған адамды тексеру, { $on }: { $result }.
case-contact-linked = Байланыста болған адамның өз ісі бар.
case-contact-removed = Байланыста болған адам тізімнен шығарылды.
contact-notice-sent = Байланыста болған адам туралы хабарлама. Жіберген: { $from }. Алған: { $to }.
contact-notice-accepted = Сол жердегі ұйым байланыста болған адамды іздейді.
contact-notice-declined = Сол жердегі ұйым байланыста болған адамды іздемейді: { $reason }.
contact-notice-withdrawn = Хабарлама қайтарып алынды.
contact-notice-answered = Байланыста болған адамды тексеру, { $on }: { $result }.

## HIV record

hiv-opened = АИТВ жазбасы ашылды.
hiv-access-granted = Дәрігерге АИТВ жазбасына рұқсат берілді.
hiv-access-ended = Дәрігердің АИТВ жазбасына рұқсаты тоқтатылды.
hiv-consent-recorded = АИТВ мәліметін беру туралы жауап жазылды.
hiv-consent-withdrawn = АИТВ мәліметін беруге келісім қайтарып алынды.
hiv-counselling-recorded = Кеңес беру жазылды.
hiv-test-recorded = { $on } күнгі АИТВ тесттері жазылды.
hiv-confirmation-recorded = Басқа ЖИТС орталығының құжаты жазылды.
hiv-result-returned = Нәтиже адамға { $on } күні айтылды.
hiv-cd4-recorded = CD4 өлшенді.
hiv-viral-load-recorded = Вирустық жүктеме өлшенді.
hiv-who-stage-recorded = ДДҰ клиникалық сатысы жазылды.
hiv-art-started = АРТ { $on } күні басталды.
hiv-art-substituted = АРТ дәрілері қатар ішінде { $on } күні алмастырылды.
hiv-art-switched = АРТ-ның басқа қатарына { $on } күні ауысты.
hiv-art-stopped = АРТ { $on } күні тоқтатылды.
hiv-art-dispensed = АРТ дәрілері { $on } күні берілді.
hiv-visit-missed = Науқас { $on } күнгі қабылдауға келмеді.
hiv-outreach-recorded = Науқас ізделді.
hiv-outcome-recorded = АИТВ емінің нәтижесі { $on } күні жазылды.
hiv-remote-registration-begun = Қашықтан есепке алу { $on } күні басталды.
hiv-remote-step-recorded = Қашықтан есепке алу қадамы { $on } күні жасалды.
hiv-lf-lam-recorded = Зәрдің LF-LAM тесті жазылды.
hiv-trace-judged = «Іздері» деген нәтиже туберкулезді растайды деп танылды.
hiv-tb-screened = { $on } күнгі келуде туберкулезге скрининг жүргізілді.
hiv-prophylaxis-started = Профилактикалық ем { $on } күні басталды.
hiv-prophylaxis-ended = Профилактикалық ем { $on } күні аяқталды: { $result }.
hiv-handoff-offered = АИТВ емін қабылдау ұсынылды. Қайда: { $to }.
hiv-handoff-accepted = АИТВ емі туралы ұсыныс қабылданды.
hiv-handoff-declined = АИТВ емі туралы ұсыныс қабылданбады.
hiv-handoff-withdrawn = АИТВ емі туралы ұсыныс қайтарып алынды.
hiv-handoff-expired = АИТВ емі туралы ұсыныстың мерзімі жауапсыз өтті.
hiv-patient-arrived = Науқас { $on } күні АИТВ еміне келді.
hiv-patient-not-arrived = Науқас АИТВ еміне келмеді.
hiv-read = АИТВ жазбасы оқылды.

erasure-held = Адамның жазбасы заң бойынша сақталады.
erasure-approved = Екі адам адамның деректерін жоюға келісті.
erasure-person-erased = Адамның деректері жойылды.
erasure-refused = Адамның деректерін жою қабылданбады: { $reason }.
erasure-released = Жазбаны жоюға тыйым алынып тасталды.
erasure-requested = Адамның деректерін жою сұралды: { $ground }.
