"""What Chroma leaves of deleted vectors in its files, overwritten; Chroma itself only marks them as deleted.

Chroma's folder holds an SQLite file with the ids and with the queue of changes that its graph file has not taken in yet
(up to 1,000 vectors), and for the graph a folder in the format of hnswlib: `header.bin`, `data_level0.bin` with one
element for each vector that was ever added, `length.bin` and `link_lists.bin`. Which label belongs to which id stands
in `index_metadata.pickle`. Read in November 2026 from the sources of Chroma 1.5 (`rust/segment/src/local_hnsw.rs`) and
its hnswlib (`persistIndex`), and tried. A layout that is not this one is refused; then the folder has to be built anew.
"""

from __future__ import annotations

import io
import pickle
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_HEADER: Final = struct.Struct("<i6Q")
"""Version, offset of level 0, capacity, elements, bytes of an element, offset of its label, offset of its vector."""
_VERSION: Final = 1
_LENGTH: Final = 4
"""Bytes of an element in `length.bin`."""
_LATEST: Final = "SELECT max(seq_id) FROM embeddings_queue GROUP BY id"


class Swept(NamedTuple):
    """Elements of the graph: how many vectors live, how many are deleted and zero now, how many of those were not."""

    live: int
    deleted: int
    overwritten: int


class UnknownLayoutError(Exception):
    """The files are not as this module knows them."""


def overwrite_deleted(folder: Path, dimension: int) -> Swept:
    """Overwrite every vector that belongs to no id any more with zeros, in place.

    May be interrupted and done again at any time. A deleted element stays in the graph, as a direction that is equally
    far from everything.

    Args:
        folder: Chroma's; no client may have it open.
        dimension: of the vectors.

    Raises:
        UnknownLayoutError: the files are not as expected; nothing is lost, and not everything is overwritten.
        OSError: the disk fails.
        sqlite3.Error: Chroma's SQLite file cannot be read or written.
    """
    database = folder / "chroma.sqlite3"
    if not database.exists():
        return Swept(0, 0, 0)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        # A vector in the queue is needed only if nothing later happened to its id. It keeps its length: it is read.
        connection.execute(
            f"""UPDATE embeddings_queue SET vector = zeroblob(length(vector))
                WHERE vector IS NOT NULL AND seq_id NOT IN ({_LATEST})"""
        )
        # Rows that Chroma deleted are still in free pages.
        connection.execute("VACUUM")
        live = {row[0] for row in connection.execute("SELECT embedding_id FROM embeddings")}
        segments = connection.execute("SELECT id FROM segments WHERE scope = 'VECTOR'").fetchall()
        clear_unused(folder)
        swept = Swept(0, 0, 0)
        for (segment,) in segments:
            # An id whose vector has changed keeps the old one until the graph takes in the queue: it is no other chunk.
            one = _overwrite_elements(folder / segment, live, dimension)
            swept = Swept(*(a + b for a, b in zip(swept, one, strict=True)))
        return swept


def clear_unused(folder: Path) -> None:
    """Overwrite the room for more elements in the graph's files, which is written as it was found in memory.

    Chroma does that when it makes a graph, and each time it opens one that is all in the queue: there may be any text
    or vector in it that the process had at hand. Chroma may have the files open, so long as it is not writing.

    Raises:
        OSError: the disk fails.
    """
    for header in folder.glob("*/header.bin"):
        content = header.read_bytes()
        if len(content) < _HEADER.size:
            continue
        version, _, _, elements, size, _, _ = _HEADER.unpack(content[: _HEADER.size])
        if version == _VERSION:
            _clear_from(header.with_name("data_level0.bin"), elements * size)
            _clear_from(header.with_name("length.bin"), elements * _LENGTH)


def _overwrite_elements(segment: Path, live: set[str], dimension: int) -> Swept:
    """Overwrite the elements of a graph file whose id is none of `live`."""
    header, data, names = (segment / name for name in ("header.bin", "data_level0.bin", "index_metadata.pickle"))
    if not header.exists():  # the queue holds everything
        return Swept(0, 0, 0)
    version, level0, _, elements, size, label_at, vector_at = _HEADER.unpack(header.read_bytes()[: _HEADER.size])
    fits = label_at - vector_at == 4 * dimension and label_at + 8 <= size and data.stat().st_size >= elements * size
    if version != _VERSION or level0 or not fits:
        raise UnknownLayoutError(f"the layout of {segment} is not known")
    if not elements:
        return Swept(0, 0, 0)
    labels_by_id, last_label = _labels(names)
    rows = np.memmap(data, dtype=np.uint8, mode="r+", shape=(elements, size))
    labels = np.ascontiguousarray(rows[:, label_at : label_at + 8]).view("<u8")[:, 0]
    if labels.max() > last_label:  # killed between writing the graph and its labels: what is live cannot be told
        raise UnknownLayoutError(f"{segment} was not written to the end")
    kept = np.fromiter((label for id_, label in labels_by_id.items() if id_ in live), dtype=np.uint64)
    deleted: NDArray[np.intp] = np.flatnonzero(~np.isin(labels, kept))
    left = deleted[rows[deleted, vector_at:label_at].any(axis=1)]
    rows[left, vector_at:label_at] = 0
    rows.flush()
    return Swept(elements - len(deleted), len(deleted), len(left))


def _clear_from(path: Path, start: int) -> None:
    """Overwrite the rest of a file with zeros; it keeps its length."""
    with path.open("r+b") as file:
        file.seek(start)
        rest = file.read()
        if rest.strip(b"\0"):
            file.seek(start)
            file.write(bytes(len(rest)))


def _labels(path: Path) -> tuple[dict[str, int], int]:
    """The label of each id, and the last one that was given."""
    try:
        content = _PlainUnpickler(io.BytesIO(path.read_bytes())).load()
        return dict(content["id_to_label"]), int(content["total_elements_added"])
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError) as error:
        raise UnknownLayoutError(f"{path} cannot be read ({error})") from error


class _PlainUnpickler(pickle.Unpickler):
    """Reads dictionaries, texts and numbers; a pickle that names any class is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} in a file of plain values")
