"""A file that a command writes is there whole or as it was: killed half way, without room, through links and pipes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from invoking import invoked as run

from unisched.commands.whole_file import write_whole

SPEC = {"total": 10, "schedules": {"learning_rate": {"kind": "linear", "start": 1.0, "end": 0.0}}}
ARGUMENTS = ["--at", "5", "--total", "20", "--join", "value"]

# Ends the process by SIGKILL when the new text is written, and has not taken the place of the old.
DIES = """
import os, signal, sys
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
from unisched.cli import main
main(sys.argv[1:])
"""


def test_a_document_that_is_replanned_in_place_survives_the_death_of_the_command(tmp_path: Path) -> None:
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(SPEC))
    before = path.read_text()
    command = [sys.executable, "-c", DIES, "replan", str(path), *ARGUMENTS, "--output", str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -signal.SIGKILL
    assert path.read_text() == before
    assert run("replan", path, *ARGUMENTS, "--output", path).exit_code == 0
    assert json.loads(path.read_text())["total"] == 20


def test_what_fails_half_way_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(handle: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "schedule.json"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(path, "new")
    assert caught.value.filename == str(path)
    assert (path.read_text(), [each.name for each in tmp_path.iterdir()]) == ("old", ["schedule.json"])


def test_a_file_keeps_its_mode_and_a_new_one_has_the_usual(tmp_path: Path) -> None:
    path, usual = tmp_path / "schedule.json", tmp_path / "usual"
    usual.write_text("")
    write_whole(path, "new")
    assert path.stat().st_mode == usual.stat().st_mode
    path.chmod(0o640)
    write_whole(path, "newer")
    assert (stat.S_IMODE(path.stat().st_mode), path.read_text()) == (0o640, "newer")


def test_of_a_link_the_file_that_it_leads_to_is_replaced(tmp_path: Path) -> None:
    path, link = tmp_path / "folder" / "schedule.json", tmp_path / "link.json"
    path.parent.mkdir()
    link.symlink_to(path)
    for text in ("new", "newer"):
        write_whole(link, text)
        assert (link.is_symlink(), path.read_text()) == (True, text)


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        write_whole(pipe, "through")
        assert reader.communicate()[0] == "through"
    assert pipe.is_fifo()
