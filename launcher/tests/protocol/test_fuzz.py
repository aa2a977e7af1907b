"""What strangers send to the port before they have proved anything."""

from __future__ import annotations

import random
import time

from cdk_batch_mnp_launch.protocol.frames import (
    AUTH,
    MAX_FIRST_FRAME,
    Frame,
    FrameError,
    Opener,
    Sealer,
)
from cdk_batch_mnp_launch.protocol.handshake import (
    Job,
    MainHandshake,
    NodeHandshake,
    Rejected,
    job_key,
)

JOB = Job("job-1", 1, 4)
KEY = job_key(b"a secret of the tests", JOB)
INPUTS = 30_000


def test_no_input_gets_in_or_costs_much() -> None:
    chance = random.Random(0)
    hello = Sealer().seal(NodeHandshake(b"another key", JOB, 2, b"n" * 32).hello())
    slowest = 0.0
    challenged = proofs = 0
    for number in range(INPUTS):
        data = bytearray(hello if number % 2 else chance.randbytes(chance.randrange(200)))
        for _ in range(chance.randrange(3)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        if number % 4 == 1:  # an answer to the challenge, which cannot be guessed
            data += Sealer().seal(Frame(AUTH, 0, chance.randbytes(32)))
        data += chance.randbytes(chance.randrange(64))
        opener, handshake = Opener(), MainHandshake(KEY, JOB, 0, b"m" * 32)
        started = time.process_time()
        opener.feed(bytes(data))
        try:
            while (frame := opener.next_frame()) is not None:
                challenged += handshake.receive(frame) is not None
        except FrameError:
            pass
        except Rejected as rejected:
            proofs += "a different secret" in str(rejected)
        slowest = max(slowest, time.process_time() - started)
        assert handshake.session is None
        assert opener.pending <= 4 + MAX_FIRST_FRAME
    # Many inputs were good enough for a challenge, and many of these for a look at the proof.
    assert challenged > INPUTS / 10
    assert proofs > INPUTS / 20
    assert slowest < 0.1
