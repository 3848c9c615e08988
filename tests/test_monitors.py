"""The one reading of `monitor=`: under which names a host logs what a schedule watches."""

from __future__ import annotations

from typing import Any

import pytest

from unisched.errors import BindingError
from unisched.monitors import logged_names, one_watched

NONE: tuple[str, ...] = ()
ONE = ("loss",)
TWO = ("loss", "accuracy")

# what is watched, monitor=, and the name in the logs of each
READ: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {
    "nothing is watched, nothing asked for": (NONE, None, {}),
    "its own name": (ONE, None, {"loss": "loss"}),
    "another name": (ONE, "val_loss", {"loss": "val_loss"}),
    "another name by its own": (ONE, {"loss": "val_loss"}, {"loss": "val_loss"}),
    "two, by their own names": (TWO, None, {"loss": "loss", "accuracy": "accuracy"}),
    "two, by other names": (TWO, {"accuracy": "a", "loss": "b"}, {"loss": "b", "accuracy": "a"}),
    "two, and one has another name": (TWO, {"accuracy": "top1"}, {"loss": "loss", "accuracy": "top1"}),
    "two, and one is not read": (TWO, {"accuracy": None}, {"loss": "loss"}),
    "two, and none is read": (TWO, {"accuracy": None, "loss": None}, {}),
    "two by one name": (TWO, {"accuracy": "score", "loss": "score"}, {"loss": "score", "accuracy": "score"}),
    "two that have changed names": (TWO, {"loss": "accuracy", "accuracy": "loss"},
                                    {"loss": "accuracy", "accuracy": "loss"}),
    "a mapping that renames nothing": (TWO, {}, {"loss": "loss", "accuracy": "accuracy"}),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_every_metric_has_the_name_that_was_given_for_it_else_its_own(name: str) -> None:
    watched, monitor, logged = READ[name]
    assert logged_names(watched, monitor) == logged


REFUSED: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "a name, and nothing is watched": (NONE, "loss", "nothing in this schedule watches a metric. Leave monitor= out."),
    "a mapping, and nothing is watched": (NONE, {}, "nothing in this schedule watches a metric. Leave monitor= out."),
    "one name for two": (TWO, "val_loss", "loss, accuracy are watched, and monitor is one name, 'val_loss'. Pass"),
    "an unknown name": (ONE, {"los": "val_loss"}, "nothing watches 'los'. Watched is loss. Did you mean 'loss'?"),
    "the names the other way round": (ONE, {"val_loss": "loss"}, "nothing watches 'val_loss'. Watched is loss."),
    "a name that is none": (ONE, {3: "val_loss"}, "nothing watches 3. Watched is loss."),
    "no name": (ONE, {None: "val_loss"}, "nothing watches None. Watched is loss."),
    "a logged name that is none": (ONE, {"loss": 3}, "monitor is {'loss': 3}, and names no metric"),
    "a boolean": (ONE, {"loss": False}, "monitor is {'loss': False}, and names no metric"),
    "a number": (ONE, 3, "monitor is 3, and names no metric in the logs"),
    "a list": (ONE, ["loss"], "monitor is ['loss'], and names no metric in the logs"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_names_no_metric_is_refused_with_what_to_pass(name: str) -> None:
    watched, monitor, said = REFUSED[name]
    with pytest.raises(BindingError) as caught:
        logged_names(watched, monitor)
    (problem,) = caught.value.problems
    assert (problem.code, bool(problem.remedy)) == ("binding.monitor", True)
    assert said in str(caught.value)


def test_the_only_metric_need_not_be_named_and_any_other_is_asked_for_by_name() -> None:
    assert [one_watched(ONE, None), one_watched(ONE, "loss"), one_watched(TWO, "accuracy")] == ["loss"] * 2 + [
        "accuracy"
    ]


@pytest.mark.parametrize(
    ("watched", "asked", "said"),
    [
        (TWO, None, "no metric was named. Watched is loss, accuracy."),
        (TWO, "accurcy", "nothing watches 'accurcy'. Watched is loss, accuracy. Did you mean 'accuracy'?"),
        (ONE, 3, "nothing watches 3. Watched is loss."),
        (NONE, None, "nothing in this schedule watches a metric. Step the scheduler itself: it needs no metric."),
        (NONE, "loss", "nothing in this schedule watches a metric. Step the scheduler itself: it needs no metric."),
    ],
)
def test_a_name_that_is_not_watched_is_refused(watched: tuple[str, ...], asked: Any, said: str) -> None:
    with pytest.raises(BindingError) as caught:
        one_watched(watched, asked)
    assert (caught.value.code, str(caught.value)) == ("binding.monitor", said)
