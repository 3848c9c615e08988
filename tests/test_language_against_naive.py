"""The language against a second reading of docs/spec.md and docs/meaning.md: documents walked step by step.

Nothing of the library is used to say what a document means: no phases, rows, laws or enclosures, only exact lengths,
plain float64 and recursion, as slow as it likes. What is compared is every step of the run and some after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from unisched import Program, compile
from unisched.errors import SpecError

Document = dict[str, Any]
At = Callable[[int], float]

EPOCH = 7
DEEPEST = 3
NEAR = 1e-11

# Each row: a formula, and the same in Python; u and n are its progress and length.
FORMULAS: dict[str, Callable[[int, float, int], float]] = {
    "1 / (1 + step)": lambda k, u, n: 1 / (1 + k),
    "0.5 if step % 5 < 2 else step // 3": lambda k, u, n: 0.5 if k % 5 < 2 else float(k // 3),
    "sqrt(epoch) + 0.1": lambda k, u, n: math.sqrt(k / EPOCH) + 0.1,
    "1 - progress ** 2": lambda k, u, n: 1 - u * u,
    "length / (step + length)": lambda k, u, n: n / (k + n),
}
BOUNDED = ("1 - progress ** 2", "length / (step + length)")


def whole(exact: Fraction) -> int:
    """Round half up."""
    return math.floor(exact + Fraction(1, 2))


@dataclass(frozen=True)
class Around:
    """What stands around a curve: the length of its place, what a percentage is of, where it is in the run."""

    length: int | None
    of: int | None
    at: int | None
    schedules: Mapping[str, Any]
    total: int
    base: float = 1.0
    entered: Callable[[], float] | None = None

    def span(self, length: int) -> Around:
        return replace(self, length=length, of=length)

    def later(self, steps: int) -> Around:
        return replace(self, at=None if self.at is None else self.at + steps)


def measured(duration: Any, around: Around) -> Fraction:
    if isinstance(duration, int):
        return Fraction(duration)
    number, unit = duration.split() if " " in duration else (duration[:-1], "%")
    if unit == "%":
        assert around.of is not None
        return Fraction(number) * around.of / 100
    return Fraction(number) * {"steps": 1, "epochs": EPOCH}[unit]


def own_length(curve: Any, around: Around) -> Fraction | None:
    """How long a curve is of itself: its duration, else as its fields say."""
    if not isinstance(curve, dict) or curve.get("duration") == "rest":
        return None
    if "duration" in curve:
        return measured(curve["duration"], around)
    match curve.get("kind"):
        case "piecewise" if "values" in curve:
            strides: int = len(curve["values"]) - (curve["interpolation"] != "previous")
            return strides * measured(curve["every"], around)
        case "piecewise" if curve["interpolation"] != "previous":
            return measured(curve["points"][-1][0], around)
        case "sequence" if "boundaries" in curve:
            start = measured(curve["boundaries"][-1], around)
            last = own_length(curve["parts"][-1], around)
            return None if last is None else start + last
        case "sequence":
            lengths = known([own_length(part, around) for part in curve["parts"]])
            return None if lengths is None else sum(lengths, Fraction(0))
        case "product" | "sum":
            lengths = known([own_length(part, around) for part in curve["curves"]])
            return None if lengths is None else max(lengths)
        case "clip" | "stair" | "shift":
            return own_length(curve["curve"], around)
        case "repeat" if isinstance(curve.get("period"), list):
            return sum((measured(period, around) for period in curve["period"]), Fraction(0))
        case "repeat" if "period" in curve and "times" in curve:
            stretch = Fraction(str(curve.get("stretch", 1)))
            return measured(curve["period"], around) * sum(stretch**i for i in range(curve["times"]))
        case _:
            return None


def known(lengths: list[Fraction | None]) -> list[Fraction] | None:
    found = [length for length in lengths if length is not None]
    return found if len(found) == len(lengths) else None


def meaning(curve: Any, around: Around, length: int | None = None) -> At:
    """What a curve is at each step of its own clock; `length` is that which its place gave to it, in whole steps."""
    if not isinstance(curve, dict) or "duration" not in curve or curve["duration"] == "rest":
        return spelled_out(curve, around if length is None else replace(around, length=length))
    last = whole(measured(curve["duration"], around)) if length is None else length
    inside = spelled_out(curve, around.span(last))
    return lambda k: inside(min(k, last))


def quantity(value: Any, around: Around) -> float:
    return value["absolute"] / around.base if isinstance(value, dict) else float(value)


def begun(curve: Document, name: str, around: Around) -> float:
    if name in curve:
        return quantity(curve[name], around)
    assert around.entered is not None
    return around.entered()


def spelled_out(curve: Any, around: Around) -> At:
    if not isinstance(curve, dict) or "absolute" in curve:
        number = quantity(curve, around)
        return lambda k: number
    return KINDS[curve["kind"]](curve, around)


def constant(curve: Document, around: Around) -> At:
    value = begun(curve, "value", around)
    return lambda k: value


def ramp(curve: Document, around: Around) -> At:
    start, end, n = begun(curve, "start", around), quantity(curve["end"], around), around.length
    assert n is not None

    def at(k: int) -> float:
        u = min(k / n, 1.0) ** curve.get("warp", 1)
        y = 1 - u if curve["kind"] != "cosine" else (1 + math.cos(math.pi * u)) / 2
        y = max(y, 0.0) ** curve.get("power", 1)
        return float(start * y + end * (1 - y))

    return at


def exponential(curve: Document, around: Around) -> At:
    start, n = begun(curve, "start", around), around.length
    if "end" in curve:
        assert n is not None
        ratio = quantity(curve["end"], around) / start
        return lambda k: start * ratio ** (min(k / n, 1.0) ** curve.get("warp", 1))
    every = measured(curve.get("every", 1), around)
    if curve.get("staircase"):
        return lambda k: start * curve["rate"] ** float(stairs_begun(every, k))
    return lambda k: start * curve["rate"] ** float(k / every)


def stairs_begun(every: Fraction, k: int) -> int:
    """Stair j begins at j times every, rounded."""
    last = max(int(k / every) - 1, 0)
    while whole((last + 1) * every) <= k:
        last += 1
    return last


def power_decay(curve: Document, around: Around) -> At:
    start, timescale = begun(curve, "start", around), measured(curve["timescale"], around)
    return lambda k: start * float(1 + k / timescale) ** -curve.get("power", 0.5)


def piecewise(curve: Document, around: Around) -> At:
    if "values" in curve:
        every = measured(curve["every"], around)
        points = [(whole(i * every), quantity(value, around)) for i, value in enumerate(curve["values"])]
    else:
        points = [(whole(measured(at, around)), quantity(value, around)) for at, value in curve["points"]]

    def at(k: int) -> float:
        if k < points[0][0]:
            return points[0][1]
        index = max(i for i, (start, _) in enumerate(points) if start <= k)
        (start, value), after = points[index], points[index + 1 :]
        if not after or curve["interpolation"] == "previous":
            return value
        u = (k - start) / (after[0][0] - start)
        y = 1 - u if curve["interpolation"] == "linear" else (1 + math.cos(math.pi * u)) / 2
        return value * y + after[0][1] * (1 - y)

    return at


def formula(curve: Document, around: Around) -> At:
    python, n = FORMULAS[curve["expression"]], around.length
    if curve["expression"] not in BOUNDED:
        return lambda k: python(k, 0.0, 0)
    assert n is not None
    return lambda k: python(min(k, n), min(k, n) / n, n)


def sequence(curve: Document, around: Around) -> At:
    parts = curve["parts"]
    lengths = [own_length(part, around) for part in parts]
    if "boundaries" in curve:
        starts = [Fraction(0), *(measured(boundary, around) for boundary in curve["boundaries"])]
    else:
        starts = after_each_other(lengths, around)
    values: list[At] = []
    for index, part in enumerate(parts):
        start, entered = whole(starts[index]), around.entered
        if index:
            before, steps = values[-1], start - whole(starts[index - 1])
            entered = lambda before=before, steps=steps: before(steps)  # noqa: E731
        place = replace(around.later(start), entered=entered)
        length = lengths[index]
        if length is not None:
            values.append(meaning(part, place, whole(starts[index] + length) - start))
            continue
        ends = whole(starts[index + 1]) if index + 1 < len(starts) else around.length
        place = replace(place, length=None) if ends is None else place.span(ends - start)
        values.append(meaning(part, place))

    def at(k: int) -> float:
        index = max(i for i, start in enumerate(starts) if whole(start) <= k)
        return values[index](k - whole(starts[index]))

    return at


def after_each_other(lengths: list[Fraction | None], around: Around) -> list[Fraction]:
    taken = sum((length for length in lengths if length is not None), Fraction(0))
    starts = [Fraction(0)]
    for length in lengths[:-1]:
        rest = length
        if rest is None:
            assert around.length is not None
            rest = around.length - taken
        starts.append(starts[-1] + rest)
    return starts


def pointwise(curve: Document, around: Around) -> At:
    values = [meaning(part, replace(around, entered=None)) for part in curve["curves"]]
    join = math.prod if curve["kind"] == "product" else sum
    return lambda k: join(value(k) for value in values)


def clip(curve: Document, around: Around) -> At:
    value, alone = meaning(curve["curve"], around), replace(around, entered=None)
    low = meaning(curve["minimum"], alone) if "minimum" in curve else lambda k: -math.inf
    high = meaning(curve["maximum"], alone) if "maximum" in curve else lambda k: math.inf
    return lambda k: max(min(value(k), high(k)), low(k))


def stair(curve: Document, around: Around) -> At:
    value, every = meaning(curve["curve"], around), measured(curve["every"], around)
    return lambda k: value(whole(stairs_begun(every, k) * every))


def shift(curve: Document, around: Around) -> At:
    value, by = meaning(curve["curve"], around), curve["by"]
    steps = by if isinstance(by, int) else whole(measured(by, around))
    return lambda k: value(max(k + steps, 0))


def window(curve: Document, around: Around) -> At:
    offset = whole(measured(curve.get("offset", 0), around))
    place = around.later(-offset).span(whole(measured(curve["length"], around)))
    value = meaning(curve["curve"], replace(place, entered=None if offset else around.entered))
    return lambda k: value(k + offset)


def repeat(curve: Document, around: Around) -> At:
    period, times, stretch = curve.get("period"), curve.get("times"), Fraction(str(curve.get("stretch", 1)))
    scale = curve.get("scale", 1)
    inside = replace(around, at=None, entered=None)
    ends: list[Fraction] = [Fraction(0)]

    def length_of(cycle: int) -> Fraction:
        if isinstance(period, list):
            return measured(period[cycle], around)
        if period is not None:
            return measured(period, around) * stretch**cycle
        assert around.length is not None
        assert times is not None
        return around.length * stretch**cycle / sum(stretch**i for i in range(times))

    count = len(period) if isinstance(period, list) else times

    def at(k: int) -> float:
        if count is None and around.length is not None and k >= around.length:
            return cycle_at(around.length - 1, around.length)
        return cycle_at(k, k)

    def cycle_at(inner: int, k: int) -> float:
        cycle = 0
        while True:
            while len(ends) < cycle + 2:
                ends.append(ends[-1] + length_of(len(ends) - 1))
            start, end = whole(ends[cycle]), whole(ends[cycle + 1])
            if inner < end or cycle + 1 == count:
                value = meaning(curve["curve"], inside.span(end - start))
                return float(value(min(k, end) - start) * scale**cycle)
            cycle += 1

    return at


def follow(curve: Document, around: Around) -> At:
    assert around.at is not None
    top = Around(around.total, around.total, 0, around.schedules, around.total)
    value, start = meaning(around.schedules[curve["schedule"]], top), around.at
    return lambda k: value(max(start + k, 0))


KINDS: dict[str, Callable[[Document, Around], At]] = {
    "constant": constant, "linear": ramp, "polynomial": ramp, "cosine": ramp, "exponential": exponential,
    "power_decay": power_decay, "piecewise": piecewise, "formula": formula, "sequence": sequence, "product": pointwise,
    "sum": pointwise, "clip": clip, "stair": stair, "shift": shift, "window": window, "repeat": repeat,
    "follow": follow,
}  # fmt: skip


class Writer:
    """Writes random documents that mean something in a place of so many steps."""

    def __init__(self, random: Random, *, absolute: bool) -> None:
        self.random, self.absolute = random, absolute

    def curve(self, length: int, depth: int, *, joins: bool = False, follows: bool = True, factor: bool = False) -> Any:
        random = self.random
        combined = ["sequence", "sequence", "boundaries", "boundaries", "product", "sum", "clip", "stair", "shift",
                    "window", "repeat"]  # fmt: skip
        plain = ["number", "constant", "ramp", "ramp", "exponential", "rate", "power_decay", "piecewise", "formula"]
        if follows:
            plain.append("follow")
        kind = random.choice(combined if depth and random.random() < 0.75 else plain)
        self.length, self.factor = length, factor
        written = self._leaf(kind, length, joins, factor) if kind in plain else self._combined(
            kind, length, depth, joins, follows, factor)  # fmt: skip
        if isinstance(written, dict) and length > 3 and random.random() < 0.15 and "absolute" not in written:
            written["duration"] = random.choice([length, length - 2, max(length // 2, 1)])
        return written

    def number(self, factor: bool) -> Any:
        value = self.random.choice([0.5, 1, 2, 0.1, 0.75, 3])
        return {"absolute": value} if self.absolute and not factor and self.random.random() < 0.3 else value

    def duration(self, steps: int) -> Any:
        """Write about so many steps, in some unit."""
        return self.random.choice([steps, f"{steps} steps", f"{Fraction(steps, EPOCH).__float__():.2f} epochs"])

    def _leaf(self, kind: str, length: int, joins: bool, factor: bool) -> Any:
        random = self.random
        start = {} if joins and random.random() < 0.5 else {"start": self.number(factor)}
        match kind:
            case "number":
                return self.number(factor)
            case "constant":
                return {"kind": "constant", **({} if not start else {"value": start["start"]})}
            case "ramp":
                shape = random.choice(["linear", "cosine", "polynomial"])
                more: Document = {} if shape == "linear" else random.choice([{}, {"power": 2}, {"power": 0.5}])
                warp: Document = random.choice([{}, {}, {"warp": 0.5}, {"warp": 2}])
                return {"kind": shape, **start, "end": self.number(factor), **more, **warp}
            case "exponential":
                return {"kind": "exponential", "start": 0.5, "end": random.choice([0.01, 2.0])}
            case "rate":
                every = random.choice([1, 3, "2.5 steps", "0.7 epochs"])
                return {"kind": "exponential", **start, "rate": random.choice([0.9, 1.05]), "every": every,
                        "staircase": random.random() < 0.5}  # fmt: skip
            case "power_decay":
                return {"kind": "power_decay", **start, "timescale": random.choice([1, 5, "1.3 epochs"])}
            case "piecewise":
                return self._piecewise(length, factor)
            case "formula":
                return {"kind": "formula", "expression": random.choice([*FORMULAS])}
            case _:
                return {"kind": "follow", "schedule": random.choice(["other", "more"])}

    def _piecewise(self, length: int, factor: bool) -> Document:
        random = self.random
        shape = {"kind": "piecewise", "interpolation": random.choice(["previous", "linear", "cosine"])}
        if length > 4 and random.random() < 0.4:
            every = random.choice([length // 4, f"{length / 4.3:.2f} steps"])
            return {**shape, "values": [self.number(factor) for _ in range(4)], "every": every}
        positions = sorted(random.sample(range(length + 1), min(3, length)))
        if positions[-1] == 0:
            positions[-1] = 1
        return {**shape, "points": [[self.duration(at), self.number(factor)] for at in positions]}

    def _combined(self, kind: str, length: int, depth: int, joins: bool, follows: bool, factor: bool) -> Document:
        random, below = self.random, depth - 1
        match kind:
            case "sequence":
                return self._sequence(length, below, joins, follows, factor)
            case "boundaries":
                return self._boundaries(length, below, joins, follows, factor)
            case "product" | "sum":
                under = factor or kind == "product"
                curves = [self.curve(length, below, follows=follows, factor=under) for _ in range(random.randint(1, 3))]
                return {"kind": kind, "curves": curves}
            case "clip":
                bounds = random.choice([["minimum"], ["maximum"], ["minimum", "maximum"]])
                inner = self.curve(length, below, joins=joins, follows=follows, factor=factor)
                return {"kind": "clip", "curve": inner,
                        **{bound: self.curve(length, 0, follows=follows, factor=factor)
                           for bound in bounds}}  # fmt: skip
            case "stair":
                inner = self.curve(length, below, joins=joins, follows=follows, factor=factor)
                return {"kind": "stair", "curve": inner, "every": random.choice([1, 3, 4, "2.5 steps", "0.5 epochs"])}
            case "shift":
                inner = self.curve(length, below, joins=joins, follows=follows, factor=factor)
                return {"kind": "shift", "curve": inner, "by": random.choice([1, 3, -1, -4, "0.5 epochs", 0])}
            case "window":
                shown = random.choice([length, length + 5, 2 * length])
                offset = random.choice([0, 2, shown // 2, "0.5 epochs"])
                inner = self.curve(shown, below, joins=joins and offset == 0, follows=follows, factor=factor)
                return {"kind": "window", "length": shown, "offset": offset, "curve": inner}
            case _:
                return self._repeat(length, below, factor)

    def _repeat(self, length: int, depth: int, factor: bool) -> Document:
        random = self.random
        scale = random.choice([{}, {"scale": 0.5}])
        how = random.choice(["fill", "times", "divide", "list", "stretch"])
        period = max(length // 4, 1)
        shapes: dict[str, Document] = {
            "fill": {"period": period},
            "times": {"period": period, "times": 3},
            "divide": {"times": 3},
            "list": {"period": [period, max(period - 1, 1)]},
            "stretch": {"period": period, "stretch": 1.5, "times": 2},
        }
        cycle = {"divide": length // 3, "list": max(period - 1, 1)}.get(how, period)
        inner = self.curve(max(cycle, 1), depth, follows=False, factor=factor)
        return {"kind": "repeat", "curve": inner, **shapes[how], **scale}

    def _sequence(self, length: int, depth: int, joins: bool, follows: bool, factor: bool) -> Document:
        random = self.random
        parts: list[Any] = []
        left, count = length, random.randint(1, 4)
        rest = random.randrange(count + 1)
        for index in range(count):
            own = max(left // (count - index + 1), 1)
            part = self.curve(own, depth, joins=joins or index > 0, follows=follows, factor=factor)
            if not isinstance(part, dict) or "absolute" in part:
                part = {"kind": "constant", "value": part}
            if index != rest:
                share = random.choice([own, f"{own} steps", f"{100 * own // (length + 1)}%"])
                part = {**part, "duration": share}
            else:
                part.pop("duration", None)
            parts.append(part)
            left -= own
        return {"kind": "sequence", "parts": parts}

    def _boundaries(self, length: int, depth: int, joins: bool, follows: bool, factor: bool) -> Document:
        random = self.random
        steps = sorted(random.sample(range(1, length), min(random.randint(1, 3), length - 1))) if length > 1 else []
        parts = [self.curve(max(length // 2, 1), depth, joins=joins or index > 0, follows=follows, factor=factor)
                 for index in range(len(steps) + 1)]  # fmt: skip
        written = [random.choice([self.duration(step), step]) for step in steps]
        return {"kind": "sequence", "parts": parts, **({"boundaries": written} if written else {})}


def drawn(random: Random) -> Document:
    """A document with a schedule of random curves, two that it may follow, and maybe a base."""
    total = random.choice([1, 2, 10, 40, 97])
    base = random.choice([None, None, 0.5])
    curve = Writer(random, absolute=base is not None).curve(total, DEEPEST)
    plain = Writer(random, absolute=False)
    more = plain.curve(total, 1, follows=False)
    other = plain.curve(total, 2, follows=False)
    entry = curve if base is None else {"base": base, "curve": curve}
    return {"total": total, "steps_per_epoch": EPOCH, "schedules": {"free": entry, "other": other, "more": more}}


def read(document: Document) -> At:
    """What the schedule is at each step, by this file's own reading."""
    entry, total = document["schedules"]["free"], document["total"]
    based = isinstance(entry, dict) and "base" in entry
    base, curve = (entry["base"], entry["curve"]) if based else (1.0, entry)
    value = meaning(curve, Around(total, total, 0, document["schedules"], total, base))
    return lambda k: base * value(k)


def steps_of(document: Document) -> list[int]:
    total = document["total"]
    return [*range(total + 20), 2 * total - 1, 2 * total, 1000]


def compiled(document: Document) -> Program | None:
    """The program, or nothing where the draw asks for what has no room or no start."""
    try:
        return compile(document)
    except SpecError as error:
        if error.code not in EXPECTED:
            raise
        return None


EXPECTED = {"duration.too_long", "duration.vanishes", "sequence.full", "sequence.open", "sequence.order",
            "sequence.beyond", "piecewise.order", "piecewise.beyond", "joint.missing", "absolute.product",
            "exponential.ends", "number.range", "length.missing", "range.order", "joint.base"}  # fmt: skip


def differing(document: Document, program: Program) -> list[tuple[int, float, float]]:
    expected = read(document)
    pairs = [(step, program(step, "free"), expected(step)) for step in steps_of(document)]
    return [(step, found, wanted) for step, found, wanted in pairs if abs(found - wanted) > NEAR * max(1, abs(wanted))]


def documents() -> st.SearchStrategy[Document]:
    """Random documents, grown from a seed."""
    return st.builds(drawn, st.randoms(use_true_random=True))


@examples(max_examples=400)
@given(documents())
def test_a_document_means_what_the_pages_say_at_every_step(document: Document) -> None:
    program = compiled(document)
    if program is not None:
        assert differing(document, program) == []


def seeded(count: int) -> list[tuple[Document, Program]]:
    both = [(document, compiled(document)) for document in (drawn(Random(seed)) for seed in range(count))]
    return [(document, program) for document, program in both if program is not None]


def test_half_of_the_random_documents_compile_and_hold_every_kind_in_every_place() -> None:
    tried = seeded(1000)
    assert len(tried) > 500
    text = repr([document["schedules"]["free"] for document, _ in tried])
    for kind in KINDS:
        assert text.count(f"'kind': '{kind}'") >= 20, kind
    for field in ("boundaries", "duration", "absolute", "stretch", "staircase", "warp", "values"):
        assert text.count(f"'{field}': ") >= 5, field


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"constant"}))
def test_a_reading_that_is_one_step_late_differs(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = KINDS[kind]

    def late(curve: Document, around: Around) -> At:
        value = right(curve, around)
        return lambda k: value(max(k - 1, 0))

    monkeypatch.setitem(KINDS, kind, late)
    assert any(differing(document, program) for document, program in seeded(150))
