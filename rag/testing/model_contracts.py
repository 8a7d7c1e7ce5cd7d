"""Contract suites: what every reranker and chat model must do. They are used as those in `contracts`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import numpy as np
import pytest

from rag.core.errors import Truncated
from rag.core.ports import ChatChunk, ChatMessage, ChatModel, Reranker


class RerankerContract:
    """What `rag.core.ports.Reranker` promises."""

    @pytest.fixture
    def reranker(self) -> Reranker:
        """Override: the reranker."""
        raise NotImplementedError

    def test_one_finite_number_for_each_text(self, reranker: Reranker) -> None:
        """Scores come in the order of the texts; none for none."""
        texts = ["The fridge is kept at five degrees.", "", "Opening hours are from eight to four.", "冰箱"]
        scores = reranker.score("How cold is the fridge?", texts)
        assert len(scores) == len(texts)
        assert np.isfinite(scores).all()
        assert reranker.score("How cold is the fridge?", []) == []

    def test_the_same_again(self, reranker: Reranker) -> None:
        """A text's score depends on the question and on nothing beside it."""
        texts = ["The fridge is kept at five degrees.", "Opening hours are from eight to four."]
        both = reranker.score("How cold is the fridge?", texts)
        alone = [reranker.score("How cold is the fridge?", [text])[0] for text in texts]
        assert both == pytest.approx(alone, abs=1e-4)


class ChatModelContract:
    """What `rag.core.ports.ChatModel` promises, of a model that can be reached."""

    messages: ClassVar[tuple[ChatMessage, ...]] = (
        ChatMessage("system", "Answer in one short sentence."),
        ChatMessage("user", "When does the clinic open? 诊所几点开门？"),
    )

    @pytest.fixture
    def model(self) -> ChatModel:
        """Override: the model."""
        raise NotImplementedError

    def read(self, model: ChatModel, max_tokens: int = 24) -> list[ChatChunk]:
        """A reply's pieces; that it reached its longest length is no failure."""
        chunks: list[ChatChunk] = []
        try:
            chunks.extend(model.stream(self.messages, window=4096, max_tokens=max_tokens))
        except Truncated:
            assert chunks[-1].usage is not None, "it broke off"
        return chunks

    def test_it_can_be_told_apart_and_lined_up_for(self, model: ChatModel) -> None:
        """It has a name, and a queue in which the first is let in at once."""
        assert model.name
        with model.turns.line_up() as place:
            assert place.wait(5.0)

    def test_window_and_counts_can_be_planned_with(self, model: ChatModel) -> None:
        """A window, and counts that grow with the text."""
        assert model.window() > 0
        counts = [model.count_tokens("The fridge is kept at 5 °C. 冰箱 " * times) for times in (0, 1, 10, 100)]
        assert counts[0] == 0
        assert counts == sorted(set(counts))

    def test_text_comes_in_pieces_and_the_usage_last(self, model: ChatModel) -> None:
        """One usage, behind everything else, with the window that was asked for."""
        *pieces, last = self.read(model)
        assert "".join(piece.text for piece in pieces)
        assert [piece.usage for piece in pieces] == [None] * len(pieces)
        assert last.usage is not None
        assert (last.text, last.usage.window) == ("", 4096)

    def test_counts_are_not_below_what_the_model_read(self, model: ChatModel) -> None:
        """Beside the marks that its chat template adds; a model that does not count says 0."""
        usage = self.read(model)[-1].usage
        assert usage is not None
        assert usage.prompt_tokens <= sum(model.count_tokens(message.content) for message in self.messages) + 64

    def test_a_reply_is_no_longer_than_allowed(self, model: ChatModel) -> None:
        """It ends by itself or with `Truncated`."""
        usage = self.read(model, max_tokens=3)[-1].usage
        assert usage is not None
        assert usage.answer_tokens <= 4

    def test_closed_in_the_middle_it_answers_the_next(self, model: ChatModel) -> None:
        """Whoever stops an answer leaves nothing behind."""
        for _ in range(3):
            stream = model.stream(self.messages, window=4096, max_tokens=200)
            next(stream)
            stream.close()  # type: ignore[attr-defined]
        assert len(self.read(model)) > 1

    def test_several_at_once_in_turn(self, model: ChatModel) -> None:
        """Whoever waits for their turn is answered."""

        def ask(_: int) -> int:
            with model.turns.line_up() as place:
                assert place.wait(120.0)
                return len(self.read(model, max_tokens=6))

        with ThreadPoolExecutor(4) as pool:
            assert min(pool.map(ask, range(4))) > 1
