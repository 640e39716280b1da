"""Batches: calls by one request, which use the results of earlier ones."""

import pytest
from conftest import Thread, ids_of, wait_until

import winsockd

ANYWHERE = {"family": "AF_INET", "address": "127.0.0.1", "port": 0}


def test_steps_use_the_results_of_earlier_ones(rig, session):
    batch = rig.batch()
    listener = batch.add("socket", sessionId=session, family="AF_INET", type="SOCK_STREAM")
    bound = batch.add("bind", socketId=listener["socketId"], address=ANYWHERE)
    batch.add("listen", socketId=listener["socketId"])
    client = batch.add("socket", sessionId=session, family="AF_INET", type="SOCK_STREAM")
    early = batch.add("send", socketId=client["socketId"], data={"text": "early"}, expect_error="WSAENOTCONN")
    batch.add("connect", socketId=client["socketId"], address=bound.at("/localAddress"))
    sent = batch.add("send", socketId=client["socketId"], data={"text": "x"}, expect={"/bytesSent": 1}, repeat=3)
    accepted = batch.add("accept", socketId=listener["socketId"])
    received = batch.add("recv", socketId=accepted["socketId"])
    assert batch.run() is batch
    assert batch.outcome == "completed"
    assert [step.outcome for step in batch.steps] == ["ok"] * 4 + ["expected"] + ["ok"] * 4
    assert isinstance(early.error, winsockd.WinsockError) and early.error.name == "WSAENOTCONN"
    assert sent.answer["runs"] == 3
    assert received["bytesReceived"] >= 1
    assert listener["socketId"].startswith("sck_")


def test_a_socket_stands_for_its_id(rig, session):
    with session.socket() as one:
        batch = rig.batch()
        found = batch.add("getSocket", socketId=one)
        assert batch.run().steps == [found]
        assert found["socketId"] == one.id


def test_the_failure_of_a_step_is_raised(rig, session):
    with session.socket() as one:
        batch = rig.batch()
        batch.add("send", socketId=one, data={"text": "x"})
        skipped = batch.add("getSocket", socketId=one)
        with pytest.raises(winsockd.WinsockError) as raised:
            batch.run()
        assert (raised.value.name, raised.value.problem["operation"]) == ("WSAENOTCONN", "send")
        assert (batch.outcome, skipped.outcome) == ("failed", "skipped")
        with pytest.raises(LookupError):
            skipped.result


def test_without_check_the_steps_tell_all(rig, session):
    with session.socket() as one:
        batch = rig.batch("continue")
        failed = batch.add("send", socketId=one, data={"text": "x"})
        went_on = batch.add("getSocket", socketId=one)
        batch.run(check=False)
        assert [failed.outcome, went_on.outcome, batch.outcome] == ["failed", "ok", "failed"]
        with pytest.raises(winsockd.WinsockError):
            failed.result


def test_a_call_that_should_fail_and_does_not(rig, session):
    batch = rig.batch()
    batch.add("getSession", sessionId=session, expect_error="WSAENOTCONN")
    with pytest.raises(AssertionError, match="getSession has not failed"):
        batch.run()


def test_a_result_that_is_not_as_expected(rig, session):
    batch = rig.batch()
    batch.add("getSession", sessionId=session, expect={"/version": "1.0"})
    with pytest.raises(AssertionError, match="/version"):
        batch.run()


def test_cleanup_ends_what_the_batch_made(rig, session):
    before = ids_of(rig)
    batch = rig.batch("cleanup")
    made = batch.add("startup")
    batch.add("socket", sessionId=made["sessionId"], family="AF_INET", type="SOCK_STREAM")
    batch.add("getSocket", socketId="sck_of-nobody")
    with pytest.raises(winsockd.WinsockError) as raised:
        batch.run()
    assert raised.value.name == "WSAENOTSOCK"
    assert made["sessionId"] not in before and ids_of(rig) == before


def test_the_time_of_a_batch(rig, session):
    with session.create_server(("127.0.0.1", 0)) as listener:
        batch = rig.batch(timeout=0.2)
        accepting = batch.add("accept", socketId=listener)
        with pytest.raises(winsockd.WinsockError) as raised:
            batch.run()
        assert raised.value.name == "WSA_OPERATION_ABORTED"
        assert (batch.outcome, accepting.outcome) == ("cancelled", "cancelled")


def test_a_call_beside_it_whose_failure_nobody_needs(rig, session, pair):
    one, other = pair
    batch = rig.batch()
    batch.add("recv", socketId=one)
    running = Thread(batch.run)
    wait_until(lambda: session.info()["pendingCalls"] == 1)
    rig.discard_call("close", socketId="sck_of-nobody")
    other.sendall(b"x")
    assert running.result().outcome == "completed"


def test_a_document_that_the_daemon_refuses(rig):
    batch = rig.batch()
    batch.add("noSuchOperation")
    with pytest.raises(winsockd.RefusedError) as raised:
        batch.run()
    assert raised.value.name == "validation"
