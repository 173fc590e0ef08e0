//! Rust text without its comments and the insides of its strings, so that a rule finds code and not talk about code.

/// Blanks comments, strings and character literals; lines stay where they are.
pub(crate) fn only(source: &str) -> String {
    let characters: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < characters.len() {
        let end = end_of_prose(&characters, at);
        if end > at {
            code.extend(characters[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            code.push(characters[at]);
            at += 1;
        }
    }
    code
}

/// Where the comment or literal that begins here ends; the same place if none begins here.
fn end_of_prose(text: &[char], at: usize) -> usize {
    let next = |offset: usize| text.get(at + offset).copied();
    let in_word = at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_');
    match text[at] {
        '/' if next(1) == Some('/') => find(text, at, |rest| rest[0] == '\n'),
        '/' if next(1) == Some('*') => find(text, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2,
        '"' => end_of_string(text, at + 1),
        'r' if !in_word => end_of_raw_string(text, at),
        '\'' if next(1) == Some('\\') => find(text, at + 3, |rest| rest[0] == '\'') + 1,
        '\'' if next(2) == Some('\'') => at + 3,
        _ => at,
    }
    .min(text.len())
}

fn end_of_string(text: &[char], mut at: usize) -> usize {
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn end_of_raw_string(text: &[char], at: usize) -> usize {
    let hashes = text[at + 1..].iter().take_while(|&&c| c == '#').count();
    if text.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let mut close = vec!['"'];
    close.extend(std::iter::repeat_n('#', hashes));
    find(text, at + 2 + hashes, |rest| rest.starts_with(&close)) + close.len()
}

fn find(text: &[char], from: usize, here: impl Fn(&[char]) -> bool) -> usize {
    (from..text.len()).find(|&at| here(&text[at..])).unwrap_or(text.len())
}

#[test]
fn prose_is_blanked_and_code_stays() {
    let source =
        "let a = \"tokio \\\" x\"; // tokio\nlet b = r#\"tokio\"#; /* tokio\n */ let c = 'x'; fn f<'a>() {}";
    let code = only(source);
    assert!(!code.contains("tokio"), "{code}");
    assert!(code.contains("let c =") && code.contains("fn f<'a>() {}"), "{code}");
    assert_eq!(code.lines().count(), source.lines().count());
}

#[test]
fn code_after_an_escaped_character_is_still_seen() {
    assert!(only("let quote = '\\''; tokio::spawn(x)").contains("tokio::spawn"));
    assert!(only("let quote = '\"'; tokio::spawn(x)").contains("tokio::spawn"));
}
