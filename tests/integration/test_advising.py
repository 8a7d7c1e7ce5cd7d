"""The speed of a model: which processor it is of, and whether it says anything of this machine."""

from __future__ import annotations

from dataclasses import replace

from rag.advising import advice_for, measure
from rag.build import ModelChooser
from rag.core.config import Settings
from rag.models.ollama import OllamaServer
from rag.testing.behaviours import streaming
from rag.testing.embedding import HashEmbedder
from rag.testing.replay import ReplayServer
from tests.places import RECORDINGS

MODEL = "stories260Ktok512:latest"
LOADED = {"name": MODEL, "model": MODEL, "size": 1000, "size_vram": 1000, "digest": "d", "context_length": 4096}


def test_a_model_in_the_graphics_memory_is_found_by_its_whole_name() -> None:
    with ReplayServer(RECORDINGS) as ollama:
        ollama.script("/api/show", ollama.play("show"))
        ollama.script("/api/ps", streaming({"models": [LOADED]}))
        ollama.say("yes " * 20)
        settings = Settings(ollama_url=ollama.url, model=f"ollama:{MODEL}")
        chooser = ModelChooser(settings, OllamaServer(ollama.url, 2.0))
        found = measure(chooser, None, HashEmbedder(8))
        assert found.speed is not None
        assert found.speed.place == "gpu"
        assert found.here


def test_the_speed_of_a_server_elsewhere_is_not_this_machines() -> None:
    with ReplayServer(RECORDINGS) as ollama:
        settings = Settings(ollama_url=ollama.url, model="ollama:smollm2:135m")
        ollama.say("yes " * 20)
        chooser = ModelChooser(settings, OllamaServer(ollama.url, 2.0))
        found = measure(chooser, None, HashEmbedder(8))
        assert found.speed is not None
        assert found.speed.place == "processor"
        elsewhere = advice_for(settings, chooser, None, replace(found, here=False))
    for choice in (*filter(None, [elsewhere.first]), *elsewhere.alternatives):
        assert not choice.measured
