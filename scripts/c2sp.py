"""Checks the folder that the example `log_sample` wrote; see scripts/c2sp."""

import base64
import hashlib
import subprocess
import sys
from pathlib import Path

import aics_tlog as c2sp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

folder, leaves = Path(sys.argv[1]), int(sys.argv[2])
log = c2sp.parse_vkey((folder / "log.vkey").read_text())
witness = c2sp.parse_vkey((folder / "witness.vkey").read_text())
tiles = c2sp.FileSystemTileReader(folder)
START = 1_790_000_000
# "SM2 signature with SM3", 1.2.156.10197.1.501.
SM2_WITH_SM3 = bytes.fromhex("06082a811ccf55018375")
sm2 = folder / "sm2.spki"
with_sm2 = 0


def expect(holds, what):
    if not holds:
        sys.exit(f"scripts/c2sp: {leaves} leaves: {what}")


def der(number):
    number = number.lstrip(b"\0") or b"\0"
    number = b"\0" * (number[0] >> 7) + number
    return b"\2" + bytes([len(number)]) + number


def without_sm2(note):
    """The lines but the second, which must be the one of the SM2 key, genuine by openssl."""
    global with_sm2
    if not sm2.exists():
        return note.signatures
    log_line, line, *others = note.signatures
    recipe = log.name.encode() + b"\n\xff" + SM2_WITH_SM3 + sm2.read_bytes()[26:]
    number = hashlib.sha256(recipe).digest()[:4]
    expect((line.name, line.key_id) == (log.name, number), f"the SM2 line is another key's: {line}")
    numbers = der(line.signature[:32]) + der(line.signature[32:])
    (folder / "sm2.sig").write_bytes(b"\x30" + bytes([len(numbers)]) + numbers)
    (folder / "sm2.text").write_text(note.text)
    keys = ["openssl", "pkey", "-pubin", "-inform", "DER", "-in", sm2, "-out", folder / "sm2.pem"]
    subprocess.run(keys, check=True)
    dgst = ["openssl", "dgst", "-sm3", "-sigopt", "distid:1234567812345678", "-verify", folder / "sm2.pem"]
    subprocess.run([*dgst, "-signature", folder / "sm2.sig", folder / "sm2.text"], check=True, stdout=subprocess.DEVNULL)
    with_sm2 += 1
    return (log_line, *others)


def verified(text):
    note = c2sp.parse_note(text)
    expect(note.serialise() == text, "a note is written in another way")
    result = c2sp.verify_checkpoint(note, log, [witness], 1, expected_origin=log.name)
    expect(result.ok, f"a checkpoint is refused: {result.error}")
    expect(result.timestamps == {witness.name: START}, "the time of the cosignature is another")
    same = c2sp.sign_checkpoint(
        c2sp.parse_checkpoint(note.text), Ed25519PrivateKey.from_private_bytes(b"\1" * 32), log.name
    )
    _, line = c2sp.sign_cosignature(
        Ed25519PrivateKey.from_private_bytes(b"\2" * 32),
        witness.name,
        START,
        result.origin,
        result.size,
        result.root,
    )
    expect(without_sm2(note) == (*same.signatures, line), "it signs to other bytes")
    return result


head = verified((folder / "checkpoint").read_text())
expect(head.size == leaves, "the checkpoint has another size")
expect(c2sp.tree_root_from_tiles(tiles, leaves) == head.root, "the tiles have another root")
report = c2sp.audit_tiles(tiles, leaves, head.root)
files = [path for path in (folder / "tile").rglob("*") if path.is_file()]
expect(report.tiles + report.bundles == len(files), "there are other files than there should be")

earlier = sorted((folder / "earlier").iterdir())
for state in earlier:
    old = verified((state / "checkpoint").read_text())
    proof = [bytes.fromhex(line) for line in (state / "consistency").read_text().split()]
    expect(c2sp.consistency_proof_from_tiles(tiles, old.size, leaves) == proof, f"consistency with {old.size} differs")
    is_consistent = c2sp.verify_consistency(old.size, leaves, old.root, head.root, proof)
    expect(is_consistent, f"consistency with {old.size} is refused")

proofs = sorted((folder / "proofs").iterdir())
for path in proofs:
    lines, checkpoint = path.read_text().split("\n\n", 1)
    lines = lines.split("\n")
    expect(lines.pop(0) == "c2sp.org/tlog-proof@v1", f"{path.name} begins otherwise")
    if lines[0].startswith("extra "):
        expect(base64.b64decode(lines.pop(0).removeprefix("extra "), validate=True) == b"extra", f"{path.name}: extra")
    index = int(lines.pop(0).removeprefix("index "))
    hashes = [base64.b64decode(line, validate=True) for line in lines]
    expect(verified(checkpoint).root == head.root, f"{path.name} has another checkpoint")
    leaf = c2sp.leaf_hash(c2sp.read_entry(tiles, index, leaves))
    expect(c2sp.verify_inclusion(leaf, index, leaves, hashes, head.root), f"{path.name} is refused")
    expect(c2sp.inclusion_proof_from_tiles(tiles, index, leaves) == hashes, f"{path.name} differs")

expect(with_sm2 == (sm2.exists() and 1 + len(earlier) + len(proofs)), "an SM2 line was not looked at")
print(
    f"{leaves} leaves: {report.tiles} tiles, {report.bundles} bundles, {len(proofs)} proofs,",
    f"{len(earlier)} earlier states, {with_sm2} SM2 lines",
)
