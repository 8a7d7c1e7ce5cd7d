"""Words of a question that stand nowhere in the documents: mostly what people call it, sometimes what is not there."""

from __future__ import annotations

from collections.abc import Sequence, Set

from rag.answering.bounds import bounds_asked
from rag.answering.expectation import without_asking
from rag.answering.measures import number_words
from rag.answering.persons import Ages, persons
from rag.answering.question import Question
from rag.answering.relatives import has_form
from rag.answering.units import Unit
from rag.core.language import ALL_CAPITALISED
from rag.core.text import content_terms, is_stopword, stem, terms, tokens


def terms_nowhere(question: Question, units: Sequence[Unit]) -> frozenset[str]:
    """The question's terms that no document has in any form, as far as can be told.

    Words that ask, numbers and bounds are none of them, nor is a word for a person of whom the passages speak by
    another: "toddler" where they say "child".

    Args:
        units: what came nearest; related words are looked for in their passages only.
    """
    if not question.unknown:
        return frozenset()
    language = question.language
    passages = {unit.passage.key: unit.passage for unit in units}.values()
    texts = [" ".join((one.document.title, *one.heading_path, one.text)) for one in passages]
    found = {term for one, text in zip(passages, texts, strict=True) for term in terms(text, one.document.language)}
    known = frozenset(
        ages for one, text in zip(passages, texts, strict=True) for ages in persons(text, one.document.language)
    )
    asked = frozenset(content_terms(without_asking(question.text), language))
    return frozenset(
        term
        for term in question.unknown & asked
        if term.isalpha()
        and term not in found
        and not has_form(term, found, language)
        and not _is_told_otherwise(term, question, known)
    )


def _is_told_otherwise(term: str, question: Question, known: Set[Ages]) -> bool:
    words = [token.text for token in tokens(question.text) if stem(token.text, question.language) == term]
    return any(_is_otherwise(word, question.language, known) for word in words)


def _is_otherwise(word: str, language: str, known: Set[Ages]) -> bool:
    if word in number_words(language) or bounds_asked(word, language):
        return True
    ages = persons(word, language)
    return bool(ages) and ages <= known


def without_words(question: Question, left_out: Set[str]) -> str:
    """The question without the words of these terms."""
    text = question.text
    for start, end in reversed(_places(question, left_out)):
        text = text[:start] + text[end:]
    return " ".join(text.split())


def names_among(question: Question, said: Set[str]) -> frozenset[str]:
    """Of these terms, those that the question writes as names: with a capital letter inside, among words without."""
    text = question.text
    inside = tokens(text)[1:]
    small = any(text[token.start].islower() and not is_stopword(token.text, question.language) for token in inside)
    if question.language in ALL_CAPITALISED or not small:
        return frozenset()
    names = {stem(token.text, question.language) for token in inside if text[token.start].isupper()}
    return frozenset(names & said)


def as_written(question: Question, said: Set[str]) -> list[str]:
    """The words of these terms as the question writes them, in order."""
    return list(dict.fromkeys(question.text[start:end] for start, end in _places(question, said)))


def _places(question: Question, said: Set[str]) -> list[tuple[int, int]]:
    found = tokens(question.text)
    return [(token.start, token.end) for token in found if stem(token.text, question.language) in said]
