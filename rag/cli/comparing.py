"""`kitabu eval compare`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.cli.console import Console
from rag.cli.failures import DONE, INTERRUPTED, PARTLY_FAILED
from rag.cli.measuring import FIGURES, require_library
from rag.core.config import ENV_PREFIX, Settings
from rag.core.errors import ConfigError, StoreUnavailable
from rag.evaluation.compare import COMPARED, Comparison, Run, is_better
from rag.evaluation.compare import compare as compare_runs
from rag.evaluation.configurations import check_configuration, differing, run_configuration
from rag.evaluation.html_report import html_report
from rag.shapes import error_to_json


def compare(
    configurations: Sequence[Path],
    questions: Path,
    library: Path | None,
    corpus: Path | None,
    html: Path | None,
    console: Console,
) -> int:
    """Ask the questions with each configuration and show what differs.

    What can be told to be wrong before the first is asked is told then: asking may take hours. A run that fails, or
    Ctrl+C, costs no other: what was finished is shown.

    Raises:
        ConfigError: a configuration is wrong, or no run was finished; says why of the first.
        StoreUnavailable: there is no library, or the report cannot be written.
    """
    settings = [check_configuration(config) for config in configurations]
    if corpus is None:
        for each in settings:
            require_library(library or each.data)
    different = differing(settings)
    if library or corpus:
        different.pop("data", None)
    if not different:
        console.note("The configurations have the same settings: what differs is chance.")
    if html is not None and not html.absolute().parent.is_dir():
        raise StoreUnavailable(f"The report {html} cannot be written: there is no such folder.", "Check the path.")
    everywhere = [f"{ENV_PREFIX}{name.upper()}" for name in Settings.model_fields]
    if given := [name for name in everywhere if name in os.environ]:
        console.note(f"Set outside of the configurations, for all of them: {', '.join(given)}.")
    arguments = ["--questions", str(questions)]
    arguments += ["--library", str(library.absolute())] if library else []
    arguments += ["--corpus", str(corpus)] if corpus else []
    runs, failed, stopped = _asked(configurations, arguments, console)
    if len(runs) < len(configurations):
        finished = [number for number, config in enumerate(configurations) if str(config) in {run.name for run in runs}]
        different = {name: [values[number] for number in finished] for name, values in different.items()}
    comparisons = [compare_runs(runs[0], other) for other in runs[1:]]
    if html is not None:
        try:
            html.write_text(html_report(runs, comparisons, FIGURES, different), encoding="utf-8")
        except OSError as error:
            raise StoreUnavailable(
                f"The report {html} cannot be written: {error.strerror}.", "Check the path."
            ) from error
        console.note(f"The report is in {html}.")
    console.result(
        {
            "settings": different,
            "runs": [{"configuration": run.name, **run.report} for run in runs],
            "comparisons": [comparison.to_json() for comparison in comparisons],
            "failed": [{"configuration": str(config), **error_to_json(error)["error"]} for config, error in failed],
            "stopped": stopped,
        }
    )
    _show(runs, comparisons, different, console)
    if stopped:
        return INTERRUPTED
    return PARTLY_FAILED if failed or any(run.report["quoted_instead"] for run in runs) else DONE


def _asked(
    configurations: Sequence[Path], arguments: Sequence[str], console: Console
) -> tuple[list[Run], list[tuple[Path, ConfigError]], bool]:
    """The runs that were finished, those that failed, and whether somebody stopped them before the last.

    Raises:
        ConfigError: none was finished.
        KeyboardInterrupt: the same, because somebody stopped them.
    """
    runs: list[Run] = []
    failed: list[tuple[Path, ConfigError]] = []
    for config in configurations:
        console.note(f"Asking with {config}")
        try:
            runs.append(run_configuration(config, arguments))
        except ConfigError as error:
            failed.append((config, error))
            console.note(str(error))
        except KeyboardInterrupt:
            if not runs:
                raise
            console.note("Stopped. What was finished is shown.")
            return runs, failed, True
    if not runs:
        raise failed[0][1]
    return runs, failed, False


def _show(
    runs: Sequence[Run], comparisons: Sequence[Comparison], different: Mapping[str, Sequence[Any]], console: Console
) -> None:
    rows = [["", *(run.name for run in runs)]]
    rows += [[name, *map(str, values)] for name, values in different.items()]
    rows += [[words, *(_share(run.report["metrics"][name]) for run in runs)] for name, words in FIGURES.items()]
    rows.append(["latency p50 ms", *(f"{run.report['latency']['p50'] * 1000:,.0f}" for run in runs)])
    rows.append(["latency p95 ms", *(f"{run.report['latency']['p95'] * 1000:,.0f}" for run in runs)])
    rows.append(["memory MB", *(_memory(run) for run in runs)])
    if any(run.report["quoted_instead"] for run in runs):
        rows.append(["model failed, quoted instead", *(str(run.report["quoted_instead"]) for run in runs)])
    console.table(rows, right=range(1, len(runs) + 1))
    for comparison in comparisons:
        console.line()
        console.line(f"{comparison.second} against {comparison.first}, question by question")
        lines = [["", "questions", "difference", "95 % interval", "p", ""]]
        for name, one in comparison.differences.items():
            better = is_better(name, one)
            verdict = "no more than chance" if better is None else "better" if better else "worse"
            interval = f"{one.low:+.3f} to {one.high:+.3f}"
            lines.append([COMPARED[name], str(one.questions), f"{one.mean:+.3f}", interval, f"{one.p:.4f}", verdict])
        console.table(lines, right=[1, 2, 3, 4])
        changed = len(comparison.changed)
        console.line(f"{changed} {'question' if changed == 1 else 'questions'} went another way.")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _memory(run: Run) -> str:
    memory = run.report["peak_memory_mb"]
    return "-" if memory is None else f"{memory:,.0f}"
