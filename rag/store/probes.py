"""What is kept of how far embedders are to be trusted, by embedder and language."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Final

from rag.core.fingerprint import Fingerprint
from rag.core.probes import Probe
from rag.store import rows

if TYPE_CHECKING:
    from rag.store.catalog import Catalog

_COLUMNS: Final = ", ".join(field.name for field in fields(Probe))


class Probes:
    """Measurements in the catalog's file, of all embedders that the library had. They hold no word of a document.

    A fingerprint's chunker does not matter: it is the embedder that is measured.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def keep(self, fingerprint: Fingerprint, probe: Probe) -> None:
        """Remember a measurement in place of the last one of that embedder in that language."""
        marks = ", ".join("?" * (1 + len(fields(probe))))
        with self._database.writing() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO probes (fingerprint, {_COLUMNS}) VALUES ({marks})",
                (_key(fingerprint), *astuple(probe)),
            )

    def of(self, fingerprint: Fingerprint) -> dict[str, Probe]:
        """The last measurement of an embedder in each language."""
        with self._database.reading() as connection:
            found = connection.execute(f"SELECT {_COLUMNS} FROM probes WHERE fingerprint = ?", (_key(fingerprint),))
            return {probe.language: probe for probe in (Probe(*row) for row in found)}


def _key(fingerprint: Fingerprint) -> str:
    return rows.fingerprint_text(replace(fingerprint, chunker=""))
