"""`kitabu embedder`: what makes the library's vectors, and putting another in its place without a pause."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import asdict
from typing import Any, Final

from ingest import worker
from ingest.report import IngestReport
from rag.build import Kitabu
from rag.cli.console import Console, moment
from rag.cli.failures import DONE, PARTLY_FAILED
from rag.cli.library import change, progress_shown, report
from rag.core.config import Settings
from rag.core.errors import DocumentNotFound, Stopped
from rag.core.fingerprint import Fingerprint
from rag.core.probes import Probe
from rag.store.beside import Beside, BesideState
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.probes import Probes

_FIGURES: Final = {
    "page_cited": "right page cited",
    "answer_cited": "answer in the text",
    "answered": "answered",
    "refused": "rightly refused",
}


def embedder(settings: Settings, action: str, name: str, console: Console) -> int:
    """Show the embedder, or do what `action` says."""
    if action == "use":
        return _use(settings, name or settings.embedder, console)
    if action == "back":
        return _use(settings, _earlier(settings), console, back=True)
    if action == "forget":
        return _forget(settings, console)
    if action == "probe":
        return _probe(settings, console)
    return _show(settings, console)


def _use(settings: Settings, name: str, console: Console, *, back: bool = False) -> int:
    payload = {"embedder": name, "back": back}

    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return kitabu.worker.run(worker.REINDEX, payload, on_progress=progress_shown(console))

    result: Mapping[str, Any] = {}
    with suppress(Stopped):
        result = change(settings, here, worker.REINDEX, payload, console, replacing=True)
    if result.get("figures"):
        _compared(result["figures"], console)
    told = {"embedder": name, "switched": False, "figures": {}, "stopped": True, **result}
    more = {key: told[key] for key in ("embedder", "switched", "stopped", "figures")}
    done = {**IngestReport((), 0.0).to_json(), **result}
    status = report(done, console, more=more, nothing="No document had to be made anew")
    if told["switched"]:
        console.line(f"{name} is in use now. The way back: kitabu embedder back")
    elif told["stopped"]:
        console.line("This was stopped. The index in use was not changed; what was made is kept for the next time.")
    elif status == DONE:
        console.line(f"{name} is in use already.")
    elif status == PARTLY_FAILED:
        console.line("The index in use was not changed, because some documents could not be made anew.")
    return status


def _compared(figures: Mapping[str, Any], console: Console) -> None:
    console.line(f"On {figures['questions']} golden questions, quoting:")
    for key, words in _FIGURES.items():
        now = f"{figures['now'][key]:.3f}" if figures["now"] else "-"
        console.line(f"  {words:<20} {now} before, {figures['beside'][key]:.3f} now")


def _forget(settings: Settings, console: Console) -> int:
    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return kitabu.worker.run(worker.FORGET, {})

    result: Mapping[str, Any] = {}
    with suppress(Stopped):
        result = change(settings, here, worker.FORGET, {}, console)
    console.result({"forgotten": False, **result})
    if not result:
        console.line("This was stopped before it began.")
    else:
        console.line(
            "The earlier index is removed." if result["forgotten"] else "There was none beside the one in use."
        )
    return DONE


def _probe(settings: Settings, console: Console) -> int:
    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return kitabu.worker.run(worker.PROBE, {})

    change(settings, here, worker.PROBE, {}, console)
    status = _show(settings, console)
    made, _, measured = _states(settings)
    if made is not None and not measured:
        console.line("In no language are there passages enough to measure by.")
    return status


def _earlier(settings: Settings) -> str:
    """The name of the embedder that made the set that was searched before.

    Raises:
        DocumentNotFound: there is none; one that is only being made is no way back.
    """
    beside = _states(settings)[1]
    if beside is None or not beside.earlier:
        raise DocumentNotFound("There is no earlier index to go back to.", "See `kitabu embedder`.")
    return beside.fingerprint.embedder


def _states(settings: Settings) -> tuple[Fingerprint | None, BesideState | None, Mapping[str, Probe]]:
    path = settings.data / FILE_NAME
    if not path.is_file():
        return None, None, {}
    with closing(Catalog.open(path, read_only=True)) as catalog:
        made = catalog.made_with()
        return made, Beside(catalog).state(), Probes(catalog).of(made) if made else {}


def _show(settings: Settings, console: Console) -> int:
    current, beside, probes = _states(settings)
    console.result(
        {
            "set": settings.embedder,
            "in_use": _told(current) if current else None,
            "beside": None
            if beside is None
            else {
                **_told(beside.fingerprint),
                "documents": beside.documents,
                "of": beside.wanted,
                "chunks": beside.chunks,
                "at": beside.made_at,
                "earlier": beside.earlier,
            },
            "measured": [{**asdict(probe), "trust": probe.trust, "used": probe.enough} for probe in probes.values()],
        }
    )
    if current is None:
        console.line(f"No documents yet. The settings name {settings.embedder}.")
        return DONE
    console.line(f"in use    {_line(current)}")
    if current.query_prompt or current.document_prompt:
        console.line(f"          before questions {current.query_prompt!r}, documents {current.document_prompt!r}")
    for probe in probes.values():
        told = f"finds {probe.found} of {probe.probed} passages by their meaning"
        trust = f"trust {probe.trust:.2f}" if probe.enough else "too few to go by"
        console.line(f"{probe.language:<8}  {told}, {trust}")
    if beside is not None:
        far = f"{beside.documents} of {beside.wanted} documents, {beside.chunks:,} passages"
        console.line(f"beside    {_line(beside.fingerprint)}: {far}, {moment(beside.made_at)}")
    if current.embedder != settings.embedder:
        console.line(f"The settings name {settings.embedder}. To put it in use: kitabu embedder use")
    return DONE


def _told(fingerprint: Fingerprint) -> dict[str, Any]:
    return {
        "embedder": fingerprint.embedder,
        "dimension": fingerprint.dimension,
        "digest": fingerprint.digest,
        "precision": fingerprint.precision,
        "query_prompt": fingerprint.query_prompt,
        "document_prompt": fingerprint.document_prompt,
        "chunker": fingerprint.chunker,
    }


def _line(fingerprint: Fingerprint) -> str:
    return f"{fingerprint.embedder}, {fingerprint.dimension} dimensions, {fingerprint.chunker}"
