"""Every warm-up and cooldown of the documentation against the formula of its paper, at 300 bits."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from recipe_values.textbook import Real, cosine, geometric, held, line, mp, nearest, real

import unisched

PAGE = (Path(__file__).parents[1] / "docs" / "warmups-and-cooldowns.md").read_text(encoding="utf-8")
BLOCKS: dict[str, str] = dict(re.findall(r"^### ([^\n]+)\n[^`]*```json\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
CLOCK = {"total": 1000, "steps_per_epoch": 100, "tokens_per_step": 4096}
STEPS = (0, 1, 2, 3, 4, 5, 50, 98, 99, 100, 101, 199, 200, 201, 299, 300, 301, 500, 799, 800, 801, 850, 900, 998, 999,
         1000, 1500)  # fmt: skip
ULPS = 4


def then(warmup: Callable[[int], Real], decay: Callable[[int], Real], after: int = 100) -> Callable[[int], Real]:
    return lambda k: warmup(k) if k < after else decay(k - after)


def cooled(shape: Callable[[Real], Real]) -> Callable[[int], Real]:
    """A line to 1e-3 over 100 steps, and that times a shape of q over the last 200."""
    return lambda k: line(k, 100, 0, 1e-3) * shape(min(max(real(k - 800) / 200, real(0)), real(1)))


def rectified(k: int) -> Real:
    beta, t = real(0.99), k + 1
    most = 2 / (1 - beta) - 1
    rho = most - 2 * t * beta**t / (1 - beta**t)
    if rho <= 4:
        return real(0)
    return real(1e-3) * mp.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))


def noam(k: int) -> Real:
    return real(512) ** -0.5 * min(real(k + 1) ** -0.5, (k + 1) * real(100) ** -1.5)


def infinite(k: int) -> Real:
    def shape(x: Real) -> Real:
        return 1 / mp.sqrt(1 + 5 * x) - 1

    if k < 100:
        return line(k, 100, 0, 3e-4)
    return real(3e-4) + (real(1e-4) - real(3e-4)) * shape(min(real(k - 100) / 200, real(1))) / shape(real(1))


FORMULAS: dict[str, Callable[[int], Real]] = {
    "Gradual": then(lambda k: line(k, 100, 0.1, 0.8), lambda k: cosine(k, 900, 0.8, 0)),
    "Gradual, counted from 1": then(lambda k: line(k + 1, 100, 0, 0.1), lambda k: cosine(k, 900, 0.1, 0)),
    "Constant": then(lambda k: real(0.001), lambda k: cosine(k, 900, 0.01, 0)),
    "Exponential": lambda k: (1 - mp.exp(-real(k + 1) / 100)) * line(k, 1000, 1e-3, 0),
    "Untuned linear": lambda k: line(k + 1, 200, 0, 1) * line(k, 1000, 1e-3, 0),
    "RAdam rectification": rectified,
    "Logarithmic": then(
        lambda k: real(1e-3) * mp.log(k + 1) / mp.log(100), lambda k: line(k, 901, 1e-3, 0), after=99
    ),
    "Quadratic": then(lambda k: real(1e-3) * (real(k) / 100) ** 2, lambda k: cosine(k, 900, 1e-3, 0)),
    "Language models": then(lambda k: line(k, 200, 0, 3e-4), lambda k: cosine(k, 800, 3e-4, 3e-5), after=200),
    "Inverse square root, and Noam": noam,
    "1-sqrt": cooled(lambda q: 1 - mp.sqrt(q)),
    "Linear": cooled(lambda q: 1 - q),
    "Cosine": cooled(lambda q: cosine(q, 1, 1, 0)),
    "Geometric": cooled(lambda q: geometric(q, 1, 1, real(1e-5) / real(1e-3))),
    "Halving": cooled(lambda q: 2 * real(0.5) ** q - 1),
    "Mirrored cosine": cooled(lambda q: 2 * (1 - q) - cosine(q, 1, 1, 0)),
    "Square": cooled(lambda q: 1 - q**2),
    "Power": cooled(lambda q: (1 - q) ** 3),
    "Inverse square root to a constant": infinite,
}  # fmt: skip

# Where a formula subtracts numbers that are almost equal, float64 keeps fewer digits: ulp of its largest operand.
CANCELLING = {
    "Exponential": 1e-3,
    "RAdam rectification": 0.2,
    "Halving": 1e-3,
    "Mirrored cosine": 2e-3,
    "Inverse square root to a constant": 3e-4,
}


def test_every_block_of_the_page_has_a_formula() -> None:
    assert list(BLOCKS) == list(FORMULAS)
    assert PAGE.count("```json") == len(BLOCKS)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_block_is_worth_what_the_paper_says(name: str) -> None:
    program = unisched.compile(BLOCKS[name], **CLOCK)
    grain = CANCELLING.get(name, 0.0) * 2.0**-52
    for step in STEPS:
        exact = FORMULAS[name](step)
        assert abs(real(program(step)) - exact) <= ULPS * max(real(grain), mp.ldexp(1, -52) * abs(exact)), step


@pytest.mark.parametrize("name", FORMULAS)
def test_no_two_blocks_are_one_curve(name: str) -> None:
    program = unisched.compile(BLOCKS[name], **CLOCK)
    for other, formula in FORMULAS.items():
        if other != name:
            assert any(program(step) != pytest.approx(nearest(formula(step)), rel=1e-9) for step in STEPS), other


def test_the_page_names_its_clock() -> None:
    assert f'<!-- clock: {{"total": {CLOCK["total"]}, "steps_per_epoch": 100, "tokens_per_step": 4096}} -->' in PAGE
    assert held(0, (0, CLOCK["tokens_per_step"])) == 819200 / 200
