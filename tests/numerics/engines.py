"""The processes of a report: which modules each runs, and under which variables. No framework is imported here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Final

from numerics.mode import Mode

__all__ = ["ENGINES", "NATIVE_PARTS", "Engine"]

NATIVE_PARTS: Final = ("native", "stairs", "ends")


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Modules of `numerics` whose `MODES` run in one process; those of `natives` are not ours."""

    ours: Sequence[str] = ()
    natives: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def modes(self, part: str) -> list[Mode]:
        """Give the modes that evaluate a part: native schedules are asked for what they have."""
        names = [*self.ours, *(self.natives if part in NATIVE_PARTS else ())]
        return [mode for name in names for mode in import_module(f"numerics.{name}").MODES]


ENGINES: Final[Mapping[str, Engine]] = {
    "host": Engine(ours=["modes.host"]),
    "torch": Engine(ours=["modes.torch_scheduler"], natives=["native.torch_schedulers"]),
    "optax": Engine(ours=["modes.optax_schedule"], natives=["native.optax_schedules"],
                    environment={"JAX_PLATFORMS": "cpu"}),
    "keras-jax": Engine(ours=["modes.keras_schedule"], natives=["native.keras_schedules"],
                        environment={"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}),
    "keras-tensorflow": Engine(ours=["modes.keras_schedule"], natives=["native.keras_schedules"],
                               environment={"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}),
    "keras-torch": Engine(ours=["modes.keras_schedule"], natives=["native.keras_schedules"],
                          environment={"KERAS_BACKEND": "torch"}),
}  # fmt: skip
