"""What a session leaves for the report of a test that has failed: its journal and captures of its sockets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator, List, Mapping

from .errors import RefusedError
from .journal import lines_of

if TYPE_CHECKING:
    from .session import Session


def section_of(session: "Session", directory: Callable[[], Path]) -> str:
    """
    The journal of a session as text. Writes the journal and the captures of its sockets to files.

    directory: gives the place for the files.

    Never raises: what fails is said in the text, so that it does not hide why the test has failed.
    """
    lines: List[str] = []
    try:
        for line in _lines(session, directory):
            lines.append(line)
    except Exception as error:
        lines.append(f"not complete: {type(error).__name__}: {error}")
    return "\n".join(lines)


def _lines(session: "Session", directory: Callable[[], Path]) -> Iterator[str]:
    entries = session.journal()
    yield from lines_of(entries)
    place = directory()
    journal = place / f"{session.id}.ndjson"
    journal.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    yield f"journal: {journal}"
    for socket_id in socket_ids(entries):
        capture = place / f"{socket_id}.pcapng"
        try:
            capture.write_bytes(_capture_of(session, socket_id))
        except RefusedError as refused:
            yield f"no capture of {socket_id}: {refused}"
        else:
            yield f"capture: {capture}"


def socket_ids(entries: List[Mapping[str, Any]]) -> List[str]:
    """The ids of the sockets of a journal, in the order of their first calls, those of closed ones too."""
    found = (entry.get(name) for entry in entries for name in ("socketId", "createdSocketId"))
    return list(dict.fromkeys(str(one) for one in found if one is not None))


def _capture_of(session: "Session", socket_id: str) -> bytes:
    body: bytes = session.rig.http.request("GET", f"/v1/sockets/{socket_id}/journal.pcapng").body
    return body
