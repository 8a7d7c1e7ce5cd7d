"""Words of the page of quality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rag.ui.strings.ask import QUOTED_BY
from rag.ui.strings.general import counted, decimal, duration, number, per_cent
from rag.ui.strings.translation import said, translate

RESULT: Final = "Result"
QUESTIONS: Final = "Questions"
TO_LOOK_AT: Final = "To look at"
RUNS: Final = "Runs"
PART: Final = "Part of this page"
NO_QUESTIONS: Final = "No questions to ask yet"
NO_QUESTIONS_TEXT: Final = (
    "Whether answers can be trusted shows on questions whose right answers are known. Draft some from your documents "
    "and accept those that are right, or write down what people really ask. Fifty are a good start, a quarter of them "
    "questions that the documents do not answer."
)
NOT_MEASURED: Final = "Not measured yet"
GO: Final = "Go"
GO_TEXT: Final = "The last run reaches all that is asked for."
NO_GO: Final = "No-go"
NO_GO_TEXT: Final = "The last run does not reach what is asked for."
NO_GO_STOPPED: Final = "The last run was stopped, so it cannot say go."
NO_GO_QUOTED: Final = "The model failed in the last run, so it cannot say go."
NO_TARGETS: Final = "Measured"
NO_TARGETS_TEXT: Final = "Nothing is asked for yet: say below what answers must reach, and this page says go or no-go."
FIGURES: Final[Mapping[str, str]] = {
    "citation_recall": "answered from the right page",
    "refusal_recall": "refused where the documents do not answer",
    "answer_in_text": "answered with the expected words",
    "supported": "sentences found in the documents",
}
"""What is counted, in words, by the names of the figures."""
SHORT_FIGURES: Final[Mapping[str, str]] = {"citation_recall": "Right page", "refusal_recall": "Rightly refused"}
"""The figures that are plotted, as heads of columns."""
TERMS: Final[Mapping[str, str]] = {
    "citation_recall": "citation recall",
    "citation_precision": "citation precision",
    "page_hit": "right page among the passages",
    "answer_in_text": "accepted answer in the text",
    "exact_match": "exact match, whole answer",
    "f1": "F1, whole answer",
    "marked_f1": "F1, marked part",
    "answered": "answerable and answered",
    "refusal_precision": "refusal precision",
    "refusal_recall": "refusal recall",
    "refusal_auroc": "refusal AUROC",
    "unsupported": "unsupported sentences",
}
"""The terms of the field, by the names of the figures."""
TERMS_TITLE: Final = "In the terms of the field"
WORST_OVER_BEST: Final = "worst/best"
ALL_LANGUAGES: Final = "all"
TARGETS_TITLE: Final = "What answers must reach"
TARGETS_TEXT: Final = "Per cent, at least. What is left empty is not asked for."
TARGETS_SAVED: Final = "Noted."
STOPPING_RUN: Final = "stopping after the question in hand"
MEASURING: Final = "Asking the golden questions"
CHANGED_LIBRARY: Final = "The documents have changed since."
CHANGED_SETTINGS: Final = "The model or the settings are others now."
CHANGED_QUESTIONS: Final = "The questions have changed since."
ADD_QUESTION: Final = "Add a question"
DRAFT_QUESTIONS: Final = "Draft questions from the documents"
NOTHING_TO_DRAFT: Final = (
    "Nothing new was found to draft from: headings, tables and questions with answers give drafts."
)
NOTHING_TO_LOOK_AT: Final = "Nothing waits to be looked at"
NOTHING_TO_LOOK_AT_TEXT: Final = (
    "Answers that did not help and questions that were refused turn up here, and drafts made from the documents."
)
UNHELPFUL: Final = "Answers that did not help, and refusals"
UNHELPFUL_TEXT: Final = "Each can become a golden question: then it is known whether the next change makes it right."
DRAFTS: Final = "Drafts"
DRAFTS_TEXT: Final = "Is it what people ask, and is the answer right? Only questions that you accept are asked."
MAKE_QUESTION: Final = "Make it a question"
LEAVE_IT: Final = "Leave it"
ACCEPT: Final = "Accept"
CORRECT: Final = "Correct"
DISCARD: Final = "Discard"
ACCEPTED: Final = "Accepted."
DISCARDED: Final = "Discarded."
DID_NOT_HELP: Final = "did not help"
WAS_REFUSED: Final = "was refused"
SHOULD_REFUSE: Final = "The documents do not answer it."
PLACE_MISSING: Final = "The library has no such document or page."
ANSWER_UNKNOWN: Final = "The right answer is not noted yet."
QUESTION_SOURCES: Final[Mapping[str, str]] = {
    "person": "written by a person",
    "feedback": "an answer did not help",
    "refusal": "was refused",
    "faq": "from a question in the document",
    "table": "from a table",
    "heading": "from a heading",
    "near miss": "looks like one the documents answer",
    "model": "written by a model",
    "document deleted": "its document was deleted",
}
QUESTION: Final = "Question"
QUESTION_TITLE: Final = "Golden question"
EXPECTED: Final = "Right answers"
EXPECTED_HELP: Final = (
    "Short, as the documents word them, one on each line; each alone is right: 28 days. Nothing here when the "
    "documents do not answer."
)
ANSWERED_BY: Final = "Document that answers"
NO_DOCUMENT_ANSWERS: Final = "none, or not known"
ON_PAGES: Final = "Pages, any of which is right"
ON_PAGES_HELP: Final = "Such as 5 or 5, 6. Nothing when any page will do."
IS_ANSWERABLE: Final = "The documents answer it"
SAY_WHAT_IS_RIGHT: Final = (
    "What is the right answer? Give its words as the documents have them, or say that they do not answer it. Once "
    "saved, it is asked in every run."
)
SAVE_QUESTION: Final = "Save"
DELETE_QUESTION: Final = "Delete"
QUESTION_SAVED: Final = "Saved."
QUESTION_DELETED: Final = "Deleted."
WHAT_IS_RIGHT: Final = "What the right answer is, is not said"
WHAT_IS_RIGHT_HINT: Final = "Give its words, or at least the document that answers; or say that the documents do not."
BAD_PAGES: Final = "Pages are whole numbers from 1, with commas between them"
SEARCH_QUESTIONS: Final = "Search the questions"
NO_QUESTION_MATCHES: Final = "No question has these words."
EXPORT: Final = "Save them as a file"
IMPORT: Final = "Take in a file"
IMPORT_HELP: Final = "JSON lines, as in docs/evaluation.md. A question with the id of one that is here takes its place."
QUESTIONS_FILE: Final = "questions.jsonl"
NO_RUNS: Final = "No runs yet"
NO_RUNS_TEXT: Final = "Each run over the questions is kept here, so that it shows what a change was worth."
HISTORY: Final = "How it went"
HISTORY_PLOT: Final = "Shares of the runs, from the oldest to the newest"
WANTED_LINE: Final = "asked for"
RUN: Final = "Run"
MODEL: Final = "Model"
QUOTATION: Final = "quotation"
RUN_STOPPED: Final = "stopped"
COMPARE_RUNS: Final = "Compare two runs"
EARLIER_RUN: Final = "Earlier run"
LATER_RUN: Final = "Later run"
NOTHING_COMPARABLE: Final = "These runs have no question in common that is still the same."
SAME_SETTINGS: Final = "Both were asked with the same model and settings."
DIFFERENCE: Final = "Difference"
INTERVAL: Final = "95% interval"
BY_CHANCE: Final = "p"
VERDICTS: Final[Mapping[bool | None, str]] = {True: "better", False: "worse", None: "no more than chance"}
COMPARED: Final[Mapping[str, str]] = {
    "right_decision": "answered or refused, as is right",
    "page_cited": "right page cited",
    "page_hit": "right page among the passages",
    "answer_in_text": "expected words in the answer",
    "f1": "F1 of the answer",
    "marked_f1": "F1 of the marked part",
    "citation_precision": "citations to a right page",
    "unsupported": "sentences not found",
    "seconds": "seconds to the answer",
}
"""What is compared question by question."""
WENT_ANOTHER_WAY: Final = "Questions that went another way"
FATES: Final[Mapping[str, str]] = {
    "refused": "refused",
    "asked_back": "a question back",
    "invented": "answered, though the documents do not",
    "right": "from the right page",
    "wrong": "from another page",
    "answered": "answered",
}
"""What became of a question."""
WENT_WRONG: Final = "Not as it should be"
OTHER_WORDS: Final = "without the expected words"
NOT_ALL_FOUND: Final = "with sentences that are not found in the documents"
CHANGED_BETWEEN: Final = "The documents were others in the later run."
ANSWER_GONE: Final = "(The answer's text went with a document that was deleted.)"


def of(hits: int, total: int) -> str:
    """A count as people say it: "41 of 50"."""
    return said("{part} of {total}", part=number(hits), total=number(total))


def counted_figure(name: str, hits: int, total: int) -> str:
    """A figure in plain words: "41 of 50 answered from the right page"."""
    return said("{count} {what}", count=of(hits, total), what=said(FIGURES[name]))


def nothing_to_count(name: str) -> str:
    """A figure asked for of which a run has nothing to count."""
    return said("{figure}: no question tells", figure=said(FIGURES[name]))


def wanted(share_: float) -> str:
    """What is asked for beside what was reached."""
    return said("{share} asked for", share=per_cent(share_))


def asked_then(run_model: str, when: str, questions: int) -> str:
    """Of which run the figures are: "64 questions, answered by qwen3:4b, today at 14:05"."""
    return counted(
        questions,
        "{n} question, answered by {model}, {date}",
        "{n} questions, answered by {model}, {date}",
        model=said(QUOTED_BY) if run_model == "none" else run_model.removeprefix("ollama:"),
        date=when,
    )


def stopped_run(asked: int, total: int) -> str:
    """A run that was not asked to the end."""
    slots = {"part": number(asked), "total": number(total)}
    return said("Stopped after {part} of {total} questions, which tell less than all of them.", **slots)


def quoted_instead(value: int) -> str:
    """How often a model failed during a run."""
    return counted(
        value,
        "The model failed on {n} question; the documents were quoted instead.",
        "The model failed on {n} questions; the documents were quoted instead.",
    )


def ask_all(value: int) -> str:
    """The button that begins a run."""
    return counted(max(1, value), "Ask the question", "Ask all {n} questions")


def asked_so_far(done: int, total: int) -> str:
    """How far a run is."""
    return said("{part} of {total} questions asked", part=number(done), total=number(total))


def waiting_for_a_look(value: int) -> str:
    """The name of the part with drafts: "To look at · 7"."""
    return f"{said(TO_LOOK_AT)} · {number(value)}" if value else said(TO_LOOK_AT)


def kept_questions(value: int) -> str:
    """The name of the part with questions: "Questions · 64"."""
    return f"{said(QUESTIONS)} · {number(value)}" if value else said(QUESTIONS)


def drafted(value: int) -> str:
    """After questions were drafted."""
    return counted(
        value, "{n} draft made. Accept those that are right.", "{n} drafts made. Accept those that are right."
    )


def shown_of(shown: int, total: int) -> str:
    """A list that is cut."""
    return said("{part} of {total} are shown.", part=number(shown), total=number(total))


def imported(added: int, replaced: int, missing: int = 0) -> str:
    """After a file of questions was taken in."""
    slots = {"replaced": number(replaced)}
    told = counted(
        added, "{n} question added, {replaced} replaced.", "{n} questions added, {replaced} replaced.", **slots
    )
    return f"{told} {places_missing(missing)}" if missing else told


def places_missing(value: int) -> str:
    """How many questions can never be answered from the right page as they are noted."""
    return counted(
        value,
        "The library does not have the document or page of {n} question: see {part}.",
        "The library does not have the document or page of {n} questions: see {part}.",
        part=said(QUESTIONS),
    )


def changed_setting(name: str, first: str, second: str) -> str:
    """A setting that differs between two runs."""
    return said("{name}: {first}, then {second}", name=name, first=first, second=second)


def points(share_: float) -> str:
    """A difference of shares in points: "+4.0"."""
    return f"{'-' if share_ < 0 else '+'}{decimal(abs(100 * share_))}"


def few_questions(value: int) -> str:
    """What so few questions can tell."""
    return counted(
        value,
        "{n} question tell little: a difference of 20 points shows with fifty.",
        "{n} questions tell little: a difference of 20 points shows with fifty.",
    )


def more(questions: int) -> str:
    """How many questions a figure holds for more than before: "3 questions more", "1 question fewer"."""
    if not questions:
        return said("as many as before")
    if questions > 0:
        return counted(questions, "{n} question more", "{n} questions more")
    return counted(-questions, "{n} question fewer", "{n} questions fewer")


def faster(seconds: float) -> str:
    """How much later or sooner an answer is there: "0.4 seconds sooner"."""
    time = duration(abs(seconds))
    return said("{time} later", time=time) if seconds > 0 else said("{time} sooner", time=time)


def memory_used(megabytes: float) -> str:
    """The most memory that a run took."""
    return said("{n} MB", n=decimal(megabytes, 0))


def tokens_read_and_written(prompt: int, answer: int) -> str:
    """Tokens that a model read and wrote."""
    return said("{read} + {written} tokens", read=number(prompt), written=number(answer))


translate(__name__)
