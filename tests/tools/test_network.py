"""The guard of this folder's tests hears what it is there to hear."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from urllib.error import URLError

import pytest
from network import Listener

ASK = "import urllib.request; urllib.request.urlopen('http://elsewhere.invalid/')"


def test_what_asks_for_another_machine_is_heard(listener: Listener) -> None:
    with pytest.raises((URLError, OSError)):
        urllib.request.urlopen("http://elsewhere.invalid/", timeout=5)
    assert subprocess.run([sys.executable, "-c", ASK], capture_output=True, check=False).returncode == 1
    assert [heard.split()[1] for heard in listener.taken()] == 2 * [b"http://elsewhere.invalid/"]


def test_what_connects_by_address_is_refused() -> None:
    with socket.socket() as opened, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        opened.connect(("192.0.2.1", 80))
