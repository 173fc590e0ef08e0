//! Tajik is still typed in fonts that put its letters where other alphabets have theirs; none of that comes in here.

use safar_domain::language::Language;

use crate::{BOOKS, text};

/// Where old Tajik fonts have ҳ, қ, ҷ, ӯ, ғ and ӣ.
const LEGACY: &str = "ЊњЌќЉљЎўЃѓЇї";
/// Latin letters that cannot be told from Cyrillic ones.
const ALIKE: &str = "ABCEHIKMOPTXYaceiopxyhk";

fn legacy(text: &str) -> Vec<char> {
    text.chars().filter(|letter| LEGACY.contains(*letter)).collect()
}

fn cyrillic(letter: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&letter)
}

/// Words of Cyrillic letters with a Latin one among them that looks the same.
fn mixed(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| !letter.is_alphabetic());
    words.filter(|word| word.contains(cyrillic) && word.contains(|letter| ALIKE.contains(letter))).collect()
}

/// Letters of no alphabet that this language is written in.
fn strange(language: Language, text: &str) -> Vec<char> {
    let own = match language {
        Language::En | Language::Ru => "",
        Language::Tg => "ҒғӢӣҚқӮӯҲҳҶҷ",
        Language::Kk => "ӘәҒғҚқҢңӨөҰұҮүҺһІі",
    };
    let russian = |letter: char| ('А'..='я').contains(&letter) || "Ёё".contains(letter);
    text.chars().filter(|letter| cyrillic(*letter) && !russian(*letter) && !own.contains(*letter)).collect()
}

#[test]
fn every_word_is_written_in_the_letters_of_its_language() {
    for language in Language::ALL {
        for book in BOOKS {
            let text = text(language, book);
            assert_eq!(legacy(&text), Vec::<char>::new(), "{language}/{book}.ftl");
            assert_eq!(mixed(&text), Vec::<&str>::new(), "{language}/{book}.ftl");
            assert_eq!(strange(language, &text), Vec::<char>::new(), "{language}/{book}.ftl");
        }
    }
}

#[test]
fn letters_of_another_alphabet_would_be_found() {
    assert_eq!(legacy("гурўњи муњољир"), ['ў', 'њ', 'њ', 'љ']);
    assert_eq!(mixed("cил, сил, TB08, АРТ"), ["cил"]);
    assert_eq!(strange(Language::Tg, "күн рӯз"), ['ү']);
    assert_eq!(strange(Language::Kk, "рӯз күн"), ['ӯ']);
}
