"""Sentences that the documents do not support: given back to the model once, then marked, removed, or all refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.build import Kitabu
from rag.core.checking import verdicts
from rag.core.events import Checked, Completed, Event, Repaired, Repairing, Token
from rag.core.types import Support
from rag.testing.behaviours import Behaviour, failing, hanging, saying
from rag.testing.replay import ReplayServer

Reconfigure = Callable[..., Kitabu]

QUESTION = "How long must the lamp charge in the sun?"
TRUE = "The Nuru Pro needs 8 hours of full sun."
FALSE = "The Nuru Home needs 9 hours of full sun."
MENDED = "The Nuru Home needs 7 hours of full sun."
REPLY = f"{TRUE} {FALSE}"
NOTHING = "1. NOT_IN_DOCUMENTS"


def ask(kitabu: Kitabu, ollama: ReplayServer, *behaviours: Behaviour) -> list[Event]:
    ollama.script("/api/chat", *behaviours)
    return list(kitabu.engine.ask(QUESTION))


def completed(events: list[Event]) -> Completed:
    assert isinstance(events[-1], Completed)
    return events[-1]


def streamed(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


def test_a_sentence_that_does_not_hold_is_written_again_by_the_model(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    events = ask(with_model(samples), ollama, saying(REPLY), saying(f"1. {MENDED} [1]"))
    answer = completed(events).answer
    assert [sentence.text for sentence in answer.sentences] == [TRUE, MENDED]
    assert all(sentence.supported for sentence in answer.sentences)
    assert FALSE not in answer.text
    assert answer.notices == (verdicts("en").repaired.format(count=1),)
    # What streams does not jump: the words stay as they came, and what takes whose place is told apart.
    assert streamed(events) == REPLY
    checked = [event.sentence for event in events if isinstance(event, Checked)]
    assert [sentence.support for sentence in checked] == [Support.SUPPORTED, Support.CONTRADICTED]
    (repaired,) = (event for event in events if isinstance(event, Repaired))
    assert (repaired.position, repaired.old, repaired.new) == (1, checked[1], answer.sentences[1])
    assert events.index(Repairing(1)) < events.index(repaired)
    assert 0 < answer.timings["repair"] <= answer.timings["total"]


def test_the_model_gets_its_answer_and_the_reasons_in_the_same_window(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    ask(with_model(samples), ollama, saying(REPLY), saying(NOTHING))
    first, second = (request.body for request in ollama.asked("/api/chat"))
    # The server has read the first messages already: they come again as they were.
    assert second["messages"][: len(first["messages"])] == first["messages"]
    answered, asked = second["messages"][len(first["messages"]) :]
    assert (answered["role"], answered["content"], asked["role"]) == ("assistant", REPLY, "user")
    assert f"1. {FALSE}" in asked["content"]
    assert "7 hours" in asked["content"]
    assert TRUE not in asked["content"]
    assert second["options"]["num_ctx"] == first["options"]["num_ctx"]
    assert second["options"]["num_predict"] < 100


@pytest.mark.parametrize(
    "reply",
    [
        NOTHING,
        "The Nuru Home needs 7 hours of full sun.",  # without its number
        "1. The Nuru Home needs 6 hours of full sun [1].",
        f"1. {TRUE}",  # what the answer says already
        "1. The Nuru Sauti has an FM radio.",  # something else
        "2. The Nuru Home needs 7 hours of full sun [1].",
        "1. The Nuru Home needs 7 hours of full sun. It was built in Helsinki.",
    ],
)
def test_what_still_does_not_hold_stays_marked(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer, reply: str
) -> None:
    events = ask(with_model(samples), ollama, saying(REPLY), saying(reply))
    answer = completed(events).answer
    assert [sentence.text for sentence in answer.sentences] == [TRUE, FALSE]
    assert answer.sentences[1].support is Support.CONTRADICTED
    assert answer.notices == ()
    assert len(ollama.asked("/api/chat")) == 2


def test_an_answer_that_holds_is_not_given_back(samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer) -> None:
    for setting in ("marked", "removed", "strict"):
        events = ask(with_model(samples, unsupported=setting), ollama, saying(TRUE))
        answer = completed(events).answer
        assert answer.sentences[0].supported
        assert streamed(events).startswith(TRUE)
        assert answer.notices == ()
    assert len(ollama.asked("/api/chat")) == 3


@pytest.mark.parametrize("broken", [failing(500, "out of memory"), hanging(after=0), hanging()])
def test_a_server_that_fails_repairs_nothing(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer, broken: Behaviour
) -> None:
    impatient = with_model(samples, first_token_timeout=0.5, token_timeout=0.5)
    answer = completed(ask(impatient, ollama, saying(REPLY), broken)).answer
    assert [sentence.text for sentence in answer.sentences] == [TRUE, FALSE]
    assert answer.notices == ()


def test_an_answer_that_broke_off_is_not_given_back(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    impatient = with_model(samples, first_token_timeout=0.5, token_timeout=0.5)
    ask(impatient, ollama, hanging(after=8))
    assert len(ollama.asked("/api/chat")) == 1


def test_a_window_without_room_is_not_made_larger(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    small = with_model(samples, window=1024, answer_tokens=64)
    answer = completed(ask(small, ollama, saying(REPLY + " Lamps are nice." * 40), saying(f"1. {MENDED} [1]"))).answer
    assert len(ollama.asked("/api/chat")) == 1
    assert FALSE in answer.text


def test_removed_sentences_are_never_shown(samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer) -> None:
    events = ask(with_model(samples, unsupported="removed"), ollama, saying(f"{FALSE} {TRUE}"), saying(NOTHING))
    answer = completed(events).answer
    assert [sentence.text for sentence in answer.sentences] == [TRUE]
    assert answer.notices == (verdicts("en").removed.format(count=1),)
    assert answer.refusal is None
    assert FALSE not in streamed(events) + answer.text
    assert streamed(events).strip() == answer.text
    assert [event.sentence for event in events if isinstance(event, Checked)] == list(answer.sentences)


def test_a_repaired_sentence_is_not_removed(samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer) -> None:
    events = ask(
        with_model(samples, unsupported="removed"), ollama, saying(f"{FALSE} {TRUE}"), saying(f"1. {MENDED} [1]")
    )
    answer = completed(events).answer
    assert [sentence.text for sentence in answer.sentences] == [MENDED, TRUE]
    assert answer.notices == (verdicts("en").repaired.format(count=1),)
    assert not any(isinstance(event, Repaired) for event in events)


def test_when_nothing_is_left_the_answer_is_refused(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    answer = completed(ask(with_model(samples, unsupported="removed"), ollama, saying(FALSE), saying(NOTHING))).answer
    assert answer.refusal is not None
    assert answer.refusal.reason == "unsupported"
    assert (answer.sentences, answer.citations) == ((), ())


def test_strict_refuses_the_whole_answer_and_shows_nothing_of_it(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    events = ask(with_model(samples, unsupported="strict"), ollama, saying(REPLY), saying(NOTHING))
    answer = completed(events).answer
    assert answer.refusal is not None
    assert answer.text == answer.refusal.message == verdicts("en").withheld
    assert answer.refusal.reason == "unsupported"
    # What its sentences were held against is shown instead.
    assert "7 hours" in answer.refusal.nearest[0].quote
    assert (answer.sentences, answer.citations, answer.rivals) == ((), (), ())
    assert not any(isinstance(event, Token | Checked) for event in events)


def test_strict_shows_an_answer_once_all_of_it_holds(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    events = ask(with_model(samples, unsupported="strict"), ollama, saying(REPLY), saying(f"1. {MENDED} [1]"))
    answer = completed(events).answer
    assert answer.refusal is None
    assert [sentence.text for sentence in answer.sentences] == [TRUE, MENDED]
    assert [event.sentence for event in events if isinstance(event, Checked)] == list(answer.sentences)
    assert streamed(events).strip() == answer.text


def test_the_reader_is_told_in_the_language_of_the_question(
    samples: Kitabu, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    ollama.script("/api/chat", saying("Le lavage dure 40 minutes."), saying(NOTHING))
    strict = with_model(samples, unsupported="strict")
    answer = strict.engine.answer("Combien de temps dure le lavage des mains à l'eau et au savon ?")
    assert answer.text == verdicts("fr").withheld
