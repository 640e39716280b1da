"""Journals, and the captures that are made from them."""

import subprocess

from conftest import needs

import winsockd
from winsockd.journal import lines_of


def test_a_journal_has_the_calls_with_their_outcomes(rig, pair):
    client, server = pair
    client.sendall(b"hello")
    assert server.recv(100) == b"hello"
    client.send_disconnect()
    try:
        client.send(b"late")
    except OSError:
        pass
    entries = client.journal()
    assert [entry["operation"] for entry in entries] == ["socket", "connect", "send", "sendDisconnect", "send"]
    assert [entry["outcome"] for entry in entries] == ["ok", "ok", "ok", "ok", "failed"]
    assert entries[2]["bytesSent"] == 5 and entries[4]["name"] == "WSAESHUTDOWN"
    lines = lines_of(entries)
    assert "5 bytes" in lines[2] and "failed: WSAESHUTDOWN" in lines[4]


def test_a_journal_of_more_entries_than_one_answer_has(start_daemon):
    daemon = start_daemon(WINSOCKD_LIMITS_JOURNAL_ENTRIES="3000")
    with winsockd.Rig(daemon.url, token=daemon.token) as own, own.socket() as one:
        batch = own.batch()
        batch.add("getSockOpt", socketId=one, level="SOL_SOCKET", name="SO_TYPE", repeat=2500)
        batch.run()
        for entries in (one.journal(), own.session.journal()):
            assert [entry["operation"] for entry in entries].count("getSockOpt") == 2500
            sequences = [entry["sequence"] for entry in entries]
            assert sequences == sorted(set(sequences))


def test_tshark_reads_a_capture(rig, tmp_path):
    needs("tshark")
    file = tmp_path / "capture.pcapng"
    with rig.begin_session(capture=1000) as session, session.create_server(("127.0.0.1", 0)) as listener:
        client = session.create_connection(listener.getsockname())
        server, _ = listener.accept()
        client.sendall(b"GET /page HTTP/1.0\r\n\r\n")
        assert server.recv(100)
        client.send_disconnect()
        assert server.recv(100) == b""
        server.close()
        assert client.recv(100) == b""
        file.write_bytes(client.capture())
        port = listener.getsockname()[1]
        client.close()
    shown = subprocess.run(
        ["tshark", "-r", str(file), "-d", f"tcp.port=={port},http", "-T", "fields"]
        + ["-e", "tcp.flags.str", "-e", "http.request.uri"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert "/page" in shown
    flags = "".join(line.split("\t")[0] for line in shown.splitlines())
    assert "S" in flags and flags.count("F") == 2
