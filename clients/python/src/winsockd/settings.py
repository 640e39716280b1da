"""Where the daemon is, and what a client needs to be let in."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import sys
from dataclasses import dataclass, field
from typing import Optional, Tuple
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:10093"

#: Visible ASCII without spaces. Anything else could end the header field that a token stands in.
_TOKEN = re.compile(r"[\x21-\x7e]+")


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

    White space around the token is removed. Messages of errors hold neither it nor user information of a URL.

    Raises ValueError if the URL is none, or needs `insecure`, or if the token has other characters than visible
    ASCII; LookupError if there is no token.
    """
    chosen = url or os.environ.get("WINSOCKD_URL") or DEFAULT_URL
    checked = _checked(chosen, insecure)
    return Settings(
        checked,
        _checked_token(token or os.environ.get("WINSOCKD_TOKEN") or _token_of_this_machine()),
        cafile or os.environ.get("WINSOCKD_CAFILE") or None,
    )


def _checked_token(token: str) -> str:
    found = token.strip()
    if _TOKEN.fullmatch(found) is None:
        raise ValueError("the token has other characters than visible ASCII without spaces, or none")
    return found


def _checked(url: str, insecure: bool) -> str:
    if "@" in url:  # before anything names the URL: what stands there may be a password
        raise ValueError("the URL of a daemon has a scheme, a host and a port only, no user information")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is not a URL such as {DEFAULT_URL}: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[^\x21-\x7e]", parts.netloc):
        raise ValueError(f"{url!r} is not a URL such as {DEFAULT_URL}")
    if port == 0:
        raise ValueError(f"the port of a URL is from 1 to 65535, not as in {url!r}")
    if parts.path.strip("/") or parts.query or parts.fragment:
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
    variable, default = "XDG_STATE_HOME", "~/.local/state"
    if sys.platform == "win32":
        variable, default = "LOCALAPPDATA", "~/AppData/Local"
    return os.path.join(os.environ.get(variable) or os.path.expanduser(default), "winsockd", "token")


def _token_of_this_machine() -> str:
    path = token_file()
    try:
        with open(path, encoding="ascii") as file:
            found = file.read().strip()
    except OSError as error:
        raise LookupError(f"no token: neither an argument, nor WINSOCKD_TOKEN, nor {path} ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError(f"the token in {path} has other characters than visible ASCII") from None
    if not found:
        raise LookupError(f"no token: neither an argument, nor WINSOCKD_TOKEN, and {path} is empty")
    return found
