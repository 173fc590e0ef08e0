//! What is sealed opens at its place, as it was sealed, and nowhere else.

use proptest::prelude::*;
use uuid::Uuid;

use super::{HIV, key, place};
use crate::{
    Compartment, Place, VaultError,
    envelope::{Binding, STEP},
};

const LOG: Uuid = Uuid::from_u128(1);
const KEY_ID: Uuid = Uuid::from_u128(2);
/// Version, key id, nonce, commitment and tag.
const AROUND: usize = 1 + 16 + 24 + 32 + 16;

fn sealed(content: &[u8]) -> Vec<u8> {
    let (place, key) = (place(3), key(8));
    Binding { log: LOG, compartment: HIV, place: &place, key_id: KEY_ID, key: &key }.seal(content)
}

fn opened(sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (place, key) = (place(3), key(8));
    let binding = Binding { log: LOG, compartment: HIV, place: &place, key_id: KEY_ID, key: &key };
    binding.open(sealed).map(|content| content.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_sealed_here_is_opened_here(content in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert_eq!(opened(&sealed(&content)), Ok(content));
    }

    #[test]
    fn a_byte_that_was_changed_anywhere_is_noticed(
        content in proptest::collection::vec(any::<u8>(), 0..600), at in any::<prop::sample::Index>(), with in 1..=u8::MAX,
    ) {
        let mut sealed = sealed(&content);
        let at = at.index(sealed.len());
        sealed[at] ^= with;
        prop_assert!(matches!(opened(&sealed), Err(VaultError::Damaged(_))));
    }

    #[test]
    fn what_is_cut_off_or_longer_is_refused(cut in any::<prop::sample::Index>(), more in 1_usize..600) {
        let sealed = sealed(b"a word");
        prop_assert!(opened(&sealed[..cut.index(sealed.len())]).is_err());
        prop_assert!(opened(&[sealed, vec![0; more]].concat()).is_err());
    }

    #[test]
    fn lengths_grow_in_steps_and_two_seals_never_look_alike(content in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let (one, two) = (sealed(&content), sealed(&content));
        prop_assert_eq!((one.len() - AROUND) % STEP, 0);
        prop_assert!(one.len() - AROUND - content.len() <= STEP + 3);
        prop_assert_ne!(one, two);
    }
}

#[test]
fn what_can_be_made_again_looks_alike_at_one_place_and_nowhere_else() {
    let (here, key) = (place(3), key(8));
    let binding = Binding { log: LOG, compartment: HIV, place: &here, key_id: KEY_ID, key: &key };
    let later = Binding { place: &place(4), ..binding };
    assert_eq!(binding.seal_alike(b"a word"), binding.seal_alike(b"a word"));
    assert_ne!(
        binding.seal_alike(b"a word")[17..41],
        binding.seal_alike(b"other")[17..41],
        "the nonces differ"
    );
    assert_ne!(binding.seal_alike(b"a word")[17..41], later.seal_alike(b"a word")[17..41]);
    assert_eq!(opened(&binding.seal_alike(b"a word")), Ok(b"a word".to_vec()));
}

#[test]
fn what_is_moved_to_any_other_place_does_not_open() {
    let (here, right, wrong) = (place(3), key(8), key(9));
    let sealed = sealed(b"a word");
    let binding = Binding { log: LOG, compartment: HIV, place: &here, key_id: KEY_ID, key: &right };
    assert!(binding.open(&sealed).is_ok());
    let elsewhere = [
        Place { stream: "hiv-0b", ..here },
        Place { revision: 4, ..here },
        Place { id: Uuid::from_u128(8), ..here },
        Place { event_type: "identity.sealed.v1", ..here },
    ];
    let places = elsewhere.iter().map(|place| Binding { place, ..binding });
    let others = [
        Binding { log: Uuid::from_u128(9), ..binding },
        Binding { compartment: Compartment::Identity, ..binding },
        Binding { key_id: Uuid::from_u128(9), ..binding },
        Binding { key: &wrong, ..binding },
    ];
    for (number, moved) in places.chain(others).enumerate() {
        assert!(matches!(moved.open(&sealed), Err(VaultError::Damaged(_))), "{number}");
    }
}
