"""Questions that ask several things, taken apart: "How long is the vial kept and who signs the register?"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import regex

from rag.core.text import is_stopword, tokens

MOST: Final = 4
"""Parts that are searched for by themselves; a question with more is searched as a whole."""
FEWEST_WORDS: Final = 2
"""Content words of a part: "and why?" is nothing to search for."""

# What joins two questions, and what a question asks with. A question is taken apart where both sides ask.
_JOINTS: Final[Mapping[str, str]] = {
    "en": r"and|or", "fr": r"et|ou", "es": r"y|e|o", "pt": r"e|ou", "it": r"e|o", "nl": r"en|of", "de": r"und|oder",
    "ro": r"și|si|sau", "sw": r"na|au|pia", "tr": r"ve|veya|ayrıca", "vi": r"và|hoặc", "ru": r"и|или", "el": r"και|ή",
    "ar": r"أو", "ur": r"اور|یا", "hi": r"और|या|तथा", "th": r"และ|หรือว่า", "zh": r"以及|并且|还有|同时|而且",
}  # fmt: skip
_ASKING: Final[Mapping[str, str]] = {
    "en": r"what|which|who|whom|whose|when|where|why|how",
    "fr": r"que|qu['’]\w+|quoi|qui|quel|quelle|quels|quelles|quand|où|pourquoi|comment|combien",
    "es": r"qué|quién|quiénes|cuál|cuáles|cuándo|cuánto|cuánta|cuántos|cuántas|dónde|adónde|cómo",
    "pt": r"que|quê|quem|qual|quais|quando|quanto|quanta|quantos|quantas|onde|como",
    "it": r"che|chi|cosa|quale|quali|quando|quanto|quanta|quanti|quante|dove|come|perché",
    "nl": r"wat|welke|welk|wie|wiens|wanneer|waar|waarom|hoe|hoeveel|hoelang",
    "de": r"was|welche[rsmn]?|wer|wem|wen|wessen|wann|wo|wohin|woher|warum|wie|wieso|weshalb|womit|wofür|wieviele?",
    "ro": r"ce|cine|cui|care|când|cand|unde|cum|cât|câtă|câți|câte|cat|cati|cate",
    "sw": r"nini|nani|lini|wapi|gani|ngapi|vipi|kwa\s+nini|mara\s+ngapi|je|\w*pi",
    "tr": r"ne|neyi|neden|nasıl|nerede|nereye|nereden|niçin|kim|kimi|kime|kimin|hangi|kaç|ne\s+zaman",
    "vi": r"gì|ai|nào|đâu|khi\s+nào|bao\s+(?:giờ|lâu|nhiêu)|thế\s+nào|như\s+thế\s+nào|tại\s+sao|vì\s+sao|mấy",
    "ru": r"что|чего|чем|кто|кого|кому|кем|как(?:ой|ая|ое|ие|их|им)?|когда|где|куда|откуда|почему|зачем|сколько",
    "el": r"τι|ποιος|ποια|ποιο|ποιοι|ποιες|ποιον|ποιων|πότε|πού|γιατί|πώς|πόσο|πόση|πόσοι|πόσες|πόσα",
    "ar": r"و?(?:ما|ماذا|من|متى|أين|لماذا|كيف|كم|أي|أية|هل|بكم|لمن|متي)",
    "ur": r"کیا|کون|کس|کسے|کب|کہاں|کیوں|کیسے|کتنا|کتنی|کتنے|کونسا|کونسی",
    "hi": r"क्या|कौन|किस|किसे|किसने|किसका|कब|कहाँ|कहां|क्यों|कैसे|कितना|कितनी|कितने|कौनसा",
    "th": r"อะไร|ใคร|ที่ไหน|เมื่อไร|เมื่อไหร่|อย่างไร|ยังไง|เท่าไร|เท่าไหร่|กี่|ทำไม|ไหน|ใด|นานแค่ไหน",
    "zh": r"什么|谁|哪|几|多少|多久|多长|多大|怎么|怎样|如何|为什么|何时|是否|吗",
}  # fmt: skip
_SPACELESS: Final = frozenset({"zh", "th"})
_ENDS: Final = r"[?？؟;；]"
_ARABIC_AND: Final = r"(?=\sو(?:ما|ماذا|من|متى|أين|لماذا|كيف|كم|أي|هل)\s)"


def parts(question: str, language: str) -> list[str]:
    """The questions that `question` is made of; none when it asks one thing, or when that cannot be told.

    It is taken apart at question marks, and at words such as "and" where both sides ask something; at commas only in
    scripts without spaces, since elsewhere they begin a clause that says which one is meant.
    """
    asking = _asking(language)
    found: list[str] = []
    for piece in _pieces(question, language):
        if found and (not asking.search(piece) or not asking.search(found[-1])):
            found[-1] += piece
        else:
            found.append(piece)
    found = [piece.strip(" ,，、;；") for piece in found]
    kept = [piece for piece in found if asking.search(piece) and _content(piece, language) >= FEWEST_WORDS]
    return kept if 2 <= len(kept) <= MOST else []


def _content(piece: str, language: str) -> int:
    return sum(not is_stopword(piece[token.start : token.end], language) for token in tokens(piece))


def _asking(language: str) -> regex.Pattern[str]:
    words = _ASKING.get(language, _ASKING["en"])
    return regex.compile(words if language in _SPACELESS else rf"\b(?:{words})\b", regex.IGNORECASE)


def _pieces(question: str, language: str) -> list[str]:
    """The question cut before each joint and behind each mark, nothing left out."""
    joints = _JOINTS.get(language, _JOINTS["en"])
    if language in _SPACELESS:
        cut = rf"(?<={_ENDS})|(?={joints})|(?<=[，,、])"
    else:
        cut = rf"(?<={_ENDS})|(?=\s(?:{joints})\s)"
    if language == "ar":
        cut += f"|{_ARABIC_AND}"
    return [piece for piece in regex.split(cut, question, flags=regex.IGNORECASE) if piece.strip()]
