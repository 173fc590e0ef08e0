### Что произошло, по имени события без версии. Коды приходят как их названия, дни — как 2026-05-09, списки — через запятую;
### чего не записали, то приходит как –, а где считают — как none. $by — организация, которая сделала запись.

line = { $by }: { $text }

## Случай

case-opened = Случай открыт. Путь: { $origin } – { $destination }.
case-reopened = Случай открыт снова.
case-closed = Случай закрыт: { $reason }.
case-movement-recorded = Перемещение { $on }: { $kind }, { $place }.
case-consent-recorded = { $given ->
        [true] Согласие дано. Данные: { $classes }. Действует с { $from }.
       *[false] В согласии отказано. Данные: { $classes }.
    }
case-consent-withdrawn = Согласие отозвано.
case-note-added = Добавлена заметка.
case-support-given = Оказана поддержка { $on }: { $kind }.
case-death-recorded = Пациент умер { $on }. Причина: { $cause }.
case-responsibility-opened = Открыта программа: { $programme }. Отвечает { $organisation }.
case-responsibility-moved = Программа: { $programme }. Вместо { $from } отвечает { $to }.
case-responsibility-closed = Программа завершена: { $programme }.

## Скрининг, исследования и диагноз

case-screening-recorded = Скрининг { $on }. Результат: { $result }.
case-screening-declined = Отказ от скрининга { $on }.
case-specimen-collected = Взят образец { $on }: { $kind }.
case-result-recorded = Результат от { $on }. { $test }: { $result }.
case-result-entered-in-error = Результат номер { $number } внесён ошибочно: { $reason }.
case-diagnosis-made = Установлен диагноз туберкулёза. Локализация: { $sites }. Подтверждение: { $confirmation }. Лечение в прошлом: { $history }.
case-tb-excluded = Туберкулёз исключён.
case-denotified = Случай снят с учёта: { $reason }.
case-patient-registered = Пациент внесён в регистр: { $organisation }.

## Лечение

case-treatment-started = Лечение начато { $on }, режим { $regimen }. Ожидаемое окончание: { $until }.
case-regimen-changed = Режим изменён { $on }: { $from } → { $regimen }. Причина: { $reason }.
case-weight-recorded = Вес { $on }: { $weight } кг.
case-phase-recorded = { $on }: { $step }. Ожидаемое окончание: { $until }.
case-treatment-extended = Лечение продлено { $on } до { $months } мес. Причина: { $reason }. Ожидаемое окончание: { $until }.
case-chest-xray-recorded = Рентген грудной клетки { $on }: { $result }.
case-doses-recorded = { $from } – { $until }: { $taken ->
        [one] принята { $taken } доза
        [few] приняты { $taken } дозы
       *[many] принято { $taken } доз
    }, { $missed ->
        [one] пропущена { $missed }.
        [few] пропущены { $missed }.
       *[many] пропущено { $missed }.
    }
case-medicine-supplied = Препараты выданы { $on } на { $days ->
        [one] { $days } день.
        [few] { $days } дня.
       *[many] { $days } дней.
    }
case-treatment-interrupted = Лечение прервано с { $on }: { $reason }.
case-treatment-resumed = Лечение возобновлено { $on }. Ожидаемое окончание: { $until }.
case-adverse-event-recorded = Нежелательная реакция { $on }: { $kind }, степень { $grade }.
case-outcome-reported = Сообщён исход: { $outcome }, { $on }.
case-outcome-confirmed = Исход подтверждён: { $outcome }, { $on }.
case-outcome-corrected = Исход исправлен: { $outcome }, { $on }. Причина: { $reason }.
case-prevention-started = Профилактическое лечение начато { $on }, режим { $regimen }.
case-prevention-doses-recorded = Профилактическое лечение, { $from } – { $until }. Доз принято: { $taken }, пропущено: { $missed }.
case-prevention-held = Профилактическое лечение приостановлено с { $on }: { $reason }.
case-prevention-resumed = Профилактическое лечение возобновлено { $on }.
case-prevention-ended = Профилактическое лечение окончено { $on }: { $result }.

## Направления

case-referral-made = Направление в { $to }: { $service }.
case-referral-accepted = Направление принято.
case-referral-declined = Направление отклонено: { $reason }.
case-referral-withdrawn = Направление отозвано.
case-referral-attendance-recorded = { $attended ->
        [true] Направленный пациент явился { $on }.
       *[false] Направленный пациент не явился.
    }
case-referral-result-recorded = Результат направления: { $result }.

## Передачи

case-handoff-offered = Пациент предложен, получатель: { $to }. Программы: { $programmes }. Срочность: { $urgency }.
case-handoff-acknowledged = Получатель увидел предложение.
case-handoff-extended = Предложение продлено до { $until }.
case-handoff-accepted = { $implicit ->
        [true] Предложение считается принятым: пациента уже приняли. Программы: { $programmes }.
       *[false] Предложение принято. Программы: { $programmes }.
    }
case-handoff-declined = Предложение отклонено: { $reason }.
case-handoff-acceptance-rescinded = Согласие принять пациента взято назад: { $reason }.
case-handoff-withdrawn = Предложение отозвано: { $reason }.
case-handoff-expired = Срок предложения истёк без ответа.
case-handoff-reinstated = Передача снова действует: пациент прибыл { $on }.
case-handoff-completed = Помощь на новом месте продолжена { $on }. Передача завершена.
case-handoff-cancelled-by-death = Передача прекращена из-за смерти пациента.
case-handoff-entered-in-error = Передача записана по ошибке: { $reason }.
case-handoff-superseded = Передача заменена новой.
case-handoff-external-confirmed = Учреждение вне сети подтвердило { $on }: { $step }.
case-interim-reported = Отчёт за { $on }: { $status }. { $taken ->
        [none] О дозах записей нет.
        [one] Принята { $taken } доза, пропущено: { $missed }.
        [few] Приняты { $taken } дозы, пропущено: { $missed }.
       *[many] Принято { $taken } доз, пропущено: { $missed }.
    }
case-override-reviewed = Передача без согласия проверена: { $finding }.
case-claim-code-issued = Для карточки пациента выдан код, действует до { $until }.
case-patient-departed = Пациент выехал { $on }. Препаратов на руках: { $days ->
        [none] не записано.
        [one] на { $days } день.
        [few] на { $days } дня.
       *[many] на { $days } дней.
    }
case-patient-did-not-travel = Пациент не поехал.
case-patient-arrived = Пациент прибыл { $on }.
case-patient-not-arrived = Пациента ожидали { $expected }, он не прибыл.
case-patient-arrived-elsewhere = Пациент с { $on } в другой организации: { $organisation }.
case-claim-confirmed = { $lapse ->
        [true] Никто не возразил вовремя: заявление о пациенте от { $organisation } действует.
       *[false] Заявление о пациенте от { $organisation } подтверждено.
    }
case-claim-refused = Заявление о пациенте от { $organisation } отклонено.
case-contact-attempted = Пациента искали { $on }: { $channel }. Результат: { $result }.

## Рядом со случаем

conflict-raised = Шаг, сделанный без связи, не засчитан и сохранён для разбора.
conflict-resolved = Спор о шаге, сделанном без связи, улажен.
emergency-opened = Случай открыт экстренно.
emergency-missed = Экстренный доступ не нашёл случая.
emergency-reviewed = Экстренный доступ проверен.
export-requested = Запрошена выгрузка: { $purpose }.
export-approved = Выгрузка согласована.
export-refused = Выгрузка отклонена: { $reason }.
export-fetched = Выгрузка получена.
disclosure-made = Прочитан пакет передачи.
reading-made = Запись была показана.
canary-set = Указано, находится ли случай под наблюдением.
alert-raised = Просмотр вызвал тревогу.
organisation-deactivated = Организация отключена.
organisation-described = Организация описана.
person-corrected = Запись человека исправлена.
person-linked = Две записи одного человека связаны.
person-registered = Человек зарегистрирован.
person-unlinked = Связь двух записей снята.
pull-request-answered = Спрошенная организация предложила пациента.
pull-request-declined = Спрошенная организация не передаёт пациента: { $reason }.
pull-request-lapsed = На запрос никто не ответил вовремя.
pull-request-made = { $from } запросила пациента у { $of }: { $reason }.
pull-request-withdrawn = Запрос пациента отозван.
worker-deactivated = Сотрудник отключён.
worker-leave-set = Указано, когда сотрудник в отпуске.
worker-described = Сотрудник описан.
case-contact-listed = Внесено контактное лицо: { $setting }, { $place }.
case-contact-result-recorded = Контактное лицо, { $on }: { $result }.
case-contact-linked = У контактного лица есть собственный случай.
case-contact-removed = Контактное лицо убрано из списка.
contact-notice-sent = Извещение о контактном лице. Отправила: { $from }. Получила: { $to }.
contact-notice-accepted = Организация на месте ищет контактное лицо.
contact-notice-declined = Организация на месте не ищет контактное лицо: { $reason }.
contact-notice-withdrawn = Извещение отозвано.
contact-notice-answered = Контактное лицо, { $on }: { $result }.

## HIV record

hiv-opened = Карта ВИЧ открыта.
hiv-access-granted = Врачу открыт доступ к карте ВИЧ.
hiv-access-ended = Доступ врача к карте ВИЧ закрыт.
hiv-consent-recorded = Записан ответ о передаче данных о ВИЧ.
hiv-consent-withdrawn = Согласие на передачу данных о ВИЧ отозвано.
hiv-counselling-recorded = Консультация записана.
hiv-test-recorded = Записаны тесты на ВИЧ от { $on }.
hiv-confirmation-recorded = Записан документ другого центра СПИД.
hiv-result-returned = Результат сообщён { $on }.
hiv-cd4-recorded = Измерено CD4.
hiv-viral-load-recorded = Измерена вирусная нагрузка.
hiv-who-stage-recorded = Записана клиническая стадия ВОЗ.
hiv-art-started = АРТ начата { $on }.
hiv-art-substituted = Препараты АРТ заменены внутри линии { $on }.
hiv-art-switched = Переход на другую линию АРТ { $on }.
hiv-art-stopped = АРТ прекращена { $on }.
hiv-art-dispensed = Препараты АРТ выданы { $on }.
hiv-visit-missed = Пропущен визит { $on }.
hiv-outreach-recorded = Пациента искали.
hiv-outcome-recorded = Исход лечения ВИЧ записан { $on }.
hiv-remote-registration-begun = Дистанционная постановка на учёт начата { $on }.
hiv-remote-step-recorded = Шаг дистанционной постановки на учёт сделан { $on }.
hiv-lf-lam-recorded = Записан LF-LAM мочи.
hiv-trace-judged = Следы признаны подтверждением туберкулёза.
hiv-tb-screened = Скрининг на туберкулёз на визите { $on }.
hiv-prophylaxis-started = Профилактическое лечение начато { $on }.
hiv-prophylaxis-ended = Профилактическое лечение окончено { $on }: { $result }.
hiv-handoff-offered = Лечение ВИЧ предложено, получатель: { $to }.
hiv-handoff-accepted = Предложение лечения ВИЧ принято.
hiv-handoff-declined = Предложение лечения ВИЧ отклонено.
hiv-handoff-withdrawn = Предложение лечения ВИЧ отозвано.
hiv-handoff-expired = Срок предложения лечения ВИЧ истёк без ответа.
hiv-patient-arrived = Пациент прибыл для лечения ВИЧ { $on }.
hiv-patient-not-arrived = Пациент не прибыл для лечения ВИЧ.
hiv-read = Карту ВИЧ читали.

erasure-held = Запись о человеке сохраняют по закону.
erasure-approved = Два человека согласились удалить данные человека.
erasure-person-erased = Данные человека удалены.
erasure-refused = Удаление данных человека отклонено: { $reason }.
erasure-released = Запрет на удаление записи снят.
erasure-requested = Запрошено удаление данных человека: { $ground }.
