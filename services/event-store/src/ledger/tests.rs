//! Golden vectors, computed once by another program in another language. If one of these fails, stored logs no longer verify.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Content, content_digest, entry, leaf_hash};
use crate::append::CommandKey;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn an_ordinary_event_has_the_leaf_that_was_written_down() {
    let command = CommandKey {
        actor: "worker-3".into(),
        id: Uuid::from_u128(0x0190_a2b4_c3d4_789a_8bcd_ef01_2345_67ff),
    };
    let digest = content_digest(&Content {
        stream: "case-7",
        revision: 1.into(),
        event_id: Uuid::from_u128(0x0190_a2b4_c3d4_789a_8bcd_ef01_2345_6789),
        event_type: "case.opened.v1",
        occurred_at: Timestamp::from_microsecond(1_772_366_400_123_456).unwrap(),
        command: &command,
        ordinal: 0,
        fingerprint: &[7; 32],
        metadata: br#"{"note":1.0}"#,
        payload: br#"{"route":"TJ-KZ"}"#,
    });
    let recorded_at = Timestamp::from_microsecond(1_772_366_400_999_999).unwrap();
    let entry = entry(42.into(), recorded_at, &digest);
    assert_eq!(hex(&digest), "4cb37e3cdf996db5055fa3ab46ad10d430f3f3a95830b9af932d89854b81daeb");
    assert_eq!(
        hex(&entry),
        "000000000000002a00064bf535be523f4cb37e3cdf996db5055fa3ab46ad10d430f3f3a95830b9af932d89854b81daeb"
    );
    assert_eq!(hex(&leaf_hash(&entry)), "9c53acdce9d4f583cb4a926ed178759824d64b49145d41d8c289eb2d6d0af677");
}

#[test]
fn an_event_at_the_edges_has_the_leaf_that_was_written_down() {
    let command = CommandKey { actor: "a".into(), id: Uuid::max() };
    let digest = content_digest(&Content {
        stream: "outreach-osh-1",
        revision: (1 << 40).into(),
        event_id: Uuid::nil(),
        event_type: "t",
        occurred_at: Timestamp::from_microsecond(-1).unwrap(),
        command: &command,
        ordinal: 499,
        fingerprint: &[0; 32],
        metadata: b"{}",
        payload: &[0, 255, 0, 128],
    });
    let recorded_at = Timestamp::from_microsecond(-62_135_596_800_000_000).unwrap();
    assert_eq!(hex(&digest), "b558774467394efe01906df28a76ea556ea6d81638c3a5c6a4670af10e66a74c");
    assert_eq!(
        hex(&leaf_hash(&entry(1.into(), recorded_at, &digest))),
        "911ee285465195bf16985fda110264e017434b59d91dbdcbe0d7470bebbcaf0d"
    );
}

#[test]
fn bytes_cannot_move_from_one_field_to_the_next() {
    let digest = |metadata: &[u8], payload: &[u8]| {
        content_digest(&Content {
            stream: "case-7",
            revision: 1.into(),
            event_id: Uuid::nil(),
            event_type: "t",
            occurred_at: Timestamp::UNIX_EPOCH,
            command: &CommandKey { actor: "a".into(), id: Uuid::nil() },
            ordinal: 0,
            fingerprint: &[0; 32],
            metadata,
            payload,
        })
    };
    assert_ne!(digest(b"{}", b" x"), digest(b"{} ", b"x"));
}
