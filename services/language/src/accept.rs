//! `Accept-Language`: which of our languages the reader wants (RFC 9110, section 12.5.4).

use safar_domain::language::Language;

/// The language that the header asks for most, by its main tag alone; English where it asks for none of ours.
pub fn accepted(header: &str) -> Language {
    let ranges: Vec<(&str, u16)> = header.split(',').filter_map(range).collect();
    let mut best = (Language::En, 0);
    for (tag, weight) in &ranges {
        let language = match *tag {
            "*" => {
                Language::ALL.into_iter().find(|language| !ranges.iter().any(|(tag, _)| is(tag, *language)))
            }
            tag => Language::ALL.into_iter().find(|language| is(tag, *language)),
        };
        // The first of equals wins.
        if let Some(language) = language.filter(|_| *weight > best.1) {
            best = (language, *weight);
        }
    }
    best.0
}

fn is(tag: &str, language: Language) -> bool {
    tag.split('-').next().is_some_and(|main| main.eq_ignore_ascii_case(language.code()))
}

/// A tag with its weight in thousandths; nothing where the weight is no weight.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let weight = match parts.next() {
        None => 1000,
        Some(weight) => thousandths(weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?)?,
    };
    Some((tag, weight))
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = format!("{rest:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use Language::{En, Kk, Ru, Tg};

    use super::*;

    #[test]
    fn the_language_asked_for_most_is_spoken() {
        for (header, language) in [
            ("tg", Tg),
            ("ru;q=0.5, kk", Kk),
            ("ru-RU,ru;q=0.9,en;q=0.8", Ru),
            ("kk-Cyrl-KZ", Kk),
            ("uz, tg;q=0.3, ru;q=0.2", Tg),
            ("RU", Ru),
            ("en;q=0.2, tg;q=0.2", En),
            ("tg;q=0.2, en;q=0.2", Tg),
            ("ru;q=1.000", Ru),
            ("en;q=0, *", Ru),
        ] {
            assert_eq!(accepted(header), language, "{header}");
        }
    }

    #[test]
    fn whoever_asks_for_none_of_ours_hears_english() {
        for header in
            ["", "xx", "*", "uz, ky", ";q=1", ",,,", "ru;q=0", "ru;q=2", "ru;q=0.12345", "ru;x=1", "rus"]
        {
            assert_eq!(accepted(header), En, "{header}");
        }
    }
}
