use Language::{En, Kk, Ru, Tg};
use safar_domain::{
    case::{
        handoff::Urgency,
        worklist::{ABOUT, List},
    },
    language::Language,
    vocabulary,
};
use safar_language::worklist::{Line, hiv_task, line};

fn medicine(language: Language, days: i32) -> String {
    let about = "medicine";
    line(language, &Line { list: List::MedicineRunningOut, about, urgency: Urgency::Routine, days })
}

#[test]
fn days_are_counted_as_each_language_counts_them() {
    for (days, words) in
        [(1, "1 день"), (2, "2 дня"), (5, "5 дней"), (11, "11 дней"), (21, "21 день"), (22, "22 дня")]
    {
        assert!(medicine(Ru, days).contains(words), "{}", medicine(Ru, days));
        assert!(medicine(Ru, -days).contains(words), "{}", medicine(Ru, -days));
    }
    assert!(medicine(En, 1).contains("in 1 day.") && medicine(En, 2).contains("in 2 days."));
    for days in [1, 2, 5, 11, 21] {
        assert!(medicine(Tg, days).contains(&format!("{days} рӯз")), "{}", medicine(Tg, days));
        assert!(medicine(Kk, days).contains(&format!("{days} күн")), "{}", medicine(Kk, days));
    }
}

#[test]
fn what_is_due_today_or_late_says_so() {
    assert_eq!(medicine(En, 0), "Medicine runs out today. Supply it now.");
    assert_eq!(medicine(En, -3), "Medicine ran out 3 days ago. Supply it now.");
    let arrival = |list, days| line(En, &Line { list, about: "arrival", urgency: Urgency::Routine, days });
    assert!(arrival(List::Expected, 3).ends_with("due in 3 days."));
    assert!(arrival(List::Overdue, -2).contains("2 days ago"));
}

#[test]
fn an_urgent_offer_says_how_urgent_it_is() {
    let offer = |urgency| line(En, &Line { list: List::Inbox, about: "handoff_offer", urgency, days: 1 });
    let said = [offer(Urgency::Routine), offer(Urgency::Infectious), offer(Urgency::Emergency)];
    assert!(said[1].starts_with("Urgent") && said[2].starts_with("Emergency") && !said[0].contains("gen"));
}

#[test]
fn every_line_of_every_list_is_said_in_every_language() {
    for language in Language::ALL {
        for about in ABOUT {
            for (list, days) in
                List::ALL.into_iter().flat_map(|list| [-21, -1, 0, 1, 5].map(|days| (list, days)))
            {
                let said = line(language, &Line { list, about, urgency: Urgency::Routine, days });
                assert!(said.contains(' ') && !said.contains(['{', '$']), "{language} {about}: {said}");
                assert_eq!(language == En, said.is_ascii(), "{language} {about}: {said}");
            }
        }
    }
}

#[test]
fn a_task_of_an_hiv_record_is_called_as_the_vocabulary_calls_it() {
    let tasks = &vocabulary::set("hiv-tasks").unwrap().entries;
    assert!(tasks.len() > 10);
    for (task, language) in tasks.iter().flat_map(|task| Language::ALL.map(|language| (task, language))) {
        let said = hiv_task(language, &task.code, 3);
        let rest: String = task.label(language).chars().skip(1).collect();
        assert!(said.contains(&rest) && said.contains('3'), "{said}");
    }
}
