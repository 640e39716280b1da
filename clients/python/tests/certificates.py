"""Certificates for tests of TLS, made by the program openssl."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import LIMIT_SECONDS, needs


class Certificates:
    """
    A CA in `ca.pem`, a certificate of it for localhost and 127.0.0.1 in `server.pem`, one for a client in
    `client.pem`, and in `other-ca.pem` a CA that signed none of them. The files have their keys, too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._make_ca("ca")
        self._make_ca("other-ca")
        self._make("server", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self._make("client", "extendedKeyUsage=clientAuth")

    def path(self, name: str) -> str:
        """The file of a certificate."""
        return str(self.folder / f"{name}.pem")

    def client_context(self, **options: Any) -> ssl.SSLContext:
        """The default context of a client, with verification, that trusts `ca`."""
        return ssl.create_default_context(cafile=self.path("ca"), **options)

    def server_context(self) -> ssl.SSLContext:
        """The context of a server with the certificate `server`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server"))
        return context

    def _make_ca(self, name: str) -> None:
        self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        )
        self._join(name)

    def _make(self, name: str, extension: str) -> None:
        (self.folder / f"{name}.ext").write_text(
            f"basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\n{extension}\n"
        )
        self._openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr"),
        )
        self._openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt"),
        )
        self._join(name)

    def _join(self, name: str) -> None:
        parts = (self.folder / f"{name}.{kind}" for kind in ("crt", "key"))
        (self.folder / f"{name}.pem").write_text("".join(part.read_text() for part in parts))

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=LIMIT_SECONDS)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates of one run."""
    needs("openssl")
    return Certificates(tmp_path_factory.mktemp("certificates"))
