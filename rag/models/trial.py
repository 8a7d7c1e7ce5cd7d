"""A test question to a model: how long it takes here, and how much memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from rag.core.ports import ChatMessage, ChatModel
from rag.core.trials import ModelTrial
from rag.models.chat import OllamaChat
from rag.models.ollama import OllamaServer
from rag.models.pulling import load
from rag.models.timing import timed_reply

WINDOW: Final = 4096
"""Tokens: what an answer from six passages usually takes."""
ANSWER_TOKENS: Final = 96
"""Longest reply: enough for a steady rate, and half a minute at three tokens a second."""
_PASSAGE: Final = """The store room is opened at 07:30 and closed at 16:00. Whoever opens it looks first at the \
thermometers of both refrigerators and writes what they show into the book that hangs beside the door, with the time \
and a signature. The same is done at noon and before closing. Vaccines stay between 2 °C and 8 °C. When a thermometer \
shows less than 2 °C or more than 8 °C, nothing is thrown away and nothing is used: the boxes get a card that says \
"do not use", the refrigerator stays closed, and the pharmacist is called. The pharmacist decides within the same day. \
When the current fails, the refrigerator stays closed and the generator is started within ten minutes; the time at \
which the current failed and the time at which it came back go into the book. Deliveries are counted by two people. \
One reads the delivery note aloud, the other counts; boxes whose seal is broken are set aside and photographed. What \
is delivered last is put behind what is there already, so that the oldest is used first. On the first Monday of each \
month all boxes are taken out, counted and compared with the list; what runs out within sixty days is moved to the \
upper shelf and marked in red. Cartons stand on pallets, never on the floor, and ten centimetres from the wall."""
_QUESTION: Final = "What has to be done when the current fails? Then list all times of day that are named, and why."


def run_trial(
    server: OllamaServer, chat: ChatModel, digest: str = "", go_on: Callable[[], bool] = lambda: True
) -> ModelTrial | None:
    """Load the model, ask it a question about a page of text, and measure; None when `go_on` said no on the way.

    Raises:
        ModelError: unreachable, not pulled, too large for the memory, or it failed on the way.
    """
    # What is done once in a process is no part of what the model takes.
    chat.window()
    if isinstance(chat, OllamaChat):
        chat.warm_up()
    load_seconds = load(server, chat.name, WINDOW)
    # A server remembers the prompts that it has read: words that it has not met yet are read anew.
    messages = [ChatMessage("user", f"{time.time_ns():x}\n\n{_PASSAGE}\n\n{_QUESTION}")]
    timed = timed_reply(chat, messages, window=WINDOW, max_tokens=ANSWER_TOKENS, go_on=go_on)
    if timed is None:
        return None
    if timed.cut is not None and not timed.usage.answer_tokens:
        # A reply that is cut where it is long enough has counts; this one broke off.
        raise timed.cut
    running = server.status().running(chat.name)
    return ModelTrial(
        model=chat.name,
        digest=digest,
        at=time.time(),
        load_seconds=load_seconds,
        first_token_seconds=timed.first,
        prompt_tokens=timed.usage.prompt_tokens,
        answer_tokens=timed.usage.answer_tokens,
        answer_seconds=timed.last - timed.first,
        memory=running.size if running else 0,
        gpu_share=running.gpu_share if running else 0.0,
        window=running.context_length if running else WINDOW,
    )
