//! What release n has sealed, release n + 1 opens: one vector for each layer, never edited.

use uuid::Uuid;

use super::{HIV, key, place};
use crate::{
    derive::{derived, keyed_hash},
    envelope::Binding,
    key::hex,
    wrap::For,
};

const LOG: Uuid = Uuid::from_u128(1);
const KEY_ID: Uuid = Uuid::from_u128(2);

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn a_key_for_one_thing_follows_from_its_subjects_key_as_it_always_did() {
    let item = derived(&key(3), "item", &[b"hiv.sealed.v1", Uuid::from_u128(7).as_bytes()]);
    assert_eq!(hex(item.expose()), "fd74a76260651fe50aa6ccac351adb0b3ae6fcd4c8a688cc12fa45c303052941");
    assert_eq!(key(3).fingerprint(), "15805b8b208ebddb1efb094c61e4e8dd");
}

#[test]
fn a_stream_is_named_as_it_always_was() {
    let name = keyed_hash(&key(4), "name", &[b"stream", b"0190a000-0000-7000-8000-000000000001"]);
    assert_eq!(hex(&name), "6cf86c7468f05f52fbb6c4803a719caa82b37559c480f670870414da8d05e109");
}

#[test]
fn a_key_that_was_wrapped_long_ago_is_unwrapped() {
    let what = For { log: LOG, compartment: HIV, purpose: "subject", which: "hiv-0a" };
    let wrapped = "010909090909090909090909090909090909090909090909092ce2475dc57ee0985311d31aba650d2b623eb71e44aed5f06482c563cff97ce812769b082965c3755a9198c89bf8c166";
    assert_eq!(hex(&what.wrap_with((1, [9; 24]), &key(5), &key(6))), wrapped);
    assert!(what.unwrap(&key(5), &bytes(wrapped)).unwrap().is(key(6).expose()));
    let other = For { which: "hiv-0b", ..what };
    assert!(other.unwrap(&key(5), &bytes(wrapped)).is_none());
}

#[test]
fn an_epoch_that_was_wrapped_under_a_root_and_a_half_long_ago_is_unwrapped() {
    let what = For { log: LOG, compartment: HIV, purpose: "epoch", which: "1" };
    let above = derived(&key(5), "epoch half", &[&[7; 32]]);
    let wrapped = "030909090909090909090909090909090909090909090909090b587d3ac13e6f95a51e509f77b1472f88584da9f5a2e7e382f7ebb7c22ff4ac1bcfbdd07d99ae766408d68605423085";
    assert_eq!(hex(&what.wrap_with((3, [9; 24]), &above, &key(6))), wrapped);
    assert!(what.unwrap(&above, &bytes(wrapped)).unwrap().is(key(6).expose()));
}

#[test]
fn content_that_was_sealed_long_ago_is_opened() {
    let (place, key) = (place(3), key(8));
    let binding = Binding { log: LOG, compartment: HIV, place: &place, key_id: KEY_ID, key: &key };
    let sealed = binding.seal_with(b"a word", [9; 24]);
    assert_eq!(
        hex(&sealed[..96]),
        "0100000000000000000000000000000002090909090909090909090909090909090909090909090909638632254812d889ccf62b9416f8704f8f9ab4564b0b4c73515691f2210aeb9e1865f31bba571c7ad14a9c80971c1f7de5d5d2208945f7"
    );
    assert_eq!(
        hex(&sealed[sealed.len() - 32..]),
        "17593fb12e7699c8c8aabefb722a696fa02bd6d1a698805003f534953daf09fc"
    );
    assert_eq!(binding.open(&sealed).unwrap().as_slice(), b"a word");
}
