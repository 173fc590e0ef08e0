use std::collections::BTreeSet;

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use safar_domain::language::Language;

use crate::{BOOKS, Patterns, patterns, text};

/// What a pattern is filled with, also through the messages that it names.
fn places(pattern: &Pattern<String>, all: &Patterns, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        let selector = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    places(&variant.value, all, found);
                }
                selector
            }
        };
        match selector {
            InlineExpression::VariableReference { id } => drop(found.insert(id.name.clone())),
            InlineExpression::MessageReference { id, .. } => places(&all[&id.name], all, found),
            _ => (),
        }
    }
}

fn filled(all: &Patterns) -> Vec<(&String, BTreeSet<String>)> {
    let places = |pattern| {
        let mut found = BTreeSet::new();
        places(pattern, all, &mut found);
        found
    };
    all.iter().map(|(id, pattern)| (id, places(pattern))).collect()
}

#[test]
fn every_language_says_the_same_things_and_fills_in_the_same_places() {
    for book in BOOKS {
        let english = patterns(&text(Language::En, book));
        for language in Language::ALL {
            let other = patterns(&text(language, book));
            let ids = |of: &Patterns| of.keys().cloned().collect::<BTreeSet<_>>();
            let missing: Vec<_> = ids(&english).symmetric_difference(&ids(&other)).cloned().collect();
            assert_eq!(
                missing,
                Vec::<String>::new(),
                "{language}/{book}.ftl and en/{book}.ftl differ in these"
            );
            for (here, there) in filled(&english).iter().zip(filled(&other)) {
                assert_eq!(*here, there, "{language}/{book}.ftl");
            }
        }
    }
}

#[test]
fn a_place_that_is_filled_only_in_one_language_would_be_found() {
    let of = |source: &str| {
        let all = patterns(source);
        filled(&all).into_iter().map(|(id, places)| (id.clone(), places)).collect::<Vec<_>>()
    };
    assert_ne!(of("a = due in { $days }"), of("a = due soon"));
    assert_ne!(of("a = { $days ->\n *[other] days\n }"), of("a = { $weeks ->\n *[other] days\n }"));
    assert_eq!(of("a = { b }\nb = { $days }")[0].1, BTreeSet::from(["days".to_owned()]));
}

#[test]
#[should_panic(expected = "a is there twice")]
fn a_message_that_is_there_twice_is_found() {
    patterns("a = one\na = two\n");
}

#[test]
#[should_panic(expected = "Expected")]
fn a_file_that_is_not_well_formed_is_found() {
    patterns("a = { $days\n");
}
