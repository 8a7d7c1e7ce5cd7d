"""Documents named on the command line by where they lie."""

from pathlib import Path

import pytest

from tests.cli.conftest import Kitabu


def test_a_document_is_found_by_its_path_as_it_is_written_from_here(
    kitabu: Kitabu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("north", "south"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "price.md").write_text(f"# {place}\n\nA lamp costs {len(place)} shillings.\n")
    data = ("--data", str(tmp_path / "data"), "--json")
    assert kitabu("ingest", "north", "south", *data).status == 0
    monkeypatch.setenv("HOME", str(tmp_path))
    edited = kitabu("edit", "north/price.md", "--superseded-by", "./south/price.md", *data).json
    assert (edited["title"], len(edited["superseded_by"])) == ("north", 64)
    found = kitabu("search", "What does a lamp cost?", "--document", "~/south/price.md", *data).json["hits"]
    assert {hit["heading_path"][0] for hit in found} == {"south"}
    monkeypatch.chdir(tmp_path / "north")
    several = kitabu("delete", "price.md", *data)
    assert "2 documents" in several.json["error"]["message"]
    assert kitabu("delete", "../nowhere/price.md", *data).json["error"]["code"] == "document_not_found"
    assert kitabu("delete", "./price.md", *data).json["name"] == "price.md"
    assert [document["title"] for document in kitabu("list", *data).json["documents"]] == ["south"]
