"""Keras's numpy engine imports jax, so it is here, where both are installed, that it is seen to be refused."""

from __future__ import annotations

import os
import subprocess
import sys


def test_an_engine_that_cannot_train_is_refused() -> None:
    done = subprocess.run([sys.executable, "-c", "import unisched_keras"], capture_output=True, text=True, check=False,
                          env=os.environ | {"KERAS_BACKEND": "numpy"})  # fmt: skip
    assert "Keras runs on 'numpy', which cannot train. Set KERAS_BACKEND to jax, tensorflow or torch." in done.stderr
