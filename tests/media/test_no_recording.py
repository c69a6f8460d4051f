"""No recording of media, by construction: the relay can neither open nor write a file, and works.

Its limits are lowered while it runs (RLIMIT_NOFILE, RLIMIT_FSIZE: getrlimit(2)), so that the
kernel would refuse what no reading of the code could rule out. Sound and picture pass through the
relay alone: the server never has them.
"""

from __future__ import annotations

import ast
import os
import re
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.messages import COMMANDS
from tests.media.robots import Desk, running, until

pytestmark = pytest.mark.requirement("T2", "T1")

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("media", "signaling", "auth", "visiojury")
ROBOTS = Path("visiojury/rehearsal")
"""They make test tones and pictures, and read what comes back, to prove an installation."""
DECODERS = {"av", "wave", "cv2", "aiortc.contrib"}
OPENS = {"open", "os.open", "io.open", "os.fdopen", "os.memfd_create", "mmap.mmap"}
KERNEL_SETTINGS = {"_AUTOGROUP.write_text"}
"""No file of a disk: the priority that the relay asks of the scheduler (sched(7))."""
WRITES = {"write_bytes", "write_text", "mkstemp", "NamedTemporaryFile", "TemporaryFile"}
RECORDERS = re.compile(
    r"\b(?:MediaRecorder|ImageCapture|captureStream|MediaStreamTrackProcessor|showSaveFilePicker)\b"
)
WRITABLE = os.O_WRONLY | os.O_RDWR
LOG = {1, 2}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running() as made:
        yield made


def descriptors(pid: int) -> dict[int, str]:
    """Return what each descriptor of a process stands for."""
    folder = Path(f"/proc/{pid}/fd")
    return {int(entry.name): str(entry.readlink()) for entry in folder.iterdir()}


def is_writable(pid: int, number: int) -> bool:
    said = Path(f"/proc/{pid}/fdinfo/{number}").read_text("ascii")
    return bool(int(said.split("flags:")[1].split()[0], 8) & WRITABLE)


def lock_down(pid: int) -> None:
    """Take from a process every further descriptor, and every byte of every file."""
    taken = descriptors(pid)
    first_free = next(number for number in range(len(taken) + 1) if number not in taken)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (first_free, first_free))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))


def shared_writable_maps(pid: int) -> list[str]:
    """Return the memory of a process that is a file's, and that it may change."""
    lines = Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines()
    rights = {line: line.split()[1] for line in lines if "/" in line}
    return [line for line, right in rights.items() if right[1] == "w" and right[3] == "s"]


async def test_a_relay_that_can_neither_open_nor_write_a_file_relays_all_the_same(
    desk: Desk,
) -> None:
    pid = desk.relay.ready.pid
    anna, bert = desk.robot("anna", tone_hz=500), desk.robot("bert", tone_hz=900)
    await anna.join(desk.relay)
    await until(lambda: anna.connection.connectionState == "connected")  # Its modules are loaded.
    lock_down(pid)
    before = descriptors(pid)
    await bert.join(desk.relay)
    both = (anna, bert)
    await until(lambda: all(robot.frames("audio") > 50 for robot in both))
    await until(lambda: all(robot.frames("video") > 15 for robot in both))
    assert descriptors(pid) == before
    files = {number: path for number, path in before.items() if path.startswith("/")}
    of_ours = [number for number in files if number not in LOG and files[number] != os.devnull]
    assert [files[number] for number in of_ours if is_writable(pid, number)] == []
    assert shared_writable_maps(pid) == []


# --- nothing offers it ----------------------------------------------------------------------------


def sources(*folders: str) -> dict[str, ast.Module]:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in paths
        if not path.relative_to(ROOT).is_relative_to(ROBOTS)
    }


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def called(tree: ast.Module) -> set[str]:
    """Return what a module calls: plain names, and attributes with and without their owner."""
    found = set()
    for function in (node.func for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if ast.unparse(function) in KERNEL_SETTINGS:
            continue
        if isinstance(function, ast.Attribute):
            found |= {f".{function.attr}", ast.unparse(function)}
        elif isinstance(function, ast.Name):
            found.add(function.id)
    return found


def test_no_module_can_decode_or_encode_media() -> None:
    able = {
        name: found
        for name, tree in sources(*PRODUCT).items()
        if (
            found := {
                module
                for module in imported(tree)
                if any(module == one or module.startswith(one + ".") for one in DECODERS)
            }
        )
    }
    assert able == {}


def test_nothing_of_the_relay_writes_a_file() -> None:
    trees = sources("media")
    assert len(trees) > 20
    able = {*OPENS, *WRITES, *(f".{name}" for name in WRITES)}
    assert {name: hit for name, tree in trees.items() if (hit := called(tree) & able)} == {}


def test_no_page_records_what_it_shows() -> None:
    scripts = list((ROOT / "signaling" / "web").rglob("*.js"))
    assert scripts
    assert [p.name for p in scripts if RECORDERS.search(p.read_text("utf-8"))] == []


def test_the_relay_knows_no_command_to_record() -> None:
    schema = COMMANDS.json_schema()
    assert set(schema["discriminator"]["mapping"]) == {
        "join",
        "restart",
        "set_groups",
        "switch",
        "mute",
        "share",
        "testify",
        "view",
        "leave",
        "close_room",
    }
    assert not re.search(r"record|file|path|disk|store", str(schema).lower())
