"""A comparison as one HTML file that needs nothing else: no script, no font, no picture from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from rag.evaluation.bootstrap import Difference
from rag.evaluation.compare import COMPARED, Comparison, Fate, Run, fate, is_better
from rag.evaluation.plots import interval_plot, latency_plot

MOST_CHANGED: Final = 200
"""Questions shown in full; a report of thousands would not be read."""
_LONGEST: Final = 400
_FATES: Final[Mapping[Fate, str]] = {
    "refused": "refused",
    "asked_back": "asked back",
    "invented": "answered, though nothing answers it",
    "right": "right page",
    "wrong": "another page",
    "answered": "answered",
}

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2327; --soft: #5b6770; --line: #d5dbe0; --paper: #ffffff; --better: #14713d;
  --worse: #a8321f; --a: #2a5db0; --b: #b3570a; --c: #6b4fa0; --d: #12777a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaed; --soft: #a3afb8; --line: #3a444c; --paper: #14181b;
  --better: #6fd39a; --worse: #f09a86; --a: #8ab4f8; --b: #f2a65a; --c: #c3a6f5; --d: #6cd0d3; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: start; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top }
td.n, th.n { text-align: end } .soft { color: var(--soft) } .better { color: var(--better); font-weight: 600 }
.worse { color: var(--worse); font-weight: 600 } details { border-bottom: 1px solid var(--line); padding: .4rem 0 }
summary { cursor: pointer } summary:focus-visible { outline: 2px solid var(--a) }
.wide svg { min-width: 40rem; max-width: 100%; height: auto }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif } .answer { margin: .4rem 0 .4rem 1rem }
""".strip()


def html_report(
    runs: Sequence[Run],
    comparisons: Sequence[Comparison],
    figures: Mapping[str, str],
    settings: Mapping[str, Sequence[Any]],
) -> str:
    """The report.

    Args:
        runs: the first is the one that the others are compared with.
        comparisons: of each other run with the first.
        figures: the metrics to show, with their words.
        settings: those that differ, with the value of each run.
    """
    parts = [
        "<h1>Comparison of configurations</h1>",
        f"<p class=soft>{_text(runs[0].report['questions'])} questions. The others are compared with "
        f"{_text(runs[0].name)}.</p>",
        *(
            f"<p class=worse>{_text(run.name)}: the model failed on {run.report['quoted_instead']} questions. The "
            "documents were quoted instead: these figures are not the model's.</p>"
            for run in runs
            if run.report["quoted_instead"]
        ),
        "<h2>What differs</h2>",
        _table(["", *(run.name for run in runs)], [[name, *map(str, values)] for name, values in settings.items()])
        if settings
        else "<p>The configurations have the same settings: what differs is chance.</p>",
        "<h2>Quality</h2>",
        _table(["", *(run.name for run in runs)], _quality(runs, figures)),
        "<h2>Speed and memory</h2>",
        _table(["", *(run.name for run in runs)], _cost(runs)),
        _wide(latency_plot([(run.name, _seconds(run)) for run in runs])),
        *(part for comparison in comparisons for part in _differences(comparison)),
        *_languages(runs),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Comparison of configurations</title><style>{_STYLE}</style></head><body><main>\n"
        + "\n".join(parts)
        + "\n</main></body></html>\n"
    )


def _quality(runs: Sequence[Run], figures: Mapping[str, str]) -> Iterable[Sequence[str]]:
    for name, words in figures.items():
        yield [words, *(_share(run.report["metrics"][name]) for run in runs)]


def _cost(runs: Sequence[Run]) -> Iterable[Sequence[str]]:
    yield ["latency, p50", *(f"{run.report['latency']['p50'] * 1000:,.0f} ms" for run in runs)]
    yield ["latency, p95", *(f"{run.report['latency']['p95'] * 1000:,.0f} ms" for run in runs)]
    memory = [run.report["peak_memory_mb"] for run in runs]
    yield ["memory at most", *("not known" if each is None else f"{each:,.0f} MB" for each in memory)]
    yield ["tokens read", *(f"{run.report['tokens']['prompt']:,}" for run in runs)]
    yield ["tokens written", *(f"{run.report['tokens']['answer']:,}" for run in runs)]
    yield [
        "answered by",
        *(", ".join(f"{name} ({count})" for name, count in run.report["models"].items()) for run in runs),
    ]


def _seconds(run: Run) -> Sequence[float]:
    """Without the first question, which waits for what the others find loaded."""
    seconds = [result["seconds"] for result in run.report["results"]]
    return seconds[1:] or seconds


def _differences(comparison: Comparison) -> Iterable[str]:
    first, second = _text(comparison.first), _text(comparison.second)
    yield f"<h2>{second} against {first}</h2>"
    yield (
        "<p class=soft>Mean of the differences question by question, with its 95 % interval, by paired bootstrap. "
        "p is the probability of such a difference by chance; of twenty figures one falls under 0.05 by chance.</p>"
    )
    shares = {name: one for name, one in comparison.differences.items() if name != "seconds"}
    yield _wide(interval_plot([(COMPARED[name], one, _verdict(name, one)) for name, one in shares.items()]))
    yield _table(
        ["", "questions", "difference", "95 % interval", "p", ""],
        [
            [
                COMPARED[name],
                str(one.questions),
                f"{one.mean:+.3f}",
                f"{one.low:+.3f} to {one.high:+.3f}",
                f"{one.p:.4f}",
                _verdict(name, one),
            ]
            for name, one in comparison.differences.items()
        ],
    )
    yield f"<h3>Questions that went another way: {len(comparison.changed)}</h3>"
    for one, other in comparison.changed[:MOST_CHANGED]:
        yield (
            f"<details><summary><bdi>{_text(one['question'])}</bdi> <span class=soft>{_text(one['id'])}: "
            f"{_FATES[fate(one)]} → {_FATES[fate(other)]}</span></summary>"
            f"<p class=answer><b>{first}</b>: <bdi>{_text(one['answer'])}</bdi></p>"
            f"<p class=answer><b>{second}</b>: <bdi>{_text(other['answer'])}</bdi></p>"
            f"<p class='answer soft'>Accepted: <bdi>{_text(_accepted(one))}</bdi></p></details>"
        )
    if len(comparison.changed) > MOST_CHANGED:
        yield f"<p class=soft>{len(comparison.changed) - MOST_CHANGED} more are in the JSON output.</p>"


def _languages(runs: Sequence[Run]) -> Iterable[str]:
    codes = sorted({code for run in runs for code in run.report["languages"]})
    if len(codes) < 2:
        return
    yield "<h2>By language: right page cited, rightly refused</h2>"
    rows = []
    for code in codes:
        parts = [run.report["languages"].get(code, {}) for run in runs]
        rows.append([code, *(f"{_share(p.get('citation_recall'))}, {_share(p.get('refusal_recall'))}" for p in parts)])
    yield _table(["language", *(run.name for run in runs)], rows)


def _verdict(name: str, difference: Difference) -> str:
    better = is_better(name, difference)
    return "no more than chance" if better is None else "better" if better else "worse"


def _accepted(result: Mapping[str, Any]) -> str:
    if not result["answerable"]:
        return "a refusal"
    return "; ".join(result["accepted"]) or "any words from the right page"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    heads = "".join(f"<th{' class=n' if place else ''} scope=col>{_text(cell)}</th>" for place, cell in enumerate(head))
    body = "".join(
        "<tr>"
        + "".join(
            f"<td class='{'n ' if place else ''}{cell if cell in ('better', 'worse') else ''}'>{_text(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return _wide(f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>")


def _wide(inner: str) -> str:
    """What scrolls by itself where the page is narrower."""
    return f"<div class=wide>{inner}</div>"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _text(value: object) -> str:
    text = str(value)
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
