"""The estimate of tokens, learned from models' own counts: closer, and never too low."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.config import Settings
from rag.core.errors import MissingDependency
from rag.models.chat import load_chat_model
from rag.models.figures import ENOUGH, FILE, MARGIN, TokenFigures, figures_at
from rag.models.gguf import GgufChat
from rag.models.ollama import ModelCard
from rag.models.tokens import ENGLISH, estimate_tokens, weigh
from rag.testing.smollm import smollm_path
from tests.places import ROOT

MODEL = "qwen3:4b"
PROSE = "The fridge of ward {n} is kept between two and eight degrees, and it is read every morning by the nurse. "
CHINESE = "疫苗冰箱的温度应保持在二至八摄氏度之间，护士每天早上都要检查并记录一次。" * 20
SWAHILI = "Chupa ya chanjo iliyofunguliwa inaweza kuhifadhiwa kwa siku nyingi katika jokofu la kliniki. " * 20


@pytest.fixture
def figures(tmp_path: Path) -> TokenFigures:
    return TokenFigures(tmp_path / FILE)


def teach(figures: TokenFigures, text: str, share: float, times: int = ENOUGH) -> None:
    for _ in range(times):
        figures.learn(MODEL, [text], round(estimate_tokens(text) * share))


def prose(n: int = 7) -> str:
    return PROSE.format(n=n) * 20


def test_before_anything_is_learned_it_is_the_estimate(figures: TokenFigures) -> None:
    for text in (prose(), CHINESE, SWAHILI, "", "   ", "1,250.5 mg"):
        assert figures.count(MODEL, text) == estimate_tokens(text)


def test_it_comes_closer_after_a_few_prompts_and_stays_above_what_was_measured(figures: TokenFigures) -> None:
    teach(figures, prose(), 0.6, ENOUGH - 1)
    assert figures.count(MODEL, prose()) == estimate_tokens(prose())
    teach(figures, prose(), 0.6, 1)
    assert 0.6 * estimate_tokens(prose()) < figures.count(MODEL, prose()) < 0.8 * estimate_tokens(prose())


def test_one_prompt_that_took_more_raises_it_at_once(figures: TokenFigures) -> None:
    teach(figures, prose(), 0.6, 20)
    teach(figures, prose(8), 1.3, 1)
    assert figures.count(MODEL, prose()) >= 1.3 * estimate_tokens(prose())


@pytest.mark.parametrize(("text", "lower"), [(CHINESE, True), (SWAHILI, False)])
def test_a_script_that_languages_share_is_never_lowered(figures: TokenFigures, text: str, lower: bool) -> None:
    teach(figures, text, 0.5)
    assert (figures.count(MODEL, text) < estimate_tokens(text)) is lower
    teach(figures, text, 1.4, 1)
    assert figures.count(MODEL, text) >= 1.4 * estimate_tokens(text)


def test_what_is_learned_of_one_model_and_script_says_nothing_of_others(figures: TokenFigures) -> None:
    teach(figures, prose(), 0.5)
    assert figures.count("other", prose()) == estimate_tokens(prose())
    for text in (CHINESE, SWAHILI):
        assert figures.count(MODEL, text) == estimate_tokens(text)


def test_counts_that_cannot_be_those_of_the_whole_prompt_lower_it_no_further(figures: TokenFigures) -> None:
    teach(figures, prose(), 0.01, 10)
    assert figures.count(MODEL, prose()) >= 0.4 * estimate_tokens(prose())
    figures.learn(MODEL, [prose()], 0)
    figures.learn(MODEL, ["Short."], 500)
    teach(figures, prose(), 0.9, 1)
    assert 0.9 * estimate_tokens(prose()) <= figures.count(MODEL, prose()) <= 0.9 * MARGIN**2 * estimate_tokens(prose())


def test_it_is_kept_in_the_data_folder_and_a_damaged_file_costs_nothing_else(
    figures: TokenFigures, tmp_path: Path
) -> None:
    teach(figures, prose(), 0.6)
    again = TokenFigures(tmp_path / FILE)
    assert again.count(MODEL, prose()) == figures.count(MODEL, prose()) < estimate_tokens(prose())
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    (tmp_path / FILE).write_text('[["a", "b"')
    assert TokenFigures(tmp_path / FILE).count(MODEL, prose()) == estimate_tokens(prose())
    TokenFigures(tmp_path / "gone" / FILE).learn(MODEL, [prose()], 900)


def test_models_of_one_library_share_one_file(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    models = {name: load_chat_model(name, settings) for name in ("ollama:one", "ollama:two", "openai:three")}
    for model in models.values():
        assert model.count_tokens(prose()) == estimate_tokens(prose())
    for model in models.values():
        for _ in range(ENOUGH):
            figures_at(tmp_path / FILE).learn(model.name, [prose()], int(0.6 * estimate_tokens(prose())))
    kept = TokenFigures(tmp_path / FILE)
    for model in models.values():
        assert model.count_tokens(prose()) == kept.count(model.name, prose()) < estimate_tokens(prose())


def test_english_is_told_from_other_text_in_its_script() -> None:
    assert set(weigh(prose()).letters) == {ENGLISH}
    assert set(weigh(SWAHILI).letters) == {"LATIN"}
    assert set(weigh("Eine angebrochene Flasche darf 28 Tage lang bei 2 bis 8 Grad stehen.").letters) == {"LATIN"}
    assert set(weigh(CHINESE).letters) == {"CJK"}


def test_learned_from_a_real_tokenizer_it_is_above_it_on_other_text_and_closer(figures: TokenFigures) -> None:
    try:
        llama = GgufChat(smollm_path(), 512)
    except MissingDependency as error:  # llama.cpp has no wheel for every system
        pytest.skip(str(error))
    pages = [(ROOT / "docs" / name).read_text() for name in ("architecture.md", "evaluation.md", "model-servers.md")]
    pages.append((ROOT / "README.md").read_text())
    pieces = [page[at : at + 2000] for page in pages for at in range(0, min(len(page), 12_000) - 2000, 2000)]
    for piece in pieces[::2]:
        figures.learn(MODEL, [piece], llama.count_tokens(piece))
    others = pieces[1::2]
    assert len(others) > 4
    for piece in others:
        assert llama.count_tokens(piece) <= figures.count(MODEL, piece) <= estimate_tokens(piece)
    assert sum(figures.count(MODEL, piece) for piece in others) < 0.95 * sum(map(estimate_tokens, others))


@pytest.mark.parametrize(
    ("memory", "window"), [(0, 40_960), (4 * 10**9, 6781), (8 * 10**9, 13_563), (64 * 10**9, 40_960), (10**9, 4096)]
)
def test_the_window_takes_no_more_than_its_share_of_the_memory(memory: int, window: int) -> None:
    """qwen3:4b: 36 layers, 8 heads with keys of their own, 128 long."""
    card = ModelCard(40_960, ("completion",), token_bytes=4 * 36 * 8 * 128)
    assert card.window(memory) == window
    assert ModelCard(40_960, ()).window(memory) == 40_960
