"""Conversations: answers told again, questions asked back, thoughts, memory, and a window that the server cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from rag.build import Kitabu
from rag.core.dialogue import Telling
from rag.core.errors import ModelError, NoModel
from rag.core.events import Completed, Event, PassagesFound, Searching, Thinking, Token, Withdrawn
from rag.core.messages import messages
from rag.core.serialise import from_json, to_json
from rag.core.types import Answer, Support, Turn
from rag.shapes import answer_to_json
from rag.testing.behaviours import failing, saying
from rag.testing.replay import ReplayServer

Reconfigure = Callable[..., Kitabu]
MakeLibrary = Callable[[Mapping[str, str]], Kitabu]

RADIO = "Is there a lamp with a radio?"
SUN = "How long must the lamp charge in the sun?"
SWAHILI = Telling(language="sw")


@pytest.fixture
def kitabu(samples: Kitabu, with_model: Reconfigure) -> Kitabu:
    return with_model(samples)


def completed(events: list[Event]) -> Answer:
    (ending,) = [event for event in events if isinstance(event, Completed)]
    assert events[-1] is ending
    return ending.answer


def sent(ollama: ReplayServer) -> str:
    return str(ollama.asked("/api/chat")[-1].body["messages"])


def key_of(answer: Answer, words: str) -> str:
    return next(passage.key for passage in answer.passages if words in passage.text)


def test_an_answer_is_told_simply_from_the_same_passages_without_a_search(
    kitabu: Kitabu, samples: Kitabu, ollama: ReplayServer
) -> None:
    quoted = samples.engine.answer(RADIO)
    key = key_of(quoted, "FM radio")
    ollama.say(f"The Nuru Sauti has an FM radio {key}.")
    events = list(kitabu.engine.retell(quoted, Telling(simply=True)))
    assert isinstance(events[0], PassagesFound)
    assert not any(isinstance(event, Searching) for event in events)
    assert any(isinstance(event, Token) for event in events)
    answer = completed(events)
    assert "everyday words" in sent(ollama)
    assert answer.passages == quoted.passages
    assert (answer.question, answer.telling, answer.model) == (RADIO, Telling(simply=True), "smollm2:135m")
    assert [sentence.supported for sentence in answer.sentences] == [True]
    assert from_json(Answer, to_json(answer)) == answer


def test_in_another_language_numbers_are_checked_and_the_reader_is_told(
    kitabu: Kitabu, samples: Kitabu, ollama: ReplayServer
) -> None:
    quoted = samples.engine.answer(SUN)
    key = key_of(quoted, "5 hours of full sun")
    ollama.say(f"Nuru Mini inahitaji saa 5 za jua {key}. Nuru Mini inahitaji siku 9 za jua {key}.")
    answer = completed(list(kitabu.engine.retell(quoted, SWAHILI)))
    assert "Answer in Swahili" in sent(ollama)
    assert answer.notices == (messages("sw").told_across,)
    assert [sentence.support for sentence in answer.sentences] == [Support.SUPPORTED, Support.NOT_FOUND]
    assert "5 hours" in answer.citations[0].quote


def test_without_a_model_nothing_is_told_again(samples: Kitabu) -> None:
    with pytest.raises(NoModel, match="answering model"):
        list(samples.engine.retell(samples.engine.answer(RADIO), SWAHILI))
    answer = completed(list(samples.engine.ask(RADIO, telling=SWAHILI)))
    assert (answer.model, answer.telling) == ("none", Telling())
    assert "need an answering model" in answer.notices[0]
    assert answer.sentences


def test_a_model_that_fails_tells_nothing_again(kitabu: Kitabu, samples: Kitabu, ollama: ReplayServer) -> None:
    ollama.script("/api/chat", failing(503, "server busy, please try again"))
    with pytest.raises(ModelError, match="busy"):
        list(kitabu.engine.retell(samples.engine.answer(RADIO), SWAHILI))


def test_a_model_that_only_thought_leaves_nothing_of_it(kitabu: Kitabu, ollama: ReplayServer) -> None:
    ollama.say("<think>A radio? I wonder")
    answer = completed(list(kitabu.engine.ask(RADIO, telling=SWAHILI)))
    assert (answer.model, answer.telling, answer.window, answer.thoughts) == ("none", Telling(), None, "")
    (notice,) = answer.notices
    assert "empty answer" in notice


def test_a_vague_question_is_asked_back_and_a_meaning_answers_it(
    kitabu: Kitabu, samples: Kitabu, ollama: ReplayServer
) -> None:
    for engine in (samples.engine, kitabu.engine):
        answer = engine.answer("dose?")
        asked = answer.clarification
        assert asked is not None
        assert asked.message == messages("en").several
        assert 2 <= len(asked.meanings) <= 4
        assert len({meaning.question for meaning in asked.meanings}) == len(asked.meanings)
        assert (answer.sentences, answer.refusal, answer.text) == ((), None, asked.text)
        assert from_json(Answer, to_json(answer)) == answer
        assert answer_to_json(answer)["asked_back"]["meanings"][0]["question"] == asked.meanings[0].question
    # The model was not asked for it.
    assert ollama.asked("/api/chat") == []
    history = [Turn("dose?", asked.text, asked_back=True)]
    chosen = samples.engine.answer(asked.meanings[0].question, history=history)
    assert chosen.clarification is None
    assert chosen.searched_question == asked.meanings[0].question
    assert chosen.passages[0].document.id == asked.meanings[0].document_id
    assert samples.engine.answer("amoxicillin", history=history).searched_question == "dose amoxicillin"


@pytest.mark.parametrize("question", ["opening hours", "warranty on the battery?", RADIO, "price of the Nuru Mini"])
def test_short_questions_that_can_be_answered_are(samples: Kitabu, question: str) -> None:
    assert samples.engine.answer(question).clarification is None


def test_thoughts_are_told_apart_and_kept(kitabu: Kitabu, ollama: ReplayServer) -> None:
    ollama.say("<think>A radio? Passage one.</think>The Nuru Sauti has an FM radio [1].")
    events = list(kitabu.engine.ask(RADIO))
    thinking = [event for event in events if isinstance(event, Thinking)]
    assert events.index(thinking[-1]) < next(i for i, event in enumerate(events) if isinstance(event, Token))
    answer = completed(events)
    assert answer.thoughts == "A radio? Passage one." == "".join(event.text for event in thinking)
    assert "Passage one" not in answer.text + "".join(sentence.text for sentence in answer.sentences)
    assert answer_to_json(answer)["thoughts"] == answer.thoughts


def test_what_a_model_thought_without_saying_so_is_taken_back(kitabu: Kitabu, ollama: ReplayServer) -> None:
    ollama.say("A radio? The Nuru Home has none. It is passage one.\n</think>\n\nThe Nuru Sauti has an FM radio [1].")
    events = list(kitabu.engine.ask(RADIO))
    taken_back = next(place for place, event in enumerate(events) if isinstance(event, Withdrawn))
    answer = completed(events)
    shown = "".join(event.text for event in events[taken_back:] if isinstance(event, Token))
    assert shown == "The Nuru Sauti has an FM radio [1]."
    assert [sentence.text for sentence in answer.sentences] == ["The Nuru Sauti has an FM radio."]
    assert answer.thoughts.strip() == "A radio? The Nuru Home has none. It is passage one."


def test_earlier_turns_go_in_and_the_window_tells(kitabu: Kitabu, ollama: ReplayServer) -> None:
    history = [Turn("How much is the Nuru Mini?", "It costs 950 shillings [3]."), Turn("Thanks", "")]
    ollama.script("/api/chat", saying("The Nuru Sauti has an FM radio [1]."))
    answer = kitabu.engine.answer("Which of the lamps has a radio for memory cards?", history=history)
    assert "It costs 950 shillings." in sent(ollama)
    use = answer.window
    assert use is not None
    assert (use.turns_held, use.turns_left_out, use.passages_left_out) == (1, 0, 0)
    told = answer_to_json(answer)["window"]
    assert told["window"] == answer.usage.window == 4096
    parts = ("instructions", "question", "passages", "turns", "room", "free")
    assert sum(told[part] for part in parts) == told["window"]
    # The estimate errs on the high side.
    estimated = use.instructions + use.question + use.passages + use.turns
    assert 0 < answer.usage.prompt_tokens <= estimated


def test_a_prompt_that_the_server_cut_is_noticed(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    # Recorded: a prompt of 7,200 tokens of which 1,026 were evaluated, with status 200.
    ollama.script("/api/chat", ollama.play("chat_truncated_num_ctx_2048"))
    answer = with_model(samples, passages=40, window=32_768).engine.answer(SUN)
    assert answer.window is not None
    assert answer.window.passages > 4 * 1026
    assert answer.sentences
    (notice,) = answer.notices
    assert messages("en").not_complete in notice
    assert "read only 1026 tokens" in notice
