"""What `ssl.SSLSocket` says of its connection."""

from __future__ import annotations

import ssl
from typing import Any, List, Optional, Tuple

from ._steps import TLSSteps


class TLSFacts(TLSSteps):
    """Context, session, certificates and what both ends have agreed on."""

    @property
    def context(self) -> ssl.SSLContext:
        """The context of the program, or the one that its callback for SNI has set."""
        return self._context if self._sslobj is None else self._sslobj.context

    @context.setter
    def context(self, context: ssl.SSLContext) -> None:
        self._context = context
        if self._sslobj is not None:
            self._sslobj.context = context

    @property
    def session(self) -> Optional[ssl.SSLSession]:
        """The session of TLS."""
        return None if self._sslobj is None else self._sslobj.session

    @session.setter
    def session(self, session: Optional[ssl.SSLSession]) -> None:
        self._session = session
        if self._sslobj is not None:
            self._sslobj.session = session

    @property
    def session_reused(self) -> Optional[bool]:
        """Whether the session of TLS was used before."""
        return None if self._sslobj is None else self._sslobj.session_reused

    def _established(self) -> ssl.SSLObject:
        if self._sslobj is None:
            self.getpeername()  # says that there is no connection
            raise ValueError(f"No SSL wrapper around {self!r}")
        return self._sslobj

    def getpeercert(self, binary_form: bool = False) -> Any:
        """The certificate of the peer."""
        return self._established().getpeercert(binary_form)

    def get_verified_chain(self) -> Any:
        """The verified chain of the peer, from Python 3.13 on."""
        return self._established().get_verified_chain()  # type: ignore[attr-defined]

    def get_unverified_chain(self) -> Any:
        """The chain that the peer sent, from Python 3.13 on."""
        return self._established().get_unverified_chain()  # type: ignore[attr-defined]

    def selected_npn_protocol(self) -> Optional[str]:
        """None: the extension has been replaced."""
        return None

    def selected_alpn_protocol(self) -> Optional[str]:
        """The protocol of the application that both have agreed on."""
        return None if self._sslobj is None else self._sslobj.selected_alpn_protocol()

    def cipher(self) -> Optional[Tuple[str, str, int]]:
        """Name, version of the protocol, and bits of the cipher."""
        return None if self._sslobj is None else self._sslobj.cipher()

    def shared_ciphers(self) -> Optional[List[Tuple[str, str, int]]]:
        """The ciphers that both have."""
        return None if self._sslobj is None else self._sslobj.shared_ciphers()

    def compression(self) -> Optional[str]:
        """The compression in use."""
        return None if self._sslobj is None else self._sslobj.compression()

    def pending(self) -> int:
        """How many decrypted bytes can be read at once."""
        return 0 if self._sslobj is None else self._sslobj.pending()

    def version(self) -> Optional[str]:
        """The version of TLS."""
        return None if self._sslobj is None else self._sslobj.version()

    def get_channel_binding(self, cb_type: str = "tls-unique") -> Optional[bytes]:
        """Bytes that only this connection has."""
        return None if self._sslobj is None else self._sslobj.get_channel_binding(cb_type)

    def verify_client_post_handshake(self) -> None:
        """Asks the client for its certificate, on a server with TLS 1.3."""
        self._established().verify_client_post_handshake()
