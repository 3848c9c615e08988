"""What the frameworks themselves warn of, in their own files."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    # Keras reads its variables by numpy's protocol of old.
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation doesn't accept:DeprecationWarning")
