"""Where the daemon is, and what a client needs to be let in."""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass, field
from typing import Optional, Tuple
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:10093"


@dataclass(frozen=True)
class Settings:
    """The address of a daemon and the token for it."""

    url: str
    token: str = field(repr=False)
    #: A PEM file with a certificate that is trusted beside those of this machine.
    cafile: Optional[str] = None

    @property
    def is_tls(self) -> bool:
        """Whether the daemon is reached by https."""
        return urlsplit(self.url).scheme == "https"

    @property
    def address(self) -> Tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if self.is_tls else 80)

    @property
    def host_field(self) -> str:
        """The value of the header field Host."""
        return urlsplit(self.url).netloc

    def tls_context(self) -> ssl.SSLContext:
        """The context of the connections to the daemon. Nothing turns its verification off."""
        context = ssl.create_default_context()
        if self.cafile is not None:
            context.load_verify_locations(self.cafile)
        return context


def settings(
    url: Optional[str] = None,
    token: Optional[str] = None,
    cafile: Optional[str] = None,
    insecure: bool = False,
) -> Settings:
    """
    Takes each setting from the arguments, then from the environment (`WINSOCKD_URL`, `WINSOCKD_TOKEN`,
    `WINSOCKD_CAFILE`), the token at last from the token file of this machine.

    insecure: allows a URL without TLS to another machine. Then everybody on the way can read the token.

    Raises ValueError if the URL is none, or needs `insecure`; LookupError if there is no token.
    """
    chosen = url or os.environ.get("WINSOCKD_URL") or DEFAULT_URL
    checked = _checked(chosen, insecure)
    return Settings(
        checked,
        token or os.environ.get("WINSOCKD_TOKEN") or _token_of_this_machine(),
        cafile or os.environ.get("WINSOCKD_CAFILE") or None,
    )


def _checked(url: str, insecure: bool) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not a URL such as {DEFAULT_URL}")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError(f"the URL of a daemon has a scheme, a host and a port only, not {url!r}")
    if parts.scheme == "http" and not insecure and not _is_loopback(parts.hostname):
        raise ValueError(f"{url!r} has no TLS, so that others can read the token: use https, or insecure=True")
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token_file() -> str:
    """The path of the file in which a daemon of this user keeps its token."""
    state = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME")
    return os.path.join(state or os.path.expanduser("~/.local/state"), "winsockd", "token")


def _token_of_this_machine() -> str:
    path = token_file()
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except OSError as error:
        raise LookupError(f"no token: neither an argument, nor WINSOCKD_TOKEN, nor {path} ({error.strerror})") from None
