//! Notes that others wrote are read here, and ours are read by others.

use proptest::prelude::*;
use signed_note::{Note as TheirNote, StandardVerifier, VerifierList};

use super::*;
use crate::ledger::checkpoint::Checkpoint;

/// The example of Go's `sumdb/note`, of which the specification was made.
const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SEED: &str = "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn signer(kind: Kind) -> Signer {
    Signer::new("safar.test/log", kind, SEED).unwrap()
}

#[test]
fn the_note_of_the_specification_is_read_and_written_byte_for_byte() {
    let verifier = Verifier::parse(VERIFIER).unwrap();
    assert_eq!(verifier.to_string(), VERIFIER);
    let note = Note::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(note.text, TEXT);
    assert_eq!(note.verify(std::slice::from_ref(&verifier)), Ok(()));
    let signer = Signer::new("PeterNeumann", Kind::Log, SEED).unwrap();
    assert_eq!((signer.verifier(), signer.sign(TEXT).as_str()), (&verifier, NOTE));
    assert!(!format!("{signer:?}").contains(SEED));
}

#[test]
fn others_accept_the_checkpoints_that_are_signed_here() {
    let signer = signer(Kind::Log);
    let checkpoint = Checkpoint { origin: "safar.test/log".into(), size: 20_852_163, root: [7; 32] };
    let note = signer.sign(&checkpoint.to_string());
    let verifier = StandardVerifier::new(&signer.verifier().to_string()).unwrap();
    let theirs = TheirNote::from_bytes(note.as_bytes()).unwrap();
    theirs.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    let read = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!((read.origin(), read.size(), read.hash().0), ("safar.test/log", 20_852_163, [7; 32]));
    assert_eq!(Checkpoint::open(note.as_bytes(), signer.verifier()), Ok(checkpoint));
}

#[test]
fn a_checkpoint_is_believed_under_its_own_key_and_origin_alone() {
    let signer = signer(Kind::Log);
    let text = |origin: &str| format!("{origin}\n5\n{}\n", STANDARD.encode([7; 32]));
    let open =
        |note: String| Checkpoint::open(note.as_bytes(), signer.verifier()).map(|checkpoint| checkpoint.size);
    assert_eq!(open(signer.sign(&text("safar.test/log"))), Ok(5));
    assert_eq!(open(signer.sign(&text("safar.test/other"))), Err(NoteError::Unsigned));
    let stranger = Signer::new("safar.test/log", Kind::Log, &STANDARD.encode([9; 32])).unwrap();
    assert_eq!(open(stranger.sign(&text("safar.test/log"))), Err(NoteError::Unsigned));
    let root = STANDARD.encode([7; 32]);
    for wrong in [
        format!("safar.test/log\n05\n{root}\n"),
        format!("safar.test/log\n+5\n{root}\n"),
        format!("safar.test/log\n5\n{root}\nextension\n"),
        format!("safar.test/log\n5\n{}\n", STANDARD.encode([7; 31])),
        "safar.test/log\n5\n".to_owned(),
        format!("\n5\n{root}\n"),
    ] {
        assert_eq!(open(signer.sign(&wrong)), Err(NoteError::Malformed), "{wrong}");
    }
}

#[test]
fn every_flipped_bit_of_a_signed_checkpoint_is_noticed() {
    let signer = signer(Kind::Log);
    let note = signer.sign(&format!("safar.test/log\n5\n{}\n", STANDARD.encode([7; 32])));
    for place in 0..note.len() {
        for bit in 0..8 {
            let mut flipped = note.clone().into_bytes();
            flipped[place] ^= 1 << bit;
            assert!(Checkpoint::open(&flipped, signer.verifier()).is_err(), "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn a_cosignature_says_when_and_of_what_and_is_no_signature_of_a_log() {
    let (log, witness) = (signer(Kind::Log), Signer::new("witness.test/w1", Kind::Witness, SEED).unwrap());
    let text = format!("safar.test/log\n5\n{}\n", STANDARD.encode([7; 32]));
    let note = log.sign(&text) + &witness.cosign(&text, 1_679_315_147);
    let parsed = Note::parse(note.as_bytes()).unwrap();
    let keys = [log.verifier().clone(), witness.verifier().clone()];
    assert!(keys.iter().all(|key| parsed.verify(std::slice::from_ref(key)).is_ok()));
    assert_eq!(Verifier::parse(&keys[1].to_string()).as_ref(), Ok(&keys[1]));
    // What is signed, by the words of the specification.
    let (_, _, signature) = parsed.lines().unwrap()[1].clone();
    let message = format!("cosignature/v1\ntime 1679315147\n{text}");
    assert_eq!(signature[..8], 1_679_315_147_u64.to_be_bytes());
    assert!(
        UnparsedPublicKey::new(&ED25519, &keys[1].key).verify(message.as_bytes(), &signature[8..]).is_ok()
    );
    let as_log = Verifier { kind: Kind::Log, ..keys[1].clone() };
    assert_eq!(parsed.verify(&[as_log]), Err(NoteError::Unsigned));
}

#[test]
fn a_wrong_signature_of_a_known_key_spoils_the_note_and_one_of_an_unknown_key_does_not() {
    let (log, other) =
        (signer(Kind::Log), Signer::new("other.test", Kind::Log, &STANDARD.encode([9; 32])).unwrap());
    let line = |note: String| note.rsplit_once("\n\n").unwrap().1.to_owned();
    let note = log.sign(TEXT) + &line(other.sign("something else\n"));
    let parsed = Note::parse(note.as_bytes()).unwrap();
    assert_eq!(parsed.verify(&[log.verifier().clone()]), Ok(()));
    let both = [log.verifier().clone(), other.verifier().clone()];
    assert_eq!(parsed.verify(&both), Err(NoteError::WrongSignature));
    assert_eq!(parsed.verify(&[]), Err(NoteError::Unsigned));
}

#[test]
fn keys_and_notes_that_are_none_are_refused() {
    for key in
        ["", "a+b", "name+00000000+AQ==", &VERIFIER.replace("c74f", "c74e"), &VERIFIER.replace("+AR", "+BR")]
    {
        assert_eq!(Verifier::parse(key), Err(NoteError::VerifierKey), "{key}");
    }
    assert!(matches!(Signer::new("a b", Kind::Log, SEED), Err(NoteError::Name)));
    assert!(matches!(Signer::new("a", Kind::Log, "AAAA"), Err(NoteError::SigningKey)));
    for note in [
        "",
        "\n\n",
        TEXT,
        &NOTE.replace("\n\n", "\n"),
        &NOTE.replace('\u{2014}', "-"),
        &NOTE.replace("x08g", "!!!!"),
        NOTE.trim_end(),
        &NOTE.replace("know", "kn\u{1}ow"),
        &format!("{NOTE}\n"),
        &"a".repeat(LONGEST + 1),
    ] {
        assert_eq!(Note::parse(note.as_bytes()), Err(NoteError::Malformed), "{note}");
    }
    assert_eq!(Note::parse(&[0xff, 0xfe]), Err(NoteError::Malformed));
}

proptest! {
    #[test]
    fn whatever_is_read_as_a_note_is_put_together_again_from_its_parts(note in "(\\PC|\n|\u{2014} |a AAAAAAA=\n){0,60}") {
        if let Ok(parsed) = Note::parse(note.as_bytes()) {
            prop_assert_eq!(format!("{}\n{}", parsed.text, parsed.signatures), note.as_str());
            prop_assert!(parsed.verify(&[signer(Kind::Log).verifier().clone()]).is_err());
        }
    }

    #[test]
    fn no_bytes_upset_the_parsers(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Note::parse(&bytes).map(|note| Checkpoint::parse(note.text));
        if let Ok(request) = crate::ledger::witness::AddCheckpoint::parse(&bytes) {
            prop_assert_eq!(request.body().into_bytes(), bytes);
        }
    }

    #[test]
    fn what_is_asked_of_a_witness_is_read_as_it_was_written(old: u64, proof: Vec<[u8; 32]>, text in "[a-z]{1,9}\n") {
        let request = crate::ledger::witness::AddCheckpoint {
            old,
            proof: proof.into_iter().take(63).collect(),
            note: signer(Kind::Log).sign(&text),
        };
        prop_assert_eq!(crate::ledger::witness::AddCheckpoint::parse(request.body().as_bytes()), Ok(request));
    }
}
