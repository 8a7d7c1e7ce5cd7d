"""Files held against the catalog: what is as it was, what has to be looked into, what is elsewhere."""

from __future__ import annotations

import gc

from ingest.aside import SetAside
from ingest.comparison import compare
from ingest.report import FileStatus
from ingest.sync import FoundFile
from rag.core.machine import collecting_later
from rag.store.places import Failure, Place, TakenIn

FILES = [FoundFile(f"/w/{name}", 10, 5) for name in ("same", "other", "new", "bad", "in/same")]


def taken_in(path: str, folder: str = "/w", size: int = 10) -> TakenIn:
    return TakenIn(path, f"id of {path}", size, 5, folder, 2, 3, ("A note.",))


def test_each_file_is_known_or_to_be_looked_into_in_order() -> None:
    known = [taken_in("/w/gone"), taken_in("/w/in/same"), taken_in("/w/other", size=11), taken_in("/w/same")]
    failure = Failure("/w/bad", 10, 5, "password_protected", "It is locked.", "Unlock it.", 0.0)
    found = compare(FILES, iter(known), {"/w/bad": failure}, SetAside(lambda: ""), ["/w"])
    assert list(found.results) == [file.path for file in FILES]
    told = {path: result.status for path, result in found.results.items() if result}
    assert told == {
        "/w/same": FileStatus.UNCHANGED,
        "/w/bad": FileStatus.FAILED,
        "/w/in/same": FileStatus.UNCHANGED,
    }
    same = found.results["/w/same"]
    assert same is not None
    assert same[2:6] == ("id of /w/same", 2, 3, ("A note.",))
    assert [file.path for file in found.todo] == ["/w/other", "/w/new"]
    assert list(found.gone) == ["/w/gone"]
    assert set(found.here) == {"/w/same", "/w/in/same", "/w/other"}, "what failed is not in the library"
    assert (found.pages, found.chunks, found.astray) == (4, 6, [])


def test_a_file_whose_folder_came_to_be_watched_belongs_to_the_innermost() -> None:
    known = [taken_in("/w/same", folder=""), taken_in("/w/in/same"), taken_in("/w/other", folder="/away")]
    found = compare(FILES, known, {}, SetAside(lambda: ""), ["/w/in", "/w"])
    assert [(place.path, place.folder) for place in found.astray] == [
        ("/w/same", "/w"),
        ("/w/in/same", "/w/in"),
        ("/w/other", "/w"),
    ]
    assert found.astray[0] == Place("/w/same", "id of /w/same", 10, 5, "/w")


def test_collecting_goes_on_afterwards_if_it_did_before() -> None:
    with collecting_later():
        with collecting_later():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
