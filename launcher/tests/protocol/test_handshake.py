"""Both sides end with the same keys if they share secret and job, and with none otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp_launch.protocol.frames import AUTH, CHALLENGE, HELLO, Frame
from cdk_batch_mnp_launch.protocol.handshake import (
    Job,
    MainHandshake,
    NodeHandshake,
    Rejected,
    job_key,
)

JOB = Job("job-1", 1, 4)
SECRET = b"a secret of the tests"
NODE_NONCE, MAIN_NONCE = b"n" * 32, b"m" * 32


def node(secret: bytes = SECRET, job: Job = JOB, index: int = 2) -> NodeHandshake:
    return NodeHandshake(job_key(secret, job), job, index, NODE_NONCE)


def main(secret: bytes = SECRET, nonce: bytes = MAIN_NONCE) -> MainHandshake:
    return MainHandshake(job_key(secret, JOB), JOB, 0, nonce)


def challenge(of: MainHandshake, to: NodeHandshake) -> Frame:
    answer = of.receive(to.hello())
    assert answer is not None
    return answer


def test_a_node_and_the_main_node_agree_on_the_keys() -> None:
    joining, accepting = node(), main()
    assert accepting.receive(joining.receive(challenge(accepting, joining))) is None
    assert accepting.session == joining.session
    assert accepting.index == 2
    assert accepting.session is not None
    assert len({*accepting.session, job_key(SECRET, JOB)}) == 3


def test_the_node_does_not_accept_a_main_node_with_a_different_secret() -> None:
    joining = node()
    with pytest.raises(Rejected, match="different secret"):
        joining.receive(challenge(main(b"something else"), joining))
    assert joining.session is None


def test_the_main_node_does_not_accept_a_proof_from_another_connection() -> None:
    joining, first, second = node(), main(), main(nonce=b"x" * 32)
    proof = joining.receive(challenge(first, joining))
    second.receive(joining.hello())
    with pytest.raises(Rejected, match="different secret"):
        second.receive(proof)


def test_the_main_nodes_own_proof_proves_nothing_when_sent_back() -> None:
    joining, accepting = node(), main()
    proof = challenge(accepting, joining).payload[32:]
    with pytest.raises(Rejected):
        accepting.receive(Frame(AUTH, 0, proof))
    assert accepting.session is None


@pytest.mark.parametrize(
    ("job", "index", "reason"),
    [
        (JOB._replace(id="job-2"), 2, "belongs to job job-2"),
        (JOB._replace(attempt=2), 2, "belongs to attempt 2"),
        (JOB._replace(nodes=5), 2, "expects 5 nodes"),
        (JOB, 4, "claims index 4"),
        (JOB, 0, "claims index 0"),
    ],
)
def test_a_node_of_something_else_is_rejected_with_the_reason(
    job: Job, index: int, reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        main().receive(node(job=job, index=index).hello())


@given(st.integers(0, 255), st.binary(max_size=1019))
def test_no_first_frame_of_a_stranger_gets_a_session(kind: int, payload: bytes) -> None:
    accepting = main()
    with pytest.raises(Rejected):
        accepting.receive(Frame(kind, 0, payload))
    assert accepting.session is None


FIELDS = st.lists(st.sampled_from([b"1", b"job-1", b"4", b"2", b"", b"-1", b"9" * 300, b"\xff"]))


@given(FIELDS, st.binary(max_size=64))
def test_no_forged_hello_gets_a_session_without_the_key(fields: list[bytes], proof: bytes) -> None:
    accepting = main()
    try:
        accepting.receive(Frame(HELLO, 0, b"\n".join(fields)))
    except Rejected:
        return
    with pytest.raises(Rejected):
        accepting.receive(Frame(AUTH, 0, proof))
    assert accepting.session is None


@given(st.integers(0, 255), st.binary(max_size=100))
def test_no_forged_challenge_is_answered(kind: int, payload: bytes) -> None:
    joining = node()
    with pytest.raises(Rejected):
        joining.receive(Frame(kind if kind != CHALLENGE else 0, 0, payload))
    with pytest.raises(Rejected):
        joining.receive(Frame(CHALLENGE, 0, payload))


def test_the_key_depends_on_secret_job_attempt_and_nodes() -> None:
    jobs = [JOB, JOB._replace(id="x"), JOB._replace(attempt=2), JOB._replace(nodes=5)]
    keys = {job_key(secret, job) for job in jobs for secret in (SECRET, b"")}
    assert len(keys) == 8
