"""Settings: defaults < kitabu.toml < environment KITABU_* < command line. Frozen after loading."""

from __future__ import annotations

import os
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from rag.core.errors import ConfigError
from rag.core.types import Unsupported

CONFIG_FILE = "kitabu.toml"
ENV_PREFIX = "KITABU_"
NOT_SETTINGS = (f"{ENV_PREFIX}CONFIG", f"{ENV_PREFIX}REQUIRE_BROWSER", f"{ENV_PREFIX}REQUIRE_OCR")
"""Variables with the prefix that mean something else: the file's place, and switches of the test suite."""


class _ConfigFile(TomlConfigSettingsSource):
    """The configuration file, as any editor saves it: some put a byte order mark before UTF-8."""

    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        return tomllib.loads(file_path.read_text(encoding="utf-8-sig"))


Caution = Literal["careful", "balanced", "eager"]


class Settings(BaseSettings):
    """All that can be configured. A relative `data` lies beside the configuration file."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid", validate_default=True)

    data: Path = Field(default=Path("data"), description="Folder that holds the library.")
    model: str = Field(
        default="auto",
        min_length=1,
        description='Answering model: "auto" (an Ollama model when one is there, else quoting), "none" (quoting), '
        '"ollama:NAME", "openai:NAME" (on the server at openai_url), "gguf:PATH" (a GGUF file, in this process; needs '
        'the extra gguf), "langchain:MAKER:NAME" (by LangChain\'s init_chat_model; needs the extra langchain), or the '
        "dotted path of a LangChain chat model.",
    )
    ollama_url: str = Field(default="http://127.0.0.1:11434", description="Address of the Ollama server.")
    openai_url: str = Field(
        default="http://127.0.0.1:8000/v1",
        description="Address of a server that speaks OpenAI's protocol: vLLM, llama-server, LM Studio.",
    )
    openai_key: SecretStr = Field(default=SecretStr(""), description="Key for that server, where it wants one.")
    at_once: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0,
        description="Questions that the model server answers at the same time; others wait and see their place. 0 is "
        "1 for Ollama (its own default, OLLAMA_NUM_PARALLEL), 4 for other servers; a GGUF file always takes 1.",
    )
    embedder: str = Field(
        default="minilm",
        min_length=1,
        description='"minilm", "ollama:NAME", the folder or name (with a slash) of a model of sentence-transformers, '
        "or the dotted path of a LangChain Embeddings class.",
    )
    reranker: str = Field(
        default="none",
        min_length=1,
        description='"none", the folder or name of a cross-encoder of sentence-transformers, or the dotted path of a '
        "LangChain BaseCrossEncoder: puts the first passages found into its order.",
    )
    chunker: str = Field(
        default="structure",
        min_length=1,
        description='What divides documents into passages: "structure" (along headings, lists and tables), or the '
        "dotted path of a class that is made with the embedder's token counter and its longest text.",
    )
    readers: dict[str, str] = Field(
        default={},
        description="Readers of one's own: name endings and the dotted path of the class that reads such files, as in "
        '{ ".srt" = "mypackage.Subtitles" }; in the environment as JSON, { ".srt": "mypackage.Subtitles" }.',
    )
    store: str = Field(
        default="chroma",
        min_length=1,
        description='Vector store: "chroma" (in this process), "chroma:http://HOST:PORT" (a Chroma server), or the '
        "dotted path of a LangChain VectorStore class, or of a function that makes one, given the embeddings.",
    )
    passages: Annotated[int, Field(ge=1, le=50)] = Field(default=6, description="Passages an answer is made from.")
    window: Annotated[int, Field(ge=1024, le=1_000_000)] = Field(
        default=8192, description="Largest context window asked of the model, in tokens."
    )
    answer_tokens: Annotated[int, Field(ge=32, le=32_768)] = Field(
        default=512, description="Longest answer asked of the model, in tokens."
    )
    interface_language: Annotated[str, Field(pattern=r"^(auto|[a-z]{2})$")] = Field(
        default="auto",
        description='Language of the pages: "auto" (the browser\'s), or its code such as "fr". What is not translated '
        "is in English.",
    )
    caution: Caution = Field(
        default="balanced",
        description='How sure it must be that the documents answer, before they are quoted: "careful" (refuses more, '
        'for clinics), "balanced" or "eager" (answers more).',
    )
    unsupported: Unsupported = Field(
        default="marked",
        description="What becomes of a model's sentence that the documents do not support, once the model has had one "
        'chance to correct it: "marked" (shown with a mark), "removed" (left out), or "strict" (the whole answer is '
        "refused; recommended for clinics).",
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
    ocr: Literal["auto", "tesseract", "rapidocr", "off"] = Field(
        default="auto",
        description='Text recognition of scanned pages and pictures: "auto" (the best engine there is), "tesseract", '
        '"rapidocr" or "off".',
    )
    max_pages: Annotated[int, Field(ge=1)] = Field(default=10_000, description="Pages read of one file, at most.")
    max_unpacked_mb: Annotated[int, Field(ge=1)] = Field(
        default=2000, description="What a compressed file may unpack to, in megabytes, all that lies in it counted."
    )
    read_memory_mb: Annotated[int, Field(ge=256)] = Field(
        default=4096, description="Memory for reading one file, in megabytes (kept to on Linux)."
    )
    host: str = Field(default="127.0.0.1", description="Address the app listens on.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(default=8501, description="Port the app listens on.")

    @field_validator("readers")
    @classmethod
    def _endings(cls, value: dict[str, str]) -> dict[str, str]:
        for ending in value:
            if not ending.startswith(".") or "." in ending[1:] or len(ending) < 2:
                raise ValueError(f"'{ending}' is not a name ending such as .srt")
        return {ending.lower(): path for ending, path in value.items()}

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
        toml = (_ConfigFile(settings_cls, file),) if file else ()
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
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text: {error}.", "Save it as UTF-8 in your editor.") from error
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {error.strerror}.", "Give yourself permission to read it."
        ) from error
    except SettingsError as error:
        raise _no_json(error) from error
    except ValidationError as error:
        raise _explain(error, file, given) from error
    if not settings.data.is_absolute():
        base = file.parent if file else Path.cwd()
        settings = settings.model_copy(update={"data": (base / settings.data).resolve()})
    return settings


def _no_json(error: SettingsError) -> ConfigError:
    """The error for a variable whose value is read as JSON, because it holds more than one thing."""
    field = next(name for name in Settings.model_fields if f'"{name}"' in str(error))
    return ConfigError(
        f"The environment variable {ENV_PREFIX}{field.upper()} is not valid JSON.",
        Settings.model_fields[field].description or "",
    )


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
    field = Settings.model_fields[key]
    got = "" if field.annotation is SecretStr else f", got {first['input']!r}"
    why = first["msg"].removeprefix("Value error, ")
    return ConfigError(f"Setting '{key}' in {place} is not valid: {why}{got}.", field.description or "")
