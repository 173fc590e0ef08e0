//! What a test asks of a paper: which words stand on it.

use typst::layout::{Frame, FrameItem};

use crate::press::Order;

/// Every piece of text on the pages, in the order in which it was set; no question asks for white space, for lines break anywhere.
pub(crate) struct Text(pub(crate) String);

impl Text {
    pub(crate) fn of(order: Order) -> Self {
        let document = order.set().expect("the paper can be set");
        let mut text = String::new();
        document.pages().iter().for_each(|page| collect(&page.frame, &mut text));
        Self(text)
    }

    pub(crate) fn shows(&self, words: &str) -> bool {
        squeezed(&self.0).contains(&squeezed(words))
    }

    /// How often these words are there.
    pub(crate) fn count(&self, words: &str) -> usize {
        squeezed(&self.0).matches(&squeezed(words)).count()
    }

    /// What follows these words.
    pub(crate) fn after(&self, words: &str) -> Self {
        let text = squeezed(&self.0);
        let (_, rest) = text.split_once(&squeezed(words)).expect("the words are there");
        Self(rest.to_owned())
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn collect(frame: &Frame, text: &mut String) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Text(piece) => {
                text.push_str(&piece.text);
                text.push(' ');
            }
            FrameItem::Group(group) => collect(&group.frame, text),
            _ => {}
        }
    }
}
