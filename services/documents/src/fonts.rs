//! The letters that papers are set in: two faces that hold every letter of the four languages, and one that helps out.

use std::sync::LazyLock;

use serde_json::Value;
use typst::{
    foundations::Bytes,
    text::{Font, FontBook},
    utils::LazyHash,
};

/// The family of the text, in regular and bold.
const TEXT: &str = "Libertinus Serif";

/// Stands in for a letter of a name that the text face has not, for example an Arabic one.
const HELP: &str = "DejaVu Sans Mono";

/// Printed where no face has the letter, so that the reader sees that one is missing.
const MISSING: char = '\u{25a1}';

/// The faces, and the catalogue by which the typesetter finds them.
pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) faces: Vec<Font>,
}

/// Read once for the life of the process.
pub(crate) static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let all = typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data)));
    let faces: Vec<Font> = all.filter(wanted).collect();
    Fonts { book: LazyHash::new(FontBook::from_fonts(&faces)), faces }
});

/// Upright faces only; Libertinus has no Tajik letters in bold italic.
fn wanted(font: &Font) -> bool {
    let info = font.info();
    let weight = info.variant.weight.to_number();
    let upright = info.variant.style == typst::text::FontStyle::Normal;
    upright
        && ((info.family == TEXT && [400, 700].contains(&weight)) || (info.family == HELP && weight == 400))
}

/// Whether some face has the letter.
pub(crate) fn printable(letter: char) -> bool {
    FONTS.faces.iter().any(|face| face.info().coverage.contains(letter.into()))
}

/// Replaces what no face can print, in every text of the value: an archival page may not hold a letter without a shape.
pub(crate) fn in_letters_we_have(value: &mut Value) {
    match value {
        Value::String(text) if !text.chars().all(printable) => {
            *text = text.chars().map(|letter| if printable(letter) { letter } else { MISSING }).collect();
        }
        Value::Array(items) => items.iter_mut().for_each(in_letters_we_have),
        Value::Object(members) => members.values_mut().for_each(in_letters_we_have),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FONTS, MISSING, TEXT, in_letters_we_have, printable};

    const ALPHABETS: [(&str, &str); 3] = [
        ("Russian", "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
        ("Kazakh", "ӘҒҚҢӨҰҮҺІәғқңөұүһі"),
        ("Tajik", "ҒӢҚӮҲҶғӣқӯҳҷ"),
    ];

    #[test]
    fn the_text_faces_have_every_letter_of_the_corridor() {
        let text: Vec<_> = FONTS.faces.iter().filter(|face| face.info().family == TEXT).collect();
        assert_eq!(text.len(), 2, "regular and bold");
        for (alphabet, letters) in ALPHABETS {
            for letter in letters.chars() {
                let all = text.iter().all(|face| face.info().coverage.contains(letter.into()));
                assert!(all, "{letter} of the {alphabet} alphabet");
            }
        }
    }

    #[test]
    fn a_letter_that_no_face_has_is_shown_as_missing() {
        let mut value = json!({ "names": ["Ғайрат", "王"] });
        in_letters_we_have(&mut value);
        assert_eq!(value, json!({ "names": ["Ғайрат", MISSING.to_string()] }));
        assert!(printable(MISSING));
    }
}
