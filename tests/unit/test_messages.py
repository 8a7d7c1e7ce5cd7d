"""The files of messages: each says everything, with what English fills in, and one that does not is told."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rag.core import words
from rag.core.checking import Verdicts, verdicts
from rag.core.messages import FOLDER, Messages, languages, messages, read_sentences
from tests.places import ROOT

NOT_SENTENCES = {"thousands", "language_name"}


def sentences(language: str) -> dict[str, str]:
    return {**messages(language)._asdict(), **verdicts(language)._asdict()}


def filled_in(sentence: str) -> Counter[str]:
    return Counter(re.findall(r"[{}]|(?<={)\w+(?=})", sentence))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(FOLDER / "en.toml", tmp_path / "xx.toml"))


def test_every_language_that_has_words_has_messages() -> None:
    assert languages() == words.languages()


@pytest.mark.parametrize("language", languages())
def test_sentences_are_in_nfc_and_have_what_the_english_ones_have_filled_in(language: str) -> None:
    english = sentences("en")
    for name, sentence in sentences(language).items():
        assert unicodedata.is_normalized("NFC", sentence), name
        assert filled_in(sentence) == filled_in(english[name]), name
        if name not in NOT_SENTENCES:
            assert sentence == sentence.strip(), name
            assert language == "en" or sentence != english[name], name


@pytest.mark.parametrize("language", languages())
def test_thousands_are_not_parted_by_what_could_be_a_digit(language: str) -> None:
    assert messages(language).thousands in {",", ".", "\u202f"}


def test_a_language_without_a_file_is_told_in_english() -> None:
    assert messages("xx") is messages("../en") is messages("") is messages("en")
    assert verdicts("xx") is verdicts("en")


def test_each_sentence_says_in_english_what_it_is_for() -> None:
    lines = (FOLDER / "en.toml").read_text(encoding="utf-8").splitlines()
    said = {line.partition(" = ")[0]: above for above, line in pairwise(lines) if " = " in line}
    assert said.keys() == sentences("en").keys()
    for name, above in said.items():
        assert above.startswith("# "), name
        assert set(filled_in(above)) == set(filled_in(sentences("en")[name])), name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('also = "Also:"', 'also = "Also:"\ntoo = "Also:"', "answers: no sentence is called too. Those of en.toml are"),
        ('also = "Also:"', "", "answers: also is missing"),
        ('also = "Also:"', "also = 1", r"answers\.also must be a text"),
        ('also = "Also:"', 'also = ""', r"answers\.also must be a text"),
        ('also = "Also:"', 'also = "Also:', "line"),
        ("[checks]", "[check]", "no table is called check"),
        ("[checks]", "[answers.checks]", "checks is missing"),
        ("[answers]", "[[answers]]", "answers must be a table"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(file: Path, old: str, new: str, said: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(f"\n{old}\n") == 1
    file.write_text(text.replace(f"\n{old}\n", f"\n{new}\n"), encoding="utf-8")
    with pytest.raises(ValueError, match=said) as raised:
        read_sentences(file, "answers", Messages)
    assert str(file) in str(raised.value)


def test_a_verdict_that_is_missing_is_said(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\nnegated = ", "\nnegatde = "), encoding="utf-8")
    assert read_sentences(file, "answers", Messages) == messages("en")
    with pytest.raises(ValueError, match="checks: no sentence is called negatde"):
        read_sentences(file, "checks", Verdicts)


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("from rag.cli.main import run; assert run(['--help']) == 0", 0),
        ("import rag.engine, rag.answering.citations, rag.ui.answer_view", 0),
        ("from rag.core.messages import messages; assert messages('fr').also == 'Aussi :'; messages('fr')", 1),
    ],
)
def test_no_messages_are_read_before_they_are_needed(code: str, read: int) -> None:
    report = "\nimport rag.core.messages as m, rag.core.checking as c"
    report += "\nprint('READ', m._read.cache_info().misses + c._read.cache_info().misses)"
    done: Any = subprocess.run([sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split()[-2:] == ["READ", str(read)], done.stderr
