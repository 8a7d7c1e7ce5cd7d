"""Words that turn a statement round: negations, comparators, before and after, only, unless; by language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import regex

from rag.core.text import as_whole_words, fold

_UNSPACED: Final = frozenset({"th", "zh", "ja"})
POSTPOSITIONAL: Final = frozenset({"hi", "ur", "tr"})
"""Languages whose comparators follow what they compare: "24 घंटे के बाद"."""


class Sense(StrEnum):
    """What a comparator or its kin says of the number or word that it stands by."""

    BELOW = "below"
    ABOVE = "above"
    AT_MOST = "at most"
    AT_LEAST = "at least"
    WITHIN = "within"
    LASTING = "lasting"
    """How long something goes on: "for 7 days"."""
    BEFORE = "before"
    AFTER = "after"
    EVERY = "every"
    ONLY = "only"
    EXCEPT = "except"
    IF = "if"


class Relation(StrEnum):
    """How two senses by the same number or word stand to each other."""

    AGREE = "agree"
    DIFFER = "differ"
    OPPOSITE = "opposite"


@dataclass(frozen=True, slots=True)
class Term:
    """A polarity word at `[start, end)` of a normal text."""

    sense: Sense
    start: int
    end: int
    trailing: bool
    """It belongs to what stands before it: "35 kg and more"."""


# "sense: phrase, phrase" by language; a phrase after "<" stands behind what it belongs to.
_TERMS: Final = {
    "en": "every: every, each|lasting: for|"
    "below: under, below, less than, fewer than, younger than, lower than, lighter than, shorter than, smaller "
    "than|above: over, above, more than, greater than, older than, higher than, longer than, heavier than, wider "
    "than, larger than, bigger than, "
    "exceeding, exceeds, beyond|at most: at most, up to, no more than, not more than, no longer than, not "
    "exceeding, not exceed, maximum of, until, till, a maximum of, no later than, at the latest after, <at most, "
    "<or less, <or fewer, <at the latest, <maximum, <or under, <or younger, <and under|at least: at least, no "
    "less than, not less than, no fewer than, no earlier than, minimum of, a minimum of, from, since, starting "
    "at, <or more, <and more, <and above, <or above, <and over, <or over, <or older, <and older, <at least, "
    "<onwards|within: within, in less than|before: before, prior to|after: after, following|only: only, solely|"
    "except: unless, except, other than, apart from, instead of, rather than|if: if, provided that"
    "|at least: <and up, <and upwards, <of age and older, <of age or older, <of age and over, <of age or over, "
    "<of age and above, greater than or equal to|at most: less than or equal to, <and below, <or below, <and younger",
    "fr": "every: toutes les, tous les, chaque|lasting: pendant, durant|below: moins de, au-dessous de, en dessous "
    "de, inferieur a, inferieure a, sous|above: plus de, au-dessus de, superieur a, superieure a|at most: au plus, au "
    "maximum, jusqu'a, pas plus de, maximum de, ne doit pas depasser, ne doivent pas depasser, ne depasse pas, ne pas "
    "depasser, <au plus, <au maximum, <maximum, <ou moins|at least: au moins, a partir de, minimum de, pas moins de, "
    "depuis, <au moins, <ou plus, <et plus, <minimum|within: dans les, en moins de|before: avant|after: apres|only: "
    "seulement, uniquement|except: sauf, excepte, a moins que, hormis|if: si"
    "|above: et plus de|at least: <et au-dela, <et au-dessus",
    "es": "every: cada|lasting: durante|below: menos de, menor de, menores de, por debajo de, inferior a|above: mas "
    "de, mayor de, mayores de, por encima de, superior a, superiores a|at most: como maximo, hasta, a lo sumo, no mas "
    "de, maximo de, no debe superar, no deben superar, no debe exceder, no supera, no superar, no exceder, <como "
    "maximo, <o menos, <como mucho|at least: al menos, por lo menos, a partir de, desde, como minimo, minimo de, no "
    "menos de, <o mas, <como minimo, <al menos|within: dentro de, dentro de los|before: antes de, antes|after: "
    "despues de, tras, despues|only: solo, solamente, unicamente|except: salvo, excepto, a menos que|if: si"
    "|above: y mas de|at least: <y mas, <y mayores, <o mayores, <en adelante",
    "pt": "every: cada|lasting: durante|"
    "below: menos de, abaixo de, menor de, menores de, inferior a|above: mais de, acima de, maior de, maiores "
    "de, superior a|at most: no maximo, ate, nao mais de, nao mais que, maximo de, <no maximo, <ou menos|at "
    "least: pelo menos, a partir de, desde, no minimo, <ou mais, <no minimo|within: dentro de|before: antes de, "
    "antes|after: depois de, depois, apos|only: so, somente, apenas|except: salvo, exceto, a menos que|if: se"
    "|above: e mais de|at least: <e mais, <em diante",
    "it": "every: ogni|"
    "below: meno di, sotto, sotto i, inferiore a, al di sotto di|above: piu di, oltre, sopra, sopra i, superiore "
    "a|at most: al massimo, fino a, non piu di, <al massimo, <o meno|at least: almeno, a partire da, non meno "
    "di, <o piu, <almeno|within: entro|before: prima di, prima|after: dopo|only: solo, soltanto|except: tranne, "
    "a meno che, salvo|if: se"
    "|above: e piu di|at least: <e piu, <e oltre, <in su",
    "de": "every: alle, jede|lasting: fur, <lang|"
    "below: unter, weniger als, junger als, unterhalb|above: uber, mehr als, alter als, langer als, oberhalb|at "
    "most: hochstens, bis zu, maximal, nicht mehr als, bis, <hochstens, <oder weniger|at least: mindestens, ab, "
    "wenigstens, nicht weniger als, <oder mehr, <und mehr|within: innerhalb von, binnen|before: vor, bevor|"
    "after: nach, nachdem|only: nur, ausschliesslich|except: ausser, es sei denn|if: wenn, falls"
    "|at least: <und alter, <oder alter, <und daruber",
    "nl": "every: elke, iedere|lasting: gedurende, <lang|"
    "below: onder, minder dan, jonger dan|above: boven, meer dan, ouder dan, langer dan|at most: hoogstens, "
    "maximaal, tot, niet meer dan, ten hoogste, <of minder|at least: minstens, ten minste, minimaal, vanaf, niet "
    "minder dan, <of meer|within: binnen|before: voor, voordat|after: na, nadat|only: alleen, slechts|except: "
    "tenzij, behalve|if: als, indien"
    "|at least: <en meer, <en ouder, <of ouder",
    "sw": "every: kila, kila baada ya|lasting: kwa muda wa, kwa|"
    "below: chini ya, pungufu ya, kabla ya umri wa|above: zaidi ya, juu ya, kuzidi|at most: hadi, mpaka, "
    "isizidi, usizidi, yasizidi, si zaidi ya, sio zaidi ya, <au chini|at least: angalau, kuanzia, tangu, si "
    "chini ya, sio chini ya, <na zaidi, <au zaidi|within: ndani ya|before: kabla ya|after: baada ya|only: tu, "
    "pekee|except: isipokuwa, ila, labda|if: ikiwa, kama, endapo"
    "|at least: <na kuendelea",
    "tr": "every: her|lasting: <boyunca, <sureyle|"
    "below: <altinda, <altindaki, <az, <kucuk|above: <ustunde, <uzerinde, <fazla, <buyuk, <cok|at most: en "
    "fazla, en cok, azami, <kadar|at least: en az, asgari, <itibaren|within: <icinde|before: <once|after: <sonra|"
    "only: sadece, yalnizca|except: <haric, <disinda, olmadikca|if: eger"
    "|at least: <ve uzeri, <ve ustu",
    "ru": "every: каждые, каждый|"
    "below: ниже, менее, меньше, младше, до достижения|above: выше, более, больше, старше, свыше|at most: не "
    "более, до, не больше, максимум, <не более|at least: не менее, не меньше, минимум, от, по крайней мере, "
    "начиная с, <и более, <и старше|within: в течение|before: перед|after: после, через|only: только|except: "
    "кроме, если не|if: если"
    "|at least: <и больше, <и выше",
    "ar": "every: كل|lasting: لمدة|"
    "below: أقل من, اقل من, دون, تحت, أصغر من|above: أكثر من, فوق, أكبر من, يزيد عن, تزيد عن, يتجاوز, تتجاوز|at "
    "most: لا يزيد عن, لا تزيد عن, لا يتجاوز, لا تتجاوز, حتى, بحد أقصى, على الأكثر, <على الأكثر, <كحد أقصى, "
    "<فأقل|at least: على الأقل, لا يقل عن, لا تقل عن, ما لا يقل عن, ابتداء من, منذ, <على الأقل, <فأكثر, <أو أكثر|"
    "within: خلال, في غضون|before: قبل|after: بعد|only: فقط|except: إلا, ما عدا, باستثناء, إلا إذا|if: إذا, لو"
    "|at least: <وأكثر, <فما فوق, <وما فوق",
    "ur": "every: ہر|"
    "below: <سے کم, <کم, <سے نیچے|above: <سے زیادہ, <سے اوپر, <سے زائد, <زیادہ|at most: زیادہ سے زیادہ, سے زیادہ "
    "سے زیادہ, <تک, <سے زیادہ نہ, <سے زیادہ نہیں|at least: کم از کم, سے کم از کم, <سے کم نہ, <سے کم نہیں, <یا "
    "زیادہ, <یا اس سے زیادہ|within: <کے اندر|before: <سے پہلے, <سے قبل|after: <کے بعد, <بعد|only: صرف|except: "
    "<سوائے, <کے علاوہ|if: اگر"
    "|at least: <اور زیادہ, <اور اس سے زیادہ",
    "hi": "every: हर|"
    "below: <से कम, <से नीचे, <कम|above: <से अधिक, <से ज़्यादा, <से ज्यादा, <से ऊपर, <अधिक|at most: अधिक से "
    "अधिक, से अधिक से अधिक, ज़्यादा से ज़्यादा, अधिकतम, <तक, <से अधिक न, <से अधिक नहीं, <से ज़्यादा न, <से "
    "ज़्यादा नहीं|at least: कम से कम, से कम से कम, न्यूनतम, <से कम न, <से कम नहीं, <या अधिक, <या उससे अधिक|"
    "within: <के अंदर, <के भीतर|before: <से पहले, <पहले|after: <के बाद, <बाद|only: केवल, सिर्फ|except: <के "
    "अलावा, <को छोड़कर|if: अगर, यदि"
    "|at least: <और अधिक, <और उससे अधिक, <या ज़्यादा, <और ज़्यादा",
    "th": "below: ต่ำกว่า, น้อยกว่า|above: สูงกว่า, มากกว่า, เกิน|at most: ไม่เกิน, จนถึง|at least: อย่างน้อย, "
    "ไม่น้อยกว่า, ตั้งแต่|within: ภายใน|before: ก่อน|after: หลัง|only: เท่านั้น|except: ยกเว้น, เว้นแต่|if: ถ้า, "
    "หาก"
    "|at least: <ขึ้นไป",
    "zh": "below: 低于, 少于, 小于, 不到, 不足, <以下|"
    "above: 高于, 多于, 超过, 大于, <以上|"
    "at most: 不超过, 最多, 至多, 不高于|"
    "at least: 至少, 不少于, 不低于, "
    "最少|within: <以内, <之内, <内|before: <之前, <以前, <前|"
    "after: <之后, <以后, <后|only: 只有, 仅|"
    "except: 除非, 除了|if: 如果",
}  # fmt: skip

# Words that negate, by language. Forbidding is negating: "is forbidden" must not support "is allowed".
_NEGATIONS: Final = {
    "en": "not no never none nor neither without cannot nobody nothing forbidden prohibited banned avoid",
    "fr": "ne n pas jamais aucun aucune sans ni personne rien interdit interdite interdits interdites",
    "es": "no ni nunca jamas sin ningun ninguna ninguno tampoco nadie nada prohibido prohibida prohibidos",
    "pt": "nao nem nunca jamais sem nenhum nenhuma tampouco ninguem proibido proibida",
    "it": "non mai senza nessun nessuna nessuno niente vietato vietata",
    "de": "nicht kein keine keinen keinem keiner nie niemals ohne niemand nichts weder verboten",
    "nl": "niet geen nooit zonder niemand niets noch verboden",
    "sw": "hapana si sio siyo bila kamwe hakuna hamna wala marufuku hana hawana",
    "tr": "degil yok asla hic yasak hayir",
    "ru": "не ни нет без никогда нельзя никто ничего запрещено запрещается",
    "ar": "لا ولا فلا بلا ليس ليست لم لن غير بدون دون ممنوع ممنوعة يمنع تمنع محظور",
    "ur": "نہیں نہ مت بغیر ممنوع منع",
    "hi": "नहीं न ना मत बिना मना वर्जित निषिद्ध",
    "ro": "nu fara niciodata nici niciun nicio interzis",
    "el": "δεν μη μην ποτε χωρις ουτε απαγορευεται",
    "vi": "khong chua chang",
    "th": "ไม่ ห้าม อย่า",
    "zh": "不 没 無 无 勿 别 非 禁 未",
}
WITHOUT: Final = frozenset("without sans sin sem senza ohne zonder bila без بدون fara χωρις".split())
"""Negations that stand before what they negate and reach nothing before them; folded."""
# Languages that negate inside the verb: Swahili "havimezwi", "usiongeze", "hajakojoa"; Turkish "verilmez".
_VERBS: Final = {
    "sw": r"(?!(?:habari|hali|haki|halisi|hadi|hasi|hamsini|hatari|harusi|haraka|hakika)\b)"
    r"(?:ha(?:wa|tu|m|i|zi|ki|vi|li|ya|ku|pa|u)?[a-z]{2,}i|ha[a-z]{0,2}ja[a-z]{3,}|ha[a-z]{0,2}ta[a-z]{4,}"
    r"|(?:u|a|tu|m|i|zi|ki|vi|li|ya)si[a-z]*[a-z]e)",
    "tr": r"[a-zı]{2,}(?:maz|mez|mayin|meyin|mamali|memeli|mayiniz|meyiniz|madan|meden|mamalidir|memelidir|miyor)",
}
_NOT_NEGATIONS: Final = {
    "en": r"not only|no\. ?\d|if not|whether or not",
    "fr": r"(?:ne|n') ?[\w']+ (?:\w+ )?(?=que |qu')",
    "es": r"no solo|no\. ?\d",
}

# Words that deny what follows them without being negations: a sentence that has neither them nor a negation says more.
_DENYING: Final = {
    "en": r"stop(?:s|ped)? \w+ing|unable|refus\w+|harmful|dangerous|unsafe|contraindicated|hardly|scarcely|out of"
    r"|away from|fail(?:s|ed)? to|forg[eo]t\w*|myth|non-\w+|rumou?r\w*|allegedly|supposedly|reportedly"
    r"|(?<!(?:if|who|you) )believ\w+|(?:said|thought) that|hopes? to|intends? to|plans? to|perhaps|possibly|maybe"
    r"|(?<=(?:is|are) )(?:planned|proposed)(?! by)",
    "fr": r"arreter de|deconseill\w+|contre-indiqu\w+|evit\w+|peut-etre",
    "es": r"evit\w+|dej\w+ de|contraindicad\w+|quizas|tal vez|se dice",
    "sw": r"inasemekana",
    "hi": r"शायद",
    "ar": r"يقال|ربما",
}  # fmt: skip

_POINTS: Final = frozenset({Sense.WITHIN, Sense.BEFORE, Sense.AFTER, Sense.EVERY})
_DOWN: Final = frozenset({Sense.BELOW, Sense.AT_MOST, Sense.WITHIN, Sense.BEFORE})
_UP: Final = frozenset({Sense.ABOVE, Sense.AT_LEAST, Sense.AFTER})
_ALIKE: Final = (
    frozenset({Sense.AT_MOST, Sense.WITHIN}),
    frozenset({Sense.AT_MOST, Sense.BEFORE}),
    frozenset({Sense.BEFORE, Sense.WITHIN}),
    frozenset({Sense.BELOW, Sense.BEFORE}),
    frozenset({Sense.BELOW, Sense.WITHIN}),
    frozenset({Sense.ABOVE, Sense.AFTER}),
    frozenset({Sense.AT_LEAST, Sense.AFTER}),
)


def relation(claimed: Sense | None, source: Sense | None) -> Relation:
    """How a sentence's comparator stands to the source's by the same number; None is a number without one.

    "28 days" carries "up to 28 days" and "within 28 days"; no other comparator may be added, and none left out. "For 7
    days" is said of 7 days, but neither of "within 7 days" nor of "after 7 days".
    """
    if Sense.LASTING in (claimed, source):
        if not _POINTS.isdisjoint((claimed, source)):
            return Relation.DIFFER
        claimed, source = (None if sense is Sense.LASTING else sense for sense in (claimed, source))
    if claimed is source or frozenset({claimed, source}) in _ALIKE:
        return Relation.AGREE
    if source is None:
        return Relation.AGREE if claimed in (Sense.AT_MOST, Sense.WITHIN) else Relation.DIFFER
    if claimed is None:
        return Relation.AGREE if source in (Sense.WITHIN, Sense.AFTER, Sense.BEFORE) else Relation.DIFFER
    if (claimed in _DOWN and source in _UP) or (claimed in _UP and source in _DOWN):
        return Relation.OPPOSITE
    if {claimed, source} == {Sense.IF, Sense.EXCEPT}:
        return Relation.OPPOSITE
    return Relation.DIFFER


def senses(text: str, language: str) -> list[Term]:
    """The comparators and their kin in normal text, in order, the longest phrase at each place."""
    pattern, meanings = _phrases(language)
    if pattern is None:
        return []
    return [Term(meanings[m[0]][0], m.start(), m.end(), meanings[m[0]][1]) for m in pattern.finditer(text)]


def without_comparators(text: str, language: str) -> str:
    """Normal text with the comparators and their kin blanked out."""
    pattern, _ = _phrases(language)
    return pattern.sub(lambda match: " " * len(match[0]), text) if pattern else text


def negations(text: str, language: str) -> list[int]:
    """Where normal text is negated; "no more than 4" and "not only" are no negations."""
    blanked = without_comparators(text, language)
    if spared := _NOT_NEGATIONS.get(language):
        blanked = regex.sub(spared, lambda match: "~" * len(match[0]), blanked)
    return [match.start() for match in _negation_pattern(language).finditer(blanked)]


def denied_alone(source: str, claim: str, language: str) -> bool:
    """Whether the source, normal text, denies something in a word that the claim has not: "stop giving", "unable"."""
    pattern = _denying_pattern(language)
    said = {word[:_STEM] for word in _LETTERS.findall(claim)}
    denying = pattern.findall(source) if pattern else []
    return any(_LETTERS.findall(phrase)[0][:_STEM] not in said for phrase in denying)


_LETTERS: Final = regex.compile(r"\p{L}+")
_STEM: Final = 4
"""Letters of such a word that its forms begin with alike: refuse, refusing."""


@cache
def _denying_pattern(language: str) -> regex.Pattern[str] | None:
    words = _DENYING.get(language)
    return regex.compile(as_whole_words(words)) if words else None


def is_negation(word: str, language: str) -> bool:
    """Whether a folded word negates by itself."""
    return _negation_pattern(language).fullmatch(word) is not None


@cache
def _phrases(language: str) -> tuple[regex.Pattern[str] | None, dict[str, tuple[Sense, bool]]]:
    meanings: dict[str, tuple[Sense, bool]] = {}
    for entry in _TERMS.get(language, "").split("|"):
        sense, _, phrases = entry.partition(":")
        for phrase in filter(None, (part.strip() for part in phrases.split(","))):
            meanings.setdefault(fold(phrase.lstrip("<")), (Sense(sense), phrase.startswith("<")))
    if not meanings:
        return None, meanings
    longest_first = sorted(meanings, key=len, reverse=True)
    return _pattern(longest_first, language), meanings


def _pattern(phrases: list[str], language: str) -> regex.Pattern[str]:
    alternatives = "|".join(map(regex.escape, phrases))
    return regex.compile(alternatives if language in _UNSPACED else as_whole_words(alternatives))


@cache
def _negation_pattern(language: str) -> regex.Pattern[str]:
    words = [fold(word) for word in _NEGATIONS.get(language, _NEGATIONS["en"]).split()]
    if language in _UNSPACED:
        return regex.compile("|".join(words))
    verbs = f"|{_VERBS[language]}" if language in _VERBS else ""
    contracted = "|(?<=n)'t" if language == "en" else ""
    return regex.compile(as_whole_words("|".join(words) + verbs) + contracted)
