from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import HANDBOOK, Kitabu

QUESTION = "When is an opened vial of measles vaccine thrown away?"


def test_ingest_reports_every_file_and_a_failed_one_is_status_1(
    kitabu: Kitabu, documents: Path, tmp_path: Path
) -> None:
    result = kitabu("ingest", str(documents), "--data", str(tmp_path / "data"), "--json")
    assert result.status == 1
    report = result.json
    files = {Path(file["path"]).name: file for file in report["files"]}
    assert {name: file["status"] for name, file in files.items()} == {
        "broken.pdf": "failed", "empty.txt": "failed", "handbook.md": "indexed", "prices.csv": "indexed",
    }  # fmt: skip
    assert report["counts"] == {"indexed": 2, "unchanged": 0, "replaced": 0, "removed": 0, "failed": 2}
    assert files["handbook.md"]["chunks"] >= 1
    assert files["handbook.md"]["error"] is None
    assert set(files["broken.pdf"]["error"]) == {"code", "message", "hint"}
    assert files["broken.pdf"]["error"]["hint"]
    again = kitabu("ingest", str(documents / "handbook.md"), "--data", str(tmp_path / "data"))
    assert again.status == 0
    assert "1 there already" in again.out


def test_sync_takes_out_what_is_gone(kitabu: Kitabu, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("The well is checked on Mondays.")
    (folder / "b.txt").write_text("The pump is greased on Fridays.")
    data = ("--data", str(tmp_path / "data"), "--json")
    assert kitabu("ingest", str(folder), "--sync", *data).json["counts"]["indexed"] == 2
    (folder / "a.txt").unlink()
    (folder / "b.txt").write_text("The pump is greased on Sundays.")
    counts = kitabu("ingest", str(folder), "--sync", *data).json["counts"]
    assert (counts["removed"], counts["replaced"]) == (1, 1)
    assert [document["name"] for document in kitabu("list", *data).json["documents"]] == ["b.txt"]


def test_ask_answers_with_a_quote_that_stands_on_its_page(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("ask", QUESTION, "--model", "none", "--data", str(filled), "--json")
    assert result.status == 0
    answer = result.json
    assert "6 hours" in answer["answer"]
    assert (answer["refused"], answer["model"]) == (False, "none")
    assert all(sentence["supported"] and sentence["citations"] for sentence in answer["sentences"])
    for citation in answer["citations"]:
        assert citation["verified"]
        assert (citation["document"], citation["page"]) == ("handbook.md", 1)
        assert citation["quote"] in HANDBOOK
        assert citation["end"] - citation["start"] == len(citation["quote"])
    assert {"key", "document", "page", "heading_path", "score", "text"} <= set(answer["passages"][0])
    assert answer["timings"]["total"] > 0


def test_ask_prints_the_answer_and_its_sources_for_people(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("ask", QUESTION, "--model", "none", "--data", str(filled))
    answer, sources = result.out.split("Sources")
    assert "6 hours" in answer
    assert "handbook.md, page 1" in sources


def test_what_the_documents_do_not_say_is_refused_with_status_0(kitabu: Kitabu, filled: Path) -> None:
    question = "Who won the football match between the two villages?"
    result = kitabu("ask", question, "--model", "none", "--data", str(filled), "--json")
    assert result.status == 0
    assert result.json["refused"]
    assert result.json["citations"] == []
    assert result.json["refusal"]["reason"] == "not_in_documents"
    shown = kitabu("ask", question, "--model", "none", "--data", str(filled))
    assert result.json["answer"] in shown.out
    assert "Sources" not in shown.out


def test_an_empty_library_refuses(kitabu: Kitabu, tmp_path: Path) -> None:
    result = kitabu("ask", QUESTION, "--model", "none", "--data", str(tmp_path / "new"), "--json")
    assert (result.status, result.json["refused"]) == (0, True)


def test_search_ranks_passages_with_file_and_page(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("search", "price of a small solar lamp", "-k", "2", "--data", str(filled), "--json")
    hits = result.json["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert {"rank", "score", "document", "page", "heading_path", "text"} <= set(hits[0])
    assert hits[0]["document"] == "prices.csv"
    assert {"embed", "dense", "keyword", "fuse", "total"} <= set(result.json["timings"])
    assert "prices.csv, page 1" in kitabu("search", "price of a small solar lamp", "--data", str(filled)).out


@pytest.mark.parametrize("question", ["", "   ", "\x00\x1b\n", "?!", "long " * 20_000])
def test_what_is_no_question_is_status_2(kitabu: Kitabu, filled: Path, question: str) -> None:
    for command in ("ask", "search"):
        result = kitabu(command, "--data", str(filled), "--json", "--", question)
        assert result.status == 2
        assert result.err.count("\n") == 1


def test_control_characters_in_a_question_do_no_harm(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("ask", f"\x1b[2J{QUESTION}\x00", "--model", "none", "--data", str(filled), "--json")
    assert "6 hours" in result.json["answer"]


def test_the_question_can_come_from_standard_input(
    kitabu: Kitabu, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(QUESTION.encode())))
    assert "6 hours" in kitabu("ask", "-", "--model", "none", "--data", str(filled), "--json").json["answer"]


def test_an_unreachable_model_falls_back_to_quoting_with_a_notice(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("ask", QUESTION, "--model", "ollama:qwen3:4b", "--data", str(filled), "--json")
    assert result.status == 0
    assert "6 hours" in result.json["answer"]
    assert "127.0.0.1:9" in result.json["notices"][0]
    assert "127.0.0.1:9" in result.err


def test_a_model_that_is_not_installed_is_status_3(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("ask", QUESTION, "--model", "no_such_module.Model", "--data", str(filled), "--json")
    assert (result.status, result.json["error"]["code"]) == (3, "missing_dependency")


def test_list_and_status_say_what_is_there(kitabu: Kitabu, filled: Path) -> None:
    documents = kitabu("list", "--data", str(filled), "--json").json["documents"]
    assert [document["name"] for document in documents] == ["handbook.md", "prices.csv"]
    assert documents[0]["title"] == "Clinic handbook"
    assert "handbook.md" in kitabu("list", "--data", str(filled)).out
    status = kitabu("status", "--data", str(filled), "--json").json
    assert (status["documents"], status["pages"], status["in_use"]) == (2, 2, False)
    assert {Path(failure["path"]).name for failure in status["failures"]} == {"broken.pdf", "empty.txt"}
    assert "2, 2 pages" in kitabu("status", "--data", str(filled)).out


def test_delete_by_name_and_by_id_leaves_the_file(
    kitabu: Kitabu, filled: Path, documents: Path, tmp_path: Path
) -> None:
    shutil.copytree(filled, tmp_path / "copy")
    data = ("--data", str(tmp_path / "copy"), "--json")
    result = kitabu("delete", "handbook.md", *data)
    assert (result.status, result.json["name"]) == (0, "handbook.md")
    assert (documents / "handbook.md").exists()
    after = kitabu("ask", QUESTION, "--model", "none", *data)
    assert "6 hours" not in after.out
    assert "handbook.md" not in after.out
    (left,) = kitabu("list", *data).json["documents"]
    assert kitabu("delete", left["id"][:12], *data).json["name"] == "prices.csv"
    missing = kitabu("delete", "handbook.md", *data)
    assert (missing.status, missing.json["error"]["code"]) == (2, "document_not_found")


def test_reindex_of_what_is_up_to_date_does_nothing(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("reindex", "--data", str(filled), "--json")
    assert (result.status, result.json["counts"]["failed"]) == (0, 0)


def test_names_cannot_steer_the_terminal(kitabu: Kitabu, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a\nb\x1b[31m.txt").write_text("The gate is locked at nine.")
    data = ("--data", str(tmp_path / "data"))
    added = kitabu("ingest", str(folder), *data)
    assert added.status == 0
    assert "a\\nb\\x1b[31m.txt" in added.out
    for command in (["list"], ["search", "gate"], ["status"]):
        shown = kitabu(*command, *data)
        assert "\x1b" not in shown.out
        assert shown.out.count("gate") + shown.out.count("31m") >= (command != ["status"])


def test_doctor_says_what_is_in_order(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("doctor", "--data", str(filled), "--json")
    checks: dict[str, list[dict[str, str]]] = {}
    for check in result.json["checks"]:
        checks.setdefault(check["name"], []).append(check)
    assert (result.status, result.json["ok"]) == (0, True)
    assert "53aa51172d14" in checks["embedder"][0]["detail"]
    assert any("indexes agree" in check["detail"] for check in checks["library"])
    assert checks["model"][0]["state"] == "warn"
    assert checks["model"][0]["remedy"]
    assert "ok    SQLite" in kitabu("doctor", "--data", str(filled)).out


def test_doctor_fails_on_a_catalog_that_is_none(kitabu: Kitabu, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalog.sqlite").write_text("not a database " * 100)
    result = kitabu("doctor", "--data", str(tmp_path / "data"), "--json")
    assert (result.status, result.json["ok"]) == (1, False)
    failed = [check for check in result.json["checks"] if check["state"] == "fail"]
    assert [check["name"] for check in failed] == ["library"]
    assert failed[0]["remedy"]


def test_a_data_folder_that_is_a_file_is_status_5_or_2(kitabu: Kitabu, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert kitabu("list", "--data", str(tmp_path / "file"), "--json").status == 2
    inside = kitabu("ingest", "x.txt", "--data", str(tmp_path / "file" / "data"), "--json")
    assert (inside.status, inside.json["error"]["code"]) == (5, "store_unavailable")


def test_a_wrong_configuration_key_is_status_3(kitabu: Kitabu, tmp_path: Path) -> None:
    (tmp_path / "kitabu.toml").write_text("modle = 'none'\n")
    result = kitabu("list", "--json")
    assert (result.status, result.json["error"]["code"]) == (3, "config")
    assert "modle" in result.err


def test_environment_chooses_the_data_folder(kitabu: Kitabu, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITABU_DATA", str(filled))
    assert len(kitabu("list", "--json").json["documents"]) == 2
