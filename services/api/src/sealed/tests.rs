use super::{Cursor, KEY_LIMIT, Sealer, TOKEN_LENGTH};

fn sealer() -> Sealer {
    Sealer::from_secret(&[7; 32])
}

fn cursor(key: &str) -> Cursor {
    Cursor { position: 41, key: key.to_owned() }
}

#[test]
fn what_is_sealed_here_is_opened_here() {
    assert_eq!(sealer().open_position(&sealer().seal_position(u64::MAX)), Ok(u64::MAX));
    let token = sealer().seal_cursor(&cursor("2026-05-01|Ақтау"), "/v1/cases", "anna").unwrap();
    assert_eq!(sealer().open_cursor(&token, "/v1/cases", "anna").unwrap(), cursor("2026-05-01|Ақтау"));
}

#[test]
fn a_cursor_is_of_no_use_to_another_user_on_another_route_or_as_a_position() {
    let token = sealer().seal_cursor(&cursor("k"), "/v1/cases", "anna").unwrap();
    for (route, caller) in [("/v1/cases", "bek"), ("/v1/handoffs", "anna"), ("/v1/casesa", "nna")] {
        assert_eq!(sealer().open_cursor(&token, route, caller).unwrap_err().code(), "cursor_invalid");
    }
    assert!(sealer().open_position(&token).is_err());
    assert!(sealer().open_cursor(&sealer().seal_position(41), "/v1/cases", "anna").is_err());
}

#[test]
fn a_token_that_was_touched_or_sealed_elsewhere_is_refused() {
    let token = sealer().seal_position(41);
    assert!(Sealer::random().open_position(&token).is_err());
    for at in 0..token.len() {
        let mut touched = token.clone().into_bytes();
        touched[at] = if touched[at] == b'A' { b'B' } else { b'A' };
        assert!(sealer().open_position(&String::from_utf8(touched).unwrap()).is_err(), "{at}");
    }
    for garbage in ["", "1", "AAAA", &token[1..], &format!("{token}AAAA"), &"A".repeat(10_000)] {
        assert!(sealer().open_position(garbage).is_err());
    }
}

#[test]
fn all_tokens_have_one_length_and_equal_positions_look_different() {
    let longest = "x".repeat(KEY_LIMIT);
    let cursors =
        ["", "k", longest.as_str()].map(|key| sealer().seal_cursor(&cursor(key), "/", "a").unwrap());
    let positions = [0, 1, u64::MAX].map(|position| sealer().seal_position(position));
    assert!(cursors.iter().chain(&positions).all(|token| token.len() == TOKEN_LENGTH));
    assert!(sealer().seal_cursor(&cursor(&format!("{longest}x")), "/", "a").is_err());
    assert_ne!(sealer().seal_position(5), sealer().seal_position(5));
}

#[test]
fn only_those_who_may_see_numbers_may_send_them() {
    assert_eq!(sealer().read_position("17", true, "as_of").unwrap(), 17);
    assert_eq!(sealer().read_position("17", false, "as_of").unwrap_err().status(), 400);
    assert!(sealer().read_position("+17", true, "as_of").is_err());
    assert_eq!(sealer().show_position(17, true), "17");
    assert_eq!(sealer().read_position(&sealer().show_position(17, false), false, "as_of").unwrap(), 17);
}
