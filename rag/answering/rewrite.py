"""Follow-up questions made self-contained, so that a search can find what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import regex

from rag.answering.context import SMALLEST_WINDOW, fence_for
from rag.answering.one_line import brings_in, one_line, undressed
from rag.answering.parallel import Range, amount_ranges, carried, named
from rag.core.errors import ModelError, ServerUnreachable, TimedOut
from rag.core.language import without_stop_phrases
from rag.core.ports import ChatModel
from rag.core.prompts import load
from rag.core.text import Token, content_terms, detect_language, is_stopword, tokens
from rag.core.types import Turn

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

# What a question begins with when it goes on from the one before.
_OPENERS: Final[Mapping[str, str]] = {
    "en": r"and|but|or|what about|how about|what if|also|same for|then",
    "fr": r"et|mais|ou|alors|qu['’]en est-il|même chose",
    "es": r"y|e|pero|o|qué hay de|qué pasa con|entonces|lo mismo",
    "pt": r"e|mas|ou|e quanto a|então",
    "it": r"e|ma|o|invece|allora",
    "nl": r"en|maar|of|hoe zit het met",
    "de": r"und|aber|oder|was ist mit|wie ist es mit|wie sieht es|dann",
    "ro": r"și|dar|sau|ce zici de|atunci",
    "sw": r"na|lakini|au|vipi kuhusu|je,? kuhusu|pia",
    "tr": r"ve|peki|ya|ama|veya",
    "vi": r"còn|và|thế còn|vậy còn|nhưng",
    "ru": r"а|и|но|или|тогда",
    "el": r"και|αλλά|ή|τι γίνεται με|τότε",
    "ar": r"و|أو|لكن|ماذا عن|و(?:ماذا|هل|كم|كيف|متى|أين|لل\w+|ال\w{3,}|بالنسبة|في|عند|مع|ما)",
    "ur": r"اور|لیکن|یا|تو|پھر",
    "hi": r"और|लेकिन|या|तो|फिर|क्या .{0,20} के लिए भी",
    "th": r"แล้ว|และ|แต่|หรือ",
    "zh": r"那|那么|还有|但|但是|和|或者|而",
}
# Words that stand for something said before.
_PRONOUNS: Final[Mapping[str, str]] = {
    "en": r"it|its|they|them|their|theirs|this|that|these|those|he|him|his|she|her|one|ones",
    "fr": r"elle|elles|ils|cela|ça|ceci|celui-ci|celle-ci|ceux-ci|leur|leurs|en",
    "es": r"eso|esto|ello|ellos|ellas|él|ella|ese|esa|esos|esas|este|estos",
    "pt": r"isso|isto|ele|ela|eles|elas|dele|dela|esse|essa",
    "it": r"esso|essa|essi|ciò|questo|questa|quello|quella|ne",
    "nl": r"het|ze|hij|dit|dat|deze|die|ervan|ervoor|daarvan",
    "de": r"dafür|davon|damit|darin|dazu|daran|danach|ihn|ihm|diese|dieser|dieses|diesen|deren|dessen",
    "ro": r"acesta|aceasta|acestea|aceștia|el|ea|ei|ele|asta|lui",
    "sw": r"hiyo|hizo|hicho|hivyo|huyo|hao|hilo|huo|hiki|hii|hizi|yake|zake|wake|vyake|chake|lake|yao|zao",
    "tr": r"bu|şu|o|bunlar|onlar|bunu|onu|bunun|onun|buna|ona",
    "vi": r"nó|chúng|cái này|cái đó|điều này|điều đó|họ",
    "ru": r"он|она|оно|они|его|её|ее|их|им|ему|ей|это|этот|эта|эти|этого|этому|ним|них",
    "el": r"αυτό|αυτά|αυτή|αυτός|αυτές|αυτοί|τους",
    "ar": r"هذا|هذه|ذلك|تلك|هؤلاء|ذاك|منه|منها|عنه|عنها|فيه|فيها|به|بها|له|لها",
    "ur": r"یہ|وہ|اسے|انہیں|اس|ان|اسی",
    "hi": r"यह|वह|इसे|उसे|इसका|इसकी|इसके|उसका|उसकी|उसके|ये|वे|इन्हें|उन्हें|इनका|उनका|इस|उस",
    "th": r"มัน|นี้|นั้น|พวกเขา|พวกมัน",
    "zh": r"它|它们|这|这个|这些|那个|那些|其|他|她|他们|她们",
}
_PREPOSITIONS: Final[Mapping[str, str]] = {
    "en": r"for|in|on|at|with|without|after|before|during|by|under|over|from|to",
    "fr": r"pour|dans|avec|sans|après|avant|chez|en|pendant|sous",
    "es": r"para|en|con|sin|después|antes|durante|por|bajo",
    "pt": r"para|em|com|sem|depois|antes|durante",
    "it": r"per|in|con|senza|dopo|prima|durante",
    "nl": r"voor|in|met|zonder|na|tijdens|bij",
    "de": r"für|bei|mit|ohne|nach|vor|während|im|in|unter",
    "ro": r"pentru|în|cu|fără|după|înainte",
    "sw": r"kwa|katika|bila|baada|kabla|wakati",
    "vi": r"cho|với|trong|sau|trước|khi",
    "ru": r"для|в|с|без|после|до|при|под",
    "el": r"για|σε|με|χωρίς|μετά|πριν|στα|στους",
    "ar": r"لل\w+|في|مع|بدون|بعد|قبل|عند|خلال|من أجل",
}
# Postpositions end the question instead: "बच्चों के लिए?"
_POSTPOSITIONS: Final[Mapping[str, str]] = {
    "hi": r"के लिए|के साथ|के बाद|के पहले|में",
    "ur": r"کے لیے|کے لئے|کے ساتھ|کے بعد|سے پہلے|میں",
    "tr": r"için|ile|sonra|önce",
    "zh": r"呢",
    "th": r"ล่ะ",
}
# What a whole question has, and an ellipsis ("And the laboratory?") has not: a question word or a verb of asking.
_ASKING: Final[Mapping[str, str]] = {
    "en": r"what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|may|might|must|should|"
    r"shall|will|would|has|have|had|if",
    "fr": r"quel|quelle|quels|quelles|qui|que|quoi|quand|où|comment|combien|pourquoi|est|sont|peut|peuvent|faut|doit|"
    r"doivent|si",
    "es": r"qué|quién|quiénes|cuál|cuáles|cuándo|dónde|cómo|cuánt[oa]s?|es|son|está|están|puede|pueden|debe|deben|hay|"
    r"si",
    "pt": r"que|quem|qual|quais|quando|onde|como|quant[oa]s?|é|são|pode|podem|deve|devem|há|se",
    "it": r"che|chi|quale|quali|quando|dove|come|quant[oaei]|è|sono|può|possono|deve|devono|se",
    "nl": r"wat|welke?|wie|wanneer|waar|waarom|hoe|hoeveel|is|zijn|kan|mag|moet|moeten|als",
    "de": r"was|welche[rsn]?|wer|wen|wann|wo|warum|wie|ist|sind|kann|können|darf|dürfen|muss|müssen|soll|wenn",
    "ro": r"ce|care|cine|când|unde|cum|cât|câtă|câți|câte|este|sunt|poate|trebuie|dacă",
    "sw": r"nini|nani|lini|wapi|vipi|gani|[mvwk]?a?ngapi|kwa ?nini|je|ni|[a-z]{1,3}naweza|[a-z]{1,3}weza",
    "tr": r"ne|kim|hangi|nerede|nasıl|kaç|niçin|neden|m[iıuü]",
    "vi": r"gì|nào|ai|đâu|sao|bao nhiêu|bao lâu|mấy|không",
    "ru": r"что|кто|как\w*|когда|где|почему|сколько|можно|нужно|ли|если",
    "el": r"τι|ποι\w+|πότε|πού|πώς|πόσ\w+|είναι|μπορεί|πρέπει|αν",
    "ar": r"ما|ماذا|كم|متى|أين|كيف|هل|لماذا|أي|إذا",
    "ur": r"کیا|کون|کب|کہاں|کیوں|کیسے|کتن[اےی]|کس|اگر",
    "hi": r"क्या|कौन|कब|कहाँ|क्यों|कैसे|कितना|कितनी|कितने|किस|अगर",
    "th": r"อะไร|เมื่อไร|เมื่อไหร่|ที่ไหน|ทำไม|อย่างไร|กี่|เท่าไร|เท่าไหร่|ไหม",
    "zh": r"什么|谁|哪|何时|为什么|怎么|怎样|多少|几|多久|吗",
}
_ARABIC_AND: Final = regex.compile(r"^\s*و(?=ال\w{3,}|لل)")
_SPACELESS: Final = frozenset({"zh", "th"})
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
    if not content or _found(_OPENERS, language, _START, question, r""):
        return True
    if _stands_for(question, content, language):
        return True
    if len(question.split()) > FEW_WORDS or (language in _SPACELESS and len(content) > 2 * FEW_WORDS):
        return False
    return _found(_PREPOSITIONS, language, _START, question, "") or _found(
        _POSTPOSITIONS, language, "", question, _STOP
    )


def _stands_for(question: str, content: Sequence[Token], language: str) -> bool:
    """Whether a word stands for something said before, and few others say what the question is about."""
    if not _found(_PRONOUNS, language, "", question, ""):
        return False
    pronouns = set(_PRONOUNS[language].casefold().split("|"))
    others = [token for token in content if question[token.start : token.end].casefold() not in pronouns]
    # Where words are not spaced, each pair of characters is a token.
    return len(others) <= CLEAR_TERMS * (2 if language in _SPACELESS else 1)


def _found(words: Mapping[str, str], language: str, before: str, question: str, after: str) -> bool:
    if language not in words:
        return False
    edge = "" if language in _SPACELESS else r"\b"
    pattern = rf"{before}{edge if not before else ''}(?:{words[language]}){after or edge}"
    return regex.search(pattern, question, regex.IGNORECASE) is not None


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
    if not content or len(content) > CLEAR_TERMS * (2 if language in _SPACELESS else 1):
        return False
    rest = _without_openers(question, language)
    return not _found(_ASKING, language, "", rest, "") and not _found(_PRONOUNS, language, "", rest, "")


def _without_openers(question: str, language: str) -> str:
    if language == "ar":
        # "And" is written on to the next word, which may ask: "وكم".
        return regex.sub(rf"^\s*(?:و?ماذا عن\b|و(?=(?:{_ASKING['ar']})\b))", "", _ARABIC_AND.sub("", question))
    edge = "" if language in _SPACELESS else r"\b"
    openers = rf"{_START}(?:(?:{_OPENERS.get(language, '(?!)')}){edge}\s*)+"
    return regex.sub(openers, "", question, flags=regex.IGNORECASE)


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
    return rewritten if _is_rewriting(rewritten, question) and not brings_in(rewritten, asked) else None


def _is_rewriting(text: str, question: str) -> bool:
    """Whether it is a question, not much longer, that keeps what the question said."""
    if not text or len(text) > len(question) + GROWTH:
        return False
    if question.rstrip()[-1:] in _QUESTION_MARKS and text[-1] not in _QUESTION_MARKS:
        return False
    language = detect_language(text)
    said = {token.text for token in _content(question, language)}
    kept = set(content_terms(text, language)) | {token.text for token in tokens(text)}
    return 2 * sum(word in kept for word in said) >= len(said)
