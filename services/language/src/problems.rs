//! What stands in the way of a request, said to people.
//!
//! The English sentence comes with the problem, from the rule or the edge that found it. It is looked up under the code of the
//! problem, where several rules may share one code: the sentence that reads the same in English is the one that is said. So
//! nobody ever reads, in another language, something else than the rule has said.

use safar_domain::language::Language;

use crate::book::{Book, Filling, id};

/// What a sentence names, each under its own name.
pub type Named = [(&'static str, String)];

/// A sentence of this code in another language than English, or the English where there is no such sentence.
pub fn sentence(language: Language, code: &str, english: &str, named: &Named) -> String {
    if language == Language::En {
        return english.to_owned();
    }
    translated(language, &id(code), english, named).unwrap_or_else(|| english.to_owned())
}

/// What is wrong at one place of a request.
pub fn place(language: Language, code: &str, english: &str, named: &Named) -> String {
    sentence(language, &format!("error_{code}"), english, named)
}

/// A word of the pages that explain the codes.
pub fn page(language: Language, part: &str) -> String {
    Book::Problems.say(language, &format!("page.{part}"), &vec![])
}

/// The sentence of a code as a template, with an ellipsis where each problem names something else.
pub fn template(language: Language, code: &str, english: &str) -> String {
    let spaced =
        |form: &String| Book::Problems.template(Language::En, form).is_some_and(|said| said == english);
    let form = Book::Problems.forms(&id(code)).into_iter().find(spaced);
    form.and_then(|form| Book::Problems.template(language, &form)).unwrap_or_else(|| english.to_owned())
}

fn translated(language: Language, id: &str, english: &str, named: &Named) -> Option<String> {
    let filling = named.to_vec();
    let same = |form: &String| {
        Book::Problems.try_say(Language::En, form, &filling).is_some_and(|said| said == english)
    };
    let form = Book::Problems.forms(id).into_iter().find(same)?;
    let filling = named.iter().map(|(name, value)| (*name, part(language, name, value))).collect();
    Book::Problems.try_say(language, &form, &filling)
}

/// A part of a sentence: a word that has its own message, a list of what is missing, or what is the same in every language.
fn part(language: Language, name: &str, value: &str) -> String {
    if name == "missing" {
        let phrases: Vec<String> = value.split("; ").map(|phrase| missing(language, phrase)).collect();
        return phrases.join("; ");
    }
    if name == "known" {
        return value.replace(" or ", ", ");
    }
    let word = format!("word-{}-{}", id(name), id(value));
    Book::Problems.try_say(language, &word, &vec![]).unwrap_or_else(|| value.to_owned())
}

fn missing(language: Language, phrase: &str) -> String {
    let named: Filling =
        days(phrase).into_iter().zip(["day", "other_day"]).map(|(day, name)| (name, day)).collect();
    translated(language, "missing", phrase, &named).unwrap_or_else(|| phrase.to_owned())
}

/// The days that a phrase names.
fn days(phrase: &str) -> Vec<String> {
    let words = phrase.split(|letter: char| !letter.is_ascii_digit() && letter != '-');
    words.filter(|word| word.len() == 10 && word.matches('-').count() == 2).map(str::to_owned).collect()
}
