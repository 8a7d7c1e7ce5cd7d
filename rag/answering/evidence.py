"""How well pieces of the documents speak to a question: by meaning, and by the question's own words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final, cast

import numpy as np

from rag.answering.alternatives import names_alternative
from rag.answering.codes import names_another
from rag.answering.expectation import Kind, expected, is_of_dosing, without_asking
from rag.answering.fitness import RANGE_WEIGHT, fitness, fitting, gives_expected
from rag.answering.fitting import fits, naming_terms
from rag.answering.parallel import of_amounts, persons_among
from rag.answering.quantities import quantities
from rag.answering.question import Question
from rag.answering.reading import Answering, lead_of, read_units
from rag.answering.relatives import has_relative
from rag.answering.remembered import RememberedVectors
from rag.answering.units import Unit, cut
from rag.answering.unsaid import terms_nowhere, without_words
from rag.answering.wording import said_something
from rag.core.ports import AnswerReader, Embedder, KeywordIndex, Vector
from rag.core.text import content_terms, content_words, stem, terms
from rag.core.types import BlockKind, Passage

EMBEDDED_UNITS: Final = 16
"""Units whose meaning is compared, chosen by their words first: embedding is what takes the time."""
READ_UNITS: Final = 3
"""Units that are read word by word, the best ones."""
READ_TRUST: Final = 0.25
"""Questions in languages that the reader is trusted in less are not read: it takes the most time of all."""
PUT_OFF_TRUST: Final = 0.5
"""In languages that the reader is trusted in less, words are not left out to see what it makes of the rest."""
OTHER_QUESTION: Final = 3.0
"""When it finds an answer so much likelier (logarithm of the odds: twenty times) without the words that stand nowhere,
that answers another question: its opinion counts for nothing. See docs/decisions/0017."""
ODDS: Final = (-6.0, 3.0)
"""Between these logarithms of the odds a reader's opinion counts: on the tune half of sample_docs/golden.jsonl half of
the near misses have less than -4.8, half of the answers more than -1.2."""
LEAST_PROBABILITY: Final = 1e-9
CONTEXT_WEIGHT: Final = 0.6
"""What a question's word counts when it stands in a unit's headings or table head and not in the unit itself."""
MEANING_WEIGHT: Final = 0.7
"""Share of the meaning in a unit's score where the embedder is fully trusted."""
NOT_NAMED_SHARE: Final = 0.5
"""What a unit keeps of its score when a follow-up names another one of the same table or list."""
PASSAGE_WEIGHT: Final = 0.3
"""What the passage's own place in the search adds. These were set on the tune half of sample_docs/golden.jsonl."""


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """A unit with how it was judged."""

    unit: Unit
    score: float
    similarity: float
    """Cosine between question and unit, read with what it hangs on."""
    coverage: float
    """Share of the question's information that the unit and its context mention, 0 to 1."""
    matched: frozenset[str]
    """The question's terms it mentions."""
    answering: Answering | None = None
    """Its words that answer, where it was read."""
    without: Answering | None = None
    """What would answer without the question's words that stand nowhere; `answering` where it has none."""

    @property
    def own_terms(self) -> frozenset[str]:
        """Those it has itself, or what it hangs on; the sentence before it may speak of something else."""
        language = self.unit.passage.document.language
        return self.matched.intersection(terms(f"{self.unit.text} {self.unit.context}", language))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against the best unit answering the question; the input of the refusal. All lie in 0..1."""

    meaning: float
    """Cosine of question and unit, weighed by the trust in the embedder; 0 below 0."""
    missing: float
    """Share of the question's information in its weightiest word that the unit's passage, title and headings lack:
    "typhoid" in a question that the passage on another vaccine nearly answers."""
    lacking: float
    """1 when the unit lacks the kind of thing asked for: a number, money, a time."""
    untrusted: float
    """1 - trust: what the meaning cannot tell in this language."""
    reading: float
    """How likely a reader finds it that one of the best units holds words that answer: the logarithm of the odds, on a
    scale of 0 to 1. On the probability itself a thousandth and a tenth are nearly the same."""
    read: float
    """How far the reader is trusted in this language; 0 where nothing was read."""


class EvidenceRanker:
    """Ranks the units of passages against a question."""

    def __init__(
        self, embedder: Embedder, keywords: KeywordIndex, trust: Callable[[str], float], reader: AnswerReader
    ) -> None:
        self._embedder = embedder
        self._remembered = RememberedVectors(embedder)
        self._keywords = keywords
        self._trust = trust
        self._reader = reader

    def prepare(self, text: str, language: str, vector: Vector) -> Question:
        """Weigh the question's words by how rare they are in the library.

        The weight is BM25's inverse document frequency, ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson and
        Zaragoza 2009), normalised to sum 1.
        """
        question_terms = content_terms(text, language)
        total = self._keywords.count()
        frequencies = self._keywords.document_frequency(question_terms)
        raw = {
            term: math.log(1 + (total - n + 0.5) / (n + 0.5))
            for term, n in zip(question_terms, frequencies, strict=True)
        }
        whole = sum(raw.values()) or 1.0
        weights = {term: weight / whole for term, weight in raw.items()}
        unknown = frozenset(term for term, n in zip(question_terms, frequencies, strict=True) if not n)
        trust = self._trust(language)
        return Question(text, language, vector, weights, trust, quantities(text), expected(text), unknown)

    def ask(self, text: str, language: str) -> Question:
        """`prepare` for a question that was not searched for by itself."""
        # An embedder that is not trusted at all need not be asked, and may not answer.
        trusted = self._trust(language) > 0
        vector = self._embedder.encode_query(text) if trusted else np.zeros(self._embedder.dimension, np.float32)
        return self.prepare(text, language, vector)

    def coverage(self, question: Question, passages: Sequence[Passage]) -> float:
        """Largest share of the question's information that one passage with its title and headings mentions."""
        shares = (sum(question.weights[term] for term in self._mentioned(question, passage)) for passage in passages)
        return max(shares, default=0.0)

    def rank(self, question: Question, passages: Sequence[Passage]) -> list[RankedUnit]:
        """The units that were compared by meaning, best first; the first of them are read."""
        judged = self._judged(question, passages)
        # The passages' own order decides among units with the same words: sorting is stable.
        judged.sort(key=lambda entry: -(entry.score + question.trust * max(0.0, entry.unit.passage.similarity)))
        chosen = judged[:EMBEDDED_UNITS]
        if not chosen:
            return []
        similarities = self._similarities(question, [entry.unit for entry in chosen])
        ranked = [
            replace(entry, similarity=similarity, score=_score(question, entry.unit, similarity, entry.score))
            for entry, similarity in zip(chosen, similarities, strict=True)
        ]
        ranked = _named_first(question, ranked)
        ranked.sort(key=lambda entry: -entry.score)
        ranked = giving_first(question, ranked, lambda unit: gives_expected(question, unit))
        return self._read(question, ranked)

    def replaced(self, question: Question, passages: Sequence[Passage]) -> frozenset[str]:
        """Of the terms carried over from an earlier question, those that a follow-up puts others in place of.

        Where "And the laboratory?" names a row of the table that fits best, they are what another row says in the
        same column ("pharmacy"). Empty where that cannot be told.
        """
        if not question.named:
            return frozenset()
        judged = self._judged(question, passages)
        if not judged:
            return frozenset()
        # The passages' own order decides among units with the same words.
        best = max(judged, key=lambda entry: entry.score + question.trust * max(0.0, entry.unit.passage.similarity))
        rows = [
            [frozenset(terms(cell, unit.passage.document.language)) for cell in unit.cells]
            for unit in (entry.unit for entry in judged)
            if unit.kind is BlockKind.TABLE_ROW and _place(unit) == _place(best.unit)
        ]
        carried = set(said_something(question.weights.keys() - question.named, question.language))
        gone: set[str] = set()
        for column in zip_longest(*rows, fillvalue=frozenset[str]()):
            # "And paternity leave?" does not name the row of "maternity leave".
            most = max(len(question.named & cell) for cell in column)
            new = [cell for cell in column if most and len(question.named & cell) == most]
            if new:
                gone.update(*(carried & cell for cell in column if cell not in new))
                gone.difference_update(*new)
        return frozenset(gone)

    def weigh(self, question: Question, ranked: Sequence[RankedUnit]) -> Evidence:
        """Weigh what speaks for and against the best unit.

        Args:
            ranked: as `rank` gives them; at least one.
        """
        best = ranked[0]
        mentioned = self._mentioned(question, best.unit.passage)
        # "8 months" need not stand there: the row "6 to 11 months" speaks of them. Nor need "child" or "weighing": whom
        # the row is for is said by its range; nor what is asked for, or that it is given.
        held = fits(question.amounts, best.unit)
        looked_for = _naming(question) if held else question.weights.keys()
        lacked = question.weights.keys() & looked_for - mentioned
        missing = max((question.weights[term] for term in lacked), default=0.0)
        named = question.named - persons_among(question.named, question.language)
        elsewhere = (entry.unit.passage for entry in ranked[1:])
        if named and not named & mentioned and any(named & self._mentioned(question, other) for other in elsewhere):
            # Another passage is about what is asked now, this one about what was asked before.
            missing = 1.0
        # To the reader another one of a series looks right, and so does the rest of a question.
        other = _is_of_another(question, best.unit)
        deceived = other or put_off(ranked) >= OTHER_QUESTION
        return Evidence(
            meaning=question.trust * max(0.0, best.similarity),
            missing=1.0 if other else missing,
            lacking=1.0 if other or not gives_expected(question, best.unit) else 0.0,
            untrusted=1.0 - question.trust,
            reading=0.0 if deceived else _on_scale(max(_readings(question, ranked), default=0.0)),
            read=self._reader.trust(question.language) if any(entry.answering for entry in ranked) else 0.0,
        )

    def _read(self, question: Question, ranked: Sequence[RankedUnit]) -> list[RankedUnit]:
        trust = self._reader.trust(question.language)
        if trust < READ_TRUST:
            return list(ranked)
        best = ranked[:READ_UNITS]
        units = [entry.unit for entry in best]
        readings = others = read_units(self._reader, question.text, units)
        nowhere = terms_nowhere(question, [entry.unit for entry in ranked])
        if nowhere and trust >= PUT_OFF_TRUST and question.weights.keys() - nowhere:
            others = read_units(self._reader, without_words(question, nowhere), units)
        read = zip(best, readings, others, strict=True)
        return [
            *(replace(entry, answering=reading, without=other) for entry, reading, other in read),
            *ranked[READ_UNITS:],
        ]

    def _similarities(self, question: Question, units: Sequence[Unit]) -> list[float]:
        # An embedder that is not trusted at all need not be asked, and may not answer.
        if not question.trust:
            return [0.0] * len(units)
        vectors = self._remembered.encode([_with_lead(unit) for unit in units])
        return cast(list[float], (vectors @ question.vector).tolist())

    def _mentioned(self, question: Question, passage: Passage) -> set[str]:
        text = " ".join((passage.document.title, *passage.heading_path, passage.text))
        found = set(terms(text, passage.document.language))
        exact = question.weights.keys() & found
        return exact | {
            term for term in question.weights.keys() - exact if has_relative(term, found, question.language)
        }

    def _judged(self, question: Question, passages: Sequence[Passage]) -> list[RankedUnit]:
        """All units, by their words and ranges, in the passages' order; of another code only if there are no others."""
        weights = self._range_weights(question, passages)
        judged = [
            self._by_words(question, unit, fitted)
            for passage, weight in zip(passages, weights, strict=True)
            for unit, fitted in fitting(question, cut(passage), weight)
        ]
        return [entry for entry in judged if not _is_of_another(question, entry.unit)] or judged

    def _range_weights(self, question: Question, passages: Sequence[Passage]) -> list[float]:
        """What the right range counts for in each passage: all where most of the question's words are.

        A row of another medicine may be for the asked weight too.
        """
        if not question.amounts:
            return [0.0] * len(passages)
        named = _naming(question)
        shares = [
            sum(question.weights[term] for term in self._mentioned(question, passage) & named) for passage in passages
        ]
        most = max(shares, default=0.0)
        return [RANGE_WEIGHT * (share / most if most else 1.0) for share in shares]

    def _by_words(self, question: Question, unit: Unit, fitted: float) -> RankedUnit:
        language = unit.passage.document.language
        # A row says what its heads say: "Extension: 21"; and of an entry each sentence is about what it names.
        own = set(terms(" ".join((unit.text, unit.entry_name, *unit.head)), language))
        around = set(terms(f"{unit.context} {unit.before}", language))
        matched = frozenset(term for term in question.weights if term in own or term in around)
        coverage = sum(question.weights[term] * (1.0 if term in own else CONTEXT_WEIGHT) for term in matched)
        return RankedUnit(unit, coverage + fitted + fitness(question, unit), 0.0, coverage, matched)


def _naming(question: Question) -> frozenset[str]:
    """The question's terms that name what it is about: not what it asks for, that something is given, or to whom."""
    text, language = question.text, question.language
    words = [word for word in content_words(without_asking(text), language) if not is_of_dosing(word)]
    said = {stem(word, language) for word in words} & naming_terms(text, language) & question.weights.keys()
    return frozenset(said - persons_among(said, language) - of_amounts(said, language))


def giving_first(question: Question, ranked: Sequence[RankedUnit], gives: Callable[[Unit], bool]) -> list[RankedUnit]:
    """The units so that the best one that gives what is asked for comes first, where the first one does not.

    It must be about the same: stand in the same passage and have all of the question's words that name something in the
    first one, be they in its heads or headings. Words for persons name nothing, and it is for no other weight or age
    than the asked one. What has no word of the question but in the sentence before it is about something else.
    """
    first = ranked[0]
    if gives(first.unit):
        return list(ranked)
    others = [entry for entry in ranked[1:] if entry.unit.passage == first.unit.passage]
    names = first.matched & naming_terms(question.text, question.language)
    names -= persons_among(names, question.language)
    for entry in others:
        said = terms(f"{entry.unit.text} {entry.unit.context}", entry.unit.passage.document.language)
        if entry.matched.isdisjoint(said) or not names <= entry.matched:
            continue
        if gives(entry.unit) and fits(question.amounts, entry.unit) is not False:
            return [replace(entry, score=first.score), *(other for other in ranked if other is not entry)]
    return list(ranked)


def _is_of_another(question: Question, unit: Unit) -> bool:
    """Whether a unit is about another one of a series, or has another word in the place of the question's."""
    return names_another(question.text, unit) or names_alternative(question.text, question.language, unit)


def put_off(ranked: Sequence[RankedUnit]) -> float:
    """By how much words that stand nowhere lower what the reader finds likely, as a logarithm of the odds; 0 or more.

    Of "the dose of paracetamol for pregnant women", where neither word stands in the documents, the rest is answered.
    """
    asked = max((_odds(entry.answering) for entry in ranked if entry.answering), default=0.0)
    rest = max((_odds(entry.without) for entry in ranked if entry.without), default=0.0)
    return max(0.0, rest - asked)


def read_again(ranked: Sequence[RankedUnit]) -> bool:
    """Whether the best units were read a second time, without words that stand nowhere."""
    return any(entry.without is not entry.answering for entry in ranked)


def _odds(answering: Answering) -> float:
    probability = min(max(answering.probability, LEAST_PROBABILITY), 1.0 - LEAST_PROBABILITY)
    return math.log(probability / (1.0 - probability))


def _readings(question: Question, ranked: Sequence[RankedUnit]) -> Iterator[float]:
    """How likely each unit that was read holds the answer; of a dose, only units that can."""
    for entry in ranked:
        if entry.answering and (Kind.DOSE not in question.expected or gives_expected(question, entry.unit)):
            yield entry.answering.probability


def _named_first(question: Question, ranked: Sequence[RankedUnit]) -> list[RankedUnit]:
    """The units so that of a table or list those come first that a follow-up names: "And the laboratory?".

    The words carried over from the question before tell the table, and would bring its old row back as well. The best
    named row takes the best score of its table, so that tables and paragraphs keep their order. Of paragraphs nothing
    is told: the sentence with "maximum" may be about another medicine than the one before it.
    """
    if not question.named:
        return list(ranked)
    scores: dict[_Place, list[tuple[float, float]]] = {}
    for entry in ranked:
        scores.setdefault(_place(entry.unit), []).append((_named_share(question, entry.unit), entry.score))
    raised: list[RankedUnit] = []
    for entry in ranked:
        beside = scores[_place(entry.unit)]
        most, best_named = max(beside)
        if entry.unit.kind not in (BlockKind.TABLE_ROW, BlockKind.LIST_ITEM):
            raised.append(entry)
        elif _named_share(question, entry.unit) < most:
            raised.append(replace(entry, score=NOT_NAMED_SHARE * entry.score))
        else:
            raised.append(replace(entry, score=entry.score + max(score for _, score in beside) - best_named))
    return raised


_Place = tuple[str, tuple[str, ...], BlockKind, int]


def _place(unit: Unit) -> _Place:
    """The table or list that the unit is of; where the document has no headings, as far as the passage has it."""
    passage = unit.passage
    return passage.document.id, passage.heading_path or (passage.key,), unit.kind, unit.group


def _named_share(question: Question, unit: Unit) -> float:
    """Share of the question's information in the words of a follow-up that the unit or what it hangs on says."""
    said = terms(" ".join((unit.text, unit.lead, *unit.head)), unit.passage.document.language)
    return sum(question.weights.get(term, 0.0) for term in question.named.intersection(said))


def _on_scale(probability: float) -> float:
    """The logarithm of the odds between `ODDS`, from 0 to 1."""
    lowest, highest = ODDS
    if probability in (0.0, 1.0):
        return probability
    odds = math.log(probability / (1.0 - probability))
    return (min(max(odds, lowest), highest) - lowest) / (highest - lowest)


def _with_lead(unit: Unit) -> str:
    return f"{lead_of(unit)}: {unit.readable()}"


def _score(question: Question, unit: Unit, similarity: float, words: float) -> float:
    """Meaning where the embedder is trusted, words everywhere, and how well the passage was found."""
    weight = MEANING_WEIGHT * question.trust
    return weight * max(0.0, similarity) + (1.0 - weight) * words + PASSAGE_WEIGHT * unit.passage.score
