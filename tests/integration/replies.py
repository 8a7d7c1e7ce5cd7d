"""What a chat model's stream came to, in tests of several backends."""

from rag.core.errors import KitabuError
from rag.core.ports import ChatMessage, ChatModel
from rag.core.types import Usage

MODEL = "smollm2:135m"
QUESTION = [ChatMessage("system", "Answer from the sources only."), ChatMessage("user", "When does the clinic open?")]


def collect(model: ChatModel, messages: list[ChatMessage] = QUESTION) -> tuple[str, Usage | None, KitabuError | None]:
    """The words that came, the counts, and what it ended with."""
    text, usage = "", None
    try:
        for chunk in model.stream(messages, window=2048, max_tokens=60):
            text += chunk.text
            usage = chunk.usage or usage
    except KitabuError as error:
        return text, usage, error
    return text, usage, None
