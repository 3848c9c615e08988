"""Text into a file, all of it or none: whoever is killed half way, or runs out of space, keeps the file there was.

Knows no documents.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` to `path` in UTF-8; raise `OSError` where the system refuses, and leave what stands there.

    What is no regular file, such as a pipe, is written to as it is.
    """
    given = Path(path)
    if given.exists() and not given.is_file():
        given.write_text(text, encoding="utf-8")
        return
    target = Path(os.path.realpath(path))  # of a link, the file that it leads to is replaced
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with unfinished.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(unfinished, target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
