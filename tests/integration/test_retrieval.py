"""The search over the real embedder, catalog, Chroma and tantivy: reranked, kept to some documents, without copies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rag.build import Kitabu, open_kitabu
from rag.core.errors import InvalidFilter, InvalidQuestion, UnknownBackend
from rag.core.events import Completed, Notice
from rag.core.filters import EVERYTHING, Filter
from rag.core.types import Hit
from rag.langchain import as_retriever
from rag.retrieval.passages import build_passages
from rag.retrieval.scope import Scope
from rag.store.ownership import in_use
from rag.testing.reranker import WordCrossEncoder

MakeLibrary = Callable[[Mapping[str, str]], Kitabu]

FRIDGE = {
    "hours.md": "# Hours\n\nThe kitchen is open from eight to four. The fridge there is for food.\n",
    "fridge.md": "# Cold chain\n\nThe vaccine fridge is kept at five degrees.\n",
    "rain.md": "# Weather\n\nIn March it rains nearly every day in the hills.\n",
}


class Backwards(WordCrossEncoder):
    """Prefers what shares least with the question."""

    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        return [-score for score in super().score(text_pairs)]


class Broken(WordCrossEncoder):
    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        raise RuntimeError(f"out of memory for {len(text_pairs)} pairs")


def again(kitabu: Kitabu, **changes: object) -> Kitabu:
    """The same library with other settings; it need not be closed."""
    return Kitabu(kitabu.settings.model_copy(update=changes), kitabu.library, kitabu.embedder)


def names(kitabu: Kitabu, hits: list[Hit]) -> list[str]:
    return [kitabu.library.catalog.document(hit.chunk.document_id).name for hit in hits]


def test_a_reranker_decides_the_order(make_library: MakeLibrary) -> None:
    plain = make_library(FRIDGE)
    question = "At how many degrees is the vaccine fridge kept?"
    before = plain.engine.search(question)
    assert names(plain, before.hits)[0] == "fridge.md"
    after = again(plain, reranker=f"{__name__}.Backwards").engine.search(question)
    assert names(plain, after.hits)[-1] == "fridge.md"
    # The places keep their scores: what else reads them knows their scale.
    assert [hit.score for hit in after.hits] == [hit.score for hit in before.hits]
    assert [hit.rank for hit in after.hits] == [1, 2, 3]
    assert "rerank" in after.timings
    assert "rerank" not in before.timings


def test_a_reranker_that_fails_is_told_and_the_answer_comes_without_it(make_library: MakeLibrary) -> None:
    broken = again(make_library(FRIDGE), reranker=f"{__name__}.Broken")
    events = list(broken.engine.ask("At how many degrees is the vaccine fridge kept?"))
    assert any(isinstance(event, Notice) and "out of memory" in event.message for event in events)
    assert isinstance(events[-1], Completed)
    assert "five degrees" in events[-1].answer.text
    assert "out of memory" in events[-1].answer.notices[0]


def test_a_wrong_reranker_leaves_the_library_free(make_library: MakeLibrary) -> None:
    settings = make_library(FRIDGE).settings
    other = settings.model_copy(update={"data": settings.data.parent / "other", "reranker": "nonsense"})
    with pytest.raises(UnknownBackend, match="reranker"):
        open_kitabu(other)
    assert not in_use(other.data)


def test_a_row_comes_with_the_note_that_stands_below_its_long_table(make_library: MakeLibrary) -> None:
    rows = "\n".join(
        f"| {low} to {low + 4} kg | {low} ml of the syrup, three times a day{'[^1]' if low == 15 else ''} |"
        for low in range(5, 200, 5)
    )
    table = f"# Zoranol\n\n| Weight | Dose |\n|---|---|\n{rows}\n\n"
    other = "## Mondol\n\n| Weight | Dose |\n|---|---|\n| 5 to 9 kg | 1 ml[^2] |\n\n"
    notes = "[^1]: Not in kidney disease.\n[^2]: Not in pregnancy.\n"
    kitabu = make_library({"zoranol.md": f"{table}{other}{notes}"})
    hits = kitabu.engine.search("What is the dose of Zoranol for a child of 17 kg?").hits
    hit = next(hit for hit in hits if "15 to 19 kg | 15 ml of the syrup, three times a day ¹" in hit.chunk.text)
    best = build_passages(kitabu.library.catalog, [hit], 1)[0]
    assert "195 to 199 kg" not in best.text
    assert best.text.endswith("\n¹ Not in kidney disease.")
    answer = kitabu.engine.answer("What is the dose of Zoranol for a child of 17 kg?")
    assert "Not in kidney disease." in answer.text
    assert "pregnancy" not in answer.text


# --- kept to some documents -------------------------------------------------------------------------------------------

SAYS = "The water tank is cleaned by the guard on the first day of the month."


@pytest.fixture
def dated(make_library: MakeLibrary) -> Kitabu:
    """Forty notes that say nearly the same; each second one is in French; all but the last have a date."""
    kitabu = make_library(
        {
            f"note{n:02}.md": f"# Note {n}\n\n"
            + (f"Le réservoir d'eau est nettoyé par le gardien, règle numéro {n}, le premier jour du mois.\n"
               if n % 2 else f"{SAYS} This is rule {n} of the house, and rule {n} is for the tank of building {n}.\n")
            for n in range(40)
        }
    )  # fmt: skip
    catalog = kitabu.library.catalog
    for document in catalog.documents():
        number = int(document.name[4:6])
        catalog.describe(document.id, effective=f"2025-{1 + number // 10:02}-{1 + number % 10:02}")
    return kitabu


def found(kitabu: Kitabu, within: Filter, k: int = 100) -> set[str]:
    return set(names(kitabu, kitabu.engine.search("When is the water tank cleaned?", k, within=within).hits))


def numbered(numbers: Iterable[int]) -> set[str]:
    return {f"note{n:02}.md" for n in numbers}


def test_a_search_finds_all_that_a_filter_leaves_and_nothing_else(dated: Kitabu) -> None:
    catalog = dated.library.catalog
    some = tuple(catalog.find(name).id for name in ("note03.md", "note38.md"))
    assert found(dated, EVERYTHING) == numbered(range(40))
    assert found(dated, Filter(documents=some)) == {"note03.md", "note38.md"}
    assert found(dated, Filter(languages=("fr",))) == numbered(range(1, 40, 2))
    assert found(dated, Filter(since="2025-02-03", until="2025-02-05")) == numbered([12, 13, 14])
    assert found(dated, Filter(languages=("en",), since="2025-04-09")) == {"note38.md"}
    # The two that are asked for, though a plain search for two finds others.
    assert found(dated, Filter(documents=some), k=2) == {"note03.md", "note38.md"}


def test_a_library_too_large_to_go_through_gives_as_many(dated: Kitabu) -> None:
    library = dated.library
    matching = library.catalog.matching(Filter(languages=("fr",)))
    size = sum(matching.values())
    scope = Scope(library.catalog, library.vectors, library.keywords, frozenset(matching), None, size)
    question = "When is the water tank cleaned? Le réservoir"
    vector = dated.embedder.encode_query(question)
    exact = replace(scope, chunk_ids=library.catalog.chunk_ids(matching))
    for k in (1, 5, size, size + 10):
        assert [one.chunk_id for one in scope.dense(vector, k)] == [one.chunk_id for one in exact.dense(vector, k)]
        assert len(scope.dense(vector, k)) == min(k, size)
        assert scope.keyword(question, "fr", k) == exact.keyword(question, "fr", k)
        assert len(scope.keyword(question, "fr", k)) == min(k, size)


def test_a_filter_that_leaves_nothing_is_told_before_anything_is_asked(dated: Kitabu) -> None:
    with pytest.raises(InvalidFilter, match="in sw"):
        dated.engine.ask("When is the water tank cleaned?", within=Filter(languages=("sw",)))
    with pytest.raises(InvalidFilter, match="from 2031-01-01"):
        dated.engine.search("When is the water tank cleaned?", within=Filter(since="2031-01-01"))


@pytest.mark.parametrize("count", [-1, 0, 10**9])
def test_a_number_of_hits_that_cannot_be_is_told(dated: Kitabu, count: int) -> None:
    with pytest.raises(InvalidQuestion, match="cannot give"):
        dated.engine.search("When is the water tank cleaned?", count)


@pytest.mark.parametrize("given", [{"since": "2025-13-01"}, {"until": "1 March"}, {"since": "20250301"}])
def test_a_day_that_is_none_is_told(given: dict[str, str]) -> None:
    with pytest.raises(InvalidFilter, match="is not a date"):
        Filter(**given)


def test_a_filter_by_folder_takes_all_that_lies_below(make_library: MakeLibrary, tmp_path: Path) -> None:
    kitabu = make_library(FRIDGE)
    for folder in ("inner", "inner/deep", "innermost"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "note.md").write_text(f"# {folder}\n\nThe fridge of {folder} is cold.\n", encoding="utf-8")
    uploads = kitabu.settings.data / "uploads"
    uploads.mkdir()
    (uploads / "sent.md").write_text("# Sent\n\nThe fridge that was sent is new.\n", encoding="utf-8")
    kitabu.pipeline.ingest([tmp_path / "inner", tmp_path / "innermost", uploads / "sent.md"])

    def titles(folder: Path) -> set[str]:
        within = Filter(folders=(os.path.realpath(folder),))
        hits = kitabu.engine.search("Where is the fridge?", 50, within=within).hits
        return {kitabu.library.catalog.document(hit.chunk.document_id).title for hit in hits}

    assert titles(tmp_path / "inner") == {"inner", "inner/deep"}
    assert titles(tmp_path / "inner" / "deep") == {"inner/deep"}
    assert titles(uploads) == titles(kitabu.settings.data) == {"Sent"}
    assert titles(tmp_path) == {"inner", "inner/deep", "innermost", "Sent", "Hours", "Cold chain", "Weather"}


def test_an_answer_is_made_from_what_the_filter_leaves(dated: Kitabu) -> None:
    one = dated.library.catalog.find("note08.md")
    answer = dated.engine.answer("When is the water tank cleaned?", within=Filter(documents=(one.id,)))
    assert {passage.document.id for passage in answer.passages} == {one.id}
    assert {citation.document for citation in answer.citations} == {"note08.md"}
    documents = as_retriever(dated.engine, Filter(documents=(one.id,))).invoke("When is the water tank cleaned?")
    assert {document.metadata["document_id"] for document in documents} == {one.id}


def test_a_newer_version_that_the_filter_leaves_out_is_not_brought_in(make_library: MakeLibrary) -> None:
    rule = "Visitors are welcome from {} to seventeen every day. Children come with an adult. " * 4
    kitabu = make_library({"rules 2023.md": rule.format(*"4444"), "rules 2025.md": rule.format(*"5555")})
    old = kitabu.library.catalog.find("rules 2023.md")
    kitabu.library.catalog.describe(old.id, superseded_by=kitabu.library.catalog.find("rules 2025.md").id)
    hits = kitabu.engine.search("When are visitors welcome?", within=Filter(documents=(old.id,))).hits
    assert names(kitabu, hits) == ["rules 2023.md"]


# --- what a question names exactly, and what it asks in one -----------------------------------------------------------

CODES = {
    f"sl{n}00.md": f"# Solar lamp SL-{n}00\n\nThe lamp has a bulb of {n} watts. Its battery lasts {n} hours.\n"
    for n in range(1, 9)
}


def test_a_quoted_phrase_stands_in_every_passage_when_any_has_it(make_library: MakeLibrary) -> None:
    kitabu = make_library(
        {
            "a.md": "# Chain\n\nThe cold chain is the way of a vaccine. A chain is cold in the morning.\n",
            "b.md": "# Cold\n\nA cold is treated with rest. The chain of the bicycle is oiled; it is a chain.\n",
            "c.md": "# The cold chain\n\nFridges are kept at five degrees.\n",
        }
    )
    hits = kitabu.engine.search('What is a "cold chain"?').hits
    assert set(names(kitabu, hits)) == {"a.md", "c.md"}
    assert set(names(kitabu, kitabu.engine.search("What is a cold chain?").hits)) == {"a.md", "b.md", "c.md"}
    # What stands nowhere keeps nothing out.
    assert len(kitabu.engine.search('What is a "warm chain"?').hits) == 3


@pytest.mark.parametrize("number", range(1, 9))
def test_the_passage_with_the_code_comes_first(make_library: MakeLibrary, number: int) -> None:
    kitabu = make_library(CODES)
    question = f"How many hours does the battery of the solar lamp SL-{number}00 last, and how many watts has its bulb?"
    hits = kitabu.engine.search(question).hits
    assert names(kitabu, hits)[0] == f"sl{number}00.md"
    assert hits[0].score > 1.5 * hits[1].score


def test_each_part_of_a_question_finds_its_passage(make_library: MakeLibrary) -> None:
    kept = {
        f"vial{n}.md": f"# Vial {n}\n\nAn open vial of vaccine {n} is kept for {n + 2} days in the fridge.\n"
        for n in range(9)
    }
    kitabu = make_library({**kept, "staff.md": "# Staff\n\nThe head nurse signs the register of visitors on Friday.\n"})
    question = "How many days is the open vial of vaccine kept in the fridge and who signs the register?"
    assert "staff.md" in names(kitabu, kitabu.engine.search(question, 3).hits)


# --- copies -----------------------------------------------------------------------------------------------------------

CONTACT = (
    "Questions about water and soap are answered by the hygiene officer of the district, who can be reached by "
    "telephone every weekday between eight and four, and by radio in the evening when rain has closed the road."
)
SUBJECTS = "bees boats bread cloth fences fields fires gates".split()


def own_words(name: str) -> str:
    """A text that no other document has: else they would count as versions of one."""
    return " ".join(f"{name}{one}{other}" for one in "abcdefgh" for other in "klmnopqr")


def leaflets(**changes: str) -> dict[str, str]:
    """Leaflets on different things; all end with the same paragraph, but for what `changes` says."""
    return {
        f"{name}.md": f"# {name}\n\n{own_words(name)}\n\n## Contact\n\n{changes.get(name, CONTACT)}\n"
        for name in SUBJECTS
    }


WHOM = "Who answers questions about water and soap?"


def contacts(kitabu: Kitabu, k: int = 4) -> list[Hit]:
    return [hit for hit in kitabu.engine.search(WHOM, k).hits if hit.chunk.heading_path[-1:] == ("Contact",)]


def test_a_paragraph_that_many_documents_have_comes_once_and_names_them(make_library: MakeLibrary) -> None:
    kitabu = make_library(leaflets(boats=CONTACT.replace("weekday", "working day")))
    (hit,) = contacts(kitabu)
    catalog = kitabu.library.catalog
    places = {catalog.document(key).name for key in (hit.chunk.document_id, *hit.copies)}
    assert places == {f"{name}.md" for name in SUBJECTS}
    assert len(kitabu.engine.search(WHOM, 4).hits) == 4
    passages = kitabu.engine.answer(WHOM).passages
    assert [set(passage.copies) for passage in passages if "hygiene officer" in passage.text] == [set(hit.copies)]


@pytest.mark.parametrize(
    "other",
    [
        CONTACT.replace("eight and four", "9 and 4"),
        CONTACT.replace("can be", "cannot be, not even on Monday,"),
        f"Soap that has become wet is given to the staff of the kitchen. {CONTACT} The road is mended in March.",
    ],
    ids=["number", "negation", "addition"],
)
def test_what_says_something_else_is_no_copy(make_library: MakeLibrary, other: str) -> None:
    found = contacts(make_library(leaflets(gates=other)))
    assert len(found) == 2
    assert {hit.chunk.text.removeprefix("Contact").strip() for hit in found} == {CONTACT, other}


def test_copies_do_not_take_the_places_of_others(make_library: MakeLibrary) -> None:
    """More copies than each search proposes: what else there is comes after them."""
    same = {f"{n}.md": f"# Leaflet\n\n{CONTACT}\n\n# Number\n\n{own_words(f'leaf{n}')}\n" for n in range(60)}
    kitabu = make_library({**same, "soap.md": "# Soap\n\nIn the market soap is sold on Monday by the old women.\n"})
    hits = kitabu.engine.search(WHOM, 20).hits
    assert len(hits) == 20
    assert sum("hygiene officer" in hit.chunk.text for hit in hits) == 1
    assert "soap.md" in names(kitabu, hits)
