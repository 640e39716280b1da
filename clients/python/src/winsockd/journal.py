"""Journals: what the daemon has recorded about a session or a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping

if TYPE_CHECKING:
    from .rig import Rig

#: Entries in one answer.
_PAGE = 1000


def entries_of(rig: "Rig", operation: str, **owner: str) -> List[Mapping[str, Any]]:
    """All entries of a journal, the oldest first."""
    entries: List[Mapping[str, Any]] = []
    after = 0
    while True:
        page = rig.call(operation, after=after, limit=_PAGE, **owner)
        entries += page["entries"]
        if not page["entries"]:
            return entries
        after = page["nextAfter"]


def lines_of(entries: List[Mapping[str, Any]]) -> List[str]:
    """Journal entries as lines for a reader: time, socket, call, outcome."""
    return [_line(entry) for entry in entries]


def _line(entry: Mapping[str, Any]) -> str:
    socket_id = str(entry.get("socketId", ""))
    about = [str(entry["time"])[11:23], socket_id[-6:].rjust(6), str(entry["operation"])]
    for name in ("bytesSent", "bytesReceived"):
        if name in entry:
            about.append(f"{entry[name]} bytes")
    if entry.get("eof"):
        about.append("end")
    if entry["outcome"] != "ok":
        about.append(f"{entry['outcome']}: {entry.get('name') or entry.get('refusal')}")
    if entry.get("faults"):
        about.append(f"by fault {', '.join(entry['faults'])}")
    if entry.get("undelivered"):
        about.append("undelivered")
    return "  ".join(about)
