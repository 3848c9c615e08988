"""Every training on the engine that KERAS_BACKEND names, in one process: importing an engine takes longer than all.

Writes to the file named first a JSON object: by training, {"gave": ...} or {"failed": the traceback}.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from workers import keras_callback, keras_feedback, keras_fit, keras_optimizer, keras_saving

__all__: list[str] = []


def outcome(training: Callable[[], Any]) -> dict[str, Any]:
    keras.utils.set_random_seed(0)
    try:
        return {"gave": training()}
    except Exception:
        return {"failed": traceback.format_exc()}


def main() -> None:
    modules = (keras_fit, keras_callback, keras_saving, keras_optimizer, keras_feedback)
    found = {name: outcome(training) for module in modules for name, training in module.TRAININGS.items()}
    Path(sys.argv[1]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
