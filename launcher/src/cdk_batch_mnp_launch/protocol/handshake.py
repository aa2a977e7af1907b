"""How two nodes prove to each other that they know the job's key.

    node -> main   HELLO      version, job, attempt, number of nodes, index, nonce
    main -> node   CHALLENGE  nonce, HMAC(key, "main" | transcript)
    node -> main   AUTH       HMAC(key, "node" | transcript)
    main -> node   PING       the node is welcome; any frame but REJECTED

The transcript is both payloads up to the nonces, so each proof holds for one connection. The key
depends on the job, the attempt and the number of nodes: a node of an earlier attempt, whose
address is often used again, cannot join.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import NamedTuple

from cdk_batch_mnp_launch.protocol.frames import AUTH, CHALLENGE, HELLO, Frame

PROTOCOL = 1
NONCE_BYTES = 32
PROOF_BYTES = 32
_NUMBER = re.compile(rb"[0-9]{1,9}")
_JOB = re.compile(rb"[\x21-\x7e]{1,256}")


class Rejected(Exception):  # noqa: N818
    """A node may not join, for the reason in the message."""


class Job(NamedTuple):
    """What all nodes of one attempt of a job have in common.

    Attributes:
        id: The job ID without `#index`.
        attempt: Number of the attempt, from 1.
        nodes: Number of nodes.
    """

    id: str
    attempt: int
    nodes: int


class Session(NamedTuple):
    """Keys of one connection, one for each direction."""

    from_main: bytes
    from_node: bytes


def job_key(secret: bytes, job: Job) -> bytes:
    """Return the key of one attempt of a job."""
    text = f"mnp-launch {PROTOCOL}\n{job.id}\n{job.attempt}\n{job.nodes}"
    return hmac.digest(secret, text.encode(), "sha256")


def _transcript(hello: bytes, nonce: bytes) -> bytes:
    # The nonce has a fixed length, so no two pairs have the same transcript.
    return hashlib.sha256(hello + nonce).digest()


def _session(key: bytes, transcript: bytes) -> Session:
    return Session(
        hmac.digest(key, b"session from main" + transcript, "sha256"),
        hmac.digest(key, b"session from node" + transcript, "sha256"),
    )


class NodeHandshake:
    """The side of the node that joins.

    Attributes:
        session: The keys, once the main node has proved that it knows the job's key.
    """

    def __init__(self, key: bytes, job: Job, index: int, nonce: bytes) -> None:
        self._key = key
        fields = (PROTOCOL, job.id, job.attempt, job.nodes, index, nonce.hex())
        self._hello = "\n".join(str(each) for each in fields).encode()
        self.session: Session | None = None

    def hello(self) -> Frame:
        """Return the first frame."""
        return Frame(HELLO, 0, self._hello)

    def receive(self, frame: Frame) -> Frame:
        """Return the answer to the challenge.

        Raises:
            Rejected: If the other side did not prove that it knows the key.
        """
        payload = frame.payload
        if frame.type != CHALLENGE or len(payload) != NONCE_BYTES + PROOF_BYTES:
            raise Rejected("the main node's port does not answer as a launcher")
        transcript = _transcript(self._hello, payload[:NONCE_BYTES])
        proof = hmac.digest(self._key, b"main" + transcript, "sha256")
        if not hmac.compare_digest(proof, payload[NONCE_BYTES:]):
            raise Rejected("the main node has a different secret")
        self.session = _session(self._key, transcript)
        return Frame(AUTH, 0, hmac.digest(self._key, b"node" + transcript, "sha256"))


class MainHandshake:
    """The side of the main node.

    Attributes:
        index: Index that the node claims, once HELLO is received; proved once there is a session.
        session: The keys, once the node has proved that it knows the job's key.
    """

    def __init__(self, key: bytes, job: Job, main_index: int, nonce: bytes) -> None:
        self._key = key
        self._job = job
        self._main_index = main_index
        self._nonce = nonce
        self._transcript = b""
        self.index: int | None = None
        self.session: Session | None = None

    def receive(self, frame: Frame) -> Frame | None:
        """Return the answer to a frame, or None when the node has proved itself.

        Raises:
            Rejected: If the frame is invalid, or the node belongs to something else.
        """
        if self.index is None:
            self.index = self._claimed_index(frame)
            self._transcript = _transcript(frame.payload, self._nonce)
            proof = hmac.digest(self._key, b"main" + self._transcript, "sha256")
            return Frame(CHALLENGE, 0, self._nonce + proof)
        proof = hmac.digest(self._key, b"node" + self._transcript, "sha256")
        if frame.type != AUTH or not hmac.compare_digest(proof, frame.payload):
            raise Rejected(f"it has a different secret (claimed index {self.index})")
        self.session = _session(self._key, self._transcript)
        return None

    def _claimed_index(self, frame: Frame) -> int:
        fields = frame.payload.split(b"\n")
        if frame.type != HELLO or len(fields) != 6 or not _JOB.fullmatch(fields[1]):
            raise Rejected("it is not a launcher")
        numbers = (fields[0], *fields[2:5])
        if not all(_NUMBER.fullmatch(each) for each in numbers):
            raise Rejected("it is not a launcher")
        version, attempt, nodes, index = (int(each) for each in numbers)
        if version != PROTOCOL:
            raise Rejected(f"it speaks version {version} of the protocol, not {PROTOCOL}")
        theirs, ours = Job(fields[1].decode("ascii"), attempt, nodes), self._job
        if theirs.id != ours.id:
            raise Rejected(f"it belongs to job {theirs.id}, not {ours.id}")
        if theirs.attempt != ours.attempt:
            raise Rejected(f"it belongs to attempt {attempt} of the job, not {ours.attempt}")
        if theirs.nodes != ours.nodes:
            raise Rejected(f"it expects {nodes} nodes, not {ours.nodes}")
        if index >= ours.nodes or index == self._main_index:
            raise Rejected(f"it claims index {index}, which is not that of a child node")
        return index
