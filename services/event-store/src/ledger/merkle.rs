//! The Merkle tree of RFC 6962 (and RFC 9162, 2.1): roots, proofs, and their verification. Nothing here reads or stores.

use sha2::{Digest, Sha256};

/// A hash of the tree: a leaf, a node or a root.
pub type Hash = [u8; 32];

/// Answers the hash of the complete subtree of `2^level` leaves that is the `index`-th of its level, from 0.
pub type Subtrees<'a, E> = &'a mut dyn FnMut(u32, u64) -> Result<Hash, E>;

/// The hash over two neighbours.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without a leaf.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root of the first `size` leaves.
pub fn root<E>(size: u64, subtrees: Subtrees<'_, E>) -> Result<Hash, E> {
    if size == 0 { Ok(empty_root()) } else { range(0, size, subtrees) }
}

/// The root of all these leaves.
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node(&root_of(left), &root_of(right))
        }
    }
}

/// The hashes beside the way from a leaf to the root of the first `size` leaves; `index` counts from 0 and is below `size`.
pub fn inclusion<E>(index: u64, size: u64, subtrees: Subtrees<'_, E>) -> Result<Vec<Hash>, E> {
    let (mut first, mut index, mut size) = (0, index, size);
    let mut proof = Vec::new();
    while size > 1 {
        let left = split(size);
        if index < left {
            proof.push(range(first + left, size - left, subtrees)?);
            size = left;
        } else {
            proof.push(range(first, left, subtrees)?);
            (first, index, size) = (first + left, index - left, size - left);
        }
    }
    proof.reverse();
    Ok(proof)
}

/// What shows that the first `to` leaves begin with the first `from`; empty where there is nothing to show.
pub fn consistency<E>(from: u64, to: u64, subtrees: Subtrees<'_, E>) -> Result<Vec<Hash>, E> {
    if from == 0 {
        return Ok(Vec::new());
    }
    let (mut first, mut old, mut new, mut whole) = (0, from, to, true);
    let mut proof = Vec::new();
    while old < new {
        let left = split(new);
        if old <= left {
            proof.push(range(first + left, new - left, subtrees)?);
            new = left;
        } else {
            proof.push(range(first, left, subtrees)?);
            (first, old, new, whole) = (first + left, old - left, new - left, false);
        }
    }
    if !whole {
        proof.push(range(first, old, subtrees)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether the proof leads from this leaf to this root (RFC 9162, 2.1.3.2).
pub fn includes(index: u64, size: u64, leaf: &Hash, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut reached) = (index, size - 1, *leaf);
    for hash in proof {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            reached = node(hash, &reached);
            climb(&mut place, &mut last);
        } else {
            reached = node(&reached, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && reached == *root
}

/// Whether the proof shows that the tree of `new` begins with the tree of `old`, each a size and a root (RFC 9162, 2.1.4.2).
pub fn is_consistent((from, old): (u64, &Hash), (to, new): (u64, &Hash), proof: &[Hash]) -> bool {
    if from == 0 || from == to {
        return proof.is_empty() && (from != to || old == new);
    }
    let (first, rest) = match proof {
        _ if from > to => return false,
        rest if from.is_power_of_two() => (old, rest),
        [first, rest @ ..] => (first, rest),
        [] => return false,
    };
    let (mut place, mut last) = (from - 1, to - 1);
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let (mut before, mut after) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            before = node(hash, &before);
            after = node(hash, &after);
            climb(&mut place, &mut last);
        } else {
            after = node(&after, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && before == *old && after == *new
}

/// Goes up while this is a left child without a right one.
fn climb(place: &mut u64, last: &mut u64) {
    while *place & 1 == 0 && *place != 0 {
        (*place, *last) = (*place >> 1, *last >> 1);
    }
}

/// The largest power of two below `size`, which is 2 or more.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The root over `size` leaves from `first` on; `first` is a multiple of the power of two that `size` does not exceed.
fn range<E>(first: u64, size: u64, subtrees: Subtrees<'_, E>) -> Result<Hash, E> {
    if size.is_power_of_two() {
        return subtrees(size.trailing_zeros(), first / size);
    }
    let left = split(size);
    Ok(node(&range(first, left, subtrees)?, &range(first + left, size - left, subtrees)?))
}

#[cfg(test)]
mod tests;
