"""Settings: defaults < kitabu.toml < environment KITABU_* < command line. Frozen after loading."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from rag.core.errors import ConfigError

CONFIG_FILE = "kitabu.toml"
ENV_PREFIX = "KITABU_"
NOT_SETTINGS = (f"{ENV_PREFIX}CONFIG", f"{ENV_PREFIX}REQUIRE_BROWSER")
"""Variables with the prefix that mean something else: the file's place, and a switch of the test suite."""


class Settings(BaseSettings):
    """All that can be configured. A relative `data` lies beside the configuration file."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid", validate_default=True)

    data: Path = Field(default=Path("data"), description="Folder that holds the library.")
    model: str = Field(
        default="auto",
        min_length=1,
        description='Answering model: "auto" (an Ollama model when one is there, else quoting), "none" (quoting), '
        '"ollama:NAME", or the dotted path of a LangChain chat model.',
    )
    ollama_url: str = Field(default="http://127.0.0.1:11434", description="Address of the Ollama server.")
    embedder: str = Field(default="minilm", description='"minilm", or the dotted path of a LangChain Embeddings class.')
    store: Literal["chroma"] = Field(default="chroma", description='Vector store; "chroma" is the one there is.')
    passages: Annotated[int, Field(ge=1, le=50)] = Field(default=6, description="Passages an answer is made from.")
    window: Annotated[int, Field(ge=1024, le=1_000_000)] = Field(
        default=8192, description="Largest context window asked of the model, in tokens."
    )
    answer_tokens: Annotated[int, Field(ge=32, le=32_768)] = Field(
        default=512, description="Longest answer asked of the model, in tokens."
    )
    connect_timeout: Annotated[float, Field(gt=0)] = Field(
        default=3.0, description="Seconds to reach the model server."
    )
    first_token_timeout: Annotated[float, Field(gt=0)] = Field(
        default=180.0, description="Seconds to wait for a model's first word (it may have to load)."
    )
    token_timeout: Annotated[float, Field(gt=0)] = Field(default=30.0, description="Seconds to wait between two words.")
    max_file_mb: Annotated[int, Field(ge=1)] = Field(
        default=500, description="Largest file that is read, in megabytes."
    )
    host: str = Field(default="127.0.0.1", description="Address the app listens on.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(default=8501, description="Port the app listens on.")

    @field_validator("data", mode="before")
    @classmethod
    def _no_empty_path(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise ValueError("it must not be empty")
        return value

    @field_validator("data")
    @classmethod
    def _expand_user(cls, value: Path) -> Path:
        try:
            return value.expanduser()
        except RuntimeError as error:
            raise ValueError(f"the folder that ~ stands for is not known ({error})") from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of precedence; no .env file is read: one configuration file is enough."""
        file = config_file()
        toml = (TomlConfigSettingsSource(settings_cls, file),) if file else ()
        return (init_settings, env_settings, *toml)


def config_file() -> Path | None:
    """The configuration file in force: `KITABU_CONFIG`, else kitabu.toml in the working directory, else none."""
    named = os.environ.get(f"{ENV_PREFIX}CONFIG")
    path = Path(named) if named else Path(CONFIG_FILE)
    return path if named or path.is_file() else None


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` (from the command line) win, `None` among them meaning "not given".

    Raises:
        ConfigError: a key is unknown or a value not allowed; names the key, the place and what is allowed.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    file = config_file()
    if file and not file.is_file():
        raise ConfigError(f"The configuration file {file} does not exist.", "Correct KITABU_CONFIG or unset it.")
    try:
        _refuse_unknown_environment()
        settings = Settings(**given)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.", "Correct that line.") from error
    except ValidationError as error:
        raise _explain(error, file, given) from error
    if not settings.data.is_absolute():
        base = file.parent if file else Path.cwd()
        settings = settings.model_copy(update={"data": (base / settings.data).resolve()})
    return settings


def _refuse_unknown_environment() -> None:
    known = {f"{ENV_PREFIX}{name}".upper() for name in Settings.model_fields} | set(NOT_SETTINGS)
    for name in os.environ:
        if name.startswith(ENV_PREFIX) and name not in known:
            raise ConfigError(
                f"The environment variable {name} is not a setting of Kitabu.",
                f"Allowed: {', '.join(sorted(known))}.",
            )


def _explain(error: ValidationError, file: Path | None, given: dict[str, Any]) -> ConfigError:
    first = error.errors()[0]
    key = str(first["loc"][0]) if first["loc"] else "?"
    variable = f"{ENV_PREFIX}{key}".upper()
    if key in given:
        place = "the command line"
    elif variable in os.environ:
        place = f"the environment variable {variable}"
    else:
        place = str(file)
    if key not in Settings.model_fields:
        allowed = ", ".join(sorted(Settings.model_fields))
        return ConfigError(f"Unknown setting '{key}' in {place}.", f"Allowed: {allowed}.")
    about = Settings.model_fields[key].description or ""
    return ConfigError(f"Setting '{key}' in {place} is not valid: {first['msg']}, got {first['input']!r}.", about)
