//! The card in the patient's pocket: a number and a telephone, and nothing that tells what they are for.

use jiff::{Timestamp, civil::Date};
use safar_domain::claim_code::ClaimDigits;
use serde_json::json;

use crate::{
    language::Language,
    press::{Order, PrintError},
    qr,
};

const PAPER: &str = "card";

/// What stands on a card. There is no name here and no organisation: whoever finds it learns nothing.
pub struct WalletCard<'a> {
    /// The code by which a clinic of the network finds the handoff.
    pub code: &'a ClaimDigits,
    /// The sender's telephone, where it has one.
    pub telephone: Option<&'a str>,
    /// The last day on which the code is good, where it ends.
    pub valid_until: Option<Date>,
    /// The moment that the file is dated with.
    pub dated: Timestamp,
}

/// One sheet of A4 with the two faces of the card, to cut out and fold.
pub fn wallet_card(card: &WalletCard<'_>, language: Language) -> Result<Vec<u8>, PrintError> {
    order(card, language)?.print()
}

fn order(card: &WalletCard<'_>, language: Language) -> Result<Order, PrintError> {
    let code = card.code.reveal();
    let digits = code.replace(' ', "");
    Ok(Order {
        paper: PAPER,
        template: include_str!("../templates/card.typ"),
        data: json!({
            "code": code,
            "telephone": card.telephone,
            "valid_until": card.valid_until,
            "language": language,
        }),
        drawing: Some(qr::draw(&digits).map_err(|_| PrintError::Data(PAPER))?),
        language,
        identity: digits,
        dated: card.dated,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jiff::{Timestamp, civil::date};
    use safar_domain::claim_code::ClaimDigits;

    use super::{WalletCard, order, wallet_card};
    use crate::{language::Language, testing::Text};

    /// Beginnings of words that would tell what the card is for; those of up to three letters stand for the whole word.
    const BETRAYING: &str = "tb tuberc hiv aids art treat patient disease ill sick medic drug doctor dose hospital infect \
        lung health туберк тб вич спид лечен лечит пациент больн болезн лекарств препарат врач доз доза дозу инфекц лёгк легк \
        диспансер здоров сил сили внмо бнмо табобат муолиҷа бемор касал дору духтур табиб сироят шуш шушӣ воя тандуруст \
        аитв житс ем емі емде науқас ауру дәрі жұқпа өкпе денсаулық құрт";

    fn betrayals(text: &str) -> Vec<&'static str> {
        let text = text.to_lowercase();
        let words: Vec<_> = text.split(|letter: char| !letter.is_alphabetic()).collect();
        let tells = |stem: &str, word: &str| {
            if stem.chars().count() <= 3 { word == stem } else { word.starts_with(stem) }
        };
        let stems = BETRAYING.split_whitespace();
        stems.filter(|stem| words.iter().any(|word| tells(stem, word))).collect()
    }

    fn code() -> &'static ClaimDigits {
        static CODE: LazyLock<ClaimDigits> = LazyLock::new(|| ClaimDigits::numbered(40_712_258_931));
        &CODE
    }

    fn card() -> WalletCard<'static> {
        WalletCard {
            code: code(),
            telephone: Some("+992372210000"),
            valid_until: Some(date(2027, 2, 20)),
            dated: "2026-11-22T08:00:00Z".parse::<Timestamp>().unwrap(),
        }
    }

    fn text(card: &WalletCard<'_>, language: Language) -> Text {
        Text::of(order(card, language).unwrap())
    }

    #[test]
    fn the_card_shows_the_code_in_groups_the_telephone_and_the_last_day() {
        for language in Language::ALL {
            let text = text(&card(), language);
            for shown in [code().reveal().as_str(), "+992372210000", "20.02.2027"] {
                assert!(text.shows(shown), "{language}: {shown}");
            }
        }
        assert!(text(&card(), Language::En).shows("If you come to another clinic, show this card."));
    }

    #[test]
    fn a_clinic_in_another_country_can_read_its_sentence() {
        for language in Language::ALL {
            let text = text(&card(), language);
            assert!(text.shows("Сотрудникам клиники") && text.shows("Staff of the clinic"), "{language}");
        }
    }

    #[test]
    fn the_card_does_not_tell_what_it_is_for() {
        for language in Language::ALL {
            assert_eq!(betrayals(&text(&card(), language).0), Vec::<&str>::new(), "{language}");
        }
    }

    #[test]
    fn a_word_that_tells_would_be_found() {
        assert_eq!(betrayals("Show this card to the TB doctor."), ["tb", "doctor"]);
        assert_eq!(betrayals("Покажите больничному врачу"), ["больн", "врач"]);
        assert_eq!(betrayals("Бемори сил"), ["сил", "бемор"]);
        assert_eq!(betrayals("Науқастың емі"), ["емі", "науқас"]);
    }

    #[test]
    fn without_a_telephone_nobody_is_asked_to_call() {
        let silent = WalletCard { telephone: None, valid_until: None, ..card() };
        for language in Language::ALL {
            assert!(!text(&silent, language).shows("+992"), "{language}");
        }
        assert!(!text(&silent, Language::En).shows("call the telephone"));
        assert!(text(&card(), Language::En).shows("call the telephone"));
    }

    #[test]
    fn a_card_is_one_page_and_the_same_bytes_each_time() {
        for language in Language::ALL {
            let pages = order(&card(), language).unwrap().set().unwrap().pages().len();
            assert_eq!(pages, 1, "{language}");
            let (first, second) =
                (wallet_card(&card(), language).unwrap(), wallet_card(&card(), language).unwrap());
            assert!(first == second, "{language}");
        }
        let other = WalletCard { code: &ClaimDigits::numbered(7), ..card() };
        assert!(wallet_card(&card(), Language::En).unwrap() != wallet_card(&other, Language::En).unwrap());
    }
}
