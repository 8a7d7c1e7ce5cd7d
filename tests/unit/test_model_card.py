"""Licences recognised and not guessed, and facts that are given with their source."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

import rag.models.card as card_module
from rag.models.card import describe, known_facts
from rag.models.licences import Permission, recognise
from rag.models.ollama import LocalModel, ModelCard, OllamaServer
from rag.testing.replay import ReplayServer
from tests.places import RECORDINGS

OPEN, CONDITIONS, NON_COMMERCIAL = Permission.OPEN, Permission.CONDITIONS, Permission.NON_COMMERCIAL
MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software"


@pytest.mark.parametrize(
    ("text", "permission", "name"),
    [
        ("      Apache License\n            Version 2.0, January 2004", OPEN, "Apache"),
        ("Copyright (c) Microsoft Corporation.\n\nMIT License", OPEN, "MIT"),
        (MIT, OPEN, "MIT"),
        ("Redistribution and use in source and binary forms, with or\nwithout modification", OPEN, "BSD"),
        ("LLAMA 3.2 COMMUNITY LICENSE AGREEMENT\nLlama 3.2 Version Release Date", CONDITIONS, "Llama"),
        ("META LLAMA 3 COMMUNITY LICENSE AGREEMENT", CONDITIONS, "Llama"),
        ("Gemma Terms of Use\n\nLast modified: April 1, 2024", CONDITIONS, "Gemma"),
        ("Tongyi Qianwen LICENSE AGREEMENT", CONDITIONS, "Qwen"),
        ("Qwen LICENSE AGREEMENT\n\nQwen LICENSE AGREEMENT Release Date: September 19, 2024", CONDITIONS, "Qwen"),
        (f"Modified MIT License\n\n{MIT}", CONDITIONS, "Modified MIT"),
        ("Apache License Version 2.0, with the Commons Clause", CONDITIONS, "Commons Clause"),
        ("Qwen RESEARCH LICENSE AGREEMENT\n\nRelease Date: September 19, 2024", NON_COMMERCIAL, "Qwen Research"),
        ("Creative Commons Attribution-NonCommercial 4.0 International Public License", NON_COMMERCIAL, "CC BY-NC"),
        ("# Mistral AI Research License", NON_COMMERCIAL, "Mistral"),
    ],
)  # fmt: skip
def test_licences_by_their_own_words(text: str, permission: Permission, name: str) -> None:
    found = recognise(text)
    assert found.permission is permission
    assert found.names[0].startswith(name)
    assert found.given == text.strip()
    assert bool(found.warning) is (permission is not OPEN)


def test_of_several_licences_the_strictest_counts() -> None:
    found = recognise("Apache License Version 2.0\nQwen RESEARCH LICENSE AGREEMENT")
    assert (found.permission, found.names) == (NON_COMMERCIAL, ("Qwen Research License",))
    assert recognise("Apache License Version 2.0", tag="cc-by-nc-4.0").permission is NON_COMMERCIAL


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Our own terms: be kind.", ""),
        # A word in the file does not make another text free.
        ("Our own terms: be kind.", "apache-2.0"),
        ("MIT License, for research purposes only", ""),
        ("MIT License. No commercial use.", "mit"),
        ("", "other"),
    ],
)
def test_what_is_not_recognised_is_shown_as_given(text: str, tag: str) -> None:
    found = recognise(text, tag)
    assert (found.permission, found.names) == (Permission.UNKNOWN, ())
    assert found.given == (text or tag)
    assert "not one that is recognised" in found.warning


def test_a_model_without_a_licence_is_warned_of() -> None:
    found = recognise("")
    assert found.permission is Permission.UNKNOWN
    assert "without a licence" in found.warning
    assert recognise("", "apache-2.0").permission is OPEN


def test_the_card_of_the_recorded_model() -> None:
    with ReplayServer(RECORDINGS) as replay:
        server = OllamaServer(replay.url, 2.0)
        card, status = server.show("smollm2:135m"), server.status()
    about = describe("smollm2:135m", card, status.local("smollm2:135m"))
    assert about.licence.names == ("Apache License 2.0",)
    assert (about.maker, about.languages) == ("HuggingFaceTB", "English")
    assert "FineWeb-Edu" in about.training
    assert (about.parameters, about.quantization, about.window, about.size) == ("134.52M", "Q4_1", 8192, 98362824)
    assert about.digest.startswith("8c3d4937")
    assert about.source.address.startswith("https://")


def test_what_nobody_is_sure_of_is_not_said() -> None:
    mine = ModelCard(4096, ("completion",), info={"general.architecture": "llama", "general.organization": "Clinic"})
    about = describe("clinic/smollm2:latest", mine, None)
    assert (about.maker, about.training, about.languages, about.source) == ("Clinic", "", "", None)
    # Somebody's model under a known name, with another architecture in its file.
    assert known_facts("qwen3:4b", "llama") == {}
    assert known_facts("qwen3:4b", "qwen3")["maker"].startswith("Alibaba")
    spoken = ModelCard(4096, (), info={"general.languages": ["en", "sw"]})
    assert describe("own", spoken, LocalModel("own", 1, "", "", 0, ())).languages == "en, sw"


def test_every_fact_has_its_source_and_date() -> None:
    path = Path(card_module.__file__).parent / "data" / "makers.toml"
    models = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
    assert len({one["name"] for one in models}) == len(models)
    for one in models:
        assert one["source"].startswith("https://")
        assert isinstance(one["as_of"], date)
        assert one["architectures"]
        assert set(one) <= {"name", "architectures", "maker", "training", "languages", "source", "as_of"}
