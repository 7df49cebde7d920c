"""Checks the folder that the example `log_sample` wrote; see scripts/c2sp."""

import base64
import sys
from pathlib import Path

import aics_tlog as c2sp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

folder, leaves = Path(sys.argv[1]), int(sys.argv[2])
log = c2sp.parse_vkey((folder / "log.vkey").read_text())
witness = c2sp.parse_vkey((folder / "witness.vkey").read_text())
tiles = c2sp.FileSystemTileReader(folder)
START = 1_790_000_000


def expect(holds, what):
    if not holds:
        sys.exit(f"scripts/c2sp: {leaves} leaves: {what}")


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
    expect(note.signatures == (*same.signatures, line), "it signs to other bytes")
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

print(f"{leaves} leaves: {report.tiles} tiles, {report.bundles} bundles, {len(proofs)} proofs, {len(earlier)} earlier states")
