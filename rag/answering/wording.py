"""Whether a sentence's words stand in a span: themselves, inflected, or as one of a few plain synonyms.

The embedder is not asked: to MiniLM "Monday" and "Tuesday" (cosine 0.88) or "buy" and "sell" (0.76) are nearer than
"keep" and "store" (0.44), so no threshold tells a synonym from a replaced word.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import cache, lru_cache
from typing import Final

from rag.answering.measures import in_base, number_words, units, whole_words
from rag.core.text import fold, stem

SAME_WORD: Final = 0.75
"""Share of the longer of two words that they must begin with alike to be inflections of one: prednisone and
prednisolone share 8 of 12 letters and are two."""
SHORTEST: Final = 4
UNSPACED_SHARE: Final = 0.85
"""Share of the pairs of characters that must be found where a script has no words to look up: pairs reach over the
ends of words, and a reordered sentence has new ones there."""
_UNSPACED: Final = frozenset({"th", "zh", "ja"})
# Languages that inflect at the beginning of a word: "kinatumika", "hutumika".
_PREFIXING: Final = frozenset({"sw", "ar"})

# Words that say nothing of their own, or that say less: "usually" (what they may not widen is for `scope` to say).
_LIGHT: Final = {
    "en": "need use used make made do done according document passage text page source state mention follow able some "
    "several few type kind sort usually mostly most generally",
    "fr": "falloir faut utiliser faire fait selon document passage texte page suivant généralement",
    "es": "necesitar usar utilizar hacer hace según documento pasaje texto página siguiente generalmente normalmente",
    "de": "brauchen verwenden machen laut dokument text seite folgend",
    "sw": "ni kuwa iwe uwe kiwe awe ziwe viwe yawe wawe hati",
    "ur": "کوئی ہونا چاہیے",
}
# Groups of words that may stand for each other, forms that no stemmer joins among them.
_SYNONYMS: Final = {
    "en": "keep kept store last hold held remain stay|give gave given get got gotten receive take took taken "
    "administer|cost price|throw threw thrown discard dispose|begin began begun start|phone telephone "
    "call|staff employee|repair fix mend|buy bought purchase|sell sold|medicine drug medication|doctor "
    "physician|pay paid|send sent|person people somebody someone anyone everybody everyone|close shut|allow "
    "permit|forbid prohibit|large big|weigh weight kg|sick ill|injure hurt|baby infant|break broke broken "
    "damaged|find found|bring brought|tell told|write wrote written|child children|woman women|man men|foot "
    "feet|go went gone|leave left|lose lost|teach taught|know knew known|wear wore worn|choose chose "
    "chosen|see saw seen|show showed shown|drink drank drunk|eat ate eaten|build built|grow grew grown|put set"
    " place|all every each|mostly most usually",
    "fr": "garder conserver|donner donné donne recevoir reçoit reçoivent reçu prendre pris administrer|jeter éliminer|"
    "commencer débuter|coûter prix|acheter achat|médicament remède|personne quelqu'un|tout tous toute toutes chaque|"
    "mettre mis|ouvrir ouvert",
    "es": "guardar conservar mantener|dar da dan recibir tomar administrar|tirar desechar|empezar comenzar|costar "
    "cuesta cuestan precio|medicamento medicina|todo todos toda todas cada|abrir abierto|cerrar cierra",
    "de": "aufbewahren lagern halten|geben gibt gegeben erhalten bekommen nehmen nimmt|werfen entsorgen|kosten "
    "preis|alle jede jeder",
    "sw": "tumia kutumia hutumia yatumike itumike utumike hutumika|pewa hupewa apewe wapewe mpe mpatie",
}  # fmt: skip


def unsaid(content: Iterable[str], words: Set[str], language: str) -> list[str]:
    """The terms of a sentence that a span does not say, in the order given; none means that it says them all.

    Words of measure, numbers, and words without a claim of their own are left to the other rules.

    Args:
        content: content terms of the sentence, see `rag.core.text.content_terms`.
        words: the terms of the span and of what it stands under.
        language: of the sentence.
    """
    terms = list(content)
    if language in _UNSPACED:
        missing = [term for term in terms if term not in words]
        return missing if len(missing) > (1 - UNSPACED_SHARE) * len(terms) else []
    light = _light(language)
    return [
        term
        for term in terms
        if term not in words
        and term not in light
        and not term[0].isdigit()
        and words.isdisjoint(_synonyms(language).get(term, ()))
        and not any(_inflected(term, word, language) for word in words)
    ]


@lru_cache(maxsize=65536)
def _inflected(one: str, other: str, language: str) -> bool:
    longer = max(len(one), len(other))
    if min(len(one), len(other)) < SHORTEST or any(char.isdigit() for char in one + other):
        return False
    shared = _shared(one, other)
    if language in _PREFIXING:
        shared = max(shared, _shared(one[::-1], other[::-1]))
    return shared >= SAME_WORD * longer


def _shared(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@cache
def _light(language: str) -> frozenset[str]:
    measures = (word for word, unit in units(language).items() if _is_measure(unit))
    said = [*_LIGHT.get(language, "").split(), *measures, *number_words(language), *whole_words(language)]
    return frozenset(stem(fold(word), language) for word in said)


def _is_measure(unit: str) -> bool:
    """Whether it measures, unlike a tablet or a sachet, which a sentence may also speak of without a number."""
    return in_base(unit)[0] != unit or unit in _BASES or "/" in unit


_BASES: Final = frozenset({"µg", "ml", "mm", "s", "month", "%", "°c", "°f"})


@cache
def _synonyms(language: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    spellings: dict[str, list[str]] = {}
    for word, unit in units(language).items():
        spellings.setdefault(unit, []).append(word)
    for group in (*(group.split() for group in _SYNONYMS.get(language, "").split("|")), *spellings.values()):
        terms = frozenset(stem(fold(word), language) for word in group)
        for term in terms:
            found[term] = found.get(term, frozenset()) | terms
    return found
