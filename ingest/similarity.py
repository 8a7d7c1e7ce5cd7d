"""Finding documents that are nearly the same: a signature for each, candidates by its bands, then a close look.

MinHash (Broder 1997) keeps of each document the least hash of its shingles under `HASHES` hash functions; the share in
which two signatures agree estimates the resemblance. Documents that agree in all rows of one of the bands are the
candidates (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4): of two that resemble each other by 0.7
all but 2 in 10,000 pairs are found, by 0.6 988 in 1,000, by 0.2 one in 20. The hash functions are multiply-shift
(Dietzfelbinger and others 1997).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.report import FileResult
from rag.core.cells import CELL_SEPARATOR
from rag.core.shingles import Shingles, common, shingles, words
from rag.core.types import BlockKind, ParsedDocument
from rag.store.catalog import Catalog
from rag.store.versions import Signed

HASHES: Final = 128
"""The estimate of a resemblance of 0.6 is off by 0.04 (one standard deviation)."""
BANDS: Final = 32
"""Of four rows each: fewer rows would make every form that shares half its words a candidate."""
RESEMBLANCE: Final = 0.6
"""From here on two documents are versions of one. Of the invented pairs in tests/unit/version_pairs.py, versions
resemble each other by 0.67 to 1.00 (the lowest: a third of the text added; 6 % of the words misread by text
recognition), different documents by 0.57 at most, but for forms, see `_filled_forms`."""
CONTAINMENT: Final = 0.85
"""Or so much of the shorter stands in the longer, which is at most `GROWTH` times as long: a version was added to."""
GROWTH: Final = 2.0
SHORT: Final = 50
"""Shingles. Below, one changed word is a tenth of what is said, and two notices are alike without being versions."""
SHORT_RESEMBLANCE: Final = 0.9
FIELDS: Final = 4
"""Labels that two filled forms share at least."""
FIELD_LINES: Final = 0.25
"""Share of lines that are fields, from which on a document counts as a form."""
DIFFERING: Final = 0.5
"""Share of the common fields that differ, from which on two forms are filled in for two occasions."""
LOOKED_AT: Final = 50
"""Candidates whose signatures are compared."""
COMPARED: Final = 10
"""Candidates whose texts are compared: each has to be read from the catalog."""
MARGIN: Final = 0.12
"""How far an estimate may stay below the resemblance that is asked for: three standard deviations."""
AT_ONCE: Final = 200
"""Documents signed in one go."""

_SEEDS: Final = np.random.default_rng(1997)
_FACTORS: Final = _SEEDS.integers(0, 2**63, HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS: Final = _SEEDS.integers(0, 2**63, HASHES, dtype=np.uint64)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_FIELD: Final = re.compile(r"\s*(?P<label>[^\n:：]{2,50}?)\s*[:：](?P<value>[^\n]{0,80})")

Signature = NDArray[np.uint32]
"""Shape (HASHES,)."""


class Likeness(NamedTuple):
    """How alike two documents are."""

    resemblance: float
    """Jaccard index of their shingles, 0 to 1."""
    share: float
    """Share of the first one's shingles that stand in the second."""
    other_share: float
    """Share of the second one's in the first."""


@dataclass(frozen=True, slots=True)
class Features:
    """What of a document is compared."""

    shingles: Shingles
    fields: dict[str, str]
    """Labels with their values, as forms have them: "Name: Amina", or a row of two cells."""
    lines: int
    """Lines in all, paragraphs counting as one."""


def features(parsed: ParsedDocument) -> Features:
    """Take from a document what is compared; running heads and page numbers are left out."""
    texts = [parsed.slice(block.span) for block in parsed.blocks if block.kind is not BlockKind.FURNITURE]
    lines = [line for text in texts or [page.text for page in parsed.pages] for line in text.split("\n")]
    lines = [line for line in lines if line.strip()]
    found = (_field(line) for line in lines)
    return Features(shingles(words("\n".join(lines))), dict(pair for pair in found if pair), len(lines))


def _field(line: str) -> tuple[str, str] | None:
    label, mark, value = line.partition(CELL_SEPARATOR)
    if mark and CELL_SEPARATOR not in value:
        return " ".join(words(label)), " ".join(words(value))
    if match := _FIELD.fullmatch(line):
        return " ".join(words(match["label"])), " ".join(words(match["value"]))
    return None


def signature(of: Shingles) -> Signature:
    """The MinHash signature; all ones for a document without words."""
    found = np.full(HASHES, 2**32 - 1, dtype=np.uint32)
    if len(of):
        for place, (factor, offset) in enumerate(zip(_FACTORS, _OFFSETS, strict=True)):
            found[place] = ((of * factor + offset) >> np.uint64(32)).min()
    return found


def bands(of: Signature) -> list[int]:
    """One number for each band, as SQLite holds it (signed, 64 bits)."""
    rows = of.astype(np.uint64).reshape(BANDS, -1)
    total = np.arange(BANDS, dtype=np.uint64)
    for column in rows.T:
        total = (total ^ column) * _MIX
        total ^= total >> np.uint64(29)
    return [int(number) for number in total.view(np.int64)]


def likeness(one: Features, other: Features) -> Likeness | None:
    """How alike two documents are, or None where they are not versions of one."""
    sizes = len(one.shingles), len(other.shingles)
    if not all(sizes):
        return None
    shared = common(one.shingles, other.shingles)
    found = Likeness(shared / (sum(sizes) - shared), shared / sizes[0], shared / sizes[1])
    if min(sizes) < SHORT:
        return found if found.resemblance >= SHORT_RESEMBLANCE else None
    grown = shared / min(sizes) >= CONTAINMENT and max(sizes) <= GROWTH * min(sizes)
    if found.resemblance < RESEMBLANCE and not grown:
        return None
    return None if _filled_forms(one, other) else found


def _filled_forms(one: Features, other: Features) -> bool:
    """Whether the two are one form filled in twice: the same labels, and other values behind half of them."""
    shared = one.fields.keys() & other.fields.keys()
    if len(shared) < FIELDS or any(len(each.fields) < FIELD_LINES * each.lines for each in (one, other)):
        return False
    return sum(one.fields[label] != other.fields[label] for label in shared) >= DIFFERING * len(shared)


def sign_new(catalog: Catalog, limit: int = AT_ONCE) -> int:
    """Sign documents that have no signature yet and find what each is nearly the same as; returns how many.

    Also those taken in before there were signatures, or just before a crash.

    Raises:
        LibraryLocked: the catalog was opened for reading.
        StoreUnavailable: it cannot be read or written.
    """
    new = catalog.unsigned(limit)
    for document_id in new:
        own = features(catalog.parsed(document_id))
        minhash = signature(own.shingles)
        signed = Signed(document_id, len(own.shingles), minhash.astype("<u4").tobytes(), bands(minhash))
        catalog.sign(signed, _versions(catalog, signed, own, minhash) if len(own.shingles) else [])
    return len(new)


def _versions(catalog: Catalog, signed: Signed, own: Features, minhash: Signature) -> list[tuple[str, float, float]]:
    promising: list[tuple[float, str]] = []
    for other in catalog.sharing_bands(signed.bands, LOOKED_AT):
        if other.document_id == signed.document_id or not other.shingles:
            continue
        estimate = float((np.frombuffer(other.minhash, dtype="<u4") == minhash).mean())
        least = min(RESEMBLANCE, _resemblance_of_grown(signed.shingles, other.shingles)) - MARGIN
        if estimate >= least:
            promising.append((estimate, other.document_id))
    found: list[tuple[str, float, float]] = []
    for _, document_id in sorted(promising, reverse=True)[:COMPARED]:
        like = likeness(own, features(catalog.parsed(document_id)))
        if like is not None:
            found.append((document_id, like.share, like.other_share))
    return found


def _resemblance_of_grown(one: int, other: int) -> float:
    """The least resemblance of two documents of so many shingles of which the one was added to to make the other."""
    shorter, longer = sorted((one, other))
    if longer > GROWTH * shorter:
        return 1.0
    shared = CONTAINMENT * shorter
    return shared / (shorter + longer - shared)


def with_versions(catalog: Catalog, result: FileResult) -> FileResult:
    """The result of a file, its warnings naming its versions in the library, and dates that were not taken over.

    In English, as all warnings about files are.
    """
    if result.document_id is None:
        return result
    notes: list[str] = []
    own = catalog.document(result.document_id)
    state = catalog.states([own.id]).get(own.id)
    for twin in catalog.twins(own.id) if state else []:
        other = catalog.document(twin.document_id)
        which = "that one" if state and other.id in state.newer else "this one"
        newer = (other.date > own.date) if which == "that one" else (own.date > other.date)
        # Also where all is the same but for what the shingles do not see, it is another file.
        share = min(99, int(100 * twin.share))
        notes.append(
            f"Nearly the same as {other.name} ({share} % of its text); {which} is {'newer and is ' * newer}preferred."
        )
    effective, review = catalog.said_before(own.id)
    said = [f"effective date {effective}"] * bool(effective) + [f"review date {review}"] * bool(review)
    notes += [
        f"The {date} was said of the text before this one and was not taken over. Where it holds, say so with "
        "`kitabu edit`."
        for date in said
    ]
    return result._replace(warnings=(*result.warnings, *notes)) if notes else result
