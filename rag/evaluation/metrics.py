"""The figures by which search, answers and refusals are judged, each from its definition."""

from __future__ import annotations

import math
import re
import string
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

_ARTICLES: Final = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION: Final = str.maketrans("", "", string.punctuation)
_TYPED: Final = str.maketrans(
    {**dict.fromkeys("’‘ʼ′", "'"), **dict.fromkeys("“”„«»″", '"'), **dict.fromkeys("‐‑‒–—", "-")}
)
# Han, Hiragana, Katakana, Thai, Lao, Myanmar, Khmer: written without blanks between words.
_UNSPACED: Final = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])"
)


def ndcg(ranked: Sequence[str], judged: Mapping[str, int], k: int) -> float:
    """Normalised discounted cumulative gain of the first `k`, 0 to 1; 0 when nothing is relevant.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (ACM TOIS 2002), with the grade itself
    as the gain and the discount log2(rank + 1), as in trec_eval's `ndcg_cut` and in BEIR.

    Args:
        ranked: ids of documents, best first, each once.
        judged: the grade of each judged document; 0 and less is not relevant.
    """
    best = _dcg(sorted((grade for grade in judged.values() if grade > 0), reverse=True)[:k])
    return _dcg([max(judged.get(document, 0), 0) for document in ranked[:k]]) / best if best else 0.0


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def recall(ranked: Sequence[str], judged: Mapping[str, int], k: int) -> float:
    """Share of the relevant documents that are among the first `k` (Manning et al. 2008, 8.3); 0 without any."""
    relevant = {document for document, grade in judged.items() if grade > 0}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], judged: Mapping[str, int], k: int) -> float:
    """1 / rank of the first relevant document among the first `k`, else 0 (Voorhees, TREC-8 QA track, 1999)."""
    ranks = (rank for rank, document in enumerate(ranked[:k], start=1) if judged.get(document, 0) > 0)
    return 1.0 / next(ranks, math.inf)


def normalised(text: str) -> str:
    """A text as the official SQuAD script compares it: small letters, no ASCII punctuation, no articles, single blanks.

    Rajpurkar et al., "SQuAD: 100,000+ questions for machine comprehension of text" (EMNLP 2016), `evaluate-v2.0.py`.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(given: str, accepted: Sequence[str]) -> float:
    """1 when `given` is one of the accepted answers, both normalised; without any, when `given` says nothing."""
    return float(normalised(given) in {normalised(answer) for answer in _said(accepted)})


def token_f1(given: str, accepted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of the words in `given`, for the best of the accepted answers, 0 to 1.

    As in the official SQuAD script. Beyond it, each letter of a script without blanks between words counts as a word,
    as Lewis et al., "MLQA" (ACL 2020) do for Chinese.
    """
    return max(_f1(_words(given), _words(answer)) for answer in _said(accepted))


def _said(accepted: Sequence[str]) -> Sequence[str]:
    """As the official script: answers of which nothing is left do not count, and no answer is an empty one."""
    return [answer for answer in accepted if normalised(answer)] or [""]


def _words(text: str) -> list[str]:
    return _UNSPACED.sub(r" \1 ", normalised(text)).split()


def _f1(given: Sequence[str], accepted: Sequence[str]) -> float:
    if not given or not accepted:
        return float(given == accepted)
    common = (Counter(given) & Counter(accepted)).total()
    return 2 * common / (len(given) + len(accepted))


def states(text: str, accepted: str) -> bool:
    """Whether an accepted answer stands in `text`, whatever its case and white space, as whole words and numbers.

    Apostrophes, quotation marks and dashes are alike in all the forms that keyboards and word processors give them.
    "20 mg" does not stand in "120 mg", "1.20 mg" or "20 mga", nor "2 °C" in "-2 °C".
    """
    text, accepted = _folded(text), _folded(accepted)
    start = text.find(accepted) if accepted else -1
    while start >= 0:
        before, after = text[:start], text[start + len(accepted) :]
        inside = _goes_on(before[::-1], accepted[0]) or _goes_on(after, accepted[-1])
        if not inside and not _negative(before, accepted[0]):
            return True
        start = text.find(accepted, start + 1)
    return False


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_TYPED).split())


def _goes_on(beyond: str, edge: str) -> bool:
    """Whether the word or number that ends in `edge` goes on in `beyond`, which is read away from it."""
    if not beyond or not _in_word(edge) or _UNSPACED.match(edge):
        return False
    if edge.isdecimal() and beyond[0] in ".,":
        return beyond[1:2].isdecimal()
    # Between a number and what follows it there need be no blank: "20mg".
    return _in_word(beyond[0]) and not _UNSPACED.match(beyond[0])


def _in_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _negative(before: str, edge: str) -> bool:
    """Whether a minus sign stands before the number that begins with `edge`; between numbers it is a range."""
    return edge.isdecimal() and before[-1:] in ("-", "−") and before[-2:-1] in "\"' ([/"


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Probability that a positive scores above a negative, ties counting half; None when one kind is missing.

    This is the area under the ROC curve (Hanley and McNeil, Radiology 1982).
    """
    if not positive or not negative:
        return None
    ordered = sorted(negative)
    wins = sum(bisect_left(ordered, score) + bisect_right(ordered, score) for score in positive)
    return wins / (2 * len(positive) * len(negative))


def mean(values: Sequence[float]) -> float | None:
    """The mean, or None of nothing."""
    return sum(values) / len(values) if values else None


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile; 0 of nothing."""
    return sorted(values)[math.ceil(share * len(values)) - 1] if values else 0.0
