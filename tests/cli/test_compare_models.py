"""Two embedders and three ways to answer, each pair a configuration, compared in one report."""

import json
from pathlib import Path

import pytest

from rag.core.errors import MissingDependency
from rag.testing.replay import ReplayServer
from rag.testing.smollm import smollm_path
from tests.cli.conftest import Kitabu
from tests.places import RECORDINGS

EMBEDDER = """
from rag.testing.embedding import HashEmbedder

words = HashEmbedder(64)


class Words:
    def embed_query(self, text):
        return words.encode_query(text).tolist()

    def embed_documents(self, texts):
        return words.encode_document(texts).tolist()
"""
RECORDS = [
    {"_id": "vial", "title": "Vials", "text": "An opened vial of measles vaccine is thrown away after 6 hours."},
    {"_id": "well", "title": "Wells", "text": "The water committee checks the well every Monday morning."},
]
QUESTIONS = [
    {"id": "a1", "question": "When is an opened vial of measles vaccine thrown away?", "answers": ["6 hours"],
     "answerable": True, "document": "vial", "page": 1, "language": "en"},
    {"id": "u1", "question": "Who won the football cup in 1978?", "answers": [], "answerable": False, "language": "en"},
]  # fmt: skip
EMBEDDERS = ("minilm", "own_words.Words")


def write(path: Path, lines: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def test_two_embedders_and_three_chat_models_give_one_report(
    kitabu: Kitabu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        gguf = f"gguf:{smollm_path()}"
    except MissingDependency as error:
        pytest.skip(str(error))
    (tmp_path / "own_words.py").write_text(EMBEDDER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("KITABU_OLLAMA_URL")
    corpus, questions = write(tmp_path / "corpus.jsonl", RECORDS), write(tmp_path / "questions.jsonl", QUESTIONS)
    configurations: dict[str, tuple[str, str]] = {}
    with ReplayServer(RECORDINGS) as ollama:
        ollama.say("An opened vial of measles vaccine is thrown away after 6 hours [1].")
        for embedder in EMBEDDERS:
            for model in ("none", "ollama:smollm2:135m", gguf):
                path = tmp_path / f"{len(configurations)}.toml"
                path.write_text(
                    f'embedder = "{embedder}"\nmodel = "{model}"\nollama_url = "{ollama.url}"\n'
                    "answer_tokens = 32\npassages = 2\nwindow = 2048\n"
                )
                configurations[str(path)] = (embedder, model)
        report = tmp_path / "report.html"
        result = kitabu(
            "eval", "compare", *configurations, "--questions", questions, "--corpus", corpus, "--html", str(report),
            "--json",
        )  # fmt: skip
    assert result.status == 0, result.err
    told = result.json
    assert [run["configuration"] for run in told["runs"]] == list(configurations)
    assert len(told["comparisons"]) == 5
    for run, (_, model) in zip(told["runs"], configurations.values(), strict=True):
        assert run["questions"] == 2
        wanted = {"none": "none", "ollama:smollm2:135m": "smollm2:135m"}.get(model, "SmolLM2-135M-Instruct.Q4_1")
        assert set(run["models"]) <= {wanted, "none"}
        assert wanted in run["models"]
        assert run["latency"]["p50"] > 0
    html = report.read_text(encoding="utf-8")
    assert all(Path(path).name in html for path in configurations)
