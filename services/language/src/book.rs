//! The messages of one file in one language.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Pattern;
use safar_domain::{language::Language, vocabulary};
use unic_langid::LanguageIdentifier;

/// What the messages of a file are about; each file has ids of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    /// What stands in the way of a request.
    Problems,
    /// What waits to be done.
    Worklist,
    /// What has happened.
    Timeline,
    /// What an organisation was told.
    Notices,
    /// The page of an evidence pack.
    Evidence,
}

/// A message can be filled with numbers, of which it may count, and with texts.
pub(crate) type Filling = Vec<(&'static str, String)>;

type Messages = FluentBundle<FluentResource>;

macro_rules! books {
    ($($language:ident $folder:literal),*) => {
        /// The source of a file.
        pub(crate) const fn source(language: Language, book: Book) -> &'static str {
            match (language, book) {$(
                (Language::$language, Book::Problems) => include_str!(concat!("../locales/", $folder, "/problems.ftl")),
                (Language::$language, Book::Worklist) => include_str!(concat!("../locales/", $folder, "/worklist.ftl")),
                (Language::$language, Book::Timeline) => include_str!(concat!("../locales/", $folder, "/timeline.ftl")),
                (Language::$language, Book::Notices) => include_str!(concat!("../locales/", $folder, "/notices.ftl")),
                (Language::$language, Book::Evidence) => include_str!(concat!("../locales/", $folder, "/evidence.ftl")),
            )*}
        }
    };
}

books! { En "en", Ru "ru", Tg "tg", Kk "kk" }

static ALL: LazyLock<Vec<(Language, Book, Messages)>> = LazyLock::new(|| {
    let read = |language: Language, book: Book| (language, book, messages(language, source(language, book)));
    Language::ALL.into_iter().flat_map(|language| Book::ALL.map(|book| read(language, book))).collect()
});

/// A file that is not well formed gives what can be read of it; a test asks for the whole.
fn messages(language: Language, source: &str) -> Messages {
    let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut messages = Messages::new_concurrent(vec![id]);
    // The marks around what is filled in would be shown as boxes by some readers, and all four languages run one way.
    messages.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(readable, _)| readable);
    // Only a second message of the same id is refused; a test holds that there is none.
    let _ = messages.add_resource(resource);
    messages
}

impl Book {
    /// Every book.
    pub const ALL: [Self; 5] =
        [Self::Problems, Self::Worklist, Self::Timeline, Self::Notices, Self::Evidence];

    fn in_language(self, language: Language) -> Option<&'static Messages> {
        ALL.iter().find(|(of, book, _)| (*of, *book) == (language, self)).map(|(_, _, messages)| messages)
    }

    fn pattern(
        self,
        language: Language,
        id: &str,
    ) -> Option<(&'static Messages, &'static Pattern<&'static str>)> {
        let messages = self.in_language(language)?;
        let (id, attribute) = id.split_once('.').map_or((id, None), |(id, attribute)| (id, Some(attribute)));
        let message = messages.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(attribute) => message.get_attribute(attribute)?.value(),
        };
        Some((messages, pattern))
    }

    /// Says a message or, after a dot, one of its attributes; nothing where the file lacks it or a filling is missing.
    pub(crate) fn try_say(self, language: Language, id: &str, filling: &Filling) -> Option<String> {
        let (messages, pattern) = self.pattern(language, id)?;
        let filling: FluentArgs<'_> = filling.iter().map(|(name, value)| (*name, filled(value))).collect();
        let mut errors = vec![];
        let said = messages.format_pattern(pattern, Some(&filling), &mut errors).into_owned();
        errors.is_empty().then_some(said)
    }

    /// Says it with an ellipsis for whatever it would be filled with.
    pub(crate) fn template(self, language: Language, id: &str) -> Option<String> {
        let (message, pattern) = self.pattern(language, id)?;
        let mut said = message.format_pattern(pattern, None, &mut vec![]).into_owned();
        while let Some((before, rest)) = said.split_once("{$") {
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            said = format!("{before}…{after}");
        }
        Some(said)
    }

    /// Says it in the language, else in English, else gives the id: something is always said.
    pub(crate) fn say(self, language: Language, id: &str, filling: &Filling) -> String {
        let said = self.try_say(language, id, filling);
        said.or_else(|| self.try_say(Language::En, id, filling)).unwrap_or_else(|| id.to_owned())
    }

    /// The message and its attributes, as they are asked for.
    pub(crate) fn forms(self, id: &str) -> Vec<String> {
        let message = self.in_language(Language::En).and_then(|messages| messages.get_message(id));
        let Some(message) = message else { return vec![] };
        let attributes = message.attributes().map(|attribute| format!("{id}.{}", attribute.id()));
        std::iter::once(id.to_owned()).chain(attributes).collect()
    }
}

/// Numbers are counted of, everything else stays as it is.
fn filled(text: &str) -> FluentValue<'_> {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => FluentValue::from(number),
        _ => FluentValue::from(text),
    }
}

/// The id of a message: what programs write with low lines and dots is written with hyphens there.
pub(crate) fn id(code: &str) -> String {
    code.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

/// A code as people read it; where the vocabularies do not know it, the code in separate words.
pub(crate) fn label(language: Language, set: &str, code: &str) -> String {
    let entry = vocabulary::set(set).and_then(|set| set.entry(code));
    entry.map_or_else(|| code.replace('_', " "), |entry| entry.label(language).to_owned())
}
