"""The class that a plugin's tests inherit: every rule of the kit, for every form, case by case.

Which cases a form carries follows from its capabilities; each one agrees with the exact values or is refused,
none is skipped. The rules themselves are plain functions in modules of their own, such as `checks` and `conduct`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import ClassVar, Final

import pytest

from unisched import registry
from unisched.backend import Backend, Form
from unisched.testing import checks, conduct, digests, shape
from unisched.testing.corpus import Case, load_corpus
from unisched.testing.environment import import_changes
from unisched.testing.faults import require
from unisched.testing.found import found
from unisched.testing.processors import differing

__all__ = ["BackendConformance"]


class BackendConformance:
    """Tests of the backend installed under the name `backend`; inherit them in a class whose name begins with Test.

    >>> class TestNumpy(BackendConformance):
    ...     backend = "numpy"

    `lesser` holds the environment variables that keep the framework from using special features of the processor.
    """

    backend: ClassVar[str]
    lesser: ClassVar[Mapping[str, str]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give every test its forms and cases; raise `CollectError` where the backend cannot be loaded."""
        asked = [name for name in ("form", *_CASES) if name in metafunc.fixturenames]
        if not asked:
            return
        loaded = found(self.loaded)
        if asked == ["form"]:
            metafunc.parametrize("form", list(loaded.forms))
            return
        concerns = _CASES[asked[-1]]
        chosen = [(name, case) for name, form in loaded.forms.items() for case in _in_order() if concerns(form, case)]
        metafunc.parametrize(asked, chosen, ids=[f"{name}-{case.name}" for name, case in chosen])

    def loaded(self) -> Backend:
        """Give the backend under test, found as a user's call finds it."""
        return _loaded(self.backend)

    def test_is_found_by_its_name_and_is_well_formed(self) -> None:
        """The entry point names a backend of this contract, with forms that can be called."""
        assert self.backend in registry.names()
        shape.is_well_formed(self.backend, self.loaded())

    def test_leaves_the_interpreter_alone_when_imported(self) -> None:
        """Importing the plugin changes no setting that everybody shares."""
        changes = import_changes(self.backend)
        require(not changes, f"backend {self.backend!r} changed the interpreter when imported: {'; '.join(changes)}")

    def test_leaves_the_interpreter_alone_when_used(self, form: str) -> None:
        """Emitting and replaying change no setting that everybody shares."""
        conduct.leaves_the_interpreter_alone(self.backend, self.loaded(), form, load_corpus())

    def test_agrees_with_the_exact_values_or_is_refused(self, form: str, case: Case) -> None:
        """Each case agrees from the start of the run, or is refused for every reason there is."""
        checks.agrees_or_is_refused(self.backend, self.loaded(), form, case)

    def test_continues_from_its_own_state(self, form: str, carried: Case) -> None:
        """Each carried case goes on after a cut, through JSON text."""
        checks.continues_from_its_own_state(self.backend, self.loaded(), form, carried)

    def test_passes_states_to_and_from_numpy(self, form: str, carried: Case) -> None:
        """Each carried case starts from a state of numpy's scheduler, and numpy goes on from there."""
        checks.passes_states_to_and_from_numpy(self.backend, self.loaded(), form, carried)

    def test_agrees_with_the_base_as_an_argument(self, form: str, based: Case) -> None:
        """A factor of the optimizer's value agrees where the value is an argument of `compile`."""
        checks.agrees_with_the_base_as_argument(self.backend, self.loaded(), form, based)

    def test_ends_with_the_program(self, form: str, ending: Case) -> None:
        """A program that ends in an error runs to its last update, and no further."""
        checks.ends_with_the_program(self.backend, self.loaded(), form, ending)

    def test_leaves_the_program_alone(self, form: str) -> None:
        """Programs are the same after they were emitted and replayed."""
        conduct.leaves_the_program_alone(self.backend, self.loaded(), form, load_corpus())

    def test_keeps_emissions_apart(self, form: str) -> None:
        """What is emitted twice has nothing in common."""
        conduct.keeps_emissions_apart(self.backend, self.loaded(), form, load_corpus())

    def test_emits_what_it_replays(self, form: str) -> None:
        """An emitted object that is a function of the step gives the exact values."""
        conduct.emits_what_it_replays(self.backend, self.loaded(), form, load_corpus())

    def test_proves_what_it_claims(self, form: str) -> None:
        """No capability is claimed that no case shows."""
        conduct.proves_what_it_claims(self.backend, self.loaded(), form, load_corpus())

    def test_gives_the_digests(self, form: str) -> None:
        """The float32 values of every carried case have the published digest, whatever the machine."""
        digests.gives_the_digests(self.backend, self.loaded(), form, load_corpus())

    def test_gives_the_digests_on_a_lesser_processor(self) -> None:
        """Some cases have it too in a new interpreter whose libraries may not use what the processor can."""
        others = differing(self.backend, self.lesser)
        require(not others, f"backend {self.backend!r} has another digest on a lesser processor in {'; '.join(others)}")


_CASES: Final[Mapping[str, Callable[[Form, Case], bool]]] = {
    "case": lambda _, __: True,
    "carried": checks.carried,
    "based": lambda _, case: case.is_based,
    "ending": lambda _, case: case.program.body.after == "error",
}


@cache
def _in_order() -> tuple[Case, ...]:
    """Give the corpus with the plain cases first: what fails there needs no further explanation."""
    return tuple(sorted(load_corpus(), key=lambda case: (not case.plain, case.name)))


@cache
def _loaded(name: str) -> Backend:
    return registry.backend(name)
