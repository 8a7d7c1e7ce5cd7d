"""Writes docs/cli.md and docs/configuration.md from the code: `python tools/docs.py` (`--check` only compares)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic_core import PydanticUndefined

from rag.cli import failures
from rag.cli.main import cli
from rag.core.config import CONFIG_FILE, ENV_PREFIX, Settings
from rag.core.errors import KitabuError

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "<!-- Made by tools/docs.py: change the code or the tool, then run `.venv/bin/python tools/docs.py`. -->"

CONFIGURATION = """# Configuration

{source}

Nothing has to be configured. What is given wins in this order: the command line, environment variables, the file
`{file}`, the defaults. The file is looked for in the working directory; `{prefix}CONFIG` names another one. A relative
`data` lies beside the file. A wrong key or value is an error that names the key and what is allowed.

```toml
# {file}
data = "/srv/kitabu"
model = "ollama:qwen3:4b"      # or "gguf:/srv/models/qwen3-4b.gguf"
```

| setting | environment | default | meaning |
|---|---|---|---|
{rows}

`host`: the app has no password. With any address but 127.0.0.1, everyone who reaches that address can read the library and
change it.

`{prefix}REQUIRE_BROWSER=1` is for the tests: those that need Chromium fail where it is missing, instead of being skipped.
"""

CLI = """# Command line

{source}

Results go to standard output, progress and errors to standard error. With `--json` a command prints exactly one JSON object on
standard output, also when it fails.

{commands}
## Exit status

| status | meaning |
|---|---|
{statuses}

## JSON

Keys may be added in later versions; those here stay. `start` and `end` count Unicode code points in the text of the page.

| command | object |
|---|---|
| `ingest`, `embedder use`, `embedder back` | `{{"files": [{{"path", "status", "document_id", "pages", "chunks", "warnings": [], "error": null or {{"code", "message", "hint"}}}}], "counts", "skipped": {{ending: files}}, "seconds"}}`; `status` is `indexed`, `unchanged`, `replaced`, `removed` or `failed`; of `embedder use` also `{{"embedder", "switched", "figures": {{}} or {{"questions", "now", "beside"}}}}` |
| `embedder` | `{{"set", "in_use", "beside", "measured": [{{"language", "probed", "found", "revision", "trust", "used"}}]}}`: the name in the settings, and of the index in use and the one beside it `{{"embedder", "dimension", "digest", "precision", "query_prompt", "document_prompt", "chunker"}}`, of the latter also `{{"documents", "of", "chunks", "at", "earlier"}}`; null where there is none; how many passages it found by their meaning, by language |
| `ask` | `{{"answer", "refused", "refusal", "sentences": [{{"text", "supported", "support", "reason", "citations", "nearest"}}], "citations": [{{"key", "document", "document_id", "page", "quote", "start", "end", "verified", "dated", "standing"}}], "rivals": citations, "passages": [{{"key", "document", "document_id", "dated", "standing", "also_in", "copies", "page", "heading_path", "score", "similarity", "text", "spans"}}], "model", "usage", "window": {{"window", "instructions", "question", "passages", "turns", "room", "free", "turns_held", "turns_left_out", "passages_left_out"}}, "timings", "notices", "asked_back": {{"message", "meanings": [{{"label", "question"}}]}}, "told": {{"simply", "language"}}, "within": {{"documents", "languages", "since", "until", "folders"}}, "thoughts", "language", "question", "searched_question", "also_searched"}}`; `window` counts tokens as estimated beforehand and is null without a model, `nearest` is a citation to look up where a sentence was not found, else null, `asked_back` is null but for a question back, `within` where all documents were searched; `rivals` is what other versions of the cited documents say instead, `dated` the document's date or `""`, `standing` is `current`, `older` (there is a newer version), `superseded` or `not_yet` (its effective date is to come), `also_in` and `copies` are ids of documents that have nearly the same text: older versions, and others |
| `search` | `{{"hits": [{{"rank", "score", "document", "document_id", "page", "heading_path", "text", "chunk_id", "dated", "also_in", "copies", "origin"}}], "timings"}}`, as of `ask` |
| `list` | `{{"documents": [{{"id", "name", "title", "media_type", "language", "pages", "chunks", "size", "added_at", "dated", "effective", "review", "superseded_by", "standing", "versions", "warnings", "orders": [{{"page", "kind", "quote"}}]}}]}}`; dates are YYYY-MM-DD or `""`, `versions` are ids, `superseded_by` is one or null; `orders` is text that gives orders to a program that reads it: `kind` is `instructions`, `role`, `answer` or `hidden` |
| `status` | `{{"data", "documents", "pages", "chunks", "bytes", "languages", "folders", "failures", "orders": [{{"document", "document_id", "page", "kind", "quote"}}], "fingerprints", "in_use"}}` |
| `delete` | `{{"document_id", "name", "warnings", "rows", "vectors", "postings", "checks", "left", ...}}` |
| `jobs` | `{{"queue_paused", "jobs": [{{"id", "kind", "work", "about", "state", "progress", "created_at", "updated_at", "counts", "error"}}]}}`, the open ones first; with a number, that job; `state` is `queued`, `running`, `paused`, `done`, `failed` or `cancelled`; `progress` is null or `{{"files_done", "files_total", "pages_done", "chunks_done", "current", "stage", "seconds_elapsed", "seconds_left", "rate"}}` |
| `folders` | `{{"folders": [{{"path", "state", "synced_at", "files", "failures"}}], "in_use"}}`; `state` is `in_step`, `waiting`, `missing` or `other`; `folders remove` gives `{{"folder", "documents"}}` |
| `doctor` | `{{"checks": [{{"name", "state", "detail", "remedy"}}], "ok"}}`; `state` is `ok`, `warn` or `fail` |
| `models` | `{{"url", "reachable", "version", "answering", "models": [{{"name", "size", "parameters", "quantization", "context_length", "capabilities", "digest", "answers", "loaded": null or {{"size", "size_vram", "gpu_share", "context_length", "expires_at"}}, "measured": null or as of models test}}]}}`; sizes in bytes; where none answers, `models` is empty and there is `"diagnosis": {{"attempts": [{{"address", "outcome"}}], "cause", "steps": [{{"words", "command"}}]}}` |
| `models show` | `{{"name", "licence": {{"permission", "names", "given", "warning"}}, "maker", "training", "languages", "parameters", "quantization", "size", "window", "digest", "architecture", "capabilities", "source": null or {{"address", "as_of"}}}}`; `permission` is `open source`, `open weights with conditions`, `not for commercial use` or `not known`; `""` where nothing is known |
| `models test` | `{{"model", "digest", "at", "load_seconds", "first_token_seconds", "prompt_tokens", "answer_tokens", "answer_seconds", "tokens_per_second", "memory", "gpu_share", "window", "remembered"}}` |
| `models pull` | `{{"model", "bytes"}}`; `models remove` gives `{{"model", "removed"}}`, `models use` `{{"model"}}` |
| `eval retrieval` | `{{"documents", "documents_failed", "judged_missing", "queries", "queries_without_relevant", "ndcg@K", "recall@K", "mrr@K", "latency_p50", "latency_p95", "ingest_seconds"}}`, with K as asked; latencies in seconds |
| `eval answers` | `{{"questions", "answerable", "unanswerable", "drafts_left_out", "places_missing", "stopped", "models", "quoted_instead", "asked_back", "metrics", "languages": {{language: metrics}}, "worst_over_best", "latency": {{"p50", "p95", "first_token_p50"}}, "tokens": {{"prompt", "answer"}}, "peak_memory_mb", "seconds", "results": [{{"id", "question", "language", "answerable", "accepted", "answer", "marked", "refused", "asked_back", "probability", "exact_match", "f1", "marked_exact_match", "marked_f1", "answer_in_text", "page_hit", "page_cited", "citation_precision", "unsupported", "sentences", "seconds", "prompt_tokens", "answer_tokens"}}]}}`, and with `--golden` also `"run"`, `"counts": {{figure: {{"of", "hits"}}}}`, `"targets"` and `"go"`, null where nothing is asked for; the metrics are those of [evaluation](evaluation.md), null where there is nothing to count |
| `eval compare` | `{{"settings": {{name: [of each configuration]}}, "runs": [{{"configuration", ...as of eval answers}}], "comparisons": [{{"first", "second", "differences": {{name: {{"questions", "mean", "low", "high", "p"}}}}, "changed": [{{"id", "question", "first", "second"}}]}}], "failed": [{{"configuration", "code", "message", "hint"}}], "stopped"}}`; of the settings, those that differ; of what failed, or was stopped, the others are told |
| `serve` | `{{"url", "data"}}`, when it has been stopped |
| any, failed | `{{"error": {{"code", "message", "hint"}}}}` |

## Errors

| code | status | meaning |
|---|---|---|
{errors}
"""


def configuration_page() -> str:
    """The text of docs/configuration.md."""
    rows = [
        f"| `{name}` | `{ENV_PREFIX}{name.upper()}` | `{field.default}` | {field.description}{_limits(field.metadata)} |"
        for name, field in Settings.model_fields.items()
        if field.default is not PydanticUndefined
    ]
    return CONFIGURATION.format(source=SOURCE, file=CONFIG_FILE, prefix=ENV_PREFIX, rows="\n".join(rows))


def cli_page() -> str:
    """The text of docs/cli.md."""
    commands = "\n".join(_command(name, command) for name, command in _commands())
    errors = sorted(_errors(), key=lambda error: (error.exit_code, error.code))
    families = {error.exit_code: error for error in reversed(errors) if KitabuError in error.__bases__}
    statuses = {
        failures.DONE: "done",
        failures.PARTLY_FAILED: "partly failed: some files (`ingest`), checks (`doctor`), or answers of a model (`eval`)",
        failures.WRONG_USE: "wrong use: an option, an argument or a question",
        **{code: _first_line(error) for code, error in families.items() if code > failures.WRONG_USE},
        failures.NO_GO: "no-go: the golden questions do not reach what is asked for (`eval answers --golden`)",
        KitabuError.exit_code: "another error",
        failures.UNEXPECTED: "a mistake in Kitabu: the line says where its details were written",
        failures.INTERRUPTED: "stopped with Ctrl+C; what was finished is kept",
        failures.OUTPUT_CLOSED: "the reader of the output went away",
    }
    return CLI.format(
        source=SOURCE,
        commands=commands,
        statuses="\n".join(f"| {code} | {meaning} |" for code, meaning in sorted(statuses.items())),
        errors="\n".join(f"| `{error.code}` | {error.exit_code} | {_first_line(error)} |" for error in errors),
    )


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its name, those of a group under the group's."""
    for name, command in cli.commands.items():
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield name, command
            yield from ((f"{name} {inner}", each) for inner, each in command.commands.items())
        else:
            yield name, command


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"kitabu {name}")
    usage = " ".join(command.collect_usage_pieces(context))
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    rows = [record for option in options if (record := option.get_help_record(context))]
    table = "\n".join(f"| `{option}` | {text} |" for option, text in rows)
    return f"## kitabu {name}\n\n    kitabu {name} {usage}\n\n{command.help}\n\n| option | |\n|---|---|\n{table}\n"


def _errors() -> Iterator[type[KitabuError]]:
    """Every error class, also those of the command line itself; of the roots of families, too."""
    waiting: list[type[KitabuError]] = [KitabuError]
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error is not KitabuError:
            yield error


def _first_line(error: type[KitabuError]) -> str:
    return (error.__doc__ or "").strip().splitlines()[0]


def _limits(metadata: list[Any]) -> str:
    """What pydantic holds against the value, in words."""
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    found = [
        f"{word} {getattr(limit, key)}" for limit in metadata for key, word in words.items() if hasattr(limit, key)
    ]
    return f" ({', '.join(found)})" if found else ""


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` say which are stale."""
    stale = 0
    for name, text in (("cli.md", cli_page()), ("configuration.md", configuration_page())):
        path = ROOT / "docs" / name
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"docs/{name} is stale: run python tools/docs.py\n")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
