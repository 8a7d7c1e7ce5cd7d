"""An answer as it is read: sentences with their sources, what their check found, and how it was come by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rag.core.dialogue import PLAIN, Clarification, Telling
from rag.core.messages import Messages, messages
from rag.core.types import Answer, Citation, Passage, Refusal, Sentence, Support
from rag.store.conversations import DELETED
from rag.ui import strings
from rag.ui.markup import Run, button, flow, icon, lines, text, without_markers
from rag.ui.window_view import window_html

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


def question_html(question: str, telling: Telling = PLAIN) -> str:
    """The question as the heading of its answer, and how that is told."""
    told = strings.told(telling.simply, telling.language)
    kicker = f'<p class="kicker">{text(told)}</p>' if told else ""
    return f'{kicker}<h2 class="question" dir="auto">{text(question)}</h2>'


def running_html(
    question: str,
    stage: str,
    words: str,
    notices: Sequence[str],
    sentences: Sequence[Sentence] = (),
    telling: Telling = PLAIN,
) -> str:
    """An answer that is still being made: what is done so far, and the words that have come.

    Args:
        sentences: those of the words that have been checked, in order.
        telling: how it is told.
    """
    body = flow(lines(_coming(without_markers(words), sentences)), strong=True) if words else ""
    status = f'<p class="stage" role="status"><span class="pulse" aria-hidden="true"></span>{text(stage)}</p>'
    head = question_html(question, telling)
    return f'{head}{_notices(notices)}{status}<div class="answer" aria-busy="true">{body}</div>'


def _coming(words: str, sentences: Sequence[Sentence]) -> list[tuple[Run, str]]:
    """The words, each sentence that does not hold marked where it stands; why, and its source, come in the end."""
    runs: list[tuple[Run, str]] = []
    shown = read = 0
    for sentence in sentences:
        start = words.find(sentence.text, read)
        if start < 0:
            continue
        read = start + len(sentence.text)
        if sentence.support is not Support.SUPPORTED:
            name, word = _flag(sentence.support)
            flag = f'</span> <span class="flag {name}-flag" dir="auto">{text(word)}</span>'
            runs += [(Run(words[shown:start]), ""), (Run(sentence.text, (), f'<span class="{name}">', "", flag), "")]
            shown = read
    return [*runs, (Run(words[shown:]), "")]


def stopped_html(question: str, words: str) -> str:
    """An answer that the program's end cut off: the words that had come."""
    body = flow(lines([(Run(without_markers(words)), "")]), strong=True)
    return f'{question_html(question)}{_notices((strings.INTERRUPTED,))}<div class="answer">{body}</div>'


def answer_html(
    answer: Answer,
    *,
    helpful: bool | None = None,
    labels: Labels = NO_LABELS,
    retellings: str = "",
    searched_in: str = "",
) -> str:
    """A complete (or stopped) answer with everything that belongs to it.

    Args:
        helpful: the feedback given so far.
        retellings: what `retellings_html` made; "" where none are offered.
        searched_in: what the search was kept to, in words; "" for nothing.
    """
    numbered = sources(answer)
    around = messages(answer.language)
    if answer.clarification is not None:
        body = _clarification(answer.clarification, around)
    elif answer.refusal is not None:
        body = _refusal(answer.refusal, answer.passages, labels, around)
    else:
        body = _sentences(answer, numbered, labels)
    return "".join(
        (
            question_html(answer.question, answer.telling),
            f'<p class="kicker scope" dir="auto">{text(searched_in)}</p>' if searched_in else "",
            _notices(answer.notices),
            f'<section aria-label="{text(strings.ANSWER)}">{body}</section>',
            _source_list(numbered, answer.rivals, labels),
            retellings,
            _footer(answer, helpful, labels),
        )
    )


def retellings_html(answer: Answer, spoken: str, documents: Iterable[str]) -> str:
    """Buttons that have the answer told again: simply, and in other languages; "" for what is no answer.

    Args:
        spoken: the language last chosen in this conversation, "" for none yet.
        documents: the documents' languages, offered after it.
    """
    if not _said(answer):
        return ""
    parts = []
    if not answer.telling.simply:
        parts.append(
            button("retell", f"simply:{answer.telling.language}", text(strings.EXPLAIN_SIMPLY), classes="quiet")
        )
    told_in = answer.telling.language or answer.language
    ordered = dict.fromkeys(code for code in (spoken, *documents, *strings.OWN_NAMES) if code in strings.OWN_NAMES)
    offered = [code for code in ordered if code != told_in]
    if spoken in offered:
        parts.append(_language(answer, spoken))
    further = "".join(f"<li>{_language(answer, code)}</li>" for code in offered if code != spoken)
    parts.append(
        f"<details><summary>{text(strings.IN_MY_LANGUAGE)}</summary><ul class='languages'>{further}</ul></details>"
    )
    return f'<div class="retellings">{"".join(parts)}</div>'


def telling_of(value: str) -> Telling:
    """The way of telling that a button of `retellings_html` names."""
    manner, _, language = value.partition(":")
    return Telling(simply=manner == "simply", language=language if language in strings.OWN_NAMES else "")


def _language(answer: Answer, code: str) -> str:
    manner = "simply" if answer.telling.simply else "plainly"
    name = f'<span lang="{text(code)}">{text(strings.OWN_NAMES[code])}</span>'
    return button("retell", f"{manner}:{code}", name, classes="quiet", label=strings.told(False, code))


def place(citation: Citation, labels: Labels) -> str:
    """The document and where in it the quotation stands: "handbook.pdf · p. 14", "prices.xlsx · Spare parts".

    Its date follows where it has one, and what is said of it when it is not the one to go by.
    """
    label = _label(citation.document_id, citation.page, labels)
    return " · ".join(part for part in (citation.document, label, _dated(citation), _standing(citation)) if part)


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
    name, word = _flag(sentence.support)
    said = text(strings.labelled(word, sentence.reason) if sentence.reason else word)
    if sentence.support is Support.NOT_FOUND and sentence.reason:
        # It says itself that nothing was found.
        said = text(sentence.reason)
    flag = f'<span class="flag {name}-flag" dir="auto">{said}{_look_up(sentence, labels)}</span>'
    return Run(sentence.text, sentence.emphasis, f'<span class="{name}">', chips, f"</span> {flag}")


def _flag(support: Support) -> tuple[str, str]:
    """The class and the words of a sentence that is not supported."""
    contradicted = support is Support.CONTRADICTED
    return ("contradicted", strings.CONTRADICTED) if contradicted else ("not-found", strings.NOT_FOUND)


def _look_up(sentence: Sentence, labels: Labels) -> str:
    """A way to the span that comes nearest to a sentence of which nothing was found; "" where there is none."""
    if sentence.nearest is None:
        return ""
    where = place(sentence.nearest, labels)
    label = strings.labelled(strings.NEAREST, where)
    return f" {button('open', address(sentence.nearest), text(strings.LOOK_UP), label=label, classes='look-up')}"


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


def _source_list(numbered: Sequence[Source], rivals: Sequence[Citation], labels: Labels) -> str:
    if not numbered and not rivals:
        return ""
    items = []
    for source in numbered:
        inner = (
            f'<span class="number" aria-hidden="true">{source.number}</span>'
            f"<span>{_named(source.first, source.heading, labels)}</span>"
        )
        label = strings.source_label(source.number, place(source.first, labels))
        items.append(f"<li>{button('open', address(source.first), inner, label=label, classes='source')}</li>")
    for rival in rivals:
        # Not numbered: the answer does not cite it, a notice above names it.
        inner = f'<span class="muted">{text(strings.OTHER_VERSION)}:</span> <span>{_named(rival, "", labels)}</span>'
        label = strings.labelled(strings.OTHER_VERSION, place(rival, labels))
        items.append(f"<li>{button('open', address(rival), inner, label=label, classes='source')}</li>")
    return f'<ul class="sources" aria-label="{text(strings.SOURCES)}">{"".join(items)}</ul>'


def _label(document_id: str, page: int, labels: Labels) -> str:
    return labels.get((document_id, page), strings.page(page))


def _named(citation: Citation, heading: str, labels: Labels) -> str:
    label = _label(citation.document_id, citation.page, labels)
    where = f" · {text(label)}" if label else ""
    # The heading of a sheet is its name.
    below = f'<span class="muted"> · <bdi>{text(heading)}</bdi></span>' if heading not in ("", label) else ""
    dated = f'<span class="muted"> · {text(_dated(citation))}</span>' if citation.dated else ""
    said = _standing(citation)
    outdated = f' · <span class="warned">{text(said)}</span>' if said else ""
    return f"<bdi>{text(citation.document)}</bdi>{where}{below}{dated}{outdated}"


def _dated(citation: Citation) -> str:
    return strings.day(citation.dated) if citation.dated else ""


def _standing(citation: Citation) -> str:
    return strings.STANDINGS.get(citation.standing.value, "")


def _headings(citations: Sequence[Citation], passages: Sequence[Passage]) -> str:
    """The headings above the quotations, the first two of them."""
    paths = {(passage.key, passage.document.id): passage.heading_path for passage in passages}
    found = [paths.get((citation.key, citation.document_id), ()) for citation in citations]
    return ", ".join(list(dict.fromkeys(path[-1] for path in found if path))[:2])


def _notices(notices: Sequence[str]) -> str:
    return "".join(f'<p class="notice" role="note" dir="auto">{text(notice)}</p>' for notice in notices)


def _clarification(clarification: Clarification, around: Messages) -> str:
    meanings = "".join(
        f"<li>{button('ask', meaning.question, f'<bdi>{text(meaning.label)}</bdi>', classes='meaning')}</li>"
        for meaning in clarification.meanings
    )
    return (
        f'<div class="refusal"><p class="refused" dir="auto">{text(clarification.message)}</p>'
        f'<ul class="meanings" aria-label="{text(around.could_mean)}">{meanings}</ul></div>'
    )


def _refusal(refusal: Refusal, passages: Sequence[Passage], labels: Labels, around: Messages) -> str:
    nearest = "".join(
        '<li><blockquote dir="auto">'
        f"{text(citation.quote)}</blockquote>"
        + button(
            "open",
            address(citation),
            f"<span>{_named(citation, _headings((citation,), passages), labels)}</span>",
            label=strings.labelled(strings.OPEN_SOURCE, place(citation, labels)),
            classes="source",
        )
        + "</li>"
        for citation in refusal.nearest
    )
    near = f'<h3 dir="auto">{text(around.nearest)}</h3><ul class="nearest">{nearest}</ul>' if nearest else ""
    count = strings.number(refusal.searched).replace(",", around.thousands)
    searched = around.searched.format(count=count) if refusal.searched else around.nothing_searched
    return (
        f'<div class="refusal"><p class="refused" dir="auto">{text(refusal.message)}</p>{near}'
        f'<p class="muted" dir="auto">{text(searched)} {text(around.what_to_do)}</p></div>'
    )


def _said(answer: Answer) -> list[Sentence]:
    """What an answer says of the documents: nothing when it is a refusal, nor where a document's words were taken out.

    A quoted answer's sentence without a citation tells that nothing was found for a part of the question.
    """
    if answer.refusal:
        return []
    return [one for one in answer.sentences if one.text != DELETED and (one.citations or answer.model != "none")]


def _footer(answer: Answer, helpful: bool | None, labels: Labels) -> str:
    parts = []
    said = _said(answer)
    if said:
        supported = sum(sentence.supported for sentence in said)
        across = answer.telling.language and all(
            p.document.language != answer.telling.language for p in answer.passages
        )
        found = strings.compared if across else strings.checked
        parts.append(f"<span>{text(found(supported, len(said)))}</span>")
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
    if answer.also_searched:
        translated = "".join(f"<li><q dir='auto'>{text(question)}</q></li>" for question in answer.also_searched)
        facts.insert(1, (strings.HOW_TRANSLATED, f"<ul>{translated}</ul>"))
    if answer.model:
        facts.append((strings.HOW_MODEL, text(strings.QUOTED_BY if answer.model == "none" else answer.model)))
    if answer.window is not None:
        prompt = "simply" if answer.telling.simply else "answer"
        facts += [
            (strings.HOW_WINDOW, window_html(answer.window, answer.usage, len(answer.passages))),
            (strings.HOW_PROMPT, f"<code>prompts/{prompt}.md</code>"),
        ]
    elif answer.usage.window and answer.usage.prompt_tokens:
        # An answer kept before Kitabu noted what the window held.
        used = answer.usage.prompt_tokens + answer.usage.answer_tokens
        facts.append((strings.HOW_WINDOW, text(strings.window(used, answer.usage.window))))
    if answer.thoughts:
        thoughts = (
            f'<p class="muted">{text(strings.THOUGHTS_NOTE)}</p><p class="plain" dir="auto">{text(answer.thoughts)}</p>'
        )
        facts.append((strings.HOW_THOUGHTS, thoughts))
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
    return strings.share(meaning, passage.origin.get("keyword", 0.0) > 0)
