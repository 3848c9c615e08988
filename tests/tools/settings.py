"""Models of a user's own with a schedule in a field: of pydantic, and of pydantic-settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

import unisched

Schedule = Annotated[unisched.Spec, NoDecode, BeforeValidator(unisched.load)]
"""A document, its JSON text, or the path of its file."""


class Training(BaseModel):
    epochs: int
    schedule: unisched.Spec


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RUN_", env_nested_delimiter="__")

    schedule: unisched.Spec


class FromFile(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RUN_", env_file=".env", secrets_dir="secrets")

    schedule: Schedule
