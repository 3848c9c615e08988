"""The whole test file of a dialect: the kit draws arguments, acme gives the values."""

from collections.abc import Sequence

import acme
from unisched_acme.dialect import Ramp

from unisched.testing import DialectConformance


class TestAcmeDialect(DialectConformance):
    dialect = "acme"

    def peer(self, curve: Ramp, steps: int) -> Sequence[float]:
        return [acme.ramp(step, curve.lr, curve.warm) for step in range(steps)]
