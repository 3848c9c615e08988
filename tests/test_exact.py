"""The exact evaluator against a library that knows nothing of it, at 1200 bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from random import Random

import mpmath  # type: ignore[import-untyped]
import pytest

from unisched import exact
from unisched.errors import BindingError, StepError
from unisched.exact import curve_at, value_at
from unisched.ir import Base, Combine, Constant, Curve, Exponential, Fold, Phase, Power, Ramp, Track, constant

STEPS_PAST_ANY_RUN = (2**53 - 1, 2**53, 2**62 - 1, 2**62)
POWERS = (0.5, 0.9, 1.5, 2.0, 3.0, 4.0, 0.1, 7.3)
WARPS = (0.25, 0.5, 2.0, 3.0, 0.7, 1.9)
RATES = (0.5, 0.97, 0.999, 0.1, 2.0, 1.01)
LEAVES = 150
BITS = 1200


def number(random: Random) -> float:
    return random.choice(
        [0.0, 1.0, 3e-4, 10 ** random.uniform(-8, 2), random.random(), -random.random(), float(random.randint(1, 9))]
    )


def pair(random: Random) -> tuple[float, float]:
    start, end = number(random), number(random)
    return (start, end) if start != end else (start, start + 1.0)


def phase(random: Random, wrap: str = "hold") -> Phase:
    largest = random.choice([50, 10**4, 10**9, 2**53])
    return Phase(span=random.randint(1, largest), wrap=wrap)  # type: ignore[arg-type]


def ramp(random: Random, **how: object) -> Ramp:
    start, end = pair(random)
    return Ramp(start=start, end=end, phase=phase(random), **how)  # type: ignore[arg-type]


def geometric(random: Random, warp: float = 1.0) -> Exponential:
    start, end = (abs(edge) or 0.25 for edge in pair(random))
    return Exponential(value=start, to=end if end != start else 2 * start, of=start, phase=phase(random), warp=warp)


KINDS: dict[str, Callable[[Random], Ramp | Exponential | Power]] = {
    "linear": ramp,
    "cosine": lambda r: ramp(r, shape="cosine"),
    "powered": lambda r: ramp(r, power=r.choice(POWERS)),
    "mirrored": lambda r: ramp(r, power=r.choice(POWERS), mirror=True),
    "warped": lambda r: ramp(r, warp=r.choice(WARPS)),
    "powered cosine": lambda r: ramp(r, shape="cosine", power=r.choice(POWERS)),
    "mirrored cosine": lambda r: ramp(r, shape="cosine", power=r.choice(POWERS), mirror=True),
    "warped cosine": lambda r: ramp(r, shape="cosine", warp=r.choice(WARPS)),
    "warped and powered": lambda r: ramp(r, power=r.choice(POWERS), warp=r.choice(WARPS), mirror=r.random() < 0.5),
    "warped and powered cosine": lambda r: ramp(r, shape="cosine", power=r.choice(POWERS), warp=r.choice(WARPS)),
    "geometric": geometric,
    "warped geometric": lambda r: geometric(r, warp=r.choice(WARPS)),
    "rate": lambda r: Exponential(value=number(r), to=r.choice(RATES), of=1.0, phase=phase(r, "free")),
    "inverse power": lambda r: Power(value=number(r), exponent=r.choice(POWERS), phase=phase(r, "free")),
}


def ratio_power(numerator: int, denominator: int, exponent: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Give the power as a ratio, so that what is rational is exact and a tie stays one."""
    common = math.gcd(numerator, denominator)
    return mpmath.power(numerator // common, exponent), mpmath.power(denominator // common, exponent)


def weight(curve: Ramp, position: int) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Give the weight of the end as a ratio; thirds and halves of a cosine are known, all else is computed."""
    span, power, warp = curve.phase.span, mpmath.mpf(curve.power), mpmath.mpf(curve.warp)
    if curve.shape == "linear" and curve.mirror:
        return ratio_power(position, span, power * warp)
    if curve.shape == "linear" and curve.warp == 1.0:
        rest, whole = ratio_power(span - position, span, power)
        return whole - rest, whole
    part, whole = ratio_power(position, span, warp)
    if curve.shape == "cosine":
        known = {(1, 3): (1, 4), (1, 2): (1, 2), (2, 3): (3, 4)}
        part, whole = known.get((part, whole), (mpmath.sin(mpmath.pi * part / whole / 2) ** 2, 1))
    if curve.mirror:
        return mpmath.power(part, power), mpmath.power(whole, power)
    return mpmath.power(whole, power) - mpmath.power(whole - part, power), mpmath.power(whole, power)


def nearest(number: mpmath.mpf) -> float:
    sign, mantissa, exponent, _ = number._mpf_
    mantissa = -int(mantissa) if sign else int(mantissa)
    return float(mantissa << exponent) if exponent >= 0 else mantissa / (1 << -exponent)


def oracle(curve: Ramp | Exponential | Power, position: int) -> float:
    span = curve.phase.span
    if curve.phase.wrap == "hold":
        position = min(position, span)
    match curve:
        case Ramp(start=start, end=end):
            across, whole = weight(curve, position)
            return nearest((mpmath.mpf(start) * (whole - across) + mpmath.mpf(end) * across) / whole)
        case Exponential(value=value, to=to, of=of, warp=warp):
            u = mpmath.power(mpmath.mpf(position) / span, mpmath.mpf(warp))
            return nearest(mpmath.mpf(value) * mpmath.power(to, u) / mpmath.power(of, u))
        case Power(value=value, exponent=exponent):
            grown, unit = ratio_power(span + position, span, mpmath.mpf(exponent))
            return nearest(mpmath.mpf(value) * unit / grown)


def positions(random: Random, span: int) -> list[int]:
    ends = [0, 1, span - 1, span, span + 1]
    fractions = [span // 2, span // 3, 2 * span // 3, span // 4]
    return [random.choice(ends), random.choice(fractions), random.randint(0, span)]


def disagreements(kind: str, evaluate: Callable[[Curve, int], float]) -> list[tuple[Curve, int]]:
    random = Random(kind)
    found: list[tuple[Curve, int]] = []
    with mpmath.workprec(BITS):
        for _ in range(LEAVES):
            curve = KINDS[kind](random)
            at = positions(random, curve.phase.span)
            found += [(curve, step) for step in at if evaluate(curve, step) != oracle(curve, step)]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_leaf_is_the_float_nearest_to_its_real_value(kind: str) -> None:
    assert disagreements(kind, curve_at) == []


def test_an_evaluator_that_is_one_ulp_off_is_caught() -> None:
    def sabotaged(curve: Curve, step: int) -> float:
        return math.nextafter(curve_at(curve, step), math.inf)

    assert all(len(disagreements(kind, sabotaged)) == 3 * LEAVES for kind in ("linear", "cosine"))


ODD = 1.0 + 2.0**-52
TIES: dict[str, tuple[Ramp | Exponential | Power, int]] = {
    "linear at three quarters": (Ramp(start=0.0, end=ODD, phase=Phase(span=4)), 3),
    "linear at a half": (Ramp(start=ODD, end=2.0 + 2.0**-51, phase=Phase(span=2)), 1),
    "cosine at a third": (Ramp(start=ODD, end=0.0, phase=Phase(span=3), shape="cosine"), 1),
    "cosine at two thirds": (Ramp(start=0.0, end=ODD, phase=Phase(span=3), shape="cosine"), 2),
    "cosine at a half": (Ramp(start=ODD, end=2.0 + 2.0**-51, phase=Phase(span=2), shape="cosine"), 1),
    "square root of a perfect square": (Ramp(start=ODD, end=0.0, phase=Phase(span=16), power=0.5), 7),
    "a deep power": (Ramp(start=129.0, end=1.0, phase=Phase(span=2), power=60.0), 1),
    "warp and mirror that cancel": (Ramp(start=0.0, end=ODD, phase=Phase(span=4), warp=0.5, power=2.0, mirror=True), 3),
    "cosine warped to a third": (Ramp(start=ODD, end=0.0, phase=Phase(span=9), shape="cosine", warp=0.5), 1),
    "geometric at a half": (Exponential(value=ODD, to=9.0, of=4.0, phase=Phase(span=2, wrap="free")), 1),
    "rate of three halves": (Exponential(value=ODD, to=1.5, of=1.0, phase=Phase(span=1, wrap="free")), 1),
    "inverse time": (Power(value=ODD * 3, exponent=1.0, phase=Phase(span=3, wrap="free")), 1),
    "inverse square root": (Power(value=ODD, exponent=0.5, phase=Phase(span=9, wrap="free")), 7),
}


@pytest.mark.parametrize("name", TIES)
def test_a_value_midway_between_two_floats_goes_to_the_even_one(name: str) -> None:
    curve, step = TIES[name]
    with mpmath.workprec(BITS):
        assert curve_at(curve, step) == oracle(curve, step)


def odd_one_of_two(numerator: int, denominator: int) -> float:
    """Give the nearest float, but of two that are equally near the one that ties never go to."""
    nearest, value = numerator / denominator, Fraction(numerator, denominator)
    for other in (math.nextafter(nearest, -math.inf), math.nextafter(nearest, math.inf)):
        if abs(Fraction(other) - value) == abs(Fraction(nearest) - value) != 0:
            return other
    return nearest


@pytest.mark.parametrize("name", TIES)
def test_an_evaluator_that_rounds_ties_away_from_even_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    curve, step = TIES[name]
    monkeypatch.setattr(exact, "quotient", odd_one_of_two)
    with mpmath.workprec(BITS):
        assert curve_at(curve, step) != oracle(curve, step)


def test_an_evaluator_that_rounds_ties_away_from_even_is_right_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    curves = [(curve, step) for kind in ("linear", "rate") for curve, step in disagreements(kind, lambda *_: math.nan)]
    expected = [curve_at(curve, step) for curve, step in curves]
    monkeypatch.setattr(exact, "quotient", odd_one_of_two)
    differing = sum(curve_at(curve, step) != value for (curve, step), value in zip(curves, expected, strict=True))
    assert differing < len(curves) / 20


@pytest.mark.parametrize("step", STEPS_PAST_ANY_RUN)
def test_steps_past_any_run_are_right(step: int) -> None:
    curves = (
        Power(value=1.0, exponent=0.5, phase=Phase(span=2**53 - 1, wrap="free")),
        Exponential(value=1.0, to=0.9, of=1.0, phase=Phase(span=2**53, wrap="free")),
        Ramp(start=0.0, end=1.0, phase=Phase(span=2**53)),
    )
    with mpmath.workprec(BITS):
        assert [curve_at(curve, step) for curve in curves] == [oracle(curve, step) for curve in curves]


def test_what_decays_below_the_float_range_is_zero_without_a_sign() -> None:
    decays = (
        Exponential(value=-1.0, to=0.5, of=1.0, phase=Phase(span=1, wrap="free")),
        Exponential(value=-1.0, to=0.9, of=1.0, phase=Phase(span=1, wrap="free")),
        Power(value=-1.0, exponent=100.5, phase=Phase(span=1, wrap="free")),
    )
    assert [math.copysign(1.0, curve_at(curve, 10**40)) for curve in decays] == [1.0, 1.0, 1.0]
    assert [curve_at(curve, 10**40) for curve in decays] == [0.0, 0.0, 0.0]


def test_subnormal_values_are_rounded_like_all_others() -> None:
    curve = Exponential(value=1.0, to=0.1, of=1.0, phase=Phase(span=7, wrap="free"))
    with mpmath.workprec(BITS):
        steps = range(7 * 306, 7 * 325)
        assert [curve_at(curve, step) for step in steps] == [oracle(curve, step) for step in steps]


@pytest.mark.parametrize("step", [1024, 10**18, 10**400])
def test_a_growth_above_the_float_range_names_the_step(step: int) -> None:
    curve = Exponential(value=1.0, to=2.0, of=1.0, phase=Phase(span=1, wrap="free"))
    with pytest.raises(StepError, match=str(step)[:20]) as caught:
        curve_at(curve, step)
    assert caught.value.code == "range.overflow"


def test_a_growth_under_a_clip_has_a_value_at_every_step() -> None:
    growth = Track(starts=(0,), curves=(Exponential(value=1.0, to=2.0, of=1.0, phase=Phase(span=1, wrap="free")),))
    assert value_at(Combine(op="minimum", parts=(growth, constant(5.0))), 10**18) == 5.0


def test_operators_are_float_operations_from_the_left() -> None:
    parts = (constant(1e16), constant(1.0), constant(-1e16))
    assert value_at(Combine(op="sum", parts=parts), 0) == (1e16 + 1.0) - 1e16
    assert value_at(Combine(op="product", parts=(constant(0.1), constant(0.7), constant(3.0))), 0) == (0.1 * 0.7) * 3.0
    assert value_at(Combine(op="minimum", parts=parts), 0) == -1e16
    assert value_at(Combine(op="maximum", parts=parts), 0) == 1e16


def test_a_fold_reads_its_track_at_the_steps_of_its_phase() -> None:
    body = Track(starts=(0, 3), curves=(Constant(value=1.0), Ramp(start=1.0, end=0.0, phase=Phase(span=2))))
    cycle = Track(starts=(0,), curves=(Fold(track=body, phase=Phase(span=5, wrap="restart")),))
    assert [value_at(cycle, step) for step in range(7)] == [1.0, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0]


def test_a_value_that_needs_a_base_asks_for_it() -> None:
    with pytest.raises(BindingError, match="base=") as caught:
        curve_at(Base(), 0)
    assert caught.value.code == "base.missing"
