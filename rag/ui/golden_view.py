"""Golden questions as they are read: those that are asked, drafts, and what people were not helped with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from rag.core.golden import GoldenQuestion, KeptQuestion
from rag.evaluation.compare import fate
from rag.store.conversations import StoredTurn
from rag.store.runs import RunResult
from rag.ui import strings
from rag.ui.markup import button, text

LONGEST: Final = 300
"""Characters of a question that are listed; its form holds all of it."""
SHOWN: Final = 100
"""Questions that went wrong, listed at most."""


def matching(questions: Sequence[KeptQuestion], words: str) -> list[KeptQuestion]:
    """The questions in whose words, answers or document all of `words` stand."""
    wanted = words.casefold().split()
    return [kept for kept in questions if all(word in _searched(kept) for word in wanted)]


def questions_html(questions: Sequence[KeptQuestion], missing: Collection[str] = ()) -> str:
    """Questions that are asked; each opens its form.

    Args:
        questions: what is listed.
        missing: ids of those whose document or page the library does not have.
    """
    return f'<ul class="golden">{"".join(_question(kept, kept.golden.id in missing) for kept in questions)}</ul>'


def wrong_html(wrong: Sequence[tuple[GoldenQuestion, RunResult]]) -> str:
    """Questions that count against a run, each with what was expected and what was answered; each opens its form."""
    items = [_wrong(KeptQuestion(question), result) for question, result in wrong[:SHOWN]]
    left = f'<p class="muted">{text(strings.shown_of(SHOWN, len(wrong)))}</p>' if len(wrong) > SHOWN else ""
    head = text(strings.labelled(strings.WENT_WRONG, strings.number(len(wrong))))
    return f'<details><summary>{head}</summary><ul class="golden">{"".join(items)}</ul>{left}</details>'


def drafts_html(drafts: Sequence[KeptQuestion]) -> str:
    """Drafts, each with what can become of it."""
    items = []
    for kept in drafts:
        key, question = kept.golden.id, kept.golden.question
        complete = bool(kept.golden.answers or kept.golden.document) or not kept.golden.answerable
        accept = _act("accept", key, strings.ACCEPT, question) if complete else ""
        change = _act("edit", key, strings.CORRECT, question)
        acts = f"{accept}{change}{_act('discard', key, strings.DISCARD, question)}"
        items.append(f'<li><p class="line asked" dir="auto">{text(question)}</p>{_facts(kept)}<p>{acts}</p></li>')
    return f'<ul class="golden">{"".join(items)}</ul>'


def unhelpful_html(turns: Sequence[StoredTurn]) -> str:
    """Turns whose answer did not help, and refusals, each with what can become of it."""
    items = []
    for turn in turns:
        refused = turn.answer is not None and turn.answer.refusal is not None
        what = strings.WAS_REFUSED if refused else strings.DID_NOT_HELP
        said = "" if refused else f'<p class="line muted" dir="auto">{text(_cut(turn.text))}</p>'
        acts = _act("take", turn.id, strings.MAKE_QUESTION, turn.question)
        acts += _act("leave", turn.id, strings.LEAVE_IT, turn.question)
        items.append(
            f'<li><p class="line asked" dir="auto">{text(turn.question)}</p>{said}'
            f'<p class="line muted">{text(what)}</p><p>{acts}</p></li>'
        )
    return f'<ul class="golden">{"".join(items)}</ul>'


def _question(kept: KeptQuestion, missing: bool) -> str:
    warned = f'<p class="line"><span class="warned">{text(strings.PLACE_MISSING)}</span></p>' if missing else ""
    return f"<li>{_opener(kept)}{_facts(kept)}{warned}</li>"


def _opener(kept: KeptQuestion) -> str:
    inner = f'<span dir="auto">{text(_cut(kept.golden.question, LONGEST))}</span>'
    return button("edit", kept.golden.id, inner, classes="asked")


def _wrong(kept: KeptQuestion, result: RunResult) -> str:
    figures = result.figures
    became = [strings.FATES[fate(figures)]]
    if figures["answer_in_text"] is False and not figures["refused"]:
        became.append(strings.OTHER_WORDS)
    if figures["unsupported"]:
        became.append(strings.NOT_ALL_FOUND)
    said = "" if figures["refused"] else f'<p dir="auto">{text(result.answer or strings.ANSWER_GONE)}</p>'
    what = f'<p class="line"><span class="warned">{text(", ".join(became))}</span></p>'
    return f"<li>{_opener(kept)}{_facts(kept)}{what}{said}</li>"


def _facts(kept: KeptQuestion) -> str:
    golden = kept.golden
    if not golden.answerable:
        expected = strings.SHOULD_REFUSE
    elif golden.answers:
        expected = " / ".join(_cut(answer) for answer in golden.answers)
    else:
        expected = "" if golden.document else strings.ANSWER_UNKNOWN
    place = ""
    if golden.document:
        place = ", ".join([f"<bdi>{text(golden.document)}</bdi>", *map(strings.page, golden.pages)])
    source = text(strings.QUESTION_SOURCES[kept.source.value]) if kept.draft else ""
    below = " · ".join(part for part in (place, source) if part)
    answer = f'<p class="line" dir="auto">{text(expected)}</p>' if expected else ""
    return answer + (f'<p class="line muted">{below}</p>' if below else "")


def _act(act: str, value: str, words: str, about: str) -> str:
    return button(act, value, text(words), label=f"{words}: {about}", classes="quiet")


def _cut(words: str, longest: int = 200) -> str:
    return words if len(words) <= longest else f"{words[:longest].rstrip()}…"


def _searched(kept: KeptQuestion) -> str:
    return " ".join((kept.golden.question, *kept.golden.answers, kept.golden.document or "")).casefold()
