"""Nearest neighbours from a Chroma server: `chroma run`, or a distributed one, under an address.

It speaks the server's HTTP interface (v2) itself: Chroma's own client knows no time limits and leaves its connections
open, and an index needs six requests.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import numpy as np

from rag.core.errors import ConfigError, StoreUnavailable
from rag.core.ports import Matrix, Scored, Vector

if TYPE_CHECKING:
    import httpx

_COLLECTIONS: Final = "/api/v2/tenants/default_tenant/databases/default_database/collections"
COLLECTION_FILE: Final = "collection.txt"
_BATCH: Final = 1000
"""Rows in one request: some megabytes."""
_SECONDS: Final = 60.0
"""For one request; a thousand vectors take one or two."""
_CONNECT_SECONDS: Final = 5.0
_SPACE: Final = {"hnsw": {"space": "cosine", "ef_search": 200}}
"""Candidates as in `rag.store.vectors`."""
_NOT_FOUND: Final = 404


class ChromaServerIndex:
    """A collection of its own on the server. It holds ids and vectors, no text.

    The collection's name lies in a folder of the library, so that several libraries share a server. The library's owner
    alone writes to it.

    Args:
        url: the server's address: http://host:8000.

    Raises:
        ConfigError: `url` is no address.
    """

    def __init__(self, url: str, folder: Path, dimension: int) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ConfigError(f"Setting 'store' is no address: '{url}'.", "Write it like chroma:http://127.0.0.1:8000.")
        self._url = url.rstrip("/")
        self._folder = folder
        self._dimension = dimension
        self._lock = threading.RLock()
        self._client: httpx.Client | None = None
        self._collection = ""

    def add(self, chunk_ids: Sequence[str], vectors: Matrix) -> None:
        """Add or replace. `vectors` has shape (len(chunk_ids), dimension). Durable on return."""
        for start in range(0, len(chunk_ids), _BATCH):
            rows = np.asarray(vectors[start : start + _BATCH], dtype=np.float32).tolist()
            self._ask("upsert", {"ids": list(chunk_ids[start : start + _BATCH]), "embeddings": rows})

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Take chunks out; unknown ids are no error."""
        for start in range(0, len(chunk_ids), _BATCH):
            self._ask("delete", {"ids": list(chunk_ids[start : start + _BATCH])})

    def search(self, vector: Vector, k: int) -> list[Scored]:
        """The `k` nearest, best first, scored by cosine. Approximate, as HNSW is."""
        if k < 1:
            return []
        body = {"query_embeddings": [np.asarray(vector).tolist()], "n_results": k, "include": ["distances"]}
        found = self._ask("query", body)
        return [
            Scored(chunk_id, 1.0 - float(distance))
            for chunk_id, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def count(self) -> int:
        """How many chunks it holds."""
        return int(self._ask("count"))

    def holds(self, chunk_ids: Sequence[str]) -> int:
        """How many of the chunks it holds."""
        starts = range(0, len(chunk_ids), _BATCH)
        asked = [{"ids": list(chunk_ids[start : start + _BATCH]), "include": []} for start in starts]
        return sum(len(self._ask("get", body)["ids"]) for body in asked)

    def clear(self) -> None:
        """Remove the collection; the next call makes an empty one."""
        with self._lock:
            self._collection = ""
            self._request("DELETE", f"{_COLLECTIONS}/{collection_name(self._folder)}", missing_is_fine=True)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            client, self._client, self._collection = self._client, None, ""
            if client is not None:
                client.close()

    def _ask(self, what: str, body: dict[str, Any] | None = None) -> Any:
        path = f"{_COLLECTIONS}/{self._opened()}/{what}"
        return self._request("GET" if body is None else "POST", path, body)

    def _opened(self) -> str:
        """The collection's id; it is made where it is not there."""
        with self._lock:
            if not self._collection:
                wanted = {
                    "name": collection_name(self._folder),
                    "get_or_create": True,
                    "configuration": _SPACE,
                    "metadata": {"dimension": self._dimension},
                }
                found = self._request("POST", _COLLECTIONS, wanted)
                made_for = (found["metadata"] or {}).get("dimension")
                if made_for != self._dimension:
                    raise self._unavailable(f"it holds vectors of dimension {made_for}, not {self._dimension}")
                self._collection = str(found["id"])
            return self._collection

    def _request(self, method: str, path: str, body: Any = None, *, missing_is_fine: bool = False) -> Any:
        import httpx

        with self._lock:
            if self._client is None:
                timeout = httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS)
                # Straight to the address that is set, whatever proxies the environment names.
                self._client = httpx.Client(base_url=self._url, timeout=timeout, trust_env=False)
            client = self._client
        try:
            reply = client.request(method, path, json=body)
            if missing_is_fine and reply.status_code == _NOT_FOUND:
                return None
            if reply.is_error:
                raise self._unavailable(f"status {reply.status_code}: {reply.text[:200]}")
            return reply.json() if reply.content else None
        except (httpx.HTTPError, RuntimeError, ValueError, KeyError, TypeError) as error:  # RuntimeError: was closed
            raise self._unavailable(error) from error

    def _unavailable(self, reason: object) -> StoreUnavailable:
        return StoreUnavailable(
            f"The Chroma server at {self._url} cannot be used ({reason}).",
            'Start it (chroma run), or set store = "chroma": the catalog has the vectors, nothing is embedded again.',
        )


def collection_name(folder: Path) -> str:
    """The name of the collection of the index in `folder`, the same as long as that folder is there.

    Raises:
        StoreUnavailable: the folder cannot be written.
    """
    path = folder / COLLECTION_FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(f"kitabu-{secrets.token_hex(12)}", encoding="ascii")
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise StoreUnavailable(
            f"The folder {folder} cannot be written ({error}).", "Give yourself permission to write there."
        ) from error
