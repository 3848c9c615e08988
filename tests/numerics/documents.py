"""Random documents from a seed: curves of depth 1 to 4 over every kind, on runs of 1 to 2^31 - 2 steps.

Written for what breaks numbers: divisors that are no powers of two, long decays to zero, stairs, cycles in cycles, and
levels with full mantissas. No level is negative and no formula cancels: those lose digits by their meaning, in every
library.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any, Final

__all__ = ["COMBINATORS", "LEAVES", "NAMED", "Document", "drawn", "kind_of"]

Document = dict[str, Any]

DEEPEST: Final = 4
# How many of each depth: compiling one of depth 4 takes as long as compiling ten leaves.
DEPTHS: Final = (20, 6, 3, 1)
LONGEST: Final = 2**31 - 2
LONGEST_RECURRENCE: Final = 2000
LEVELS: Final = (1, 0.5, 0.1, 3e-4, 6e-4, 1e-3, 2, 0.03, 7.25)
POWERS: Final = (0.5, 0.9, 1.5, 2)
STRANGE_TOTALS: Final = (2, 3, 41, 1000, 2**24, 2**24 + 3, 10**7, 4_095_000, 10**9, LONGEST)

LEAVES: Final = ("constant", "linear", "polynomial", "cosine", "exponential", "decay", "power_decay", "piecewise",
                 "formula", "noise", "recurrence")  # fmt: skip
NAMED: Final = ("warmup_cosine", "warmup_linear", "wsd", "inverse_sqrt", "noam", "one_cycle", "triangular", "sgdr",
                "rex")  # fmt: skip
COMBINATORS: Final = ("sequence", "boundaries", "product", "sum", "clip", "repeat", "stair", "shift", "window",
                      "follow")  # fmt: skip
ANYWHERE: Final = ("1 / (1 + step)", "0.1 * 0.97 ** (step // 41)", "0.5 if step % 5 < 2 else 0.125", "sqrt(step + 2)",
                   "0.3 + 0.1 * sin(step / 100)", "exp(step % 41 / 7)", "0.001 * (step // 3 % 7 + 1)")  # fmt: skip
WITH_LENGTH: Final = ("length / (step + length)", "0.2 + progress * progress", "(1 + progress) ** 0.9")
RECURRENCES: Final = ("value * 0.997", "0.9 * value + 0.01", "value / (1 + value)")


def drawn(seed: int) -> Document:
    """A document whose learning rate is a random curve; every kind is the outermost one of some seeds."""
    random = Random(seed)
    total = _total(random)
    (depth,) = random.choices(range(1, DEEPEST + 1), weights=DEPTHS)
    kinds = LEAVES + NAMED if depth == 1 else COMBINATORS
    writer = _Writer(random)
    document: Document = {"total": total, "steps_per_epoch": random.choice([7, 41, 1251, 20_000])}
    curve = writer.of_kind(kinds[seed % len(kinds)], total, depth - 1, follows=True)
    entry = {"base": random.choice([0.5, 3e-4]), "curve": curve} if random.random() < 0.15 else curve
    document["schedules"] = {"learning_rate": entry, "other": writer.curve(total, 1, follows=False)}
    if random.random() < 0.1:
        document["after"] = "hold"
    return document


def kind_of(document: Document) -> str:
    """The outermost kind of the learning rate."""
    entry = document["schedules"]["learning_rate"]
    curve = entry["curve"] if "base" in entry else entry
    return str(curve["kind"])


def _total(random: Random) -> int:
    match random.randrange(5):
        case 0:
            return random.randint(2, 300)
        case 1:
            return random.choice(STRANGE_TOTALS)
        case _:
            return min(int(10 ** random.uniform(2, math.log10(LONGEST))), LONGEST)


class _Writer:
    """Writes curves for places of so many steps."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def curve(self, length: int, depth: int, *, follows: bool) -> Document:
        """A curve of any kind: a leaf where no depth is left, and sometimes before."""
        random = self.random
        if depth and random.random() < 0.75:
            return self.of_kind(random.choice(COMBINATORS), length, depth, follows=follows)
        return self.of_kind(random.choice(LEAVES + NAMED), length, 0, follows=follows)

    def of_kind(self, kind: str, length: int, depth: int, *, follows: bool) -> Document:
        """A curve whose outermost kind is given; what it holds is at most `depth` deep."""
        if kind in LEAVES:
            return self._leaf(kind, length)
        if kind in NAMED:
            return self._named(kind, length)
        return self._combined(kind, length, max(depth - 1, 0), follows)

    def level(self) -> float:
        """A level above zero."""
        if self.random.random() < 0.4:
            return self.random.choice(LEVELS)
        return float(10 ** self.random.uniform(-8, 0.3))

    def floor(self) -> float:
        """A level to end at: zero as often as not."""
        return 0 if self.random.random() < 0.5 else self.level()

    def ends(self) -> Document:
        """Two different levels, one of them maybe zero, in either order."""
        low, high = self.floor(), self.level()
        start, end = (low, high) if self.random.random() < 0.4 else (high, low)
        return {"start": start, "end": end if end != start else end + 1}

    def duration(self, steps: int, length: int) -> Any:
        """About so many steps of a place of `length`, in some unit."""
        random = self.random
        if random.random() < 0.3 and steps * 1000 >= length:
            return f"{round(100 * steps / length, 2):g}%"
        return random.choice([steps, f"{steps} steps"])

    def divisor(self, length: int) -> int:
        """A length of a stair or a cycle: no more than 20 000, or of the size of the place."""
        random = self.random
        return random.randint(1, 20_000) if random.random() < 0.6 else random.randint(1, max(length // 2, 1))

    def _leaf(self, kind: str, length: int) -> Document:
        random = self.random
        match kind:
            case "constant":
                return {"kind": kind, "value": self.level()}
            case "linear" | "polynomial" | "cosine":
                return {"kind": kind, **self.ends(), **self._bent(kind)}
            case "exponential":
                # A warp amplifies a rounding by the logarithm of the ratio of the ends: docs/numbers.md.
                start, warp = self.level(), random.choice([{}, {}, {"warp": 0.5}])
                end = start * random.choice([0.01, 0.3, 0.7, 41]) if warp else self.level()
                return {"kind": kind, "start": start, "end": end if end != start else end * 0.9, **warp}
            case "decay":
                rate = random.choice([0.5, 0.9, 0.97, 0.99, 0.999999, 1 - 10 ** -random.uniform(1, 7)])
                return {"kind": "exponential", "start": self.level(), "rate": rate, "every": self.divisor(length),
                        "staircase": random.random() < 0.6}  # fmt: skip
            case "power_decay":
                power = random.choice([0.5, 0.9, 1, 1.5, 2])
                return {"kind": kind, "start": self.level(), "timescale": self.divisor(length), "power": power}
            case "piecewise":
                return self._piecewise(length)
            case "formula":
                return {"kind": kind, "expression": random.choice(ANYWHERE + WITH_LENGTH)}
            case "noise":
                std, every = random.choice([0.01, 0.1, 0.3]), self.divisor(length)
                seed = random.choice([0, 1, 42, 2**63 - 1, random.randrange(2**63)])
                return {"kind": kind, "std": std, "limit": 0.5, "every": every, "seed": seed}
            case _:
                return {"kind": "recurrence", "start": self.level(), "next": random.choice(RECURRENCES),
                        "duration": min(random.randint(1, LONGEST_RECURRENCE), length)}  # fmt: skip

    def _bent(self, kind: str) -> Document:
        """A power or a warp, never both: together they are beyond what is promised in float64."""
        bends: list[Document] = [{}, {}, {"warp": 0.5}, {"warp": 2}]
        if kind != "linear":
            bends += [{"power": power} for power in POWERS]
        return self.random.choice(bends)

    def _piecewise(self, length: int) -> Document:
        random = self.random
        shape = {"kind": "piecewise", "interpolation": random.choice(["previous", "linear", "cosine"])}
        count = random.randint(2, 6)
        if random.random() < 0.4:
            every = max(length // count, 1)
            return {**shape, "values": [self.floor() for _ in range(count)], "every": random.randint(1, every)}
        positions = sorted({random.randint(0, length) for _ in range(count)} | {length})
        return {**shape, "points": [[position, self.floor()] for position in positions]}

    def _named(self, kind: str, length: int) -> Document:
        random = self.random
        peak = self.level()
        share = self.duration(random.randint(1, max(length // 3, 1)), length)
        match kind:
            case "warmup_cosine" | "warmup_linear" | "rex":
                end = {} if kind == "rex" else {"end": random.choice([0, peak / 10])}
                return {"kind": kind, "peak": peak, "warmup": share, "start": random.choice([0, peak / 7]), **end}
            case "wsd":
                shape = random.choice(["1-sqrt", "linear", "cosine", "exponential"])
                end = {"end": peak / 10 if shape == "exponential" else random.choice([0, peak / 10])}
                return {"kind": kind, "peak": peak, "warmup": share, "decay": share, "shape": shape, **end}
            case "inverse_sqrt":
                return {"kind": kind, "peak": peak, "warmup": share}
            case "noam":
                warmup = random.randint(1, min(length, 20_000))
                return {"kind": kind, "model_size": random.choice([512, 768]), "warmup": warmup}
            case "one_cycle":
                return {"kind": kind, "peak": peak, "warmup": share}
            case "triangular":
                return {"kind": kind, "start": random.choice([0, peak / 10]), "peak": peak,
                        "period": self.divisor(length), **random.choice([{}, {"scale": 0.9}])}  # fmt: skip
            case _:
                stretch: Document = random.choice([{}, {"stretch": 2}, {"stretch": 1.5}])
                period = max(length // random.randint(1, 9), 1) if stretch else self.divisor(length)
                last = random.choice([0, peak / 10])
                scale: Document = random.choice([{}, {"scale": 0.5}])
                return {"kind": kind, "peak": peak, "period": period, "warmup": "10%", "end": last, **stretch, **scale}

    def _combined(self, kind: str, length: int, depth: int, follows: bool) -> Document:
        random = self.random

        def inner(steps: int = length, *, may_follow: bool = follows) -> Document:
            return self.curve(max(steps, 1), depth, follows=may_follow)

        match kind:
            case "sequence" | "boundaries":
                return self._sequence(kind, length, depth, follows)
            case "product" | "sum":
                curves = [inner() for _ in range(random.randint(2, 3))]
                return {"kind": kind, "curves": curves}
            case "clip":
                bounds = random.choice([["minimum"], ["maximum"], ["minimum", "maximum"]])
                levels = sorted(self.level() for _ in bounds)
                held: Document = dict(zip(bounds, levels, strict=True))
                if random.random() < 0.3:
                    held[bounds[-1]] = {"kind": "linear", "start": levels[-1], "end": levels[-1] + 1}
                return {"kind": kind, "curve": inner(), **held}
            case "repeat":
                return self._repeat(length, depth)
            case "stair":
                return {"kind": kind, "curve": inner(), "every": min(self.divisor(length), length)}
            case "shift":
                by = random.choice([1, -1, 41, -41, random.randint(1, length)])
                return {"kind": kind, "curve": inner(), "by": by}
            case "window":
                shown = min(random.choice([length, 2 * length, length + 41]), LONGEST)
                return {"kind": kind, "length": shown, "offset": random.randrange(shown), "curve": inner(shown)}
            case _ if follows:
                followed = {"kind": "follow", "schedule": "other"}
                return followed if random.random() < 0.4 else {"kind": "product", "curves": [followed, inner()]}
            case _:
                return inner()

    def _sequence(self, kind: str, length: int, depth: int, follows: bool) -> Document:
        random = self.random
        cuts = sorted({random.randint(1, length) for _ in range(random.randint(1, 4))} - {length})
        lengths = [stop - start for start, stop in zip([0, *cuts], [*cuts, length], strict=True)]
        parts = [self.curve(steps, depth, follows=follows) for steps in lengths]
        if kind == "boundaries" and cuts:
            return {"kind": "sequence", "boundaries": [self.duration(cut, length) for cut in cuts], "parts": parts}
        free = random.randrange(len(parts))
        for index, (part, steps) in enumerate(zip(parts, lengths, strict=True)):
            is_table = part["kind"] == "recurrence" and steps > LONGEST_RECURRENCE
            parts[index] = self._leaf("linear", steps) if is_table else part
            parts[index].pop("duration", None)
            if index != free:
                parts[index]["duration"] = self.duration(steps, length)
        return {"kind": "sequence", "parts": parts}

    def _repeat(self, length: int, depth: int) -> Document:
        random = self.random
        times, scale = random.randint(2, 5), random.choice([{}, {}, {"scale": 0.5}])
        period = min(self.divisor(length), length)
        shapes: list[tuple[int, Document]] = [
            (period, {"period": period}),
            (period, {"period": period, "times": times}),
            (max(length // times, 1), {"times": times}),
            (period, {"period": [period, period + 1, 2 * period]}),
            (max(length // 9, 1), {"period": max(length // 9, 1), "stretch": random.choice([1.5, 2])}),
        ]
        cycle, shape = random.choice(shapes)
        return {"kind": "repeat", "curve": self.curve(cycle, depth, follows=False), **shape, **scale}
