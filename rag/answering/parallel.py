"""What a follow-up puts in place of words of the question before it: a child for an adult, "into a vein" for "into the
rectum". Carried over, the old words would answer in place of the new ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Final, NamedTuple

import regex

from rag.answering.measures import number_words, units, whole_words
from rag.core.language import without_stop_phrases
from rag.core.text import Token, as_whole_words, fold, is_stopword, stem, tokens

SPACELESS: Final = frozenset({"zh", "th"})
"""Languages written without spaces between words."""
LONGEST_UNIT: Final = 8
"""Characters of the longest word of measure that is looked for where words are not parted."""
# Measures of a person: weight, age, height, the width of an arm.
_OF_A_PERSON: Final = frozenset({"kg", "g", "year", "month", "week", "day", "cm", "mm"})
# Words of which one stands for another. Those of languages without spaces, and of Vietnamese, are patterns.
_PERSONS: Final[Mapping[str, str]] = {
    "en": "child kid baby babies infant newborn neonate toddler adult adolescent teenager boy girl man men woman women "
    "children pregnant breastfeeding mother elderly",
    "fr": "enfant bébé nourrisson adulte adolescent adolescente garçon fille homme femme enceinte allaitante mère",
    "es": "niño niña bebé lactante adulto adulta adolescente hombre mujer embarazada madre anciano anciana",
    "pt": "criança bebê bebé lactente adulto adulta adolescente homem homens mulher grávida menino menina mãe idoso",
    "it": "bambino bambina neonato lattante adulto adulta adolescente uomo uomini donna incinta anziano",
    "nl": "kind kinderen baby zuigeling pasgeborene volwassene man mannen vrouw zwangere zwanger jongen meisje",
    "de": "kind kinder kindern baby babys säugling neugeborene erwachsene erwachsener jugendliche mann männer frau "
    "schwangere mädchen",
    "ro": "copil copii copiii copilul copiilor bebeluș sugar adult adulți adulții femeie femei bărbat gravidă",
    "sw": "mtoto watoto mchanga wachanga mzima wazima kijana vijana mwanamke wanawake mwanamume wanaume mjamzito "
    "wajawazito mama mtu watu",
    "tr": "çocuk bebek yetişkin erişkin kadın erkek hamile gebe yenidoğan",
    "vi": "trẻ em|trẻ sơ sinh|trẻ nhỏ|trẻ|em bé|người lớn|phụ nữ|mang thai",
    "ru": "ребенок ребенка ребенку дети детей детям младенец младенцев младенцам новорожденный взрослый женщина женщин "
    "мужчина мужчин подросток подростков беременная",
    "el": "παιδί παιδιά παιδιών βρέφος βρέφη βρεφών νεογνό νεογνά ενήλικας ενήλικες ενηλίκων έφηβος γυναίκα άνδρας "
    "έγκυος έγκυες",
    "ar": "طفل طفلة أطفال رضيع رضيعة رضع مولود مواليد بالغ بالغة بالغين بالغون كبار مراهق مراهقين رجل رجال امرأة نساء "
    "حامل حوامل مرضع",
    "ur": "بچہ بچے بچی بچوں بچیوں شیرخوار نومولود بالغ بالغوں بڑوں نوجوان مرد مردوں عورت عورتوں خواتین حاملہ ماں",
    "hi": "बच्चा बच्चे बच्ची बच्चों शिशु शिशुओं नवजात वयस्क वयस्कों बड़ों किशोर पुरुष पुरुषों महिला महिलाओं औरत औरतों गर्भवती माँ",
    "th": "เด็ก|ทารก|ผู้ใหญ่|วัยรุ่น|ผู้หญิง|ผู้ชาย|หญิงตั้งครรภ์|สตรีมีครรภ์",
    "zh": "儿童|小孩|孩子|婴儿|幼儿|新生儿|成人|成年人|大人|青少年|男性|女性|妇女|孕妇",
}
_ORDINALS: Final[Mapping[str, str]] = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth last",
    "fr": "premier première deuxième second seconde troisième quatrième cinquième sixième dernier dernière",
    "es": "primer primero primera segundo segunda tercer tercero tercera cuarto cuarta quinto quinta último última",
    "pt": "primeiro primeira segundo segunda terceiro terceira quarto quarta quinto quinta último última",
    "it": "primo secondo seconda terzo terza quarto quarta quinto quinta ultimo ultima",
    "nl": "eerste tweede derde vierde vijfde zesde laatste",
    "de": "erste erster erstes zweite zweiter zweites dritte dritter drittes vierte fünfte sechste letzte letzter",
    "ro": "primul prima doilea doua treilea treia patrulea patra ultimul ultima",
    "sw": "kwanza pili tatu nne tano mwisho",
    "tr": "birinci ikinci üçüncü dördüncü beşinci sonuncu",
    "vi": "thứ nhất|đầu tiên|thứ hai|thứ ba|thứ tư|thứ năm|cuối cùng",
    "ru": "первый первая второй вторая третий третья третьей третьего четвертый четвертая пятый последний последняя",
    "el": "πρώτος πρώτη πρώτο δεύτερος δεύτερη δεύτερο τρίτος τρίτη τρίτο τέταρτη πέμπτη τελευταίος τελευταία",
    "ar": "أول أولى ثاني ثانية ثالث ثالثة رابع رابعة خامس خامسة أخير أخيرة",
    "ur": "پہلا پہلی پہلے دوسرا دوسری دوسرے تیسرا تیسری تیسرے چوتھا چوتھی چوتھے پانچواں پانچویں آخری",
    "hi": "पहला पहली पहले दूसरा दूसरी दूसरे तीसरा तीसरी तीसरे चौथा चौथी चौथे पाँचवाँ पाँचवीं आखिरी अंतिम",
    "th": "ที่หนึ่ง|ที่สอง|ที่สาม|ที่สี่|ที่ห้า|แรก|สุดท้าย",
    "zh": r"第[一二三四五六七八九十\d]+|首|最后",
}
_WEEKDAYS: Final[Mapping[str, str]] = {
    "en": "monday tuesday wednesday thursday friday saturday sunday weekend",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "pt": "terça quinta sexta sábado domingo",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "de": "montag dienstag mittwoch donnerstag freitag samstag sonntag montags dienstags mittwochs donnerstags "
    "freitags samstags sonntags",
    "ro": "luni marți miercuri joi vineri sâmbătă duminică",
    "sw": "jumatatu jumanne jumatano alhamisi ijumaa jumamosi jumapili",
    "tr": "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
    "ru": "понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье",
    "el": "δευτέρα τετάρτη πέμπτη παρασκευή σάββατο κυριακή",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    "ur": "پیر منگل بدھ جمعرات جمعہ جمعے ہفتہ ہفتے اتوار",
    "hi": "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार",
    "th": "วันจันทร์|วันอังคาร|วันพุธ|วันพฤหัสบดี|วันศุกร์|วันเสาร์|วันอาทิตย์",
    "zh": "(?:星期|周|礼拜)[一二三四五六日天末]",
}
_CLASSES: Final = (_ORDINALS, _WEEKDAYS)
# What a phrase hangs on; forms of one are written together.
_PREPOSITIONS: Final[Mapping[str, str]] = {
    "en": "for|in|on|at|with|without|after|before|during|by|under|over|from|to|of|into|onto",
    "fr": "pour|dans|avec|sans|après|avant|chez|en|pendant|sous|sur|par|de du des d|à au aux",
    "es": "para|en|con|sin|después|antes|durante|por|bajo|sobre|de del|a al",
    "pt": "para|em no na nos nas|com|sem|depois|antes|durante|por pelo pela|de do da dos das|ao aos",
    "it": "per|in nel nella nei nelle nello|con|senza|dopo|durante|di del della dei degli delle dello|su sul sulla",
    "nl": "voor|in|met|zonder|na|tijdens|bij|van|op|aan|uit",
    "de": "für|bei beim|mit|ohne|nach|vor|während|in im ins|unter|auf|von vom|an am|zu zum zur|aus",
    "ro": "pentru|în|cu|fără|după|înainte|de|la|pe|din",
    "sw": "kwa|katika|kwenye|bila|baada|kabla|wakati|ya wa la cha vya za",
    "vi": "cho|với|trong|sau|trước|khi|ở|tại|trên|từ|của",
    "ru": "для|в во|на|с со|без|после|до|при|под|из|от|у",
    "el": "για|σε στο στη στην στον στα στις στους|με|χωρίς|μετά|πριν|από|του της των",
    "ar": "في وفي|مع ومع|بدون|بعد وبعد|قبل وقبل|عند وعند|خلال|من ومن|إلى وإلى|على وعلى",
}
_POSTPOSITIONS: Final[Mapping[str, str]] = {
    "hi": "में|पर|से|का की के|को|लिए|साथ|बाद|पहले",
    "ur": "میں|پر|سے|کا کی کے|کو|لیے لئے|ساتھ|بعد|پہلے",
    "tr": "için|ile|sonra|önce",
}
# Words beside an amount that say of what it is: "years old", "weighing 12 kg".
_BESIDE: Final = frozenset(
    fold(word)
    for word in "old aged age weighing weighs weight âgé âgée âgés pesant poids edad pesa peso idade anni alt oud umri "
    "uzito yaşında возрастом весом عمره عمرها وزنه وزنها عمر وزن ετών उम्र वजन वज़न आयु".split()
)
_BEFORE_SPACELESS: Final = regex.compile(r"(?:体重|年龄|อายุ|น้ำหนัก)\s*$")
# All nouns begin with a capital letter.
_ALL_CAPITALISED: Final = frozenset({"de"})


class Range(NamedTuple):
    """A range of a text in characters."""

    start: int
    end: int


class _Amount(NamedTuple):
    place: Range
    number: Range
    unit: str
    """In one spelling, "" for a number alone."""


class Carried(NamedTuple):
    """The earlier questions as far as a follow-up goes on from them."""

    texts: tuple[str, ...]
    """What the follow-up replaces is blanked out."""
    amount: str = ""
    """The follow-up's bare number with the unit of the amount that it replaces: "13 years" of "And a child of 13?"."""


def carried(
    earlier: Sequence[str], language: str, follow_up: str, follow_up_language: str, *, ellipsis: bool
) -> Carried:
    """What a follow-up leaves standing of the questions that it goes on from.

    Where it names a person or a measure of one, no other person and no such measure stays. An ordinal replaces an
    ordinal, a day of the week a day. In an ellipsis ("And into a vein?") a phrase replaces the one behind the same
    preposition, else a name the only name. What cannot be told stays.

    Args:
        earlier: the questions, oldest first.
        language: of all of them.
        follow_up: the question that goes on from them.
        ellipsis: the follow-up has no verb of its own.
    """
    texts = list(earlier)
    persons = list(_members(_PERSONS, follow_up, follow_up_language))
    amounts = list(_amounts(follow_up, follow_up_language))
    rest = _blanked(follow_up, [*persons, *(entry.place for entry in amounts)])
    amount = ""
    if persons or amounts:
        texts, replaced = _without_persons(texts, language, amounts, person=bool(persons))
        if len(amounts) == 1 and not amounts[0].unit and not _content(rest, follow_up_language):
            number = follow_up[amounts[0].number.start : amounts[0].number.end]
            amount = _with_unit(number, replaced, person=bool(persons))
    for words in _CLASSES:
        if members := list(_members(words, rest, follow_up_language)):
            rest = _blanked(rest, members)
            texts = [_blanked(text, _members(words, text, language)) for text in texts]
    if ellipsis and language == follow_up_language and language not in SPACELESS:
        texts = _without_parallel(texts, rest, language)
    return Carried(tuple(texts), amount)


def named(follow_up: str, language: str) -> str:
    """The words of an ellipsis that say which one is meant; where it gives an amount, that says which person is."""
    amounts = amount_ranges(follow_up, language)
    left = _blanked(follow_up, [*amounts, *(_members(_PERSONS, follow_up, language) if amounts else ())])
    return left if _content(left, language) else ""


def persons_among(words: Iterable[str], language: str) -> frozenset[str]:
    """Of index terms, those that are words for persons: which of them a document has may be told by age alone."""
    if language in SPACELESS:
        return frozenset(word for word in words if regex.search(_PERSONS[language], word))
    if language == "vi":
        return frozenset(words) & {token.text for token in tokens(_PERSONS[language])}
    return frozenset(words) & _stems(_PERSONS.get(language, ""), language)


def without_terms(text: str, gone: Set[str], language: str) -> str:
    """The text without the words of some index terms."""
    places = [Range(token.start, token.end) for token in tokens(text) if stem(token.text, language) in gone]
    return " ".join(_blanked(text, places).split())


def amount_ranges(text: str, language: str) -> list[Range]:
    """Where the numbers of a text stand, each with its unit."""
    return [entry.place for entry in _amounts(text, language)]


def _without_persons(
    texts: Sequence[str], language: str, amounts: Sequence[_Amount], *, person: bool
) -> tuple[list[str], list[tuple[str, _Amount]]]:
    """The texts without the persons and amounts that new ones replace, and those amounts, each with its text."""
    new = {entry.unit for entry in amounts}
    of_person = person or bool(new & (_OF_A_PERSON | {""}))
    kept: list[str] = []
    gone: list[tuple[str, _Amount]] = []
    for text in texts:
        replaced = [
            entry
            for entry in _amounts(text, language)
            if "" in new or entry.unit in new or (of_person and entry.unit in _OF_A_PERSON | {""})
        ]
        gone += [(text, entry) for entry in replaced if entry.unit]
        persons = _members(_PERSONS, text, language) if of_person else ()
        kept.append(_blanked(text, [*persons, *(entry.place for entry in replaced)]))
    return kept, gone


def _with_unit(number: str, replaced: Sequence[tuple[str, _Amount]], *, person: bool) -> str:
    """A bare number with the unit of the one amount that it replaces; "" where that cannot be told."""
    if len(replaced) != 1:
        return ""
    text, old = replaced[0]
    # "A child of 3" is three years old, whatever the child before weighed.
    if person and old.unit != "year":
        return ""
    return f"{text[old.place.start : old.number.start]}{number}{text[old.number.end : old.place.end]}"


def _without_parallel(texts: Sequence[str], rest: str, language: str) -> list[str]:
    changed = list(texts)
    for group, phrase in _phrases(rest, language):
        for index in range(len(changed) - 1, -1, -1):
            beside = [old for other, old in _phrases(changed[index], language) if other == group]
            if len(beside) == 1:
                old = beside[0][-len(phrase) :] if language in _POSTPOSITIONS else beside[0][: len(phrase)]
                changed[index] = _blanked(changed[index], [Range(token.start, token.end) for token in old])
            if beside:
                break
    if changed != list(texts) or language in _ALL_CAPITALISED:
        return changed
    new = _content(rest, language)
    kinds = {_name_kind(rest, token) for token in new}
    if len(kinds) != 1 or not (kind := kinds.pop()) or new[0].start == 0:
        return changed
    names = [(index, run) for index, text in enumerate(changed) for run in _name_runs(text, language, kind)]
    if len(names) == 1:
        index, run = names[0]
        changed[index] = _blanked(changed[index], [run])
    return changed


def _phrases(text: str, language: str) -> Iterator[tuple[int, list[Token]]]:
    """Each preposition's group, or postposition's, with the content words that hang on it; none without any."""
    groups = _groups(language)
    phrase: list[Token] = []
    group, last = -1, -1
    for token in tokens(text):
        word = text[token.start : token.end]
        found = groups.get(_key(word, language), -1)
        if language in _POSTPOSITIONS:
            if found >= 0:
                # "के लिए" is one: the last word of it tells.
                group = found
            elif not is_stopword(word, language):
                if group >= 0:
                    if phrase:
                        yield group, phrase
                    phrase, group = [], -1
                phrase = [*phrase, token] if token.start <= last + 1 else [token]
                last = token.end
            else:
                phrase = phrase if group >= 0 else []
            continue
        if found >= 0 or (phrase and is_stopword(word, language)):
            if phrase:
                yield group, phrase
            phrase, group = [], found
        elif group >= 0 and not is_stopword(word, language):
            phrase = [*phrase, token]
    if phrase and group >= 0:
        yield group, phrase


@cache
def _groups(language: str) -> Mapping[str, int]:
    listed = _POSTPOSITIONS.get(language) or _PREPOSITIONS.get(language, "")
    return {
        _key(word, language): number
        for number, group in enumerate(filter(None, listed.split("|")))
        for word in group.split()
    }


def _key(word: str, language: str) -> str:
    """A word as it is compared; the marks of Vietnamese tell words apart."""
    return unicodedata.normalize("NFC", word.casefold()) if language == "vi" else fold(word)


def _name_kind(text: str, token: Token) -> str:
    word = text[token.start : token.end]
    if len(word) > 1 and word.isupper():
        return "letters"
    return "name" if word[:1].isupper() else ""


def _name_runs(text: str, language: str, kind: str) -> list[Range]:
    """The names inside a question; its first word has a capital letter of its own."""
    runs: list[Range] = []
    for position, token in enumerate(tokens(text)):
        word = text[token.start : token.end]
        if not position or is_stopword(word, language) or _name_kind(text, token) != kind:
            continue
        if runs and not text[runs[-1].end : token.start].strip():
            runs[-1] = Range(runs[-1].start, token.end)
        else:
            runs.append(Range(token.start, token.end))
    return runs


def _members(words: Mapping[str, str], text: str, language: str) -> Iterator[Range]:
    """Where words of a class stand."""
    if language not in words:
        return
    if language in SPACELESS or language == "vi":
        pattern = words[language] if language in SPACELESS else as_whole_words(words[language])
        yield from (Range(*match.span()) for match in regex.finditer(pattern, text, regex.IGNORECASE))
        return
    stems = _stems(words[language], language)
    for token in tokens(text):
        if not stems.isdisjoint({token.text, *_bare(token.text, language)}):
            yield Range(token.start, token.end)


@cache
def _stems(words: str, language: str) -> frozenset[str]:
    folded = [fold(word) for word in words.split()]
    return frozenset(form for word in folded for form in (word, *_bare(word, language)))


# A clock time or a span is no amount that another number replaces.
_BARE: Final = regex.compile(r"\d+(?:[.,]\d+)?")
_ARABIC_PREFIX: Final = regex.compile("^[وف]?(?:بال|كال|لل|ال|ل|ب)")


def _bare(word: str, language: str) -> tuple[str, ...]:
    """The stems of a folded word; of an Arabic one also without article and preposition, which are written on to it."""
    if language != "ar":
        return (stem(word, language),)
    short = _ARABIC_PREFIX.sub("", word)
    return (short, stem(short, language)) if len(short) > 2 else (word,)


def _amounts(text: str, language: str) -> Iterator[_Amount]:
    """The numbers of a text with their units; a word that may be something else only where it has one."""
    found = tokens(text)
    ordinals = _stems(_ORDINALS.get(language, ""), language)
    table, numbers, whole = units(language), number_words(language), whole_words(language)
    for position, token in enumerate(found):
        place = Range(token.start, token.end)
        if (written := whole.get(token.text)) and (unit := table.get(fold(written.split()[-1]))):
            yield _Amount(place, place, unit)
            continue
        is_word = token.text in numbers
        if not is_word and not token.text[:1].isdecimal():
            continue
        unit, around = _unit(text, found, position, language)
        # "Of one", "ya tatu" (the third).
        bare = not numbers[token.text][1] and token.text not in ordinals if is_word else _BARE.fullmatch(token.text)
        if unit or bare:
            yield _Amount(_with_beside(text, found, around, language), place, unit)


def _unit(text: str, found: Sequence[Token], position: int, language: str) -> tuple[str, Range]:
    """The unit beside a number and where both stand; ("", ...) where there is none."""
    token, table = found[position], units(language)
    if language in SPACELESS:
        begin = token.end + (text[token.end : token.end + 1] == " ")
        for length in range(LONGEST_UNIT, 0, -1):
            unit = table.get(fold(text[begin : begin + length]), "")
            if unit:
                return unit, Range(token.start, begin + length)
    for index in (position - 1, position + 1) if language == "sw" else (position + 1,):
        if 0 <= index < len(found) and (unit := table.get(found[index].text, "")):
            return unit, Range(min(token.start, found[index].start), max(token.end, found[index].end))
    return "", Range(token.start, token.end)


def _with_beside(text: str, found: Sequence[Token], place: Range, language: str) -> Range:
    """An amount with the word beside it that says of what it is; one function word may stand between."""
    if language in SPACELESS:
        before = _BEFORE_SPACELESS.search(text, 0, place.start)
        return Range(before.start(), place.end) if before else place
    inside = [index for index, token in enumerate(found) if token.start < place.end and token.end > place.start]
    start, end = place
    for step, index in ((-1, inside[0]), (1, inside[-1])):
        beside = index + step
        if 0 <= beside < len(found) and is_stopword(found[beside].text, language):
            beside += step
        if 0 <= beside < len(found) and found[beside].text in _BESIDE:
            start, end = min(start, found[beside].start), max(end, found[beside].end)
    return Range(start, end)


def _content(text: str, language: str) -> list[Token]:
    kept = without_stop_phrases(text, language)
    return [token for token in tokens(kept) if not is_stopword(text[token.start : token.end], language)]


def _blanked(text: str, ranges: Iterable[Range]) -> str:
    for start, end in ranges:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text
