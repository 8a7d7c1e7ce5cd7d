"""Dates and succession said on the command line, by this process and by the one that owns the library."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest import worker
from ingest.edits import edit
from rag.build import open_kitabu
from rag.core.config import load_settings
from tests.cli.conftest import Kitabu
from tests.unit.version_pairs import HANDBOOK, OTHER_CHAPTER

QUESTION = "For how many days may an opened vial of polio vaccine be kept?"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    newer = HANDBOOK.replace("Polio | 28 days", "Polio | 14 days")
    for name, text, day in (("old.txt", HANDBOOK, 0), ("new.txt", newer, 1), ("visitors.txt", OTHER_CHAPTER, 2)):
        (folder / name).write_text(text, encoding="utf-8")
        os.utime(folder / name, (1_700_000_000 + 86_400 * day,) * 2)
    return folder


def test_edit_list_and_ask_say_how_documents_stand(kitabu: Kitabu, texts: Path, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    added = kitabu("ingest", str(texts), *data)
    assert "Nearly the same as old.txt (99 % of its text); this one is newer and is preferred." in added.out

    def listed() -> dict[str, dict[str, object]]:
        return {document["name"]: document for document in kitabu("list", *data, "--json").json["documents"]}

    before = listed()
    old, new, visitors = (before[name] for name in ("old.txt", "new.txt", "visitors.txt"))
    assert (old["standing"], old["versions"]) == ("older", [new["id"]])
    assert (new["standing"], new["versions"]) == ("current", [old["id"]])
    assert (visitors["versions"], visitors["superseded_by"], visitors["dated"]) == ([], None, "2023-11-16")
    shown = kitabu("list", *data).out
    assert "older version of new.txt" in shown
    assert "newest of 2 versions" in shown

    said = kitabu("edit", "old.txt", "--effective", "2025-03-01", "--review", "2020-01-01", *data, "--json")
    assert said.status == 0
    assert (said.json["effective"], said.json["review"], said.json["standing"]) == (
        "2025-03-01", "2020-01-01", "current",
    )  # fmt: skip
    assert "old.txt: in force from 2025-03-01; review was due 2020-01-01." not in kitabu("list", *data).out
    assert "newest of 2 versions; in force from 2025-03-01; review was due 2020-01-01" in kitabu("list", *data).out
    answer = kitabu("ask", QUESTION, "--model", "none", *data, "--json").json
    assert {citation["dated"] for citation in answer["citations"]} == {"2025-03-01"}
    assert {citation["standing"] for citation in answer["citations"]} == {"current"}
    review, disagreement = answer["notices"]
    assert review == "The review date of old.txt was 2020-01-01."
    assert disagreement == (
        "Two versions disagree: old.txt (2025-03-01) says 28 days, new.txt (2023-11-15) says 14 days."
    )
    assert [rival["document"] for rival in answer["rivals"]] == ["new.txt"]

    done = kitabu("edit", "old.txt", "--superseded-by", "new.txt", "--clear", "effective", "--clear", "review", *data)
    assert done.out == "old.txt: superseded by new.txt.\n"
    assert listed()["old.txt"]["superseded_by"] == new["id"]
    assert "14 days" in kitabu("ask", QUESTION, "--model", "none", *data).out


def test_what_cannot_be_said_is_status_2(kitabu: Kitabu, texts: Path, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    kitabu("ingest", str(texts / "old.txt"), *data)
    wrong = kitabu("edit", "old.txt", "--effective", "1 March 2025", *data, "--json")
    assert (wrong.status, wrong.json["error"]["code"]) == (2, "invalid_edit")
    assert "2025-03-01" in wrong.json["error"]["hint"]
    itself = kitabu("edit", "old.txt", "--superseded-by", "old.txt", *data, "--json")
    assert (itself.status, itself.json["error"]["code"]) == (2, "invalid_edit")
    nothing = kitabu("edit", "old.txt", *data)
    assert nothing.status == 2
    assert "--effective" in nothing.err
    assert kitabu("edit", "nowhere.txt", "--review", "2025-03-01", *data).status == 2


def test_the_process_that_owns_the_library_does_it(kitabu: Kitabu, texts: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with open_kitabu(load_settings(data=data, model="none")) as owner:
        owner.pipeline.ingest([texts / "visitors.txt"])
        owner.worker.start()
        result = kitabu("edit", "visitors.txt", "--review", "2031-01-01", "--data", str(data), "--json")
        assert (result.status, result.json["review"]) == (0, "2031-01-01")
        assert owner.library.catalog.find("visitors.txt").review == "2031-01-01"
        assert [job.kind for job in owner.library.jobs.recent()] == [worker.EDIT]
        assert edit(owner.library, "visitors.txt", {"review": ""}).review == ""
