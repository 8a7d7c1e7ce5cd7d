"""What the last run came to: a word, the counts in plain words, and the terms of the field below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rag.evaluation.verdict import TARGETS, Count, Verdict
from rag.store.runs import Run
from rag.ui import strings
from rag.ui.markup import text

FEW: Final = 30
"""Fewer questions than this are said to tell little."""


def verdict_html(
    run: Run, reached: Mapping[str, Count], targets: Mapping[str, float], verdict: Verdict | None, *,
    when: str, notes: Iterable[str],
) -> str:  # fmt: skip
    """The word, why, and what the run came to.

    Args:
        run: the one that is looked at.
        reached: its counts.
        targets: what is asked for.
        verdict: None when nothing is asked for.
        when: it was, in words.
        notes: what has changed since, and the like.
    """
    if verdict is None:
        word, why, kind = strings.NO_TARGETS, strings.NO_TARGETS_TEXT, "open"
    elif not run.complete:
        word, why, kind = strings.NO_GO, strings.NO_GO_STOPPED, "no-go"
    elif run.figures["quoted_instead"]:
        word, why, kind = strings.NO_GO, strings.NO_GO_QUOTED, "no-go"
    elif verdict.go:
        word, why, kind = strings.GO, strings.GO_TEXT, "go"
    else:
        word, why, kind = strings.NO_GO, strings.NO_GO_TEXT, "no-go"
    asked = strings.asked_then(str(run.settings.get("model", "")), when, run.asked)
    said = [*notes, *([strings.few_questions(run.asked)] if run.asked < FEW else [])]
    return (
        f'<section class="verdict {kind}"><h2>{text(word)}</h2><p>{text(why)}</p>'
        f'<ul class="reached">{"".join(_lines(reached, targets, verdict))}</ul>'
        f'<p class="muted">{text(asked)}</p>'
        + "".join(f'<p class="muted line">{text(note)}</p>' for note in said)
        + f"</section><details><summary>{text(strings.TERMS_TITLE)}</summary>{_terms(run.figures)}</details>"
    )


def _lines(reached: Mapping[str, Count], targets: Mapping[str, float], verdict: Verdict | None) -> Iterable[str]:
    for name in TARGETS:
        count, least = reached[name], targets.get(name)
        if not count.of and least is None:
            continue
        words = strings.counted_figure(name, count.hits, count.of) if count.of else strings.nothing_to_count(name)
        if least is None:
            yield f"<li>{text(words)}</li>"
            continue
        failed = verdict is not None and name in (*verdict.missed, *verdict.unknown)
        sign = "✗" if failed else "✓"
        asked = f'<span class="{"warned" if failed else "muted"}">{text(strings.wanted(least))}</span>'
        yield f'<li><span aria-hidden="true">{sign}</span> {text(words)} · {asked}</li>'


def _terms(figures: Mapping[str, Any]) -> str:
    languages: Mapping[str, Any] = figures["languages"] if len(figures["languages"]) > 1 else {}
    heads = ["", strings.ALL_LANGUAGES, *map(strings.language, languages)]
    heads += [strings.WORST_OVER_BEST] if languages else []
    rows: list[Sequence[str]] = []
    for name, words in strings.TERMS.items():
        row = [words, _share(figures["metrics"][name]), *(_share(part[name]) for part in languages.values())]
        rows.append([*row, _share(figures["worst_over_best"].get(name))] if languages else row)
    latency, tokens, memory = figures["latency"], figures["tokens"], figures["peak_memory_mb"]
    facts = [
        f"p50 {strings.decimal(latency['p50'] * 1000, 0)} ms, p95 {strings.decimal(latency['p95'] * 1000, 0)} ms",
        *([strings.tokens_read_and_written(tokens["prompt"], tokens["answer"])] if tokens["prompt"] else []),
        *([strings.memory_used(memory)] if memory is not None else []),
    ]
    return f'{table(heads, rows)}<p class="muted">{text(" · ".join(facts))}</p>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], classes: str = "figures") -> str:
    """A table whose first column names its rows; it scrolls by itself where it is too wide."""
    head = "".join(f'<th scope="col">{text(cell)}</th>' for cell in heads)
    body = "".join(
        f'<tr><th scope="row">{text(row[0])}</th>{"".join(f"<td>{text(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll"><table class="{classes}">{inner}</table></div>'


def progress_html(asked: int, wanted: int, seconds_left: float | None, *, stopping: bool) -> str:
    """A run that is under way: a bar, how many questions, the time left."""
    left = strings.time_left(seconds_left) if seconds_left is not None and not stopping else ""
    state = strings.STOPPING_RUN if stopping else ""
    said = " · ".join(part for part in (strings.asked_so_far(asked, wanted), left, state) if part)
    return (
        f'<div class="job"><p class="line"><strong>{text(strings.MEASURING)}</strong></p>'
        f'<progress aria-label="{text(strings.MEASURING)}" value="{asked}" max="{wanted}"></progress>'
        f'<p class="muted line" role="status">{text(said)}</p></div>'
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
