"""Formulas on one line: what stands above, below or around something is said by signs, or a half becomes a twelve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ingest.readers.raised import subscript, superscript

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

OMML: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXTS: Final = frozenset({f"{OMML}t", f"{_W}t"})
_GONE: Final = frozenset({f"{_W}del", f"{_W}moveFrom"})
_PLAIN: Final = re.compile(r"\w+(?:[.,٫]\w+)*")
_EXPONENT: Final = re.compile(r"[-\u2212+]?\d+|[-\u2212+]")
_BUILT: Final = frozenset(f"{OMML}{name}" for name in ("f", "sSup", "sSub", "sSubSup", "rad", "d"))
# MathML 3, 3.1.3: what lays parts out; all other elements hold text.
_LAYOUT: Final = frozenset(
    "math semantics mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose msub msup msubsup munder "
    "mover munderover mmultiscripts mtable mlabeledtr mtr mtd maction".split()
)
_LAYOUT_TAGS: Final = tuple(f"{{*}}{name}" for name in sorted(_LAYOUT))
# ECMA-376 part 1, 22.1.2.20, 22.1.2.33 and 22.1.2.98: what stands around and between terms where nothing is said.
_DELIMITERS: Final = {"begChr": "(", "sepChr": "|", "endChr": ")"}


def fraction(above: str, below: str) -> str:
    """A stacked fraction, with parentheses around what is longer than a number or word: " 1/2", "(a + b)/c"."""
    # A blank keeps it off the whole number before it.
    apart = " " if above.strip()[:1].isdecimal() else ""
    return f"{apart}{_grouped(above)}/{_grouped(below)}"


def power(base: str, exponent: str) -> str:
    """A power: "10⁹", "x^n"."""
    figures = "".join(exponent.split())
    return f"{base}{superscript(figures)}" if _EXPONENT.fullmatch(figures) else f"{base}^{_grouped(exponent)}"


def index(base: str, below: str) -> str:
    """A base with an index: "x₁", "x_max"."""
    figures = "".join(below.split())
    return f"{base}{subscript(figures)}" if _EXPONENT.fullmatch(figures) else f"{base}_{_grouped(below)}"


def root(radicand: str, degree: str = "") -> str:
    """A root: "√2", "³√(a + b)"."""
    return f"{superscript(degree.strip())}√{_grouped(radicand)}"


def set_on_line(element: Element) -> None:
    """Turn the formulas below an element of an office file into plain terms, so that their text is what they show."""
    # In reverse order inner formulas come before those around them.
    for built in reversed(list(element.iter(*_BUILT))):
        text = _on_line(built)
        for child in list(built):
            built.remove(child)
        term = built.makeelement(f"{OMML}t")
        term.text = text
        built.append(term)


def _on_line(built: Element) -> str:
    name = str(built.tag).removeprefix(OMML)
    parts = {part: _terms(built.find(f"{OMML}{part}")) for part in ("num", "den", "e", "sub", "sup", "deg")}
    if name == "f":
        stacked = _value(built, "fPr/type", "bar") != "noBar"
        return fraction(parts["num"], parts["den"]) if stacked else f"({parts['num']} {parts['den']})"
    if name == "rad":
        return root(parts["e"], parts["deg"])
    if name == "d":
        # Each is one character (ST_Char); a long one between many terms fills the memory.
        begin, between, end = (_value(built, f"dPr/{sign}", usual)[:1] for sign, usual in _DELIMITERS.items())
        return begin + between.join(_terms(term).strip() for term in built.iterchildren(f"{OMML}e")) + end
    based = index(parts["e"], parts["sub"]) if name != "sSup" else parts["e"]
    return power(based, parts["sup"]) if name != "sSub" else based


def _value(built: Element, path: str, usual: str) -> str:
    found = built.find("/".join(f"{OMML}{name}" for name in path.split("/")))
    return found.get(f"{OMML}val", usual) if found is not None else usual


def _terms(element: Element | None) -> str:
    """What the runs below an element say, those of Word as well, but not what is deleted."""
    from lxml import etree

    if element is None:
        return ""
    texts = []
    walker = etree.iterwalk(element, events=("start",))
    for _, term in walker:
        if term.tag in _GONE:
            walker.skip_subtree()
        elif term.tag in _TEXTS:
            texts.append(term.text or "")
    return "".join(texts)


def mathml(element: Element) -> str:
    """A MathML formula on one line, its signs in their order; text where MathML has none is kept as well."""
    name = str(element.tag).rpartition("}")[2]
    if name in ("annotation", "annotation-xml"):
        return ""
    if name not in _LAYOUT and next(element.iterdescendants(*_LAYOUT_TAGS), None) is None:
        return " ".join(str(element.xpath("string()")).split())
    before, told = (element.text or "").strip(), list[str]()
    for child in element:
        after = (child.tail or "").strip()
        if isinstance(child.tag, str):
            told.append(f"{mathml(child)} {after}" if after else mathml(child))
        elif after:
            told.append(after)
    formula = _laid_out(name, told)
    return f"{before} {formula}" if before and formula else before or formula


def _laid_out(name: str, told: list[str]) -> str:
    """What the parts of a MathML element say together."""
    if name == "mfrac" and len(told) == 2:
        return fraction(*told)
    if name == "msup" and len(told) == 2:
        return power(*told)
    if name == "msub" and len(told) == 2:
        return index(*told)
    if name == "msubsup" and len(told) == 3:
        return power(index(told[0], told[1]), told[2])
    if name == "msqrt":
        return root(" ".join(told))
    if name == "mroot" and len(told) == 2:
        return root(*told)
    if name == "mfenced":
        return f"({', '.join(told)})"
    return " ".join(text for text in told if text)


def _grouped(term: str) -> str:
    term = term.strip()
    return term if _PLAIN.fullmatch(term) else f"({term})"
