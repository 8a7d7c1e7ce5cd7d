"""Versions of one document in a library: found, the newest preferred, disagreements told, what people say kept."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ingest.edits import edit
from ingest.pipeline import Pipeline
from rag.build import Kitabu
from rag.core.errors import DocumentNotFound, InvalidEdit, LibraryLocked
from rag.core.types import Answer, Standing
from rag.retrieval.retriever import Retriever
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder
from tests.unit.version_pairs import HANDBOOK, OTHER_CHAPTER, TERMS

MakeLibrary = Callable[[Mapping[str, str]], Kitabu]

OLD = HANDBOOK
NEW = HANDBOOK.replace("1 May 2023", "10 February 2025").replace("Polio | 28 days", "Polio | 14 days").replace(
    "stays cold for about four hours", "stays cold for about three hours"
)  # fmt: skip
FAR = "2999-01-01"


def write(folder: Path, name: str, text: str, day: str = "2024-01-01") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    seconds = int(day[:4]) * 31_556_952 - 1970 * 31_556_952 + (int(day[5:7]) - 1) * 2_629_746 + 86_400
    os.utime(path, (seconds, seconds))
    return path


def names(kitabu: Library, ids: tuple[str, ...]) -> list[str]:
    return [kitabu.catalog.document(document_id).name for document_id in ids]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    return tmp_path / "documents"


def test_a_new_version_is_pointed_out_whichever_comes_first(library: Library, pipeline: Pipeline, folder: Path) -> None:
    write(folder, "handbook-2023.txt", OLD, "2023-05-01")
    write(folder, "visitors.txt", OTHER_CHAPTER)
    write(folder, "handbook-2025.txt", NEW, "2025-02-10")
    report = pipeline.ingest([folder])
    notes = {Path(file.path).name: file.warnings for file in report.files}
    assert notes["visitors.txt"] == ()
    (older,), (newer,) = notes["handbook-2023.txt"], notes["handbook-2025.txt"]
    assert newer.startswith("Nearly the same as handbook-2023.txt (9")
    assert newer.endswith("% of its text); this one is newer and is preferred.")
    assert older.startswith("Nearly the same as handbook-2025.txt (9")
    assert older.endswith("% of its text); that one is newer and is preferred.")
    catalog = library.catalog
    state = catalog.states()[catalog.find("handbook-2023.txt").id]
    assert (state.standing, names(library, state.newer)) == (Standing.OLDER, ["handbook-2025.txt"])
    assert catalog.find("visitors.txt").id not in catalog.states()
    assert pipeline.ingest([folder]).counts["unchanged"] == 3


def test_an_effective_date_decides_before_the_files_own(library: Library, pipeline: Pipeline, folder: Path) -> None:
    for name, text, day in (("a.txt", OLD, "2023-05-01"), ("b.txt", NEW, "2025-02-10")):
        write(folder, name, text, day)
    pipeline.ingest([folder])
    catalog = library.catalog
    a, b = (catalog.find(name).id for name in ("a.txt", "b.txt"))

    def standings(today: str = "2026-01-01") -> tuple[Standing, Standing]:
        states = catalog.states([a, b], today=today)
        return states[a].standing, states[b].standing

    assert standings() == (Standing.OLDER, Standing.CURRENT)
    edit(library, "a.txt", {"effective": "2025-06-01"})
    assert standings() == (Standing.CURRENT, Standing.OLDER)
    # Not yet in force: the one that is, is preferred meanwhile.
    assert standings("2025-05-31") == (Standing.NOT_YET, Standing.CURRENT)
    edit(library, "a.txt", {"effective": "", "superseded_by": ""})
    edit(library, "b.txt", {"superseded_by": "a.txt"})
    assert standings() == (Standing.CURRENT, Standing.SUPERSEDED)
    assert catalog.states([b])[b].newer == (a,)


def test_of_the_same_date_the_number_in_the_name_decides(library: Library, pipeline: Pipeline, folder: Path) -> None:
    write(folder, "handbook v9.txt", OLD)
    write(folder, "handbook v10.txt", NEW)
    pipeline.ingest([folder])
    state = library.catalog.states()[library.catalog.find("handbook v9.txt").id]
    assert names(library, state.newer) == ["handbook v10.txt"]


def test_what_cannot_be_said_of_a_document(library: Library, pipeline: Pipeline, folder: Path) -> None:
    write(folder, "a.txt", OLD)
    write(folder, "b.txt", OTHER_CHAPTER)
    pipeline.ingest([folder])
    for written in ("1.3.2025", "2025-13-01", "20250301", "tomorrow"):
        with pytest.raises(InvalidEdit, match="not a date"):
            edit(library, "a.txt", {"review": written})
    edit(library, "a.txt", {"superseded_by": "b.txt"})
    for name in ("a.txt", "b.txt"):
        with pytest.raises(InvalidEdit, match="its own place"):
            edit(library, "b.txt", {"superseded_by": name, "effective": "2025-01-01"})
    assert library.catalog.find("b.txt").effective == ""
    with pytest.raises(DocumentNotFound):
        edit(library, "a.txt", {"superseded_by": "c.txt"})
    beside = Catalog.open(library.data / FILE_NAME, read_only=True)
    with pytest.raises(LibraryLocked):
        beside.describe(beside.find("a.txt").id, review="2025-01-01")
    beside.close()


def test_a_deleted_document_leaves_no_signature_and_no_note(library: Library, pipeline: Pipeline, folder: Path) -> None:
    write(folder, "a.txt", OLD)
    write(folder, "b.txt", NEW)
    write(folder, "c.txt", TERMS)
    pipeline.ingest([folder])
    edit(library, "c.txt", {"superseded_by": "a.txt", "review": "2025-01-01"})
    gone = library.catalog.find("a.txt").id
    pipeline.delete("a.txt")
    assert library.catalog.find("c.txt").superseded_by == ""
    assert library.catalog.states() == {}
    pipeline.delete("b.txt")
    pipeline.delete("c.txt")
    with sqlite3.connect(library.data / FILE_NAME) as connection:
        for table in ("documents", "signatures", "signature_bands", "versions", "superseded"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        assert not any(gone in line for line in connection.iterdump())


def test_what_was_said_goes_with_a_moved_file(library: Library, pipeline: Pipeline, folder: Path) -> None:
    path = write(folder, "a.txt", OLD)
    pipeline.ingest([folder], sync=True)
    edit(library, "a.txt", {"effective": "2023-05-01"})
    (folder / "archive").mkdir()
    path.rename(folder / "archive" / "handbook.txt")
    pipeline.ingest([folder], sync=True)
    (document,) = library.catalog.documents()
    assert document.effective == "2023-05-01"
    assert [Path(place.path).name for place in library.catalog.places(document.id)] == ["handbook.txt"]


def test_dates_are_said_of_a_text_and_succession_of_a_role(library: Library, pipeline: Pipeline, folder: Path) -> None:
    write(folder, "a.txt", OLD)
    write(folder, "b.txt", OTHER_CHAPTER)
    write(folder, "c.txt", TERMS)
    pipeline.ingest([folder])
    edit(library, "a.txt", {"effective": "2023-05-01", "review": "2024-05-01", "superseded_by": "b.txt"})
    edit(library, "c.txt", {"superseded_by": "a.txt"})

    write(folder, "a.txt", OLD.replace("\n\n", "\n\n\n"), "2024-02-01")  # saved again, the same text
    (result,) = (file for file in pipeline.ingest([folder]).files if file.path.endswith("a.txt"))
    again = library.catalog.find("a.txt")
    assert (result.status, result.warnings) == ("replaced", ())
    assert (again.effective, again.review) == ("2023-05-01", "2024-05-01")

    write(folder, "a.txt", NEW, "2025-02-10")
    (result,) = (file for file in pipeline.ingest([folder]).files if file.path.endswith("a.txt"))
    new = library.catalog.find("a.txt")
    assert (new.effective, new.review) == ("", "")
    assert new.superseded_by == library.catalog.find("b.txt").id
    assert library.catalog.find("c.txt").superseded_by == new.id
    effective, review = result.warnings
    assert "effective date 2023-05-01 was said of the text before" in effective
    assert "review date 2024-05-01 was said of the text before" in review
    write(folder, "a.txt", NEW + "\nAs amended.", "2025-03-10")
    (result,) = (file for file in pipeline.ingest([folder]).files if file.path.endswith("a.txt"))
    assert result.warnings == ()


def test_documents_without_a_signature_are_caught_up_with(library: Library, pipeline: Pipeline, folder: Path) -> None:
    write(folder, "a.txt", OLD)
    write(folder, "b.txt", NEW)
    pipeline.ingest([folder])
    with sqlite3.connect(library.data / FILE_NAME) as connection:  # as if they had been taken in before
        connection.execute("DELETE FROM signatures")
        connection.execute("DELETE FROM signature_bands")
        connection.execute("DELETE FROM versions")
    assert library.catalog.states() == {}
    pipeline.ingest([folder])
    assert len(library.catalog.states()) == 2


@pytest.fixture
def versions(make_library: MakeLibrary) -> Kitabu:
    """Four versions of a handbook, the newest with two other numbers, and another document."""
    texts = {f"handbook-{year}.md": marked(OLD).replace("2023", str(year)) for year in (2021, 2022, 2023)}
    kitabu = make_library({**texts, "handbook-2025.md": marked(NEW), "visitors.md": marked(OTHER_CHAPTER)})
    for year in (2021, 2022, 2023, 2025):
        edit(kitabu.library, f"handbook-{year}.md", {"effective": f"{year}-05-01"})
    return kitabu


def marked(text: str) -> str:
    """The text as Markdown: short lines without a full stop are headings, rows a table."""
    lines = text.split("\n")
    found = [f"## {line}" if line and "." not in line and "|" not in line else line for line in lines]
    found[0] = found[0].removeprefix("#")
    rows = [place for place, line in enumerate(found) if "|" in line]
    for place in rows:
        found[place] = f"| {found[place]} |"
    if rows:
        found.insert(rows[0] + 1, "|---|---|---|")
        found.insert(rows[0], "")
    return "\n".join(found)


def cited(answer: Answer) -> set[str]:
    return {citation.document for citation in answer.citations}


def test_the_newest_version_answers_and_the_disagreement_is_told(versions: Kitabu) -> None:
    answer = versions.engine.answer("For how many days may an opened vial of polio vaccine be kept?")
    assert "14 days" in answer.text
    assert "28 days" not in answer.text
    assert cited(answer) == {"handbook-2025.md"}
    assert {citation.dated for citation in answer.citations} == {"2025-05-01"}
    (notice, *_) = answer.notices
    assert notice.startswith("Two versions disagree: handbook-2025.md (2025-05-01) says 14 days, handbook-202")
    assert "says 28 days" in notice
    rival = answer.rivals[0]
    assert "28 days" in rival.quote
    span = rival.span
    page = versions.library.catalog.page(rival.document_id, span.page).text
    assert page[span.start : span.end] == rival.quote


def test_passages_are_not_filled_with_copies_of_one_paragraph(versions: Kitabu) -> None:
    answer = versions.engine.answer("When the current fails, how long does the refrigerator stay cold?")
    assert "three hours" in answer.text
    texts = [passage.text for passage in answer.passages if "generator" in passage.text]
    assert len(texts) == 1
    (passage,) = (passage for passage in answer.passages if "generator" in passage.text)
    assert passage.document.name == "handbook-2025.md"
    assert {versions.library.catalog.document(older).name for older in passage.also_in} == {
        "handbook-2021.md", "handbook-2022.md", "handbook-2023.md",
    }  # fmt: skip
    hits = versions.engine.search("When the current fails, how long does the refrigerator stay cold?").hits
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_an_older_version_that_is_asked_for_by_name_is_quoted_and_said_to_be_old(versions: Kitabu) -> None:
    answer = versions.engine.answer("According to handbook-2022, for how many days may opened polio vaccine be kept?")
    assert "28 days" in answer.text
    assert "handbook-2022.md" in cited(answer)
    assert "handbook-2022.md (2022-05-01) is not the newest version; that is handbook-2025.md (2025-05-01)." in (
        answer.notices
    )
    assert {c.standing for c in answer.citations if c.document == "handbook-2022.md"} == {Standing.OLDER}


def test_what_only_an_older_version_says_is_still_found(make_library: MakeLibrary) -> None:
    kept = marked(OLD)
    shorter = kept.replace("Needles go into the yellow box without their caps being put back. ", "")
    kitabu = make_library({"handbook-2023.md": kept, "handbook-2025.md": shorter})
    answer = kitabu.engine.answer("Are the caps put back on needles?")
    assert "yellow box" in answer.text
    assert cited(answer) == {"handbook-2023.md"}
    assert any("is not the newest version" in notice for notice in answer.notices)


def test_a_document_that_was_superseded_stands_back_though_it_answers_better(make_library: MakeLibrary) -> None:
    old = "# Leave\n\nStaff get 21 days of paid leave a year.\n"
    new = "# Absence\n\nThe yearly leave, which is paid, is 24 days for each member of staff.\n"
    kitabu = make_library({"leave.md": old, "absence.md": new})
    question = "How many days of paid leave do staff get a year?"
    assert kitabu.engine.answer(question).citations[0].document == "leave.md"
    edit(kitabu.library, "leave.md", {"superseded_by": "absence.md"})
    assert kitabu.engine.answer(question).citations[0].document == "absence.md"
    assert {hit.chunk.document_id for hit in kitabu.engine.search(question).hits} == {
        document.id for document in kitabu.library.catalog.documents()
    }


def test_the_newest_is_found_where_many_older_versions_match_better(
    library: Library, pipeline: Pipeline, folder: Path
) -> None:
    for number in range(60):
        write(folder, f"handbook {number}.txt", f"{OLD}\n\nPrinted as number {number}.", "2020-01-01")
    write(folder, "handbook 99.txt", OLD.replace("refrigerator stays cold", "cupboard remains cool"), "2025-01-01")
    pipeline.ingest([folder])
    embedder = HashEmbedder()
    retriever = Retriever(library.catalog, library.vectors, library.keywords, embedder, lambda _: 1.0)
    found = retriever.search("How long does the refrigerator stay cold when the current fails?", 5)
    about = [hit.chunk for hit in found.hits if "generator" in hit.chunk.text]
    assert library.catalog.document(about[0].document_id).name == "handbook 99.txt"
    assert "cupboard remains cool" in about[0].text
    # The older one has a word of the question that the newest has not: it comes behind and is not left out.
    assert "refrigerator stays cold" in about[1].text
    assert found.standings[about[1].document_id] is Standing.OLDER


def test_notices_in_the_readers_language_on_review_and_succession(make_library: MakeLibrary) -> None:
    old = "# Congés\n\nLe personnel a droit à 21 jours de congé payé par an.\n"
    new = "# Absences\n\nToute demande d'absence est remise au chef de service, par écrit, un mois avant le départ.\n"
    kitabu = make_library({"conges.md": old, "absences.md": new})
    question = "À combien de jours de congé payé le personnel a-t-il droit ?"
    assert kitabu.engine.answer(question).notices == ()
    edit(kitabu.library, "conges.md", {"review": "2020-03-01", "superseded_by": "absences.md"})
    answer = kitabu.engine.answer(question)
    assert "21 jours" in answer.text
    superseded, review = answer.notices
    assert superseded.startswith("conges.md (")
    assert "a été remplacé par absences.md" in superseded
    assert review == "conges.md devait être révisé avant le 2020-03-01."
    edit(kitabu.library, "conges.md", {"review": FAR, "superseded_by": "", "effective": FAR})
    assert kitabu.engine.answer(question).notices == (f"conges.md n'entre en vigueur que le {FAR}.",)


def test_a_kept_answer_forgets_what_a_deleted_version_said(versions: Kitabu) -> None:
    answer = versions.engine.answer("For how many days may an opened vial of polio vaccine be kept?")
    conversations = versions.library.conversations
    turn = conversations.add_turn(conversations.create().id, answer.question)
    conversations.save_answer(turn, answer)
    for rival in {rival.document for rival in answer.rivals}:
        versions.pipeline.delete(rival)
    kept = conversations.turn(turn).answer
    assert kept.rivals == ()
    assert not any("28 days" in notice for notice in kept.notices)
    assert kept.text == answer.text
