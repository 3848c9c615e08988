"""What would leave this machine is caught: by a listener that stands for every proxy, and where Python connects."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, Self

import pytest

__all__ = ["Listener", "only_this_machine"]


class Listener:
    """Takes every connection, keeps the first bytes of it, and hangs up."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._heard: list[bytes] = []
        self._lock = Lock()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def taken(self) -> list[bytes]:
        """Give what was heard since the last call."""
        with self._lock:
            heard, self._heard = self._heard, []
        return heard

    def _listen(self) -> None:
        with suppress(OSError):  # closed at the end
            while True:
                connection, _ = self._socket.accept()
                with connection:
                    connection.settimeout(5)
                    with suppress(OSError), self._lock:
                        self._heard.append(connection.recv(200))


def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process refuse to connect to any other machine, by address or by name."""
    connect = socket.socket.connect

    def guarded(opened: socket.socket, address: Any) -> None:
        assert opened.family == socket.AF_UNIX or ipaddress.ip_address(address[0]).is_loopback, address
        connect(opened, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
