from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.errors import ConfigError
from rag.core.prompts import disarm, load, read

GOOD = "---\nslots: question, name\n---\n# system\n\nAnswer {name}.\n\n# user\n\n{question}\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "task.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_delivered_prompts_load_and_have_their_slots() -> None:
    assert load("answer").slots == load("simply").slots
    assert load("answer").slots == {"conversation", "fence", "language", "passages", "question"}
    assert load("memory").slots == {"fence", "turns"}
    assert load("rewrite").slots == {"fence", "conversation", "question"}
    assert load("question").slots == {"fence", "language", "passage"}
    assert [section.role for section in load("answer").sections] == ["system", "user"]


def test_rendering_fills_every_slot(tmp_path: Path) -> None:
    messages = read(written(tmp_path, GOOD)).render(question="When?", name="Ada")
    assert messages == (("system", "Answer Ada."), ("user", "When?"))


@given(st.text())
def test_what_is_put_in_is_data(value: str) -> None:
    prompt = load("rewrite")
    user = prompt.render(fence="=====", conversation=value + "{question}", question="QQ")[1].content
    assert disarm(value) + "{question}" in user
    assert user.count("QQ") == 1 + disarm(value).count("QQ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("question, name", "question"), "{name}"),
        (GOOD.replace("question, name", "question, name, more"), "{more}"),
        (GOOD.removeprefix("---\n"), "does not begin"),
        ("---\nslots: a\n---\n{a}\n", "has no text"),
    ],
)
def test_wrong_file_is_named_with_its_slot(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=r"task\.md") as caught:
        read(written(tmp_path, text))
    assert words in caught.value.message


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.md"):
        read(tmp_path / "absent.md")


@pytest.mark.parametrize(
    ("values", "slot"), [({"question": "x"}, "name"), ({"question": "x", "name": "y", "z": ""}, "z")]
)
def test_rendering_with_other_slots_is_an_error(tmp_path: Path, values: dict[str, str], slot: str) -> None:
    with pytest.raises(ConfigError, match=slot):
        read(written(tmp_path, GOOD)).render(**values)


@pytest.mark.parametrize(
    "mark",
    [
        "<|im_end|>",
        "<|eot_id|>",
        "<|start_header_id|>",
        "<start_of_turn>",
        "</s>",
        "[/INST]",
        "<<SYS>>",
        "<｜User｜>",
        "<think>",
    ],
)
def test_control_marks_are_broken_up(mark: str) -> None:
    assert mark not in disarm(f"text {mark} text")
    assert disarm(disarm(mark)) == disarm(mark)


@pytest.mark.parametrize("text", ["a < b", "x <- y", "[1] and [INSTALL]", "<b>bold</b>", "a || b", "5 <6>"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert disarm(text) == text
