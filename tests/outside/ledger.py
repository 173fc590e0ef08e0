#!/usr/bin/env python3
"""Checks the ledger of a running server with nothing of Safar's: ledger.py ADDRESS LOG_KEY WITNESS_KEY, a token of an auditor in TOKEN

By the words of RFC 6962 and 9162, C2SP signed-note, tlog-checkpoint, tlog-cosignature and tlog-tiles. What comes back is changed as well,
to see that the checks are none that nothing fails.
"""

import base64, json, os, sys, time, urllib.error, urllib.request

from evidence import root_of, sha256, signed, wrong

def get(path):
    request = urllib.request.Request(sys.argv[1] + path, headers={"Authorization": f"Bearer {os.environ['TOKEN']}"})
    return urllib.request.urlopen(request, timeout=10).read()

def cosigned(patience=30):
    """The newest checkpoint with the line of the witness, which comes behind the first."""
    for _ in range(patience * 10):
        try:
            return get("/v1/log/checkpoint?cosigned=true").decode()
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            time.sleep(0.1)
    wrong("nothing was cosigned")

def tile(level, index, width):
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    body = get(f"/v1/log/tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else ""))
    if len(body) != width * 32:
        wrong(f"the tile {level}/{index} has {len(body)} bytes")
    return [body[at:at + 32] for at in range(0, len(body), 32)]

def level_of(level, size):
    """All hashes of one level of tiles."""
    count = size >> 8 * level
    return [hash for index in range((count + 255) // 256) for hash in tile(level, index, min(256, count - 256 * index))]

def tree(leaves):
    """RFC 6962, 2.1."""
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", tree(leaves[:split]), tree(leaves[split:]))

def continues(first, first_root, second, second_root, hashes):
    """RFC 9162, 2.1.4.2."""
    if first == second:
        return first_root == second_root and not hashes
    if first & (first - 1) == 0:
        hashes = [first_root, *hashes]
    if not hashes:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = hashes[0]
    for hash in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = sha256(b"\1", hash, old), sha256(b"\1", hash, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = sha256(b"\1", new, hash)
        place, last = place >> 1, last >> 1
    return (old, new, last) == (first_root, second_root, 0)

def refused(note, key):
    try:
        signed(note, key)
    except SystemExit:
        return True
    return False

def main(log_key, witness_key):
    note = cosigned()
    text, seen = signed(note, log_key)[0], signed(note, witness_key)[1]
    origin, size, root = text.splitlines()
    size, root = int(size), base64.b64decode(root)
    if abs(time.time() - seen) > 3600:
        wrong("the witness says another time")
    if not (refused(note.replace(f"\n{size}\n", f"\n{size + 1}\n", 1), log_key) and refused(note.replace(origin, origin + "x", 1), witness_key)):
        wrong("a changed checkpoint was believed")

    leaves = level_of(0, size)
    if tree(leaves) != root:
        wrong("the tiles do not lead to the root that was signed")
    above = [tree(leaves[at:at + 256]) for at in range(0, len(leaves) - 255, 256)]
    if level_of(1, size) != above:
        wrong("the tiles of the next level are of other tiles")

    step = max(1, size // 100)
    for position in [*range(1, size + 1, step), size]:
        proof = json.loads(get(f"/v1/log/proofs/inclusion?position={position}&size={size}"))
        hashes = [base64.b64decode(hash) for hash in proof["hashes"]]
        if root_of(position - 1, size, leaves[position - 1], hashes) != root:
            wrong(f"position {position} is not proven")
        if size > 1 and root_of(position % size, size, leaves[position - 1], hashes) == root:
            wrong(f"position {position} is proven to be another")
    for first in [*range(1, size + 1, step), size]:
        proof = json.loads(get(f"/v1/log/proofs/consistency?from={first}&to={size}"))
        hashes = [base64.b64decode(hash) for hash in proof["hashes"]]
        if not continues(first, tree(leaves[:first]), size, root, hashes):
            wrong(f"that the first {first} go on is not proven")
        if first < size and continues(first, sha256(b"another"), size, root, hashes):
            wrong(f"another history of {first} is proven")
    print(f"{origin}: {size} events, cosigned by {witness_key.split('+')[0]}; tiles, proofs and root are what was signed")


if __name__ == "__main__":
    main(*sys.argv[2:])
