"""Runs two witnesses of two authors and two logs against each other; see scripts/witness-interop."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import aics_tlog as c2sp
from aics_witness import feeder
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

work, program = Path(sys.argv[1]), sys.argv[2]
ORIGIN = "other.example/log"


def expect(holds, what):
    if not holds:
        sys.exit(f"scripts/witness-interop: {what}")


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def post(url, body):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body)) as answer:
            return answer.status, answer.headers.get("Content-Type"), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Content-Type"), error.read()


def wait_for(url):
    for _ in range(600):
        try:
            urllib.request.urlopen(url).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"scripts/witness-interop: {url} does not answer")


class Running:
    """A program for as long as the block runs."""

    def __init__(self, *command, **options):
        self.command, self.options = command, options

    def __enter__(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self.command, **quiet, **self.options)
        return self.process

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


# 1. Our log, their witness.
theirs = [sys.executable, "-m", "aics_witness"]
config = {**os.environ, "AICS_WITNESS_CONFIG": str(work / "witness.json")}
run = dict(env=config, check=True, text=True, stdout=subprocess.PIPE)
out = subprocess.run([*theirs, "init", "--name", "theirs.example/w1"], **run).stdout
vkey = next(word for word in out.split() if word.startswith("theirs.example/w1+"))
log = (work / "requests/log.vkey").read_text().strip()
origin = log.split("+")[0]
subprocess.run([*theirs, "add-log", "--origin", origin, "--vkey", log], **run)
port = free_port()
requests = sorted((work / "requests").glob("*.request"))
with Running(*theirs, "serve", "--listen", f"127.0.0.1:{port}", env=config):
    wait_for(f"http://127.0.0.1:{port}/healthz")
    for request in requests:
        body = request.read_bytes()
        status, kind, answer = post(f"http://127.0.0.1:{port}/add-checkpoint", body)
        wanted = int(request.stem.rsplit("-", 1)[1])
        expect(status == wanted, f"{request.stem}: their witness answers {status} {answer!r}")
        if status == 409:
            expect((kind, answer) == ("text/x.tlog.size", b"20\n"), f"{request.stem}: {kind} {answer!r}")
        if status == 200:
            note = feeder.merge_cosignatures(body.split(b"\n\n", 1)[1], answer.decode())
            keys = c2sp.parse_vkey(log), [c2sp.parse_vkey(vkey)]
            result = c2sp.verify_checkpoint(c2sp.parse_note(note), *keys, 1, expected_origin=origin)
            expect(result.ok, f"{request.stem}: {result.error}")
print(f"their witness judged {len(requests)} requests of our log as C2SP wants")

# 2. Their log, our witness.
data = work / "ours"
vkey = subprocess.run(
    [program, "keygen", "--name", "ours.example/w1", "--data", data], check=True, text=True, stdout=subprocess.PIPE
).stdout.strip()
key = Ed25519PrivateKey.from_private_bytes(b"\3" * 32)
log = c2sp.format_vkey(c2sp.vkey_from_ed25519(ORIGIN, key.public_key()))
tree = c2sp.MerkleTree(str(leaf).encode() for leaf in range(300))
fork = c2sp.MerkleTree((str(leaf) if leaf < 7 else f"{leaf}!").encode() for leaf in range(300))
port = free_port()
address = f"http://127.0.0.1:{port}"
serve = [program, "serve", "--listen", f"127.0.0.1:{port}", "--log", log, "--data", str(data)]


def signed(tree, size, by=key, origin=ORIGIN):
    checkpoint = c2sp.Checkpoint(origin=origin, size=size, root=tree.root(size))
    return c2sp.sign_checkpoint(checkpoint, by, origin).to_bytes()


def refused(what, kind, client, note, proof, status=None):
    try:
        client.submit(note, proof)
    except kind as error:
        expect(status in (None, getattr(error, "status", None)), f"{what}: {error}")
        return
    sys.exit(f"scripts/witness-interop: {what}: our witness cosigned it")


def client():
    return feeder.WitnessClient(address, vkey, max_attempts=1)


with Running(*serve) as process:
    wait_for(address)
    with client() as ours:
        for size in [0, 1, 2, 3, 8, 100, 100, 255, 256, 257]:
            note = signed(tree, size)
            cosigned = feeder.merge_cosignatures(note, ours.submit(note, tree.consistency_proof))
            keys = c2sp.parse_vkey(log), [c2sp.parse_vkey(vkey)]
            result = c2sp.verify_checkpoint(c2sp.parse_note(cosigned), *keys, 1, expected_origin=ORIGIN)
            expect(result.ok, f"size {size}: {result.error}")
        stranger = Ed25519PrivateKey.from_private_bytes(b"\4" * 32)
        proof = fork.consistency_proof
        refused("a rollback", feeder.WitnessAhead, ours, signed(tree, 100), tree.consistency_proof)
        refused("the same size, another tree", feeder.WitnessRejected, ours, signed(fork, 257), proof, 422)
        refused("another history", feeder.WitnessRejected, ours, signed(fork, 300), proof, 422)
        refused("another key", feeder.WitnessRejected, ours, signed(tree, 300, by=stranger), proof, 403)
        refused("another log", feeder.WitnessRejected, ours, signed(tree, 300, origin="x.example/y"), proof, 404)
    process.send_signal(signal.SIGKILL)
    process.wait()
with Running(*serve):
    wait_for(address)
    with client() as ours:
        refused("a rollback after a crash", feeder.WitnessAhead, ours, signed(tree, 100), tree.consistency_proof)
        # It starts from zero and is told where to go on.
        ours.submit(signed(tree, 300), tree.consistency_proof)
print("our witness judged their log as C2SP wants, also after a crash")
