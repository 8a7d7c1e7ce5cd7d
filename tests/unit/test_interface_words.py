"""The interface in other languages: whole, with the same slots as the English, and in the language of whoever looks."""

import ast
import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from gettext import c2py
from pathlib import Path

import pytest
from interface_words import english

from rag.ui import strings
from rag.ui.strings import data as data_words
from rag.ui.strings.translation import FOLDER, OWN_NAMES, Writing, nearest, read, speaking
from tests.places import ROOT

FILES = sorted(FOLDER.glob("*.toml"))
by_language = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def slots(words: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", words))


@by_language
def test_every_sentence_is_translated_and_none_is_unknown(path: Path) -> None:
    sentences, counts = english()
    found = read(path)
    missing = [*(sentences.keys() - found.sentences.keys()), *(counts.keys() - found.counts.keys())]
    assert not missing, f"write what is missing with: python tools/interface_words.py {path.stem}"
    assert found.sentences.keys() == sentences.keys()
    assert found.counts.keys() == counts.keys()


@by_language
def test_slots_are_those_of_the_english(path: Path) -> None:
    found = read(path)
    for source, words in found.sentences.items():
        assert words.strip(), source
        assert slots(words) == slots(source), source
        words.format(**dict.fromkeys(slots(words), "x"))
    for source, forms in found.counts.items():
        assert len(forms) == len(next(iter(found.counts.values()))), source
        assert slots(forms[-1]) == slots(source), source
        # A form for one number may say it in words.
        assert all(slots(source) - {"n"} <= slots(words) <= slots(source) for words in forms), source


@by_language
def test_its_way_of_writing_is_whole(path: Path) -> None:
    found = read(path)
    assert path.stem in OWN_NAMES
    assert found.writing.direction in ("ltr", "rtl")
    assert len(found.writing.months) == 12
    assert slots(found.writing.date) == {"day", "month", "year"}
    assert slots(found.writing.per_cent) == {"n"}
    forms = {c2py(found.writing.plurals)(value) for value in range(1000)}
    assert forms == set(range(len(next(iter(found.counts.values())))))


def test_french_numbers_dates_and_counts() -> None:
    with speaking("fr"):
        assert [strings.ASK_PLACEHOLDER, data_words.TITLE] == ["Interrogez vos documents", "Vos données"]
        assert strings.FOLDER_STATES["in_step"] == "à jour"
        assert strings.searching(0) == "Recherche dans 0 passage"
        assert strings.searching(1204) == "Recherche dans 1\u202f204 passages"
        assert strings.size(3_200_000) == "3,2 Mo"
        assert strings.day("2026-11-22") == "22 novembre 2026"
        assert strings.per_cent(0.94) == "94\u202f%"
        assert strings.listed(["a", "b", "c"]) == "a, b et c"
        assert strings.duration(0.4) == "0,4 secondes"
    assert strings.searching(1204) == "Searching 1,204 passages"


def test_a_thread_says_it_in_its_own_language() -> None:
    heard: list[str] = []
    with speaking("fr"):
        other = threading.Thread(target=lambda: heard.append(strings.STOP))
        other.start()
        other.join()
        heard.append(strings.STOP)
    assert heard == ["Stop", "Arrêter"]


def test_a_locale_names_a_language_that_is_spoken() -> None:
    assert nearest("fr-CA") == nearest("fr_FR") == nearest("FR") == "fr"
    assert nearest("xx-YY") == nearest("") == nearest("en-GB") == "en"


def test_what_is_not_translated_is_said_in_english_and_a_wrong_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "ar.toml").write_text(
        '[writing]\ndirection = "rtl"\nplurals = "n == 1 ? 0 : n == 2 ? 1 : 2"\n'
        '[sentences]\n"Ask" = "اسأل"\n[counts]\n"{n} pages" = ["صفحة واحدة", "صفحتان", "{n} صفحات"]\n',
        encoding="utf-8",
    )
    arabic = read(tmp_path / "ar.toml")
    assert (arabic.said("Ask"), arabic.said("Library")) == ("اسأل", "Library")
    forms = [arabic.form(value, "{n} page", "{n} pages") for value in (1, 2, 3)]
    assert forms == ["صفحة واحدة", "صفحتان", "{n} صفحات"]
    assert arabic.form(1, "{n} passage", "{n} passages") == "{n} passage"
    (tmp_path / "ar.toml").write_text("[words]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no table is called words"):
        read(tmp_path / "ar.toml")
    (tmp_path / "ar.toml").write_text("[writing]\nside = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="side"):
        read(tmp_path / "ar.toml")


def test_no_word_is_looked_up_when_a_module_is_imported() -> None:
    """It would stay in the language of whoever came first, or English."""
    found = [f"{path.name}:{one.lineno}" for path in (ROOT / "rag" / "ui").glob("*.py") for one in _at_import(path)]
    assert not found


def test_the_template_of_a_new_language_is_whole() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "tools" / "interface_words.py", "xx"], capture_output=True, text=True, check=True
    )
    sentences, counts = english()
    found = tomllib.loads(made.stdout)
    assert found["sentences"] == {word: word for word in sentences}
    assert found["counts"].keys() == counts.keys()
    assert found["writing"] == json.loads(json.dumps(dict(_fields(Writing()))))


def _fields(how: Writing) -> Iterator[tuple[str, object]]:
    for name in Writing.__slots__:
        yield name, getattr(how, name)


def _at_import(path: Path) -> Iterator[ast.expr]:
    """Where a module reads `strings.NAME` or `words.NAME` outside its functions, in defaults and decorators also."""
    todo: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            todo += [*node.decorator_list, *node.args.defaults, *(one for one in node.args.kw_defaults if one)]
            continue
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("strings", "words")
        ):
            yield node
        todo += ast.iter_child_nodes(node)
