"""Language models: papers and technical reports. Steps are worked out from the batches that the reports name."""

from __future__ import annotations

from collections.abc import Mapping

from recipe_values.recipe import OTHER_NAMES, Recipe, Target, rate
from recipe_values.textbook import Real, consumed, cosine, cycle, geometric, held, line, mp, progress, real

__all__ = ["RECIPES"]

# Where a ramp in tokens or samples grows: the step nearest to where that many were taken.
LLAMA = [(0, 4194304), (60, 8388608), (342161, 16777216)]
DEEPSEEK = [(0, 12582912), (12398, 29360128), (17745, 46137344), (21126, 62914560)]
MEGATRON = [(0, 256), (3906, 512), (9766, 1024)]
GPT3 = [(0, 32768), (3052, 1048576), (14401, 3200000)]


def _llama(k: int) -> Real:
    if k < 8000:
        return line(k, 8000, 0, 8e-5)
    return cosine(k - 8000, 1199998 - 8000, 8e-5, 8e-7) if k < 1199998 else line(k - 1199998, 2, 8e-7, 0)


def _deepseek_v3(k: int) -> Real:
    if k < 172617:
        return line(k, 2000, 0, 2.2e-4)
    return cosine(k - 172617, 240964 - 172617, 2.2e-4, 2.2e-5) if k < 246257 else real(7.3e-6)


def _wsd(k: int) -> Real:
    if k < 80000:
        return line(k, 2000, 0, 3e-4)
    return real(3e-4) * (1 - mp.sqrt(min(real(k - 80000) / 20000, real(1))))


def _wsd_s(k: int) -> Real:
    index, local = cycle(k, 2980, 2980, 5961)
    decay, length = ((298, 2980), (298, 2980), (596, 5961))[index]
    return line(k, 250, 0, 1) * line(local - (length - decay), decay, 3e-4, 3e-5 if local > length - decay else 3e-4)


def _infinite(k: int) -> Real:
    if k < 1000:
        return line(k, 1000, 0, 3e-4)
    if k < 90000:
        left = (1 + 5 * min(real(k - 1000) / 20000, real(1))) ** real(-0.5)
        return real(1e-4) + real(2e-4) * (left - 1 / mp.sqrt(6)) / (1 - 1 / mp.sqrt(6))
    return geometric(k - 90000, 10000, 1e-4, 1e-6)


def _power_scheduler(k: int) -> Real:
    envelope = geometric(max(k - 214577, 0), 23842, 1, 0.01) if k >= 2000 else line(k, 2000, 0, 1)
    return min(real(0.02), real(4.6) * 1024 * real(max(k * 4194304, 1)) ** real(-0.51)) * envelope


def _linear_to_zero(k: int) -> Real:
    return line(k + 1, 1000, 0, 1e-3) if k < 1000 else line(k - 1000, 9000, 1e-3, 0)


def _deepseek_llm(k: int) -> Real:
    return line(k, 2000, 0, 1) * held(k, (0, 3.2e-4), (169542, 1.0112e-4), (190735, 3.195392e-5))


def _megatron(k: int) -> Real:
    if k < 26953:
        return line(k, 1000, 0, 3e-4)
    return real(3e-5) + real(2.7e-4) * (2 * real(0.5) ** min(real(k - 26953) / 2344, real(1)) - 1)


def _megatron_decay(k: int) -> Real:
    return cosine(consumed(k, MEGATRON), consumed(29297, MEGATRON), 0.033, 0.1)


def _gpt3(k: int) -> Real:
    if k < 3314:
        return real(6e-5) * progress(k, 0, 3314, GPT3)
    return cosine(progress(k, 3314, 91901, GPT3), 1, 6e-5, 6e-6)


def _fine_tuning(k: int) -> Real:
    return line(k, 1, 0, 1) if k < 1 else line(k - 1, 39, 1, 0)


RECIPES: Mapping[str, Recipe] = {
    "llama3_405b": rate(_llama, marks=[60, 8000, 342161, 1199998], total=1200000, batches=LLAMA),
    "deepseek_v3": rate(
        _deepseek_v3,
        marks=[2000, 12398, 17745, 21126, 172617, 240964, 246257],
        total=248911,
        batches=DEEPSEEK,
    ),
    "wsd_one_minus_sqrt": rate(_wsd, marks=[2000, 80000], total=100000),
    "wsd_s": rate(_wsd_s, marks=[250, 2682, 2980, 5662, 5960, 11325], total=11921),
    "infinite_learning_rate": rate(_infinite, marks=[1000, 21000, 90000, 100000]),
    "power_scheduler": rate(_power_scheduler, marks=[2000, 214577], total=238419),
    "linear_to_zero": rate(_linear_to_zero, marks=[999, 1000], total=10000),
    "deepseek_llm": rate(_deepseek_llm, marks=[2000, 169542, 190735], total=211928),
    "megatron": Recipe(
        targets=[Target(worth=_megatron), Target(worth=_megatron_decay, hyperparameter="weight_decay")],
        marks=[1000, 3906, 9766, 26953],
        ulps=10,
        why="2 * 0.5**q - 1 cancels towards its end, where 3e-5 is added to what is left",
        total=29297,
        batches=MEGATRON,
        refusals=OTHER_NAMES,
    ),
    "gpt3": rate(_gpt3, marks=[3052, 3314, 14401, 91901], total=104401, batches=GPT3),
    "fine_tuning": rate(_fine_tuning, marks=[1], total=40, base=2e-5),
}
