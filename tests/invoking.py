"""The command in this process: what it wrote and how it ended. It ends by itself, and never falls over."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner, Result

from unisched.cli import main


def invoked(*arguments: object, **more: Any) -> Result:
    """What comes of these arguments; `more` is for click's runner, such as `input`."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result
