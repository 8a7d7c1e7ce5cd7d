"""How far the embedder is to be trusted in a language is measured on the library, and heeded."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import pytest

from ingest.probe import due, probe, probe_due
from ingest.worker import PROBE
from rag.build import Kitabu, open_kitabu
from rag.core.config import load_settings
from rag.core.probes import Probe
from rag.models.embedding import load_embedder
from rag.retrieval.fusion import dense_trust
from rag.retrieval.trust import blind_in, trust_in
from rag.store.probes import Probes
from tests.integration.conftest import MakeLibrary
from tests.integration.probe_texts import ENGLISH, HINDI

WAIT: Final = 240.0


def texts(language: str, sentences: tuple[str, ...]) -> dict[str, str]:
    return {f"{language}{number}.txt": text for number, text in enumerate(sentences)}


@pytest.fixture
def both(make_library: MakeLibrary) -> Kitabu:
    return make_library(texts("en", ENGLISH) | texts("hi", HINDI))


def kept(kitabu: Kitabu) -> dict[str, Probe]:
    return Probes(kitabu.library.catalog).of(kitabu.embedder.fingerprint("structure"))


def test_minilm_is_found_to_understand_english_and_hardly_hindi(both: Kitabu) -> None:
    catalog = both.library.catalog
    assert catalog.chunks_by_language() == {"en": len(ENGLISH), "hi": len(HINDI)}
    assert due(catalog, both.embedder) == ["en", "hi"]
    assert both.worker.run(PROBE, {}) == {"languages": ["en", "hi"]}
    found = kept(both)
    assert found["en"].enough
    assert found["hi"].enough
    assert found["en"].trust > found["hi"].trust + 0.3
    assert found["hi"].trust < 0.4
    assert list(blind_in(catalog)) == ["hi"]
    # The same library, the same result; and nothing is due until it has changed a lot.
    assert probe(catalog, both.embedder, "en") == found["en"]
    assert due(catalog, both.embedder) == []


def test_the_search_heeds_what_was_measured_once_enough_was_probed(tmp_path: Path) -> None:
    for name, text in texts("en", ENGLISH[:6]).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = load_settings(data=tmp_path / "data", model="none", embedder="rag.testing.embedding.HashEmbeddings")
    with open_kitabu(settings) as kitabu:
        kitabu.pipeline.ingest([tmp_path / name for name in texts("en", ENGLISH[:6])])
        catalog, made = kitabu.library.catalog, kitabu.embedder.fingerprint("")

        def scores() -> list[float]:
            return [hit.score for hit in kitabu.engine.search("Where do the bees turn nectar into honey?", 6).hits]

        trusted = scores()
        Probes(catalog).keep(made, Probe("en", 29, 0, 32, 1))
        assert scores() == trusted
        assert blind_in(catalog) == {}
        Probes(catalog).keep(made, Probe("en", 30, 0, 32, 1))
        assert scores() != trusted
        assert blind_in(catalog) == {"en": 0.0}


def test_minilm_keeps_what_is_known_of_it_and_is_measured_in_other_languages(both: Kitabu) -> None:
    catalog, made = both.library.catalog, both.embedder.fingerprint("")
    trust = trust_in(catalog, made)
    for language in ("hi", "pl"):
        Probes(catalog).keep(made, Probe(language, 30, 0, 32, 1))
    assert (trust("hi"), trust("pl"), trust("cs")) == (dense_trust("hi"), 0.0, dense_trust("cs"))


def test_a_library_that_doubled_is_measured_anew_and_one_that_grew_a_little_is_not(both: Kitabu) -> None:
    catalog, made = both.library.catalog, both.embedder.fingerprint("")
    Probes(catalog).keep(made, Probe("en", 30, 30, 31, 1))
    Probes(catalog).keep(made, Probe("hi", 30, 30, 16, 1))
    assert due(catalog, both.embedder) == ["hi"]
    assert due(catalog, both.embedder, anew=True) == ["en", "hi"]


def test_another_embedder_is_not_measured_on_vectors_that_are_not_its_own(both: Kitabu) -> None:
    other = load_embedder("rag.testing.embedding.HashEmbeddings")
    assert due(both.library.catalog, other) == []
    assert Probes(both.library.catalog).of(other.fingerprint("")) == {}


def test_an_embedder_of_ones_own_is_trusted_until_it_is_measured(both: Kitabu) -> None:
    other = load_embedder("rag.testing.embedding.HashEmbeddings").fingerprint("")
    trust = trust_in(both.library.catalog, other)
    assert trust("hi") == 1.0
    Probes(both.library.catalog).keep(other, Probe("hi", 30, 6, 32, 1))
    assert trust("hi") < 0.3


def test_it_gives_way_and_keeps_nothing_then(both: Kitabu) -> None:
    assert probe_due(both.library.catalog, both.embedder, lambda: False) is None
    assert kept(both) == {}


def test_the_worker_measures_when_it_has_nothing_else_to_do(make_library: MakeLibrary, tmp_path: Path) -> None:
    kitabu = make_library(texts("en", ENGLISH))
    kitabu.worker.start()
    end = time.monotonic() + WAIT
    while not kept(kitabu):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert set(kept(kitabu)) == {"en"}
    assert blind_in(kitabu.library.catalog) == {}
