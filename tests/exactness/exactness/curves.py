"""Random curves of every closed kind, and the steps at which they are looked at: ends, thirds, halves, both far sides.

A kind whose name says steep, or warped and so on, lies past what docs/numbers.md promises the host function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import NamedTuple, TypeAlias

from unisched.ir import Curve, Exponential, Fold, Phase, Power, Ramp, Shape, Table, Track, Wrap

__all__ = ["KINDS", "Kind", "steps"]

Exponents: TypeAlias = Sequence[float]

HOLDS: Sequence[Wrap] = ("hold",)
ALL_WRAPS: Sequence[Wrap] = ("hold", "hold", "restart", "bounce")
SPANS = (6, 60, 4096, 10**5, 10**9, 10**12)
MILD = (0.5, 0.9, 1.5, 2.0, 0.25, 0.75, 1.75, 1.1)
STEEP = (3.0, 4.0, 7.3, 12.0, 60.0, 2.5)
RATES = (0.5, 0.97, 0.999, 0.1, 2.0, 1.01, 0.999999, 1.5, 2.25, 0.25, 1e-30, 1e20)


class Kind(NamedTuple):
    """How to draw a curve, and whether the host function is within 8 ulp of it."""

    draw: Callable[[Random], Curve]
    promised: bool = True


def number(random: Random) -> float:
    """Give a value of any sign and magnitude; often one whose last bit is set, which makes ties."""
    sign = random.choice((1.0, 1.0, -1.0))
    kind = random.randrange(6)
    if kind == 0:
        return sign * 10 ** random.uniform(-300, 300)
    if kind == 1:
        return random.choice((0.0, 1.0, 3e-4, 1e-6, 0.1))
    if kind == 2:
        return sign * (1 + random.choice((1, 3, 5, 2**51 + 1)) * 2.0**-52) * 2.0 ** random.randint(-12, 3)
    if kind == 3:
        return sign * random.randint(1, 10**6)
    return sign * 10 ** random.uniform(-8, 2)


def edges(random: Random) -> tuple[float, float]:
    """Give two different values; between some of them many points lie midway between two floats."""
    if random.random() < 0.2:
        odd = 1 + random.choice((1, 3, 2**51 + 1)) * 2.0**-52
        return random.choice(((odd, 0.0), (0.0, odd), (odd, 3 * odd), (-odd, odd)))
    start, end = number(random), number(random)
    return (start, end) if start != end else (start, start / 2 + 1.0)


def exponent(random: Random, chosen: Exponents) -> float:
    """Give one of the usual exponents, or any between the smallest and the largest; 1 where there is no choice."""
    if not chosen:
        return 1.0
    return random.choice(chosen) if random.random() < 0.7 else random.uniform(min(chosen), max(chosen))


def span(random: Random) -> int:
    """Give a length up to 10^12, often a square or a short one."""
    if random.random() < 0.2:
        return random.choice((1, 2, 3, 4, 6, 8, 9, 12, 16, 24, 25, 36, 64, 144))
    if random.random() < 0.1:
        return random.randint(1, 1000) ** 2
    return random.randint(1, random.choice(SPANS))


def phase(random: Random, *wraps: Wrap) -> Phase:
    """Give a clock: a plain count half of the time, else stairs, a rate or an offset."""
    length, wrap = span(random), random.choice(wraps)
    if random.random() < 0.5:
        return Phase.of(span=length, wrap=wrap)
    every = random.choice((1, 1, 2, 7, 41, max(length // 5, 1)))
    rate, offset = random.choice((1, 1, 2, 3, 10)), random.choice((0, random.randint(0, length)))
    lead = random.randrange(every)
    return Phase.of(span=length, wrap=wrap, every=every, lead=lead, rate=rate, offset=offset)


def ramp(
    random: Random, shape: Shape = "linear", power: Exponents = (), warp: Exponents = (), wraps: Sequence[Wrap] = HOLDS
) -> Ramp:
    """Give a ramp; mirrored half of the time where it has a power."""
    start, end = edges(random)
    bent, warped = exponent(random, power), exponent(random, warp)
    is_mirrored = bent != 1.0 and random.random() < 0.5
    clock = phase(random, *wraps)
    return Ramp(start=start, end=end, phase=clock, shape=shape, power=bent, mirror=is_mirrored, warp=warped)


def geometric(random: Random, warp: Exponents = (), largest: float = 1e300) -> Exponential:
    """Give an exponential between two ends."""
    start = abs(number(random)) or 0.25
    end = min(max(abs(number(random)) or 0.5, start / largest), start * largest)
    value = random.choice((start, start, -start))
    end = end if end != start else start * 1.5
    return Exponential(value=value, to=end, of=start, phase=phase(random, "hold"), warp=exponent(random, warp))


def rate(random: Random) -> Exponential:
    """Give an exponential that goes on."""
    to = random.choice(RATES) if random.random() < 0.7 else 10 ** random.uniform(-1, 0.3)
    of = random.choice((1.0, 1.0, 3.0 if to != 3.0 else 4.0))
    return Exponential(value=number(random), to=to, of=of, phase=phase(random, "free"))


def inverse_power(random: Random, chosen: Exponents) -> Power:
    """Give an inverse power, such as an inverse square root."""
    return Power(value=number(random), exponent=exponent(random, chosen), phase=phase(random, "free", "free", "hold"))


def table(random: Random, linear: bool) -> Table:
    """Give a table, its values looked up or joined by lines."""
    values = tuple(number(random) for _ in range(random.randint(1, 12)))
    return Table(values=values, phase=phase(random, "free"), linear=linear)


def fold(random: Random, wrap: Wrap) -> Fold:
    """Give a warm-up and a decay that start over together, or are read by the number of a stair."""
    warmup, decay = random.randint(1, 1000), random.randint(1, 10**6)
    (low, high), end = edges(random), number(random)
    rows = (
        Ramp(start=low, end=high, phase=Phase(span=warmup)),
        Ramp(start=high, end=end if end != high else low, phase=Phase(span=decay), shape="cosine"),
    )
    body = Track(starts=(0, warmup), curves=rows)
    if wrap == "restart":
        return Fold(track=body, phase=Phase.of(span=warmup + decay, wrap="restart"))
    return Fold(track=body, phase=Phase.of(span=random.randint(1, 100), rate=random.randint(1, 3), wrap="free"))


KINDS: dict[str, Kind] = {
    "linear": Kind(ramp),
    "cosine": Kind(partial(ramp, shape="cosine")),
    "polynomial": Kind(partial(ramp, power=MILD, wraps=ALL_WRAPS)),
    "steep polynomial": Kind(partial(ramp, power=STEEP, wraps=ALL_WRAPS), promised=False),
    "warped line": Kind(partial(ramp, warp=MILD)),
    "steeply warped line": Kind(partial(ramp, warp=STEEP), promised=False),
    "warped polynomial": Kind(partial(ramp, power=MILD, warp=MILD)),
    "cosine with a power": Kind(partial(ramp, shape="cosine", power=MILD, wraps=ALL_WRAPS)),
    "cosine with a steep power": Kind(partial(ramp, shape="cosine", power=STEEP, wraps=ALL_WRAPS), promised=False),
    "warped cosine": Kind(partial(ramp, shape="cosine", warp=MILD)),
    "warped cosine with a power": Kind(partial(ramp, shape="cosine", power=MILD, warp=MILD), promised=False),
    "line in cycles": Kind(partial(ramp, wraps=["restart"])),
    "cosine in cycles": Kind(partial(ramp, shape="cosine", wraps=["restart"])),
    "line there and back": Kind(partial(ramp, wraps=["bounce"])),
    "cosine there and back": Kind(partial(ramp, shape="cosine", wraps=["bounce"])),
    "exponential between ends": Kind(geometric),
    "warped exponential": Kind(partial(geometric, warp=MILD, largest=100.0)),
    "steeply warped exponential": Kind(partial(geometric, warp=MILD), promised=False),
    "exponential by a rate": Kind(rate),
    "inverse power": Kind(partial(inverse_power, chosen=MILD)),
    "inverse time": Kind(partial(inverse_power, chosen=(1.0,))),
    "steep inverse power": Kind(partial(inverse_power, chosen=STEEP), promised=False),
    "table": Kind(partial(table, linear=False)),
    "table with lines": Kind(partial(table, linear=True)),
    "warm-up and cosine in cycles": Kind(partial(fold, wrap="restart")),
    "warm-up and cosine on stairs": Kind(partial(fold, wrap="free")),
}


def steps(random: Random, curve: Curve, count: int) -> Iterator[int]:
    """Give steps that land where mistakes would show: at ends, thirds and halves, near either end, and past it."""
    clock: Phase = curve.phase  # type: ignore[union-attr]
    for _ in range(count):
        at = _position(random, curve, clock.span)
        if clock.wrap in ("restart", "bounce"):
            at += random.choice((0, 0, 1, 2, 7, 10**6)) * clock.span
        yield max(0, (at - clock.offset) // clock.rate - clock.lead)


def _position(random: Random, curve: Curve, length: int) -> int:
    if isinstance(curve, Table) and len(curve.values) > 1:
        return random.randint(0, (len(curve.values) - 1) * length + 1)
    if isinstance(curve, Fold):
        return random.randint(0, max(1, curve.track.starts[1] * random.choice((1, 2, 1000))) * length)
    choice = random.randrange(8 if curve.phase.wrap == "free" else 6)  # type: ignore[union-attr]
    if choice == 0:
        return random.choice((0, 1, length - 1, length, length + 1))
    if choice == 1:
        return random.randint(1, 11) * length // 12
    if choice == 2:
        return int(length ** random.random())
    if choice == 3:
        return length - int(length ** random.random())
    if choice >= 6:
        return int(length * 10 ** random.uniform(0, 3.5))
    return random.randint(0, length)
