"""What a model is: its licence, its maker, what it was trained on, its size and its window."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from rag.models.licences import Licence, recognise
from rag.models.ollama import LocalModel, ModelCard

_FACTS: Final = Path(__file__).parent / "data" / "makers.toml"


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from that the server does not tell."""

    address: str
    as_of: date
    """When it was published."""


@dataclass(frozen=True, slots=True)
class About:
    """A model's card. A text is "" where nothing is known."""

    name: str
    licence: Licence
    maker: str
    training: str
    """What is known of the data it was trained on."""
    languages: str
    parameters: str
    quantization: str
    size: int
    """Bytes on disk; 0 where the server does not say."""
    window: int
    """Tokens it was made for."""
    digest: str
    architecture: str
    capabilities: tuple[str, ...]
    source: Source | None
    """Of what the model's own file does not say of maker, training and languages; None where nothing is known."""


def describe(name: str, card: ModelCard, local: LocalModel | None) -> About:
    """The card of a model.

    Args:
        name: on the server.
        card: what the server says of it.
        local: its entry in the server's list, which has its size and digest.
    """
    info = card.info
    architecture = _text(info, "general.architecture")
    facts = known_facts(name, architecture)
    return About(
        name=name,
        licence=recognise(card.licence, _text(info, "general.license")),
        maker=_text(info, "general.organization") or str(facts.get("maker", "")),
        training=str(facts.get("training", "")),
        languages=_languages(info) or str(facts.get("languages", "")),
        parameters=card.parameters,
        quantization=card.quantization,
        size=local.size if local else 0,
        window=card.context_length,
        digest=local.digest if local else "",
        architecture=architecture,
        capabilities=card.capabilities,
        source=Source(str(facts["source"]), facts["as_of"]) if facts else None,
    )


def known_facts(name: str, architecture: str) -> Mapping[str, Any]:
    """What the file of facts says of a model; empty where it is none of Ollama's library or another architecture.

    Anybody may give a model a known name: one whose file is of another architecture is not taken for it.
    """
    base = name.partition(":")[0]
    return next((one for one in _facts() if one["name"] == base and architecture in one["architectures"]), {})


@cache
def _facts() -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = tomllib.loads(_FACTS.read_text(encoding="utf-8"))["model"]
    return found


def _text(info: Mapping[str, Any], key: str) -> str:
    value = info.get(key)
    return value if isinstance(value, str) else ""


def _languages(info: Mapping[str, Any]) -> str:
    value = info.get("general.languages")
    return ", ".join(str(one) for one in value) if isinstance(value, list) else ""
