"""Prompts: one Markdown file per task in `prompts/`, with named slots that are checked when the file is loaded.

    ---
    slots: question
    ---
    # system
    ...
    # user
    ... {question} ...

What is put into a slot is data: braces in it are not slots, and the marks by which models tell messages apart
(`<|im_end|>`, `[INST]` and their like) are broken up, so that a document cannot end the message it stands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rag.core.errors import ConfigError
from rag.core.ports import ChatMessage

FOLDER: Final = Path(__file__).parents[2] / "prompts"
"""In the checkout that Kitabu runs from."""
_HEADER: Final = re.compile(r"---\nslots:(?P<slots>[^\n]*)\n---\n")
_SECTION: Final = re.compile(r"^# (system|user)\n", re.MULTILINE)
_SLOT: Final = re.compile(r"\{(\w+)\}")
# Marks of the usual chat templates: ChatML and Llama 3 `<|...|>`, DeepSeek `<｜...｜>`, Llama 2 `[INST]` and `<<SYS>>`,
# Gemma `<start_of_turn>`, Phi and Mistral `</s>`, and the tags of thinking. A space after the first character disarms.
_CONTROL: Final = re.compile(
    r"<(?=[|｜]|<SYS>>|</SYS>>|/?(?:s|bos|eos|pad|unk|think|start_of_turn|end_of_turn|unused\d+)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A loaded prompt."""

    path: Path
    slots: frozenset[str]
    sections: tuple[ChatMessage, ...]
    """Role and template of each message."""

    def render(self, **values: str) -> tuple[ChatMessage, ...]:
        """The messages with every slot filled.

        Raises:
            ConfigError: a value is missing, or there is no slot for it; names file and slot.
        """
        for slot in sorted(self.slots ^ values.keys()):
            problem = "has no slot" if slot in values else "has a slot that nothing fills:"
            raise ConfigError(f"The prompt {self.path} {problem} {{{slot}}}.", "Restore the file as it was delivered.")
        data = {slot: disarm(value) for slot, value in values.items()}
        # One pass: what was put in is not looked at again.
        return tuple(
            ChatMessage(role, _SLOT.sub(lambda match: data[match[1]], template)) for role, template in self.sections
        )


def disarm(text: str) -> str:
    """`text` with the control marks of chat templates broken up by a space."""
    return _CONTROL.sub(lambda match: f"{match[0]} ", text)


@cache
def load(name: str) -> Prompt:
    """The prompt `prompts/<name>.md`.

    Raises:
        ConfigError: the file is missing, has another form, or its slots are not those it declares.
    """
    return read(FOLDER / f"{name}.md")


def read(path: Path) -> Prompt:
    """The prompt in that file; raises as `load` does."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The prompt {path} cannot be read.", "Restore the file as it was delivered.") from error
    header = _HEADER.match(text)
    if header is None:
        raise ConfigError(f"The prompt {path} does not begin with its slots.", "Begin it: ---, slots: a, b, ---.")
    declared = frozenset(slot.strip() for slot in header["slots"].split(",") if slot.strip())
    _, *parts = _SECTION.split(text[header.end() :])
    sections = tuple(
        ChatMessage(role, body.strip()) for role, body in zip(parts[::2], parts[1::2], strict=True) if body.strip()
    )
    if not sections:
        raise ConfigError(f"The prompt {path} has no text.", "Give it a part '# system' and a part '# user'.")
    used = {slot for section in sections for slot in _SLOT.findall(section.content)}
    for slot in sorted(declared ^ used):
        problem = "declares the slot {%s} and does not use it" if slot in declared else "does not declare its slot {%s}"
        raise ConfigError(f"The prompt {path} {problem % slot}.", "Make both the same.")
    return Prompt(path, declared, sections)
