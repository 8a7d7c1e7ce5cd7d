"""Follow-up questions made self-contained, so that a search can find what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import regex

from rag.answering.codes import series
from rag.answering.context import SMALLEST_WINDOW, fence_for
from rag.answering.expectation import is_of_dosing, without_asking
from rag.answering.measures import in_base
from rag.answering.one_line import brings_in, one_line, undressed
from rag.answering.parallel import Range, amount_ranges, carried, named
from rag.answering.quantities import Quantity, absent, quantities
from rag.answering.wording import is_said, said_something, terms_as_said
from rag.core.errors import ModelError, ServerUnreachable, TimedOut
from rag.core.language import SERVED_UNSPACED, without_stop_phrases
from rag.core.ports import ChatModel
from rag.core.prompts import load
from rag.core.text import Token, as_typed, content_terms, detect_language, is_stopword, tokens
from rag.core.types import Turn
from rag.core.words import List, words_of

REMEMBERED_TURNS: Final = 3
"""How far back a topic is looked for."""
TOPIC_WORDS: Final = 12
ANSWER_CHARACTERS: Final = 300
"""Of an earlier answer, what the model is shown."""
REWRITE_TOKENS: Final = 96
REWRITE_SECONDS: Final = 20.0
"""For the whole rewriting, the wait for the first word included; one that takes longer is not worth it."""
CLEAR_TERMS: Final = 3
"""A question with so many content words, and no sign of a follow-up, is taken to stand alone."""
FEW_WORDS: Final = 4
"""A question of at most so many words that begins with a preposition has no verb: "For infants?"."""
GROWTH: Final = 200
"""Characters by which a rewriting may be longer than the question."""

_ARABIC_AND: Final = regex.compile(r"^\s*و(?=ال\w{3,}|لل)")
_START: Final = r"^[\s¿¡\"'“«]*"
_STOP: Final = r"[\s?؟？.!]*$"
_PREFIX: Final = regex.compile(r"^\s*(?:rewritten |self-contained |last )?question\s*:\s*", regex.IGNORECASE)
_QUESTION_MARKS: Final = "?？؟;"


class Rewriting(NamedTuple):
    """A question made self-contained."""

    question: str
    failure: ModelError | None = None
    """Set when the model does not answer at all: whoever asks it again waits again."""
    named: str = ""
    """Of an ellipsis ("And the laboratory?"), the words that say what is asked about now."""


def rewrite(
    question: str, history: Sequence[Turn], model: ChatModel | None, max_window: int = SMALLEST_WINDOW
) -> Rewriting:
    """The question so that it can be understood alone; never fails.

    Without history, or when it plainly stands alone, it comes back as it is. Else the model rewrites it; without one,
    or when it fails or gives something that is no rewriting, the words of what was asked before are put in front.

    Args:
        history: earlier turns, oldest first.
        max_window: the largest context window to ask of the model, in tokens.
    """
    if not history:
        return Rewriting(question)
    recent = history[-REMEMBERED_TURNS:]
    if recent[-1].asked_back and _says_again(question, recent[-1].question):
        return Rewriting(question)
    follows = _follows(question, recent[-1].question) or (recent[-1].asked_back and _says_what_was_meant(question))
    if not follows and len(_content(question, detect_language(question))) >= CLEAR_TERMS:
        return Rewriting(question)
    failure: ModelError | None = None
    if model is not None:
        try:
            rewritten = _by_model(question, recent, model, max_window)
        except (ServerUnreachable, TimedOut) as error:
            rewritten, failure = None, error
        except ModelError:
            rewritten = None
        if rewritten is not None:
            return Rewriting(rewritten)
    if not follows:
        return Rewriting(question, failure)
    completes = recent[-1].asked_back
    return _with_topic(question, [turn.question for turn in recent], completes)._replace(failure=failure)


def completed(part: str, before: Sequence[str], language: str) -> str:
    """A part of a question behind what the parts before it ask about: "SL-10 how long is its warranty?".

    What it puts others in place of is left out, and so is what those parts ask for.

    Args:
        before: the parts before it; what it goes on from when nothing is, it is given back alone.
        language: of the whole question.
    """
    topic = [without_asking(text) for text in before]
    topic = list(carried(topic, language, part, language, ellipsis=True).texts)
    known = {term.casefold() for term in _words(part, language)}
    words = dict.fromkeys(word for text in topic for word in _words(text, language) if not is_of_dosing(word))
    kept = [word for word in words if word.casefold() not in known and series(word).isdisjoint(series(part))]
    return " ".join([*kept[:TOPIC_WORDS], part])


def stands_alone(part: str, language: str, fewest: int) -> bool:
    """Whether nothing in a part of a question shows that it goes on from another one.

    Args:
        fewest: content words that it must have.
    """
    return not _follows_in(part, language) and len(_content(part, language)) >= fewest


def _says_again(question: str, before: str) -> bool:
    """Whether the question says all that the one before said: one of the meanings offered, or the question whole."""
    said = {word.casefold() for word in _words(question)}
    return {word.casefold() for word in _words(before)} <= said


def _says_what_was_meant(reply: str) -> bool:
    """Whether a reply to a question back is no question of its own: "paracetamol"."""
    short = len(_content(reply, detect_language(reply))) <= CLEAR_TERMS
    return short and reply.rstrip()[-1:] not in _QUESTION_MARKS


def _follows(question: str, before: str) -> bool:
    """Whether the question shows that it goes on from another one."""
    # A short question is often taken for another language; the one before tells which it is.
    languages = dict.fromkeys((detect_language(before), detect_language(question)))
    return any(_follows_in(question, language) for language in languages)


def _follows_in(question: str, language: str) -> bool:
    content = _content(question, language)
    listed = words_of(language)
    if not content or _found(listed.openers, language, _START, question, r""):
        return True
    if _stands_for(question, content, language):
        return True
    if len(question.split()) > FEW_WORDS or (language in SERVED_UNSPACED and len(content) > 2 * FEW_WORDS):
        return False
    return _found(listed.opening_prepositions, language, _START, question, "") or _found(
        listed.closing_postpositions, language, "", question, _STOP
    )


def _stands_for(question: str, content: Sequence[Token], language: str) -> bool:
    """Whether a word stands for something said before, and few others say what the question is about."""
    listed = words_of(language).pronouns
    if not _found(listed, language, "", question, ""):
        return False
    pronouns = {word.casefold() for word in listed}
    others = [token for token in content if question[token.start : token.end].casefold() not in pronouns]
    # Where words are not spaced, each pair of characters is a token.
    return len(others) <= CLEAR_TERMS * (2 if language in SERVED_UNSPACED else 1)


def _found(words: List, language: str, before: str, question: str, after: str) -> bool:
    if not words:
        return False
    edge = "" if language in SERVED_UNSPACED else r"\b"
    pattern = rf"{before}{edge if not before else ''}(?:{'|'.join(words)}){after or edge}"
    return regex.search(as_typed(pattern), question, regex.IGNORECASE) is not None


def _content(question: str, language: str) -> list[Token]:
    """The words that carry meaning, with their places."""
    kept = without_stop_phrases(question, language)
    return [token for token in tokens(kept) if not is_stopword(token.text, language)]


def _with_topic(question: str, earlier: Sequence[str], completes: bool) -> Rewriting:
    """The question behind the words that it goes on from: those of the last question that stood alone, and since.

    Words that the question puts others in place of are left out.

    Args:
        completes: it says what the last one left open, and nothing in place of its words.
    """
    first = len(earlier) - 1
    while first and _follows(earlier[first], earlier[first - 1]):
        first -= 1
    language = detect_language(earlier[first])
    topic, amount, own, ellipsis = [earlier[first]], "", language, False
    for follow_up in [*earlier[first + 1 :], question]:
        # A short question is often taken for another language: that of the topic comes first.
        own = language if _follows_in(follow_up, language) else detect_language(follow_up)
        ellipsis = _is_ellipsis(follow_up, own) and not (completes and follow_up is question)
        texts, amount = carried(topic, language, follow_up, own, ellipsis=ellipsis)
        topic = [*texts, *([amount] if amount else []), follow_up]
    known = {term.casefold() for term in _words(question, own)}
    words = [word for text in topic[:-1] for word in _words(text, language) if word.casefold() not in known]
    kept = list(dict.fromkeys(words))[:TOPIC_WORDS]
    if own == "ar" and (found := _ARABIC_AND.match(question)):
        # With its "and" the word is none that a document has.
        kept.append(question[found.end() :].split()[0].rstrip(_QUESTION_MARKS))
    return Rewriting(" ".join([*kept, question]), named=named(_without_openers(question, own), own) if ellipsis else "")


def _is_ellipsis(question: str, language: str) -> bool:
    """Whether the question only names something else to be asked about: "And the laboratory?", "For infants?"."""
    content = _content(question, language)
    if not content or len(content) > CLEAR_TERMS * (2 if language in SERVED_UNSPACED else 1):
        return False
    rest = _without_openers(question, language)
    listed = words_of(language)
    return not any(_found(words, language, "", rest, "") for words in (listed.verbs_of_asking, listed.pronouns))


def _without_openers(question: str, language: str) -> str:
    if language == "ar":
        # "And" is written on to the next word, which may ask: "وكم".
        asking = "|".join(words_of(language).verbs_of_asking)
        return regex.sub(rf"^\s*(?:و?ماذا عن\b|و(?=(?:{asking})\b))", "", _ARABIC_AND.sub("", question))
    edge = "" if language in SERVED_UNSPACED else r"\b"
    openers = rf"{_START}(?:(?:{'|'.join(words_of(language).openers) or '(?!)'}){edge}\s*)+"
    return regex.sub(as_typed(openers), "", question, flags=regex.IGNORECASE)


def _words(question: str, language: str = "") -> list[str]:
    """The words that carry meaning, as they are written; overlapping pairs of characters joined again, and a number
    with its unit."""
    language = language or detect_language(question)
    amounts = amount_ranges(question, language)
    ranges: list[Range] = []
    for token in _content(question, language):
        start, end = token.start, token.end
        for amount in amounts:
            if start < amount.end and end > amount.start:
                start, end = min(start, amount.start), max(end, amount.end)
        if ranges and start <= ranges[-1].end:
            ranges[-1] = Range(ranges[-1].start, max(ranges[-1].end, end))
        else:
            ranges.append(Range(start, end))
    return [question[start:end] for start, end in ranges]


def _by_model(question: str, history: Sequence[Turn], model: ChatModel, max_window: int) -> str | None:
    """The model's rewriting, or None when it took too long or gave something else.

    Raises:
        ModelError: as the model's `stream` does; `TimedOut` also when its first word did not come in time.
    """
    conversation = "\n".join(
        f"Question: {turn.question}\nAnswer: {' '.join(turn.answer.split())[:ANSWER_CHARACTERS]}" for turn in history
    )
    fence = fence_for([conversation])
    messages = load("rewrite").render(fence=fence, conversation=conversation, question=question)
    line = one_line(model, messages, max_tokens=REWRITE_TOKENS, seconds=REWRITE_SECONDS, max_window=max_window)
    rewritten = undressed(_PREFIX.sub("", line))
    asked = [question, *(turn.question for turn in history)]
    if not _is_rewriting(rewritten, question) or brings_in(rewritten, asked):
        return None
    said = [*asked, *(turn.answer for turn in history)]
    ruled = _with_topic(question, [turn.question for turn in history], history[-1].asked_back).question
    return rewritten if _keeps_to(rewritten, question, said, ruled) else None


def _keeps_to(text: str, question: str, said: Sequence[str], ruled: str) -> bool:
    """Whether a rewriting asks what the question asks: of the same amounts, and in words of the conversation.

    Of "And for 12 kg?" a question on the 8 kg asked of before would be answered with the dose for 8 kg. A word that
    nobody said may be another medicine; it is let pass only beside all that would be carried over without a model.

    Args:
        said: the question and what was said before.
        ruled: the question with its topic, as it is made without a model.
    """
    language = detect_language(text)
    own, given = quantities(question, language), quantities(text, language)
    known = [quantity for one in said for quantity in quantities(one, language)]
    kinds, added = set(map(_kind, own)), absent(given, own)
    if absent(own, given) or absent(added, known) or not kinds.isdisjoint(map(_kind, added)):
        return False
    words = frozenset(term for one in said for term in terms_as_said(one, detect_language(one), language))
    wanted = said_something(content_terms(text, language), language)
    if all(is_said(term, words, language) for term in wanted):
        return True
    found = terms_as_said(text, language, language)
    return all(is_said(term, found, language) for term in content_terms(ruled, language))


def _kind(quantity: Quantity) -> tuple[str, bool]:
    """What it measures; what somebody weighs is no dose."""
    return in_base(quantity.unit)[0], quantity.unit == "kg"


def _is_rewriting(text: str, question: str) -> bool:
    """Whether it is a question, longer than before but not much, that keeps what the question said."""
    if not text or text.casefold() == question.casefold() or len(text) > len(question) + GROWTH:
        return False
    if question.rstrip()[-1:] in _QUESTION_MARKS and text[-1] not in _QUESTION_MARKS:
        return False
    language = detect_language(text)
    said = {token.text for token in _content(question, language)}
    kept = set(content_terms(text, language)) | {token.text for token in tokens(text)}
    return 2 * sum(word in kept for word in said) >= len(said)
