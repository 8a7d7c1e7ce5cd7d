from __future__ import annotations

import pytest

from rag.answering.links import foreign, without_foreign

SOURCE = "Write to info@clinic.org or see https://www.clinic.org/hours (open 8.30). Version 2.5, e.g. Node.js."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://www.clinic.org/hours.", []),
        ("See clinic.org/hours, or write to info@clinic.org!", []),
        ("See http://evil.example/x?q=dose%205.", ["http://evil.example/x?q=dose%205"]),
        ("See evil.com.", ["evil.com"]),
        ("See www.evil.zz/a b", ["www.evil.zz/a"]),
        ("Write to eve@clinic.org.", ["eve@clinic.org"]),
        ("See clinic.org.evil.com", ["clinic.org.evil.com"]),
        ("javascript://alert(1) data:text/html,x", ["javascript://alert", "data:text/html,x"]),
        ("Take 2.5.ml at 8.30, e.g.this, or v1.2.3 of the file a.pdf.", []),
    ],
)
def test_an_address_is_foreign_when_no_source_has_it(text: str, found: list[str]) -> None:
    assert foreign(text, [SOURCE]) == found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It opens at 8.30.", "It opens at 8.30."),
        ("![x](http://evil.com/p?d=secret)", "x (gone)"),
        ("Click [here](https://evil.com) now.", "Click here (gone) now."),
        ("See [the hours](https://www.clinic.org/hours).", "See the hours https://www.clinic.org/hours."),
        ("Broken ![x](http://evil.com/p", "Broken x (gone)"),
        ("Cited [1](2).", "Cited 1 2."),
        ("Cited [1] (see below).", "Cited [1] (see below)."),
    ],
)
def test_foreign_addresses_and_all_markup_of_links_go(text: str, shown: str) -> None:
    assert without_foreign(text, [SOURCE], "(gone)") == shown
