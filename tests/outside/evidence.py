#!/usr/bin/env python3
"""Checks an evidence pack with nothing of Safar's: evidence.py PACK LOG_KEY [WITNESS_KEY ...]

By the words of docs/evidence.md: RFC 6962, C2SP signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof. Needs Python 3.11
and the package `cryptography`. Exits with 0 and says how many events are proven, or with 1 and says what is wrong.
"""

import base64, hashlib, json, re, sys, uuid, zipfile
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def wrong(what):
    sys.exit(f"evidence.py: {what}")

def signed(note, key):
    """The text of the note and, of a witness, the time; only if this verifier key has signed it."""
    name, key_id, public = key.split("+", 2)
    public = base64.b64decode(public)
    if sha256(name.encode(), b"\n", public)[:4].hex() != key_id:
        wrong(f"{name}: the key id is not of this key")
    body, _, lines = note.rpartition("\n\n")
    text = body + "\n"
    for line in lines.splitlines():
        dash, signer, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if (dash, signer, signature[:4].hex()) != ("\u2014", name, key_id):
            continue
        message, signature, time = text, signature[4:], None
        if public[0] == 4:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = f"cosignature/v1\ntime {time}\n{text}"
        try:
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature, message.encode())
        except InvalidSignature:
            wrong(f"the signature of {name} is not right")
        return text, time
    wrong(f"{name} has not signed the checkpoint")

def leaf(event, metadata, payload):
    """RFC 6962: SHA-256 of a zero byte and the entry, which is position, time and digest of the content."""
    number = lambda value: value.to_bytes(8, "big", signed=value < 0)
    micros = lambda at: number((datetime.fromisoformat(at) - EPOCH) // datetime.resolution)
    fields = [b"safar.event.v1", event["stream"].encode(), number(event["revision"]), uuid.UUID(event["event_id"]).bytes,
              event["event_type"].encode(), micros(event["occurred_at"]), event["actor"].encode(),
              uuid.UUID(event["command_id"]).bytes, number(event["ordinal"]), bytes.fromhex(event["fingerprint"]), metadata, payload]
    digest = sha256(*(part for field in fields for part in (number(len(field)), field)))
    return sha256(b"\0", number(event["position"]), micros(event["recorded_at"]), digest)

def root_of(index, size, reached, hashes):
    """RFC 9162, 2.1.3.2."""
    last = size - 1
    for other in hashes:
        if last == 0 or index > last:
            return None
        if index & 1 or index == last:
            reached = sha256(b"\1", other, reached)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            reached = sha256(b"\1", reached, other)
        index, last = index >> 1, last >> 1
    return reached if last == 0 else None

def main(pack, log_key, *witness_keys):
    archive = zipfile.ZipFile(pack)
    files = {name: archive.read(name) for name in archive.namelist()}
    manifest, note = json.loads(files["manifest.json"]), files["checkpoint"].decode()
    for name, digest in manifest["files"].items():
        if hashlib.sha256(files[name]).hexdigest() != digest["sha256"]:
            wrong(f"{name} is not the file that the manifest lists")
    origin, size, root = signed(note, log_key)[0].splitlines()
    for key in witness_keys:
        print(f"{key.split('+')[0]} saw the log at {datetime.fromtimestamp(signed(note, key)[1], timezone.utc).isoformat()}")
    revisions = sorted(int(name[7:-5]) for name in files if re.fullmatch(r"events/\d+\.json", name))
    if revisions != list(range(1, manifest["events"] + 1)):
        wrong("events are missing")
    for revision in revisions:
        part = lambda rest: files[f"events/{revision:06}{rest}"]
        event, proof = json.loads(part(".json")), files[f"proofs/{revision:06}.tlog-proof"].decode()
        head, _, carried = proof.partition("\n\n")
        first, index, *hashes = head.split("\n")
        if (event["stream"], event["revision"]) != (f"case-{manifest['case']}", revision) or carried != note:
            wrong(f"event {revision} is of another case or led to another checkpoint")
        if (first, index) != ("c2sp.org/tlog-proof@v1", f"index {event['position'] - 1}"):
            wrong(f"the proof of event {revision} is of another event")
        reached = leaf(event, part(".metadata.json"), part(".payload.json"))
        if root_of(event["position"] - 1, int(size), reached, map(base64.b64decode, hashes)) != base64.b64decode(root):
            wrong(f"event {revision} is not in the log")
    print(f"{len(revisions)} events of {manifest['case']} are in {origin}, which has {size}")


if __name__ == "__main__":
    main(*sys.argv[1:])
