use serde_json::json;

use super::{DocumentError, canonical, parse};

#[test]
fn an_ordinary_document_is_read_as_it_is() {
    let text = r#" {"a": [1, -2, 0.5, true, null], "ә": {"b": "қ"}} "#;
    assert_eq!(parse(text.as_bytes()).unwrap(), json!({"a": [1, -2, 0.5, true, null], "ә": {"b": "қ"}}));
}

#[test]
fn what_is_not_one_document_in_utf8_is_refused() {
    assert_eq!(parse(b""), Err(DocumentError::Empty));
    assert_eq!(parse(b" \n"), Err(DocumentError::Empty));
    assert_eq!(parse(b"\xEF\xBB\xBF{}"), Err(DocumentError::ByteOrderMark));
    assert_eq!(parse(b"{\"a\":\"\xFF\"}"), Err(DocumentError::NotUtf8));
    assert_eq!(parse(b"\xFF\xFE{\0}\0"), Err(DocumentError::NotUtf8));
    for text in ["{", "{}{}", "{} x", "{'a':1}", "[1,]", "nul", "\"\\ud800\"", "1e999", "{\"a\":NaN}", "01"] {
        assert!(matches!(parse(text.as_bytes()), Err(DocumentError::Syntax { .. })), "{text}");
    }
}

#[test]
fn a_duplicate_key_is_refused_at_any_level_and_however_it_is_spelt() {
    for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"a":2}}]"#, r#"{"a":1,"\u0061":2}"#] {
        assert!(matches!(parse(text.as_bytes()), Err(DocumentError::DuplicateKey { .. })), "{text}");
    }
    assert!(parse(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
}

#[test]
fn the_depth_is_limited_without_using_up_the_stack() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(nested(64).as_bytes()).is_ok());
    for levels in [65, 128, 100_000] {
        assert!(matches!(parse(nested(levels).as_bytes()), Err(DocumentError::TooDeep { .. })), "{levels}");
    }
    assert!(matches!(parse("{\"a\":".repeat(100_000).as_bytes()), Err(DocumentError::TooDeep { .. })));
}

#[test]
fn the_nul_character_is_refused_in_texts_and_in_keys() {
    for text in [r#"{"a":"x\u0000y"}"#, r#"{"a\u0000":1}"#, r#"[["\u0000"]]"#] {
        assert_eq!(parse(text.as_bytes()), Err(DocumentError::NulCharacter), "{text}");
    }
    assert!(parse(br#"{"a":"\u0001"}"#).is_ok());
}

#[test]
fn documents_that_mean_the_same_have_the_same_canonical_bytes() {
    let one = parse(br#"{"b":1,"a":{"d":[2,3],"c":"\u0061"}}"#).unwrap();
    let other = parse(br#" {"a" : {"c":"a","d":[2, 3]}, "b":1}"#).unwrap();
    assert_eq!(canonical(&one), canonical(&other));
    assert_eq!(canonical(&one), br#"{"a":{"c":"a","d":[2,3]},"b":1}"#);
    let spelt_otherwise = parse(br#"{"b":1.0,"a":{"d":[2e0,3.0],"c":"a"}}"#).unwrap();
    assert_eq!(canonical(&spelt_otherwise), canonical(&one), "1.0 is the integer 1");
    assert_ne!(canonical(&parse(b"1.5").unwrap()), canonical(&parse(b"1").unwrap()));
    assert_ne!(canonical(&one), canonical(&parse(br#"{"b":1,"a":{"d":[3,2],"c":"a"}}"#).unwrap()));
}
