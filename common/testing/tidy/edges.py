"""Which room may include which: common/docs/architecture.md, "Rooms, and who may use whom"."""

import re

from source import Finding

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)

BELOW = {
    "base": [],
    "checker": ["base"],
    "sim": ["base", "checker", "env"],
    "env": ["base"],
    "store": ["base", "env"],
    "shell": ["base", "env", "store"],
    "workload": ["base", "env", "store"],
    "testing": ["base", "env", "store"],
}
# Folders of a week that hold no part of its library, and may use the room `testing`.
PROVING = ("tests", "bench", "fuzz", "mutants")
# A room of such an ending holds what several programs share: verbs of shells, or options.
OF_PROGRAMS = ("_verbs", "_programs")
# A room of this ending puts the library of its week into a simulated world.
OF_WORLDS = "_world"


def week_of(path):
    match = re.match(r"week(\d\d)-[^/]+/", path)
    return int(match.group(1)) if match else None


def room_of(path):
    """The room whose include root a file lies in: common/env/x.h -> env."""
    parts = path.split("/")
    if parts[0] == "common" or week_of(path):
        return parts[1] if len(parts) > 2 else None
    return None


def week_rooms(tree):
    """The rooms of each week: {"wal": 1, ...}."""
    return {room_of(s.path): week_of(s.path) for s in tree.cpp
            if week_of(s.path) and room_of(s.path) not in (None, *PROVING)}


def allowed_in_common(path):
    room = room_of(path)
    allowed = {room, *BELOW.get(room, [])}
    if "/tests/" in path:
        allowed |= {"testing", *BELOW["testing"]}
    return allowed


def allowed_in_week(path, rooms):
    week = week_of(path)
    allowed = {room for room, of in rooms.items() if of <= week} | {"base", "env", "store"}
    room = room_of(path)
    if room not in rooms:  # its programs and its proofs
        allowed |= {"shell", "workload", "checker", "sim"}
    elif room.endswith(OF_PROGRAMS):
        allowed.add("shell")
    elif room.endswith(OF_WORLDS):
        allowed |= {"checker", "sim"}
    else:
        allowed = {other for other in allowed if not other.endswith((*OF_PROGRAMS, OF_WORLDS))}
    if room_of(path) in PROVING:
        allowed.add("testing")
    return allowed


def check_edges(tree):
    rooms = week_rooms(tree)
    for source in tree.cpp:
        if source.path.startswith("common/cmake/"):
            continue  # the consumer: it stands outside, as another project would
        in_week = week_of(source.path)
        allowed = allowed_in_week(source.path, rooms) if in_week else allowed_in_common(source.path)
        for match in INCLUDE.finditer(source.text):
            target = match.group(1)
            if "/" not in target:
                continue  # beside it
            room = target.split("/")[0]
            if room not in BELOW and room not in rooms:
                advice = f'there is no room "{room}"; name the header by its room'
            elif room not in allowed:
                advice = (f'this file may not use the room "{room}"; '
                          "see common/docs/architecture.md")
            else:
                continue
            yield Finding(source.path, source.line_of(match.start()), "include-edge", advice)
