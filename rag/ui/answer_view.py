"""An answer as it is read: sentences with their sources, what their check found, and how it was come by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rag.core.types import Answer, Citation, Passage, Refusal, Sentence, Support
from rag.ui import strings
from rag.ui.markup import Run, button, flow, icon, lines, text, without_markers

_FLAGS = {
    Support.CONTRADICTED: ("contradicted", strings.CONTRADICTED),
    Support.NOT_FOUND: ("not-found", strings.NOT_FOUND),
}

Labels = Mapping[tuple[str, int], str]
"""By document id and page: what the page is called, "" where the document has none. Others are called by number."""
NO_LABELS: Labels = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Source:
    """One numbered source below an answer: a page that one or more quotations stand on."""

    number: int
    citations: tuple[Citation, ...]
    heading: str
    """What stands above the quotations."""

    @property
    def first(self) -> Citation:
        """The quotation that opens when the source is chosen."""
        return self.citations[0]


def sources(answer: Answer) -> tuple[Source, ...]:
    """The answer's sources, numbered from 1 in order of first use; quotations of one page share a number."""
    by_place: dict[tuple[str, int], list[Citation]] = {}
    for citation in answer.citations:
        by_place.setdefault((citation.document_id, citation.page), []).append(citation)
    return tuple(
        Source(number, tuple(citations), _headings(citations, answer.passages))
        for number, citations in enumerate(by_place.values(), start=1)
    )


def address(citation: Citation) -> str:
    """A place in a document as buttons and the address bar carry it: document, page, start, end."""
    return f"{citation.document_id}:{citation.span.page}:{citation.span.start}:{citation.span.end}"


def question_html(question: str) -> str:
    """The question as the heading of its answer."""
    return f'<h2 class="question" dir="auto">{text(question)}</h2>'


def running_html(question: str, stage: str, words: str, notices: Sequence[str]) -> str:
    """An answer that is still being made: what is done so far, and the words that have come."""
    body = flow(lines([(Run(without_markers(words)), "")]), strong=True) if words else ""
    status = f'<p class="stage" role="status"><span class="pulse" aria-hidden="true"></span>{text(stage)}</p>'
    return f'{question_html(question)}{_notices(notices)}{status}<div class="answer" aria-busy="true">{body}</div>'


def stopped_html(question: str, words: str) -> str:
    """An answer that the program's end cut off: the words that had come."""
    body = flow(lines([(Run(without_markers(words)), "")]), strong=True)
    return f'{question_html(question)}{_notices((strings.INTERRUPTED,))}<div class="answer">{body}</div>'


def answer_html(answer: Answer, *, helpful: bool | None = None, labels: Labels = NO_LABELS) -> str:
    """A complete (or stopped) answer with everything that belongs to it. `helpful` is the feedback given so far."""
    numbered = sources(answer)
    body = _refusal(answer.refusal, answer.passages, labels) if answer.refusal else _sentences(answer, numbered, labels)
    return "".join(
        (
            question_html(answer.question),
            _notices(answer.notices),
            f'<section aria-label="{text(strings.ANSWER)}">{body}</section>',
            _source_list(numbered, labels),
            _footer(answer, helpful, labels),
        )
    )


def place(citation: Citation, labels: Labels) -> str:
    """The document and where in it the quotation stands: "handbook.pdf · p. 14", "prices.xlsx · Spare parts"."""
    label = _label(citation.document_id, citation.page, labels)
    return f"{citation.document} · {label}" if label else citation.document


def _sentences(answer: Answer, numbered: Sequence[Source], labels: Labels) -> str:
    generated = answer.model != "none"
    if not answer.sentences:
        return f'<div class="answer">{flow(lines([(Run(answer.text), "")]), strong=generated)}</div>'
    runs = [(_run(sentence, numbered, labels), sentence.separator) for sentence in answer.sentences]
    return f'<div class="answer">{flow(lines(runs), strong=generated)}</div>'


def _run(sentence: Sentence, numbered: Sequence[Source], labels: Labels) -> Run:
    chips = "".join(_chip(citation, numbered, labels) for citation in _one_each(sentence.citations, numbered))
    if sentence.support is Support.SUPPORTED:
        return Run(sentence.text, sentence.emphasis, chips=chips)
    name, word = _FLAGS[sentence.support]
    reason = f": {text(sentence.reason)}" if sentence.reason else ""
    return Run(
        sentence.text,
        sentence.emphasis,
        f'<span class="{name}">',
        chips,
        f'</span> <span class="flag {name}-flag" dir="auto">{text(word)}{reason}</span>',
    )


def _one_each(citations: Sequence[Citation], numbered: Sequence[Source]) -> list[Citation]:
    seen: dict[int, Citation] = {}
    for citation in citations:
        seen.setdefault(_number(citation, numbered), citation)
    return list(seen.values())


def _number(citation: Citation, numbered: Sequence[Source]) -> int:
    for source in numbered:
        if source.first.document_id == citation.document_id and source.first.page == citation.page:
            return source.number
    return 0


def _chip(citation: Citation, numbered: Sequence[Source], labels: Labels) -> str:
    number = _number(citation, numbered)
    if not number:
        return ""
    label = strings.source_label(number, place(citation, labels))
    return f"<sup>{button('open', address(citation), str(number), label=label, classes='chip')}</sup>"


def _source_list(numbered: Sequence[Source], labels: Labels) -> str:
    if not numbered:
        return ""
    items = []
    for source in numbered:
        inner = (
            f'<span class="number" aria-hidden="true">{source.number}</span>'
            f"<span>{_named(source.first, source.heading, labels)}</span>"
        )
        label = strings.source_label(source.number, place(source.first, labels))
        items.append(f"<li>{button('open', address(source.first), inner, label=label, classes='source')}</li>")
    return f'<ul class="sources" aria-label="{text(strings.SOURCES)}">{"".join(items)}</ul>'


def _label(document_id: str, page: int, labels: Labels) -> str:
    return labels.get((document_id, page), strings.page(page))


def _named(citation: Citation, heading: str, labels: Labels) -> str:
    label = _label(citation.document_id, citation.page, labels)
    where = f" · {text(label)}" if label else ""
    # The heading of a sheet is its name.
    below = f'<span class="muted"> · <bdi>{text(heading)}</bdi></span>' if heading not in ("", label) else ""
    return f"<bdi>{text(citation.document)}</bdi>{where}{below}"


def _headings(citations: Sequence[Citation], passages: Sequence[Passage]) -> str:
    """The headings above the quotations, the first two of them."""
    paths = {(passage.key, passage.document.id): passage.heading_path for passage in passages}
    found = [paths.get((citation.key, citation.document_id), ()) for citation in citations]
    return ", ".join(list(dict.fromkeys(path[-1] for path in found if path))[:2])


def _notices(notices: Sequence[str]) -> str:
    return "".join(f'<p class="notice" role="note" dir="auto">{text(notice)}</p>' for notice in notices)


def _refusal(refusal: Refusal, passages: Sequence[Passage], labels: Labels) -> str:
    nearest = "".join(
        '<li><blockquote dir="auto">'
        f"{text(citation.quote)}</blockquote>"
        + button(
            "open",
            address(citation),
            f"<span>{_named(citation, _headings((citation,), passages), labels)}</span>",
            label=f"{strings.OPEN_SOURCE}: {place(citation, labels)}",
            classes="source",
        )
        + "</li>"
        for citation in refusal.nearest
    )
    near = f'<h3>{text(strings.NEAREST)}</h3><ul class="nearest">{nearest}</ul>' if nearest else ""
    searched = strings.searched(refusal.searched) if refusal.searched else strings.NOTHING_SEARCHED
    return (
        f'<div class="refusal"><p class="refused" dir="auto">{text(refusal.message)}</p>{near}'
        f'<p class="muted">{text(searched)} {text(strings.WHAT_TO_DO)}</p></div>'
    )


def _footer(answer: Answer, helpful: bool | None, labels: Labels) -> str:
    parts = []
    if answer.sentences and not answer.refusal:
        supported = sum(sentence.supported for sentence in answer.sentences)
        parts.append(f"<span>{text(strings.checked(supported, len(answer.sentences)))}</span>")
    parts.append(f"<details><summary>{text(strings.HOW_FOUND)}</summary>{_how(answer, labels)}</details>")
    plain = answer.text or (answer.refusal.message if answer.refusal else "")
    cited = "\n".join(f"{source.number}. {place(source.first, labels)}" for source in sources(answer))
    copied = "\n\n".join(part for part in (answer.question, plain, cited) if part)
    parts.append(
        f'<button type="button" class="quiet" data-copy="{text(copied)}" data-copied="{text(strings.COPIED)}">'
        f"{text(strings.COPY)}</button>"
    )
    thumbs = "".join(
        button("feedback", value, icon(picture), label=label, classes=f"thumb{' given' if helpful is given else ''}")
        for value, picture, label, given in (
            ("yes", "thumb_up", strings.HELPFUL, True),
            ("no", "thumb_down", strings.NOT_HELPFUL, False),
        )
    )
    return f'<footer>{"".join(parts)}<span class="thumbs">{thumbs}</span></footer>'


def _how(answer: Answer, labels: Labels) -> str:
    passages = "".join(
        f"<li><bdi>{text(passage.document.title or passage.document.name)}</bdi>{_page(passage, labels)}"
        f'{_trail(passage)}: <span class="muted">{text(_share(passage))}</span></li>'
        for passage in answer.passages
    )
    found = f"<ol>{passages}</ol>" if passages else text(strings.HOW_NO_PASSAGES)
    facts = [
        (strings.HOW_QUESTION, f"<q dir='auto'>{text(answer.searched_question or answer.question)}</q>"),
        (strings.HOW_PASSAGES, found),
    ]
    if answer.model:
        facts.append((strings.HOW_MODEL, text(strings.QUOTED_BY if answer.model == "none" else answer.model)))
    if answer.usage.window and answer.usage.prompt_tokens:
        used = answer.usage.prompt_tokens + answer.usage.answer_tokens
        facts.append((strings.HOW_WINDOW, text(strings.window(used, answer.usage.window))))
    times = ", ".join(
        f"{word} {strings.duration(answer.timings[stage])}"
        for stage, word in strings.TIMINGS.items()
        if answer.timings.get(stage)
    )
    if times:
        facts.append((strings.HOW_TIMES, text(times)))
    return "<dl>" + "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in facts) + "</dl>"


def _page(passage: Passage, labels: Labels) -> str:
    label = _label(passage.document.id, passage.page, labels)
    return f", {text(label)}" if label else ""


def _trail(passage: Passage) -> str:
    return f", <bdi>{text(' › '.join(passage.heading_path))}</bdi>" if passage.heading_path else ""


def _share(passage: Passage) -> str:
    meaning = passage.origin.get("dense", passage.similarity or None)
    return strings.share(meaning, "keyword" in passage.origin)
