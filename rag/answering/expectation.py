"""What kind of thing a question asks for, and whether a piece of text gives one."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from rag.answering.quantities import Quantity, quantities


class Kind(StrEnum):
    """What an answer must hold to be one."""

    NUMBER = "number"
    """How many, how long, at what temperature."""
    MONEY = "money"
    TIME = "time"
    """When, on which day."""
    CLOCK = "clock"
    """At which hour."""
    DOSE = "dose"
    """How much of a medicine: a strength on a price list, or a number in stock, is none."""


def _words(text: str) -> re.Pattern[str]:
    """Whole words for scripts that part them, anywhere in a word for the others (after a "~")."""
    whole, _, anywhere = text.partition("~")
    parts = [rf"\b(?:{'|'.join(whole.split())})\b"]
    return re.compile("|".join([*parts, *anywhere.split()]), re.IGNORECASE)


_ASKS: Final = {
    Kind.MONEY: _words(
        r"prices? costs? pay pays paid fees? salary wages? deposit how\smuch\smoney "
        r"prix co[uû]te[rnt]* co[uû]ts? paie[nrt]* tarifs? salaire precios? cuestan? costos? pagan? cuota alquilar "
        r"bei pesa inauzwa shilingi gharama preis kosten kostet prezzo costa preço pret fiyat giá цена стоит τιμή "
        r"~ يدفع سعر رسوم تكلفة قیمت فیس خرچ کرایہ कीमत खर्च दाम किराया ราคา 价格 多少钱"
    ),
    Kind.TIME: _words(
        r"when\s(?:is|are|was|were|do|does|did|can|could|will|would|should|must|may|has|have) "
        r"(?:what|which)\sdays? what\s(?:time|hour) which\stime quand quels?\sjours? "
        r"cu[aá]ndo qu[eé]\sd[ií]as? lini siku\sgani wann welchen?\stage? quando când zaman когда πότε khi\snào "
        r"~ متى أي\sيوم کب کس\sدن کن\sدنوں कब किस\sदिन किन\sदिनों เมื่อ 什么时候 何时"
    ),
    Kind.NUMBER: _words(
        r"how\s(?:many|much|long|often|old|far|high|low|big|large|late|early|soon|hot|cold|warm|fast|heavy) "
        r"(?:what|which)\s(?:\w+\s)?(?:time|hour|date|age|weight|dose|dosage|price|temperature|number|amount|share|"
        r"percentage|rate|limit|year|extension|fee|distance|length|size|volume|period) "
        r"combien quelle?\s(?:\w+\s)?(?:heure|dose|durée|température|âge|date|distance|quantité) "
        r"cu[aá]nt[oa]s? qu[eé]\s(?:hora|dosis|temperatura|edad|fecha|cantidad) "
        r"ngapi kiasi\sgani muda\sgani wie\s?viele? wie\s(?:lange|oft|alt|hoch|weit) quant[oaei]s? câ[tț][ie]? hoeveel "
        r"kaç ne\skadar bao\s(?:nhiêu|lâu) сколько πόσ[οαεη]\w* كم "
        r"~ کتن कितन เท่าไ กี่ 多少 几 多久 多长"
    ),
    Kind.CLOCK: _words(
        r"(?:what|which)\s(?:time|hour) quelle\sheure qu[eé]\shora que\shoras? che\sora saa\sngapi "
        r"wie\s?viel\suhr hoe\slaat saat\skaçta mấy\sgiờ ~ أي\sساعة کتنے\sبجے कितने\sबजे กี่โมง 几点"
    ),
    Kind.DOSE: _words(
        r"(?:what|which)\s(?:is\s|are\s)?(?:the\s)?(?:\w+\s)?dos(?:e|age)s? "
        r"quelle\s(?:est\sla\s)?(?:\w+\s)?(?:dose|posologie) (?:qu[eé]|cu[aá]l\ses\sla)\s(?:\w+\s)?dosis "
        r"(?:qual\sé\sa|que)\sdose quale\sdose doz[ia]\s(?:\w+\s){0,2}gani "
        r"welche\sdosis wie\shoch\sist\sdie\sdosis welke\sdosis какая\sдоза какую\sдозу "
        r"~ ما\s(?:هي\s)?(?:ال)?جرعة خوراک\s(?:کیا|کتنی) کتنی\sخوراک खुराक\s(?:क्या|कितनी) कितनी\sखुराक ขนาดยา 剂量"
    ),
}
_GIVES: Final = {
    Kind.MONEY: _words(
        r"shillings? kes usd euros? dollars? price costs? fee free deposit paid francs? fcfa pesos? prix gratuit\w* "
        r"precio gratis shilingi bei bure dinars? rupees? rupias? "
        r"~ [$€£₹] دينار ريال درهم جنيه مجان روپ مفت रुपय रुपए मुफ़्त मुफ्त บาท 元"
    ),
    Kind.TIME: _words(
        r"\S*\d\S* (?:mon|tues|wednes|thurs|fri|satur|sun)days? january february march april may june july august "
        r"september october november december daily weekly monthly yearly every each immediately after before until "
        r"within never always morning evening noon night lundi mardi mercredi jeudi vendredi samedi dimanche chaque "
        r"avant après lunes martes miércoles jueves viernes sábado domingo cada antes después jumatatu jumanne "
        r"jumatano alhamisi ijumaa jumamosi jumapili kila kabla baada montag\w* dienstag\w* mittwoch\w* "
        r"donnerstag\w* freitag\w* samstag\w* sonntag\w* täglich "
        r"~ ال(?:أحد|اثنين|إثنين|ثلاثاء|أربعاء|خميس|جمعة|سبت) يوم قبل بعد كل "
        r"پیر منگل بدھ جمعرات جمعہ ہفتہ اتوار روز بعد پہلے "
        r"सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार रोज़? बाद पहले हर"
    ),
    # "9 heures" is an hour of the day or a span of nine: it counts.
    Kind.CLOCK: _words(
        r"\d{1,2}[:.h]\d{2} \d{1,2}\s?(?:[ap]\.?m\b\.?|h|uhr|uur|heures?|o'clock|giờ) (?:las?|alle)\s\d{1,2} saa\s\w+ "
        r"noon midday midnight midi minuit mediod[ií]a medianoche mittags? mitternacht mezzogiorno mezzanotte "
        r"~ الساعة الظهر بجے بجہ बजे โมง นาฬิกา [点點] day\sand\snight"
    ),
    Kind.DOSE: _words(
        r"doses? dosages? gives? given gets? takes? taken injected swallowed drinks? per daily every times day hours "
        r"kg donne[zr]? donnée?s? prend prenez prendre prise par jour fois toutes "
        r"da[nr]? dosis toma[nr]? tome reciben? recibe cada d[ií]a vez veces por horas "
        r"hupewa apewe kupewa anapewa wape mpe dozi kutwa kila mara "
        r"gib geben erhält erhalten nehmen einnehmen täglich alle tag dosi somministra ogni giorno toma dia "
        r"дают дать принима\w+ раз сутки день ~ يعطى تعطى تؤخذ يؤخذ جرعة مرات كل يومي "
        r"دی[ںا] دیں دیا خوراک بار روزانہ दें दी दिया खुराक बार रोज़? ให้ กิน วันละ ครั้ง 给 服 每 次"
    ),
}


def expected(question: str) -> frozenset[Kind]:
    """What the question asks for; empty when it cannot be told."""
    return frozenset(kind for kind, pattern in _ASKS.items() if pattern.search(question))


def is_of_dosing(word: str) -> bool:
    """Whether a word, as it is written, says that a medicine is given or taken, or how often."""
    return _GIVES[Kind.DOSE].fullmatch(word) is not None


def gives(kind: Kind, text: str, around: str, passage: str, asked: frozenset[Quantity]) -> bool:
    """Whether `text` holds such a thing.

    Args:
        around: what the text hangs on, such as a table's head: "Price (shillings)" makes a cell's number money.
        passage: all that stands there, headings included: an amount is a dose where something is given or taken.
        asked: the quantities in the question, which are no answer to it.
    """
    if kind is Kind.NUMBER:
        return bool(quantities(text) - asked)
    if kind is Kind.DOSE:
        return bool(quantities(text) - asked) and _GIVES[kind].search(passage) is not None
    return _GIVES[kind].search(f"{around} {text}" if kind is Kind.MONEY else text) is not None
