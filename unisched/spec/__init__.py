"""Documents: from JSON, TOML, YAML or Python data to a validated, frozen `Spec`, and back to canonical JSON."""

from __future__ import annotations

from unisched.spec import grammar as grammar
from unisched.spec.document import BasedEntry, Dated, Scale, Spec
from unisched.spec.loading import load

__all__ = ["BasedEntry", "Dated", "Scale", "Spec", "load"]
