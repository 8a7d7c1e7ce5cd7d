"""The files of words: each has all lists, and the words in them are ones that the program can use."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import pytest
import regex

from rag.answering.expectation import Kind
from rag.answering.measures import units
from rag.answering.persons import AGES
from rag.answering.polarity import Sense
from rag.answering.scope import Extent
from rag.core.text import LANGUAGES, fold
from rag.core.words import FOLDER, List, Words, all_words, languages, read_words, words_of
from tests.places import ROOT

PERIODS = {"day", "week", "month", "year"}
KEYS = {
    "persons": {*AGES, "of_no_age", "anybody"},
    "asks": set(Kind),
    "gives": set(Kind) - {Kind.NUMBER},
    "periods": PERIODS,
    "comparators": set(Sense),
    "extents": set(Extent),
}
PATTERNS = (
    "openers", "pronouns", "opening_prepositions", "closing_postpositions", "verbs_of_asking", "polar_openings",
    "question_words",
    "joints", "how_long", "how_often", "how_many", "per", "not_negations", "negated_verbs", "denying", "no_cells",
    "introductions", "says_nothing", "pleasantries", "need_not",
)  # fmt: skip
PATTERNS_OF_UNPARTED = ("ordinals", "weekdays", "of_amounts", "persons")


def lists(words: Words) -> Iterator[tuple[str, List]]:
    for entry in fields(words):
        value = getattr(words, entry.name)
        if isinstance(value, tuple):
            yield entry.name, value
        else:
            yield from ((f"{entry.name}.{key}", listed) for key, listed in value.items())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(FOLDER / "en.toml", tmp_path / "xx.toml"))


def test_every_language_that_is_served_has_a_file() -> None:
    assert set(LANGUAGES) <= set(languages())


@pytest.mark.parametrize("language", languages())
def test_words_are_in_nfc_and_stand_once_in_a_list(language: str) -> None:
    for name, listed in lists(words_of(language)):
        assert all(unicodedata.is_normalized("NFC", word) for word in listed), name
        assert len(set(listed)) == len(listed), name


@pytest.mark.parametrize("language", languages())
def test_tables_have_keys_that_something_is_known_by(language: str) -> None:
    words = words_of(language)
    for name, known in KEYS.items():
        assert getattr(words, name).keys() <= known, name
    assert all(Fraction(number) > 0 for number in words.numbers)
    assert all(apart[0].isdigit() and fold(apart[1]) in units(language) for apart in words.whole.values())
    assert len(words.months) in (0, 12)


@pytest.mark.parametrize("language", languages())
def test_patterns_are_regular_expressions(language: str) -> None:
    # Those of asks and gives are compiled by the module re.
    for name, listed in lists(words_of(language)):
        kind = name.partition(".")[0]
        if kind in PATTERNS or (language in ("vi", "th", "zh") and kind in PATTERNS_OF_UNPARTED):
            assert all(regex.compile(pattern) for pattern in listed), name
        if kind in ("asks", "gives"):
            assert all(re.compile(pattern) for pattern in listed), name


def test_a_language_without_a_file_has_no_words() -> None:
    assert words_of("xx") == words_of("../en") == words_of("") == Words()
    assert "xx" not in languages()


def test_a_file_is_read_once() -> None:
    assert words_of("fr") is words_of("fr")
    assert [id(words) for words in all_words()] == [id(words_of(language)) for language in languages()]


def test_an_entry_with_a_space_stands_in_an_array(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("without = 'without'", "without = ['without', 'out of']")
    file.write_text(text, encoding="utf-8")
    assert read_words(file).without == ("without", "out of")
    assert read_words(file).tens == words_of("en").tens


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("without = 'without'", "without = 'without'\nwithuot = ''", "no list is called withuot. Those of en.toml are"),
        ("without = 'without'", "", "without is missing"),
        ("without = 'without'", "without = 1", "without must be a text"),
        ("without = 'without'", "without = ['without', '']", "without must be a text"),
        ("day = 'daily'", "day = 1", "periods.day must be a text"),
        ("[periods]", "[[periods]]", "periods must be a table"),
        ("without = 'without'", "without = 'without", "line"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(file: Path, old: str, new: str, said: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(f"\n{old}\n") == 1
    file.write_text(text.replace(f"\n{old}\n", f"\n{new}\n"), encoding="utf-8")
    with pytest.raises(ValueError, match=said) as raised:
        read_words(file)
    assert str(file) in str(raised.value)


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("from rag.cli.main import run; assert run(['--help']) == 0", False),
        ("import rag.answering.generate, rag.answering.extract, rag.retrieval.parts", False),
        ("from rag.core.text import is_stopword; assert is_stopword('the', 'en')", True),
    ],
)
def test_no_words_are_read_before_they_are_needed(code: str, read: bool) -> None:
    report = "\nimport sys; words = sys.modules.get('rag.core.words')"
    report += "\nprint('READ', bool(words) and words._read.cache_info().currsize > 0)"
    done = subprocess.run([sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-2:] == ["READ", str(read)]
