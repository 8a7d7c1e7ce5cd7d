"""Asking and searching: the way of a question through retrieval, answering, checking and refusing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from rag.answering.citations import check, check_answer
from rag.answering.clarify import ask_back
from rag.answering.context import Packed, pack
from rag.answering.draft import AnswerDraft
from rag.answering.evidence import Evidence
from rag.answering.generate import SentenceAssembler, generate
from rag.answering.named_row import weighed
from rag.answering.opening import finds_nothing
from rag.answering.parallel import without_terms
from rag.answering.policy import Policy, withheld
from rag.answering.question import naming
from rag.answering.refusal import answerable, hopeless, refuse
from rag.answering.repair import repair, request
from rag.answering.retell import check_retold, told_notice
from rag.answering.rewrite import rewrite
from rag.answering.screen import judged, screened
from rag.answering.translate import ENOUGH, other_languages, translate
from rag.core.checking import verdicts
from rag.core.config import Caution
from rag.core.dialogue import PLAIN, Telling
from rag.core.errors import ModelError, NoModel
from rag.core.events import (
    Completed,
    Event,
    PassagesFound,
    Repaired,
    Repairing,
    Searching,
    Thinking,
    Waiting,
    Withdrawn,
)
from rag.core.filters import EVERYTHING, Filter
from rag.core.messages import messages
from rag.core.ports import ChatModel
from rag.core.question import check_count, clean_question
from rag.core.text import detect_language
from rag.core.turns import Turn as Place
from rag.core.turns import Turns
from rag.core.types import Answer, Sentence, Turn, Unsupported
from rag.quoting import quoted
from rag.retrieval.retriever import SearchResult
from rag.rivals import version_notices
from rag.searching import Found, Searcher, SearchParts
from rag.store.catalog import Catalog


class Engine:
    """Answers questions from one library.

    Args:
        parts: as for `Searcher`.
        chat: gives the chat model for a configured or asked-for name (None: the configured one), or None for
            the quoting answerer.
        passages: how many passages an answer is made from.
        window: the largest context window asked of a model, in tokens.
        answer_tokens: the longest answer asked of a model, in tokens.
        caution: how sure it must be that the documents answer, to quote them.
        unsupported: what becomes of a model's sentences that do not hold.
    """

    def __init__(
        self,
        catalog: Catalog,
        parts: Callable[[], SearchParts],
        chat: Callable[[str | None], ChatModel | None],
        *,
        passages: int,
        window: int,
        answer_tokens: int,
        caution: Caution = "balanced",
        unsupported: Unsupported = "marked",
    ) -> None:
        self._catalog = catalog
        self._searcher = Searcher(catalog, parts, passages)
        self._chat = chat
        self._window = window
        self._answer_tokens = answer_tokens
        self._caution = caution
        self._policy = Policy(unsupported)

    def search(self, question: str, k: int = 10, *, within: Filter = EVERYTHING) -> SearchResult:
        """The `k` best chunks, of the documents that `within` leaves.

        Raises:
            InvalidQuestion: empty or too long, or `k` is not between 1 and `MOST_HITS`.
            InvalidFilter: no document is left.
            StoreError: an index cannot be read.
        """
        check_count(k)
        return self._searcher.search(clean_question(question), k, within)

    def answer(
        self, question: str, *, history: Sequence[Turn] = (), model: str | None = None, within: Filter = EVERYTHING
    ) -> Answer:
        """`ask` without the events on the way."""
        for event in self.ask(question, history=history, model=model, within=within):
            if isinstance(event, Completed):
                return event.answer
        raise AssertionError("ask always ends with Completed")

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        model: str | None = None,
        within: Filter = EVERYTHING,
        telling: Telling = PLAIN,
    ) -> Iterator[Event]:
        """Answer a question; the last event is `Completed`.

        A model that fails before its first word is replaced by quoting, with a notice; one that fails later
        keeps what came, with a notice. A question too vague to answer gets a question back. Closing the iterator
        stops the model.

        Args:
            history: earlier turns of the conversation, oldest first.
            model: overrides the configured model; "none" quotes.
            within: the documents that the answer is made from.
            telling: how the model is to tell it; without one the answer is quoted, with a notice.

        Raises:
            InvalidQuestion: empty or too long; before the first event.
            InvalidFilter: no document is left; before the first event.
            StoreError: the library cannot be read.
        """
        cleaned = clean_question(question)
        return self._ask(cleaned, history, model, telling, within, self._searcher.size(within))

    def retell(self, answer: Answer, telling: Telling, *, model: str | None = None) -> Iterator[Event]:
        """Tell an answer again, from the same passages and without a new search; the last event is `Completed`.

        Raises:
            ModelError: no model answers, or it fails before its first word; `NoModel` when there is none.
            StoreError: the library cannot be read.
        """
        language = telling.language or detect_language(answer.question)
        draft = AnswerDraft(answer.question, answer.searched_question, language, time.perf_counter(), telling=telling)
        draft.passages, draft.within = answer.passages, answer.within
        yield PassagesFound(answer.passages)
        chat = self._chat(model)
        if chat is None:
            raise NoModel()
        with chat.turns.line_up() as place:
            yield from draft.waited(place)
            yield from self._generated(draft, chat, self._catalog.size(), ())
        yield from version_notices(draft, self._catalog)
        yield draft.finish()

    def evidence(self, question: str) -> Evidence | None:
        """What speaks for the documents answering a self-contained question; None when nothing was found.

        Raises:
            ModelError: the embedder's server does not answer: what words alone show is no measure of anything.
        """
        found = self._searcher.find(clean_question(question))
        if found.by_words is not None:
            raise found.by_words
        ranked = found.ranker.rank(found.questions[0], found.passages)
        return weighed(found.ranker, found.questions[0], ranked) if ranked else None

    def _ask(
        self, question: str, history: Sequence[Turn], model: str | None, telling: Telling, within: Filter, chunks: int
    ) -> Iterator[Event]:
        started = time.perf_counter()
        language = telling.language or detect_language(question)
        draft = AnswerDraft(question, question, language, started, within=within)
        # Before the model server is looked at and asked to rewrite, which may take its time.
        yield Searching(question, chunks)
        chat: ChatModel | None = None
        try:
            chat = self._chat(model)
        except ModelError as error:
            yield draft.fell_back(error)
        # Its place counts from when it was asked, and for all that the model is asked for it.
        with (chat.turns if chat is not None else Turns(1)).line_up() as place:
            yield from self._answered(draft, chat, place, history, telling, chunks)
        yield from version_notices(draft, self._catalog)
        yield draft.finish()

    def _answered(
        self,
        draft: AnswerDraft,
        chat: ChatModel | None,
        place: Place,
        history: Sequence[Turn],
        telling: Telling,
        chunks: int,
    ) -> Iterator[Event]:
        """Search and answer, by the model when it is the question's turn; the rest of `_ask`."""
        question = draft.question
        if history:
            yield from draft.waited(place)
        begun = time.perf_counter()
        draft.searched, failure, named = rewrite(question, history, chat, self._window)
        draft.timings["rewrite"] = time.perf_counter() - begun
        if failure is not None:
            # A server that did not answer now would be waited for once more.
            chat = None
            yield draft.fell_back(failure)
        if draft.searched != question:
            yield Searching(draft.searched, chunks)
        found = self._searched(draft)
        if named and (gone := found.ranker.replaced(naming(found.questions[0], named), draft.passages)):
            draft.searched = without_terms(draft.searched, gone, found.questions[0].language)
            yield Searching(draft.searched, chunks)
            found = self._searched(draft)
        prepared, covered = found.questions[0], found.ranker.coverage
        draft.clarification = ask_back(prepared, draft.passages, lambda passage: covered(prepared, [passage]), history)
        if chat is not None and draft.clarification is None and (languages := self._elsewhere(draft, found)):
            yield from draft.waited(place)
            begun = time.perf_counter()
            draft.also_searched = tuple(translate(draft.searched, languages, chat, self._window))
            draft.timings["translate"] = time.perf_counter() - begun
            if draft.also_searched:
                yield Searching(draft.also_searched[0], chunks)
                found = self._searched(draft)
        if found.by_words is not None:
            yield draft.notice(f"{found.by_words} {messages(draft.language).by_words}")
        if found.result.problem:
            yield draft.notice(found.result.problem)
        yield PassagesFound(draft.passages)
        if draft.clarification is not None:
            return
        coverage = found.ranker.coverage
        if all(hopeless(one, draft.passages, partial(coverage, one, draft.passages)) for one in found.questions):
            draft.refusal = refuse(draft.language, draft.passages, chunks)
        elif chat is not None:
            draft.telling = telling
            yield from draft.waited(place)
            try:
                yield from self._generated(draft, chat, chunks, history)
            except ModelError as error:
                yield draft.fell_back(error)
        elif not telling.plain and failure is None:
            yield draft.fell_back(NoModel())
        if not draft.sentences and draft.refusal is None:
            yield from quoted(draft, found, chunks, named, self._caution)

    def _searched(self, draft: AnswerDraft) -> Found:
        found = self._searcher.find(draft.searched, draft.within, draft.also_searched)
        draft.passages = found.passages
        draft.timings["search"] = draft.timings.get("search", 0.0) + found.result.timings["total"]
        return found

    def _elsewhere(self, draft: AnswerDraft, found: Found) -> list[str]:
        """Other languages of the library, where what was found in the question's own is not likely to answer."""
        ranker, question = found.ranker, found.questions[0]
        languages = other_languages(question.language, self._catalog.languages(draft.within))
        if not languages or ranker.coverage(question, found.passages) >= ENOUGH:
            return []
        ranked = ranker.rank(question, found.passages)
        return [] if ranked and answerable(weighed(ranker, question, ranked), self._caution) else languages

    def _generated(self, draft: AnswerDraft, chat: ChatModel, chunks: int, turns: Sequence[Turn]) -> Iterator[Event]:
        """The answer as the model writes it; what it fails with before its first word is raised."""
        begun = time.perf_counter()
        assembler = SentenceAssembler()
        written, whole = "", True
        try:
            packed = pack(
                question=draft.searched,
                language=messages(draft.language).language_name,
                passages=draft.passages,
                model=chat,
                max_window=self._window,
                answer_tokens=self._answer_tokens,
                turns=turns,
                telling=draft.telling,
            )
            draft.window = packed.use
            if packed.left_out:
                yield draft.notice(messages(draft.language).left_out.format(count=len(packed.left_out)))
            draft.passages = packed.passages
            for chunk in screened(generate(chat, packed, self._answer_tokens), packed, draft.language):
                if chunk.usage is not None:
                    draft.usage = chunk.usage
                if chunk.waiting or chunk.silent:
                    yield Waiting(None if chunk.waiting else 0)
                if chunk.withdrawn:
                    assembler, written, draft.sentences = SentenceAssembler(), "", []
                    draft.timings.pop("first_token", None)
                    yield Withdrawn()
                if chunk.thought:
                    draft.thoughts += chunk.thought
                    yield Thinking(chunk.thought)
                if chunk.text:
                    draft.timings.setdefault("first_token", time.perf_counter() - begun)
                    written += chunk.text
                    yield from self._policy.words(chunk.text)
                for text, keys in assembler.feed(chunk.text):
                    yield from self._checked(draft, text, keys)
        except ModelError as error:
            if not assembler.started:
                raise
            yield draft.notice(f"{messages(draft.language).not_complete} {error}")
            whole = False
        draft.model = chat.name
        for text, keys in assembler.finish():
            yield from self._checked(draft, text, keys)
        draft.timings["answer"] = time.perf_counter() - begun
        if assembler.refused or finds_nothing(draft.sentences, draft.language):
            draft.sentences = []
            draft.refusal = refuse(draft.language, draft.passages, chunks)
            return
        told = told_notice(draft.told_in, draft.passages)
        if whole and not told:
            # A server that failed is not asked again, and what could not be compared is no mistake to repair.
            yield from self._repaired(draft, chat, packed, written)
        yield from self._settled(draft, chunks)
        if told and draft.refusal is None:
            yield draft.notice(told)

    def _judged(self, draft: AnswerDraft, text: str, keys: Sequence[str]) -> Sentence:
        checking = check_retold if draft.told_in else check

        def hold(said: str) -> Sentence:
            return checking(said, keys, draft.passages, draft.language)

        return judged(check_answer(text, draft.searched, hold, draft.language), draft.passages, draft.language)

    def _checked(self, draft: AnswerDraft, text: str, keys: Sequence[str]) -> Iterator[Event]:
        sentence = self._judged(draft, text, keys)
        draft.sentences.append(sentence)
        yield from self._policy.sentence(sentence)

    def _repaired(self, draft: AnswerDraft, chat: ChatModel, packed: Packed, written: str) -> Iterator[Event]:
        """Sentences that do not hold, written again by the model where it can."""
        begun = time.perf_counter()
        asked = request(chat, packed, written, draft.sentences, draft.language)
        if asked is None:
            return
        yield Repairing(len(asked.positions))
        count = 0
        hold = partial(self._judged, draft)
        for position, sentence in repair(chat, asked, tuple(draft.sentences), hold, draft.language):
            old, draft.sentences[position] = draft.sentences[position], sentence
            count += 1
            if self._policy.marks:
                yield Repaired(position, old, sentence)
        if count:
            yield draft.notice(verdicts(draft.language).repaired.format(count=count))
        draft.timings["repair"] = time.perf_counter() - begun

    def _settled(self, draft: AnswerDraft, chunks: int) -> Iterator[Event]:
        """What the setting makes of sentences that do not hold."""
        written = draft.sentences
        draft.sentences = self._policy.kept(written)
        if not draft.sentences:
            draft.refusal = withheld(draft.language, written, draft.passages, chunks)
        elif left_out := len(written) - len(draft.sentences):
            yield draft.notice(verdicts(draft.language).removed.format(count=left_out))
        yield from self._policy.released(draft.sentences)
