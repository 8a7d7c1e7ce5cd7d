"""Licences of models: recognised by their own titles, and what they permit. What is not recognised is not guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """What a licence permits, the freest first."""

    OPEN = "open source"
    CONDITIONS = "open weights with conditions"
    NON_COMMERCIAL = "not for commercial use"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Licence:
    """What is known of a model's licence."""

    permission: Permission
    names: tuple[str, ...] = ()
    """The licences that were recognised."""
    given: str = ""
    """The text as the server gives it, or the name that the model's file has for it; "" where there is neither."""

    @property
    def warning(self) -> str:
        """What somebody has to know before using the model in an organisation; "" for open source."""
        return _WARNINGS[self.permission] if self.given else _NOTHING_GIVEN


_WARNINGS: Final = {
    Permission.OPEN: "",
    Permission.CONDITIONS: "Use is free under conditions: what it may be used for, by whom, or how it must be named. "
    "Read the licence before you rely on this model.",
    Permission.NON_COMMERCIAL: "This licence does not allow commercial use. It may not fit your organisation: read "
    "it, or take another model.",
    Permission.UNKNOWN: "This licence is not one that is recognised here. Read it before you rely on this model.",
}
_NOTHING_GIVEN: Final = "This model came without a licence: nothing says that you may use it. Ask who made it."

_OPEN, _CONDITIONS, _NON_COMMERCIAL = Permission.OPEN, Permission.CONDITIONS, Permission.NON_COMMERCIAL
# The licences' own titles, or sentences that stand in no other, read in November 2026 with white space as one space.
_TEXTS: Final[Sequence[tuple[Permission, str, str]]] = (
    (_OPEN, "Apache License 2.0", r"apache licen[sc]e,? (?:version|v)? ?2\.0"),
    (
        _OPEN,
        "MIT License",
        r"(?<!modified )\bmit licen[sc]e|permission is hereby granted, free of charge, to any person",
    ),
    (_OPEN, "BSD License", r"redistribution and use in source and binary forms, with or without modification"),
    (_OPEN, "CC BY 4.0", r"(?:creative commons )?attribution 4\.0 international|\bcc[- ]by[- ]4\.0"),
    (_CONDITIONS, "CC BY-SA 4.0", r"attribution-sharealike 4\.0 international|\bcc[- ]by[- ]sa[- ]4\.0"),
    (_CONDITIONS, "Modified MIT License", r"modified mit licen[sc]e"),
    (_CONDITIONS, "Commons Clause", r"commons clause"),
    (
        _CONDITIONS,
        "Llama Community License",
        r"llama [234](?:\.\d)? community licen[sc]e|meta llama \d[\d.]* licen[sc]e",
    ),
    (_CONDITIONS, "Gemma Terms of Use", r"gemma terms of use"),
    (_CONDITIONS, "Qwen License Agreement", r"(?:tongyi qianwen|\bqwen) licen[sc]e agreement"),
    (_CONDITIONS, "DeepSeek License Agreement", r"deepseek licen[sc]e agreement"),
    (_CONDITIONS, "Open RAIL", r"\bopen ?rail(?:-m|\+\+-m)?\b|responsible ai licen[sc]e"),
    (_CONDITIONS, "NVIDIA Open Model License", r"nvidia open model licen[sc]e"),
    (_CONDITIONS, "Falcon LLM License", r"falcon(?:-?\w*| \d+)? (?:llm |tii )?licen[sc]e"),
    (_CONDITIONS, "Stability AI Community License", r"stability ai community licen[sc]e"),
    (_NON_COMMERCIAL, "Qwen Research License", r"qwen research licen[sc]e"),
    (_NON_COMMERCIAL, "CC BY-NC", r"attribution-noncommercial|\bcc[- ]by[- ]nc"),
    (_NON_COMMERCIAL, "Mistral AI Research License", r"mistral (?:ai )?research licen[sc]e"),
    (_NON_COMMERCIAL, "Mistral AI Non-Production License", r"mistral ai non-production licen[sc]e"),
    (_NON_COMMERCIAL, "EXAONE License, non-commercial", r"exaone ai model licen[sc]e agreement[^.]{0,40}\bnc\b"),
    (_NON_COMMERCIAL, "Stability AI Non-Commercial License", r"stability ai non-?commercial"),
)
_PATTERNS: Final = tuple((permission, name, re.compile(pattern)) for permission, name, pattern in _TEXTS)
# What a model's file writes under `general.license`: identifiers of SPDX and of Hugging Face.
_TAGS: Final = {
    "apache-2.0": (_OPEN, "Apache License 2.0"),
    "mit": (_OPEN, "MIT License"),
    "bsd-2-clause": (_OPEN, "BSD License"),
    "bsd-3-clause": (_OPEN, "BSD License"),
    "cc-by-4.0": (_OPEN, "CC BY 4.0"),
    "cc-by-sa-4.0": (_CONDITIONS, "CC BY-SA 4.0"),
    "llama2": (_CONDITIONS, "Llama Community License"),
    "llama3": (_CONDITIONS, "Llama Community License"),
    "llama3.1": (_CONDITIONS, "Llama Community License"),
    "llama3.2": (_CONDITIONS, "Llama Community License"),
    "llama3.3": (_CONDITIONS, "Llama Community License"),
    "llama4": (_CONDITIONS, "Llama Community License"),
    "gemma": (_CONDITIONS, "Gemma Terms of Use"),
    "openrail": (_CONDITIONS, "Open RAIL"),
    "cc-by-nc-4.0": (_NON_COMMERCIAL, "CC BY-NC"),
    "cc-by-nc-sa-4.0": (_NON_COMMERCIAL, "CC BY-NC"),
    "cc-by-nc-nd-4.0": (_NON_COMMERCIAL, "CC BY-NC"),
}
_LIMITED: Final = re.compile(r"\bnon-?commercial\b|research (?:purposes? )?only|only for research|no commercial use")
"""Words that stand in none of the open licences: with one of them a text is more than the licence it names."""


def recognise(licence: str, tag: str = "") -> Licence:
    """What a licence permits; of several, what the strictest does.

    Args:
        licence: its text, as the server gives it; several may stand one after the other.
        tag: what the model's file says, e.g. "apache-2.0".
    """
    words = " ".join(licence.casefold().split())
    found = [(permission, name) for permission, name, pattern in _PATTERNS if pattern.search(words)]
    tagged = _TAGS.get(tag.casefold())
    # A word in the file does not make a text free that is not recognised.
    if tagged and (not words or tagged[0] is not _OPEN):
        found.append(tagged)
    given = licence.strip() or tag
    if not found:
        return Licence(Permission.UNKNOWN, given=given)
    order = list(Permission)
    strictest = max((permission for permission, _ in found), key=order.index)
    if strictest is _OPEN and _LIMITED.search(words):
        return Licence(Permission.UNKNOWN, given=given)
    names = tuple(dict.fromkeys(name for permission, name in found if permission is strictest))
    return Licence(strictest, names, given)
