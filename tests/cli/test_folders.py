"""Folders that hold more than documents."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.cli.conftest import Kitabu


def test_films_in_a_folder_are_counted_and_are_no_failure(kitabu: Kitabu, tmp_path: Path) -> None:
    folder, data = tmp_path / "folder", str(tmp_path / "data")
    folder.mkdir()
    (folder / "rota.txt").write_text("The generator is tested on Thursdays.")
    for number in range(3):
        (folder / f"{number}.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4)
    said = kitabu("ingest", str(folder), "--data", data)
    assert said.status == 0
    assert "passed over, not documents: 3 .mp4" in said.out
    again = kitabu("ingest", str(folder), "--data", data, "--json")
    assert (again.status, again.json["skipped"]) == (0, {".mp4": 3})


def test_photos_in_a_folder_are_counted_and_are_no_failure(kitabu: Kitabu, tmp_path: Path) -> None:
    folder, data = tmp_path / "folder", str(tmp_path / "data")
    folder.mkdir()
    (folder / "rota.txt").write_text("The generator is tested on Thursdays.")
    Image.new("RGB", (80, 60), "grey").save(folder / "team.jpg")
    said = kitabu("ingest", str(folder), "--data", data)
    assert said.status == 0
    assert "passed over, not documents: 1 .jpg" in said.out
    again = kitabu("ingest", str(folder), "--data", data, "--json")
    assert (again.status, again.json["skipped"]) == (0, {".jpg": 1})
    named = kitabu("ingest", str(folder / "team.jpg"), "--data", data, "--json")
    assert (named.status, named.json["files"][0]["error"]["code"]) == (1, "no_text")


def test_delete_says_what_becomes_of_the_file(kitabu: Kitabu) -> None:
    shown = " ".join(kitabu("delete", "--help").out.split())
    assert "uploaded in the app is deleted with its document" in shown
    assert "Files elsewhere stay where they are" in shown
