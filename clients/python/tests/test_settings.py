"""Where the daemon is, and what lets a client in: arguments, environment, token file, TLS."""

import os
import ssl
import subprocess
import traceback

import pytest
from conftest import needs

import winsockd

VARIABLES = ("WINSOCKD_URL", "WINSOCKD_TOKEN", "WINSOCKD_CAFILE")


@pytest.fixture
def common(monkeypatch, tmp_path):
    """URL and token of the common daemon, which the environment no longer has."""
    found = {name: os.environ.get(name) for name in VARIABLES}
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return found["WINSOCKD_URL"], found["WINSOCKD_TOKEN"]


def test_url_and_token_of_the_environment():
    with winsockd.Rig() as rig:
        assert rig.settings.url == os.environ["WINSOCKD_URL"]
        assert rig.is_kept
        assert rig.session.id.startswith("ses_")


def test_arguments_win_over_the_environment(common, monkeypatch):
    url, token = common
    monkeypatch.setenv("WINSOCKD_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WINSOCKD_TOKEN", "wrong")
    with winsockd.Rig(url, token=token) as rig:
        assert rig.about["owner"]


def test_the_token_file_of_this_machine(common, tmp_path):
    url, token = common
    folder = tmp_path / "winsockd"
    folder.mkdir()
    (folder / "token").write_text(f"{token}\n")
    with winsockd.Rig(url) as rig:
        assert rig.session.id


def test_without_a_token_the_error_names_all_three_places(common, tmp_path):
    with pytest.raises(LookupError) as raised:
        winsockd.Rig(common[0])
    for part in ("argument", "WINSOCKD_TOKEN", str(tmp_path / "winsockd" / "token")):
        assert part in str(raised.value)


@pytest.mark.parametrize("transport", ["auto", "websocket", "http"])
def test_a_wrong_token_is_refused(common, transport):
    with pytest.raises(winsockd.RefusedPermissionError) as raised:
        winsockd.Rig(common[0], token="wrong", transport=transport)
    assert raised.value.name == "unauthorized"


def test_the_token_is_in_no_repr(common):
    url, token = common
    with winsockd.Rig(url, token=token) as rig:
        assert token not in f"{rig!r} {rig.settings!r} {rig.session!r}"


@pytest.mark.parametrize("transport", ["auto", "http"])
@pytest.mark.parametrize("end", ["\nX: y", " and more", "\u20acuro", "\x00", "\x7f"])
def test_a_token_that_could_end_its_header_field_is_refused_unprinted(common, transport, end):
    with pytest.raises(ValueError) as raised:
        winsockd.Rig(common[0], token=f"secret-of-a-test{end}", transport=transport)
    assert "secret-of-a-test" not in "".join(traceback.format_exception(None, raised.value, None))


def test_white_space_around_the_token_is_removed(common):
    url, token = common
    with winsockd.Rig(url, token=f" {token}\r\n") as rig:
        assert rig.settings.token == token


@pytest.mark.parametrize("text, error", [(b"", LookupError), (b" \n", LookupError), (b"secret-\xff", ValueError)])
def test_a_token_file_without_a_token(common, tmp_path, text, error):
    (tmp_path / "winsockd").mkdir()
    (tmp_path / "winsockd" / "token").write_bytes(text)
    with pytest.raises(error) as raised:
        winsockd.Rig(common[0])
    assert str(tmp_path) in str(raised.value) and "secret" not in str(raised.value)


def test_the_place_of_the_token_file(monkeypatch):
    from winsockd.settings import token_file

    home = os.path.expanduser("~")
    monkeypatch.setenv("LOCALAPPDATA", "local")
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setattr("sys.platform", "linux")
    assert token_file() == os.path.join("state", "winsockd", "token")
    monkeypatch.setattr("sys.platform", "win32")
    assert token_file() == os.path.join("local", "winsockd", "token")
    monkeypatch.delenv("LOCALAPPDATA")
    assert token_file() == os.path.join(f"{home}/AppData/Local", "winsockd", "token")


@pytest.mark.parametrize("user", ["user:secret@", ":secret@", "secret@", "@"])
@pytest.mark.parametrize("rest", ["127.0.0.1:10093", "127.0.0.1:abc", "192.0.2.1", "127.0.0.1/v1", "[::1"])
def test_user_information_of_a_url_is_refused_unprinted(common, user, rest):
    with pytest.raises(ValueError, match="URL") as raised:
        winsockd.Rig(f"http://{user}{rest}", token="never-sent")
    assert "secret" not in "".join(traceback.format_exception(None, raised.value, None))


@pytest.mark.parametrize("port", ["abc", "65536", "-1", "0"])
def test_a_port_that_is_none_is_refused_by_the_settings(port):
    from winsockd.settings import settings

    with pytest.raises(ValueError, match="URL"):
        settings(f"http://127.0.0.1:{port}", token="never-sent")


@pytest.mark.parametrize("url", ["http://192.0.2.1:10093", "http://winsockd.example", "http://[2001:db8::1]:10093"])
def test_a_url_without_tls_to_another_machine_is_refused(url):
    with pytest.raises(ValueError, match="insecure=True"):
        winsockd.Rig(url, token="never-sent")


def test_insecure_allows_it():
    from winsockd.settings import settings

    assert settings("http://192.0.2.1:10093", "token", insecure=True).address == ("192.0.2.1", 10093)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:10093", "ftp://127.0.0.1", "http://", "http://127.0.0.1/v1", "http://a@127.0.0.1"]
)
def test_what_is_no_url_of_a_daemon_is_refused(common, url):
    with pytest.raises(ValueError, match="URL"):
        winsockd.Rig(url, token="never-sent")


@pytest.mark.parametrize(
    "transport, error", [("auto", ConnectionRefusedError), ("http", winsockd.RigLostError)], ids=["auto", "http"]
)
def test_nobody_listens(common, transport, error):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        with pytest.raises(error):
            winsockd.Rig(f"http://127.0.0.1:{taken.getsockname()[1]}", token="x", transport=transport)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Makes a certificate of a name, signed by itself: the paths of certificate and key."""
    needs("openssl")
    folder = tmp_path_factory.mktemp("tls")

    def make(name):
        cert, key = folder / f"{name}.pem", folder / f"{name}.key"
        names = {"localhost": "IP:127.0.0.1,DNS:localhost"}.get(name, f"DNS:{name}")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            + ["-days", "1", "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}"]
            + ["-keyout", str(key), "-out", str(cert)],
            check=True,
            stderr=subprocess.DEVNULL,
            timeout=30,
        )
        key.chmod(0o600)
        return str(cert), str(key)

    return make


@pytest.fixture(scope="module")
def tls(start_daemon, certificate):
    """A daemon with a certificate, the file of that, and one with another certificate."""
    cert, key = certificate("localhost")
    other, _ = certificate("winsockd.example")
    daemon = start_daemon(WINSOCKD_TLS_CERT_FILE=cert, WINSOCKD_TLS_KEY_FILE=key)
    assert daemon.url.startswith("https:")
    return daemon, cert, other


@pytest.mark.parametrize("transport", ["websocket", "http"])
def test_a_daemon_with_a_certificate_of_its_own(common, tls, monkeypatch, transport):
    daemon, cert, other = tls

    def speak(**settings):
        with winsockd.Rig(daemon.url, token=daemon.token, transport=transport, **settings) as rig:
            with rig.create_server(("127.0.0.1", 0)) as listener:
                with rig.create_connection(listener.getsockname()) as client:
                    client.sendall(b"by TLS")
                    peer, _ = listener.accept()
                    with peer:
                        return peer.recv(100)

    assert speak(cafile=cert) == b"by TLS"
    monkeypatch.setenv("WINSOCKD_CAFILE", cert)
    assert speak() == b"by TLS"
    monkeypatch.delenv("WINSOCKD_CAFILE")
    for wrong in ({}, {"cafile": other}):
        with pytest.raises(OSError) as raised:
            speak(**wrong)
        assert is_refused_certificate(raised.value)


def test_a_certificate_of_another_name_is_refused(common, start_daemon, certificate):
    cert, key = certificate("winsockd.example")
    daemon = start_daemon(WINSOCKD_TLS_CERT_FILE=cert, WINSOCKD_TLS_KEY_FILE=key)
    with pytest.raises(OSError) as raised:
        winsockd.Rig(daemon.url, token=daemon.token, cafile=cert)
    assert is_refused_certificate(raised.value)


def is_refused_certificate(error):
    """Whether the verification of a certificate is the cause of an error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__
    return False
