"""The callback form in `fit`: what it sets is what updates use, and what it records; trap K2 of Keras's own."""

from __future__ import annotations

import pytest
from engines import ENGINES, gave
from workers.documents import RATE, host_bits

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def test_what_is_recorded_is_what_every_update_used(engine: str) -> None:
    found, due = gave(engine, "callback, recorded"), host_bits(RATE, range(12))
    assert found == {"rates": due, "history": due, "logs": [[due[6]], [due[11]]], "step": 12}


def test_a_fresh_callback_goes_on_from_the_state(engine: str) -> None:
    assert gave(engine, "callback, continued") == {"rates": host_bits(RATE, range(5, 12)), "step": 12}


def test_setting_the_rate_of_an_optimizer_with_a_schedule_ends_training_and_ours_says_so_before_it_begins(
    engine: str,
) -> None:
    found = gave(engine, "callbacks on a schedule")
    assert found["plateau"][0] == found["scheduler"][0] == "TypeError"
    assert found["plateau"][1] > 4  # epochs after the mistake
    assert found["ours"] == ["BindingError", 0]


@pytest.mark.parametrize("order", ["first", "last"])
@pytest.mark.parametrize("name", ["rate", "plateau"])
def test_beside_a_backup_the_state_is_not_counted_twice_wherever_the_callback_stands(
    engine: str, name: str, order: str
) -> None:
    found = gave(engine, f"{name}, {order}")
    assert found["went on"] == found["due"]
    assert found["steps"] == [12, 24]
    assert (found["due"] == host_bits(RATE, range(12, 24))) == (name == "rate")
    assert found["state of another step"] == "keras.updates"
