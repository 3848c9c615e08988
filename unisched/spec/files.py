"""From a path to text: regular files of a sane size, in UTF-8. Nothing here can hang or read without bound."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from unisched.errors import SpecError, UnischedError, shorten
from unisched.spec.number import fault

__all__ = ["LARGEST", "check_size", "decode", "naming", "read_file"]

LARGEST: Final = 4 * 2**20
"""The most bytes a document may have."""

_SIGNATURES: Final = {
    b"\xff\xfe\x00\x00": "UTF-32", b"\x00\x00\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16",
}  # fmt: skip


def read_file(path: str) -> bytes:
    """Give the bytes of a regular file; raise `SpecError` where there is none, or too many bytes."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from None
    try:
        return _content(handle, path)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    finally:
        os.close(handle)


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Have what is wrong with the content of a file name the file."""
    try:
        yield
    except UnischedError as error:
        error.add_note(f"in {shorten(os.fsdecode(path))}")
        raise


def check_size(size: int) -> None:
    """Raise `SpecError` for a document of more than `LARGEST` bytes or characters."""
    if size > LARGEST:
        raise fault("input.too_large", f"the document has more than {LARGEST // 2**20} MiB",
                    "Use repeat, or fewer points.")  # fmt: skip


def decode(content: bytes, language: str) -> str:
    """Give UTF-8 `content` as text, without a byte order mark; `language` names the code of a failure."""
    code = f"{language}.encoding"
    other = next((name for mark, name in _SIGNATURES.items() if content.startswith(mark)), None)
    if other is None and b"\0" in content[:4]:
        other = "UTF-16 or UTF-32"
    if other is not None:
        raise fault(code, f"the text is in {other}", "Save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fault(code, f"byte {error.start} is not UTF-8", "Save the text as UTF-8.") from None


def _content(handle: int, path: str) -> bytes:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        is_folder = stat.S_ISDIR(status.st_mode)
        raise _unreadable(path, "it is a directory" if is_folder else "it is no regular file")
    check_size(status.st_size)
    content = b""
    while len(content) <= LARGEST and (more := os.read(handle, LARGEST + 1 - len(content))):
        content += more
    check_size(len(content))
    return content


def _unreadable(path: str, reason: str) -> SpecError:
    return fault("file.unreadable", f"{shorten(path)!r} cannot be read: {reason}",
                 "Give the path of a .json, .toml, .yaml or .yml file, or JSON text that starts with {.")  # fmt: skip
