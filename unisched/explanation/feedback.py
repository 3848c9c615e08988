"""What a controller does with its metric, in sentences. Knows controllers only."""

from __future__ import annotations

from typing import assert_never

from unisched.controllers import Controller, Greedy, Plateau
from unisched.explanation.words import numeral, shown

__all__ = ["controller_text"]


def controller_text(index: int, controller: Controller) -> str:
    """Give the sentences about one controller.

    >>> controller_text(0, Plateau(monitor="loss", factor=0.5, patience=3))[:73]
    'Controller 0 watches "loss", of which less is better. What it has reached'
    """
    match controller:
        case Plateau():
            return " ".join([_watches(index, controller), *_plateau(controller)])
        case Greedy():
            return " ".join([_watches(index, controller), *_greedy(controller)])
        case _:
            assert_never(controller)


def _watches(index: int, controller: Controller) -> str:
    better = "less" if controller.mode == "min" else "more"
    return f'Controller {index} watches "{controller.monitor}", of which {better} is better.'


def _margin(controller: Controller) -> str:
    if not controller.threshold:
        return "better than the best"
    by = shown(controller.threshold)
    return f"better than the best by {by}" if controller.threshold_mode == "abs" else (
        f"better than the best by a part of {by} of it")  # fmt: skip


def _plateau(rule: Plateau) -> list[str]:
    told = ["What it has reached begins at 1."]
    if rule.accumulation > 1:
        told.append(f"The mean of {rule.accumulation} metrics makes one observation.")
    atol = f" and {shown(rule.atol)}" if rule.atol else ""
    told.append(f"{_stall(rule)} {_margin(rule)}{atol}, it is multiplied by {shown(rule.factor)}.")
    if rule.cooldown:
        told.append(f"The next {numeral(rule.cooldown, 'observation')} are then not counted.")
    if rule.minimum:
        told.append(f"It is never below {shown(rule.minimum)}.")
    if rule.floor:
        told.append(f"Times its base it is never below {shown(rule.floor)}.")
    if rule.eps:
        told.append(f"A change of its product with the base by {shown(rule.eps)} or less is not made.")
    return [*told, f"It follows the rule of {rule.rule}."]


def _stall(rule: Plateau) -> str:
    """Give when a stall is one: torch bears as many observations as its patience, the others one less."""
    count = max(rule.patience, 1) if rule.rule == "keras" else rule.patience
    if rule.rule == "torch" and count:
        return f"When more than {numeral(count, 'observation')} in a row are not"
    return f"When {numeral(count, 'observation')} in a row are not" if count > 1 else "When an observation is not"


def _greedy(rule: Greedy) -> list[str]:
    told = []
    if rule.smooth:
        told.append(f"It takes the mean of the last {rule.window} metrics.")
    patience = numeral(rule.patience, "observation")
    told.append(f"The value is divided by {shown(rule.factor)} after more than {patience} in a row that are "
                f"{_margin(rule)}, and multiplied by it after more than {patience} in a row that are not.")  # fmt: skip
    told.append(f"It stays between {shown(rule.minimum)} and {shown(rule.maximum)}.")
    for count, what in ((rule.warmup, "raise"), (rule.cooldown, "cut")):
        if count:
            told.append(f"After a {what} the next {numeral(count, 'observation')} are not counted.")
    if rule.reset:
        told.append(f"After {numeral(rule.reset, 'cut')} at the minimum all starts over.")
    return [*told, "It follows the rule of Transformers."]
