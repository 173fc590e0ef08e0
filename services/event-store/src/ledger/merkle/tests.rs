//! Vectors of RFC 6962's reference tree, and every small tree against an implementation that is not ours.

use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::{Digest, Sha256};

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hash(hex: &str) -> Hash {
    bytes(hex).try_into().unwrap()
}

fn leaf(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The entries with which the reference implementation of Certificate Transparency is tested.
fn entries() -> Vec<Vec<u8>> {
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        .map(bytes)
        .to_vec()
}

const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const SECOND: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const THIRD_AND_FOURTH: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const LAST_FOUR: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const FIFTH: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const LAST_TWO: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const FIFTH_AND_SIXTH: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

/// Answers subtrees from leaves.
fn subtrees(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> {
    move |level, index| {
        let from = usize::try_from(index).unwrap() << level;
        Ok(root_of(&leaves[from..from + (1 << level)]))
    }
}

fn included(leaves: &[Hash], index: u64, size: u64) -> Vec<Hash> {
    inclusion(index, size, &mut subtrees(leaves)).unwrap_or_else(|never| match never {})
}

fn consistent(leaves: &[Hash], from: u64, to: u64) -> Vec<Hash> {
    consistency(from, to, &mut subtrees(leaves)).unwrap_or_else(|never| match never {})
}

fn of_size(leaves: &[Hash], size: u64) -> Hash {
    root(size, &mut subtrees(leaves)).unwrap_or_else(|never| match never {})
}

#[test]
fn the_tree_of_the_rfc_has_the_roots_that_were_written_down() {
    let leaves: Vec<Hash> = entries().iter().map(|entry| leaf(entry)).collect();
    let empty = hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!((empty_root(), of_size(&leaves, 0), root_of(&[])), (empty, empty, empty));
    for (size, root) in (1..).zip(ROOTS) {
        assert_eq!(
            (of_size(&leaves, size), root_of(&leaves[..usize::try_from(size).unwrap()])),
            (hash(root), hash(root))
        );
    }
}

#[test]
fn the_tree_of_the_rfc_has_the_proofs_that_were_written_down() {
    let leaves: Vec<Hash> = entries().iter().map(|entry| leaf(entry)).collect();
    let proof = |hashes: &[&str]| hashes.iter().map(|text| hash(text)).collect::<Vec<_>>();
    assert_eq!(included(&leaves, 0, 1), proof(&[]));
    assert_eq!(included(&leaves, 0, 8), proof(&[SECOND, THIRD_AND_FOURTH, LAST_FOUR]));
    assert_eq!(included(&leaves, 5, 8), proof(&[FIFTH, LAST_TWO, ROOTS[3]]));
    assert_eq!(included(&leaves, 2, 3), proof(&[ROOTS[1]]));
    assert_eq!(included(&leaves, 1, 5), proof(&[ROOTS[0], THIRD_AND_FOURTH, FIFTH]));
    assert_eq!(consistent(&leaves, 1, 1), proof(&[]));
    assert_eq!(consistent(&leaves, 1, 8), proof(&[SECOND, THIRD_AND_FOURTH, LAST_FOUR]));
    assert_eq!(consistent(&leaves, 6, 8), proof(&[FIFTH_AND_SIXTH, LAST_TWO, ROOTS[3]]));
    assert_eq!(consistent(&leaves, 2, 5), proof(&[THIRD_AND_FOURTH, FIFTH]));
}

/// Trees of all sizes up to this one.
const SIZES: u64 = 40;

#[test]
fn every_proof_of_every_small_tree_is_the_one_that_others_make_and_they_accept_it() {
    let entries: Vec<Vec<u8>> = (0..SIZES).map(|number| number.to_be_bytes().to_vec()).collect();
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf(entry)).collect();
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut roots = Vec::new();
    for size in 1..=SIZES {
        theirs.push(entries[usize::try_from(size).unwrap() - 1].clone());
        let root = theirs.root();
        roots.push(root.clone());
        assert_eq!(root.as_bytes().as_slice(), of_size(&leaves, size));
        for index in 0..size {
            let proof = included(&leaves, index, size);
            let place = usize::try_from(index).unwrap();
            assert_eq!(theirs.prove_inclusion(place).as_bytes(), proof.concat(), "{index} of {size}");
            let digests: Vec<_> = proof.iter().map(|hash| (*hash).into()).collect();
            let proof = ct_merkle::InclusionProof::<Sha256>::from_digests(digests.iter());
            root.verify_inclusion(&entries[place], index, &proof).unwrap();
        }
        for from in 1..size {
            let proof = consistent(&leaves, from, size);
            let digests: Vec<_> = proof.iter().map(|hash| (*hash).into()).collect();
            let proof = ct_merkle::ConsistencyProof::<Sha256>::from_digests(digests.iter());
            root.verify_consistency(&roots[usize::try_from(from).unwrap() - 1], &proof).unwrap();
        }
    }
}

#[test]
fn every_proof_is_accepted_and_with_any_other_number_hash_or_root_it_is_not() {
    let leaves: Vec<Hash> = (0..SIZES).map(|number| leaf(&number.to_be_bytes())).collect();
    for size in 1..=SIZES {
        let root = of_size(&leaves, size);
        for index in 0..size {
            let (own, proof) = (&leaves[usize::try_from(index).unwrap()], included(&leaves, index, size));
            assert!(includes(index, size, own, &proof, &root));
            assert!(!includes(index + 1, size, own, &proof, &root), "{index} of {size}");
            assert!(!includes(index, size, &leaf(b"another"), &proof, &root));
            assert!(!includes(index, size, own, &proof, &leaf(b"another")));
            assert!(!includes(index, size, own, &[proof.clone(), vec![root]].concat(), &root));
            for place in 0..proof.len() {
                let mut other = proof.clone();
                other[place][7] ^= 1;
                assert!(!includes(index, size, own, &other, &root));
                assert!(!includes(index, size, own, &[&proof[..place], &proof[place + 1..]].concat(), &root));
            }
        }
        for from in 1..size {
            let (old, proof) = (of_size(&leaves, from), consistent(&leaves, from, size));
            assert!(is_consistent((from, &old), (size, &root), &proof), "{from} to {size}");
            assert!(!is_consistent((from, &leaf(b"another")), (size, &root), &proof));
            assert!(!is_consistent((from, &old), (size, &leaf(b"another")), &proof));
            assert!(!is_consistent((size, &root), (from, &old), &proof));
            assert!(!is_consistent((from, &old), (size, &root), &[]));
            for place in 0..proof.len() {
                let mut other = proof.clone();
                other[place][7] ^= 1;
                assert!(!is_consistent((from, &old), (size, &root), &other), "{from} to {size}");
            }
        }
    }
}

#[test]
fn nothing_is_consistent_with_everything_and_a_tree_with_itself() {
    let (one, other) = (leaf(b"one"), leaf(b"other"));
    assert!(
        is_consistent((0, &empty_root()), (7, &one), &[])
            && !is_consistent((0, &empty_root()), (7, &one), &[one])
    );
    assert!(is_consistent((7, &one), (7, &one), &[]));
    assert!(!is_consistent((7, &one), (7, &other), &[]) && !is_consistent((7, &one), (7, &one), &[one]));
}
