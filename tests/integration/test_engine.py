"""Questions answered by quoting, through the real embedder, catalog, Chroma and tantivy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from rag.build import Kitabu
from rag.core.errors import FingerprintMismatch, InvalidQuestion
from rag.core.events import Checked, Completed, PassagesFound, Searching, Token
from rag.core.messages import messages
from rag.core.ports import Embedder
from rag.core.question import MAX_QUESTION
from rag.core.types import Answer, Citation, Turn
from rag.evaluation.datasets import load_questions
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder
from tests.places import ROOT

GOLDEN = ROOT / "sample_docs" / "golden.jsonl"
MakeLibrary = Callable[[Mapping[str, str]], Kitabu]

QUESTION = "How long must the lamp charge in the sun?"
QUOTE = "The Nuru Mini needs 5 hours of full sun, the Nuru Home 7 hours and the Nuru Pro 8 hours."
OFF_TOPIC = [
    ("en", "Who painted the Mona Lisa?"),
    ("en", "Which team won the football championship of Uruguay in 1998?"),
    ("fr", "Quelle est la capitale de la Mongolie ?"),
    ("fr", "Qui a gagné la coupe du monde de football en 1998 ?"),
    ("ar", "ما هي عاصمة منغوليا؟"),
    ("ar", "من فاز بكأس العالم لكرة القدم عام 1998؟"),
]
TWO_DOCUMENTS = {
    "bees.md": "# Bees\n\nThe beehives stand behind the bakery. Honey is harvested in October.\n",
    "boats.md": "# Boats\n\nThe ferry leaves the harbour at 6:15 every morning.\n",
}


def assert_quoted_exactly(kitabu: Kitabu, citation: Citation) -> None:
    """The quote is what stands on that page of that document."""
    catalog = kitabu.library.catalog
    span = citation.span
    assert citation.verified
    assert citation.quote == catalog.page(citation.document_id, span.page).text[span.start : span.end]
    assert citation.quote.strip()
    assert citation.document == catalog.document(citation.document_id).name


def documents_of(answer: Answer) -> set[str]:
    nearest = answer.refusal.nearest if answer.refusal else ()
    return {c.document for c in (*answer.citations, *nearest)} | {p.document.name for p in answer.passages}


def test_events_come_in_order_and_agree_with_the_answer(samples: Kitabu) -> None:
    events = list(samples.engine.ask("Is there a lamp with a radio?"))
    assert [type(event) for event in events[:2]] == [Searching, PassagesFound]
    searching, found, *middle, completed = events
    assert isinstance(completed, Completed)
    # Every quotation is given and then checked.
    assert [type(event) for event in middle] == [Token, Checked] * (len(middle) // 2)
    assert len(middle) >= 4
    answer = completed.answer
    assert searching == Searching(answer.searched_question, samples.library.catalog.chunk_count())
    assert found == PassagesFound(answer.passages)
    assert "".join(event.text for event in middle if isinstance(event, Token)).rstrip() == answer.text
    assert tuple(event.sentence for event in middle if isinstance(event, Checked)) == answer.sentences
    assert answer.citations == tuple(dict.fromkeys(c for s in answer.sentences for c in s.citations))
    assert answer.text.startswith("“The Nuru Sauti has an FM radio.” [1]")
    assert (answer.model, answer.language, answer.refusal, answer.notices) == ("none", "en", None, ())
    assert {"rewrite", "search", "answer", "total"} <= answer.timings.keys()
    assert [passage.key for passage in answer.passages] == [f"[{n + 1}]" for n in range(len(answer.passages))]


def test_what_the_readme_has_a_newcomer_ask_is_answered(samples: Kitabu) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    questions = set(re.findall(r"""(?:kitabu ask|engine\.answer\() ?"([^"]+)""", readme))
    assert len(questions) == 2
    for question in questions:
        answer = samples.engine.answer(question)
        assert answer.refusal is None, question
        assert answer.citations, question


def test_a_refusal_has_no_words_before_it(samples: Kitabu) -> None:
    events = list(samples.engine.ask(OFF_TOPIC[0][1]))
    assert [type(event) for event in events] == [Searching, PassagesFound, Completed]


@pytest.mark.parametrize(("language", "question"), OFF_TOPIC)
def test_what_the_documents_do_not_say_is_refused_in_the_language_of_the_question(
    samples: Kitabu, language: str, question: str
) -> None:
    answer = samples.engine.answer(question)
    assert answer.refusal is not None
    assert answer.refusal.reason == "not_in_documents"
    assert answer.text == answer.refusal.message == messages(language).not_in_documents
    assert (answer.language, answer.sentences, answer.citations) == (language, (), ())
    assert answer.refusal.searched == samples.library.catalog.chunk_count()
    assert answer.refusal.nearest
    for citation in answer.refusal.nearest:
        assert_quoted_exactly(samples, citation)


def test_every_quote_of_many_answers_stands_on_its_page(samples: Kitabu) -> None:
    questions = load_questions(GOLDEN)[::8]
    assert len(questions) >= 30
    cited = 0
    for question in questions:
        answer = samples.engine.answer(question.question, history=question.history)
        nearest = answer.refusal.nearest if answer.refusal else ()
        for citation in (*answer.citations, *nearest):
            assert_quoted_exactly(samples, citation)
            assert citation.key in {passage.key for passage in answer.passages}
        for passage in answer.passages:
            pages = {page.number: page.text for page in samples.library.catalog.pages(passage.document.id)}
            assert passage.text == "\n".join(pages[span.page][span.start : span.end] for span in passage.spans)
        assert bool(answer.refusal) != bool(answer.citations)
        cited += len(answer.citations)
    assert cited >= 20


@pytest.mark.parametrize(
    ("before", "document"),
    [("When is the honey harvested?", "honey.md"), ("When is the fish brought to the harbour?", "fish.md")],
)
def test_a_follow_up_is_searched_with_its_topic(make_library: MakeLibrary, before: str, document: str) -> None:
    honey = "# Honey\n\nHoney is harvested in October. Honey is sold at the market.\n"
    fish = "# Fish\n\nFish is brought to the harbour at dawn. Fish is sold on the quay.\n"
    engine = make_library({"honey.md": honey, "fish.md": fish}).engine
    question = "And where is it sold?"
    answer = engine.answer(question, history=[Turn(before, engine.answer(before).text)])
    assert answer.question == question
    assert answer.searched_question.endswith(question)
    assert answer.searched_question != question
    assert answer.passages[0].document.name == document
    assert {citation.document for citation in answer.citations} == {document}
    assert engine.answer(question).searched_question == question


@pytest.mark.parametrize(
    ("language", "question"), [("en", "When are visitors welcome?"), ("fr", "Quand les visites sont-elles possibles ?")]
)
def test_an_empty_library_says_so(make_library: MakeLibrary, language: str, question: str) -> None:
    answer = make_library({}).engine.answer(question)
    assert answer.refusal is not None
    assert answer.refusal.reason == "empty_library"
    assert answer.text == messages(language).empty_library
    assert (answer.refusal.nearest, answer.refusal.searched, answer.passages) == ((), 0, ())


@pytest.mark.parametrize(
    "question", ["", " \n\t", "?!…", "\x00\x07\x1b", "\ud800", "x" * (MAX_QUESTION + 1), "x" * 100_000]
)
def test_what_is_no_question_is_refused_before_the_first_event(samples: Kitabu, question: str) -> None:
    with pytest.raises(InvalidQuestion) as asked:
        samples.engine.ask(question)
    with pytest.raises(InvalidQuestion):
        samples.engine.search(question)
    assert asked.value.hint
    if len(question) > MAX_QUESTION:
        assert f"{len(question):,}" in asked.value.message
        assert f"{MAX_QUESTION:,}" in asked.value.message


def test_the_longest_question_and_control_characters_are_answered(samples: Kitabu) -> None:
    padded = QUESTION + " please" * ((MAX_QUESTION - len(QUESTION)) // len(" please"))
    assert samples.engine.answer(padded).searched_question == padded
    answer = samples.engine.answer("How long\x00must the\x1b lamp\r\ncharge\tin the sun?\ud800")
    assert answer.question == QUESTION
    assert QUOTE in answer.text


def test_a_deleted_document_is_gone_from_the_next_question(make_library: MakeLibrary) -> None:
    kitabu = make_library(TWO_DOCUMENTS)
    question = "When is the honey harvested?"
    assert "October" in kitabu.engine.answer(question).text
    assert documents_of(kitabu.engine.answer(question)) == {"bees.md", "boats.md"}
    deleted = kitabu.pipeline.delete("bees.md")
    answer = kitabu.engine.answer(question)
    assert documents_of(answer) == {"boats.md"}
    assert "October" not in answer.text
    hits = kitabu.engine.search("honey beehives bakery October").hits
    assert deleted.id not in {hit.chunk.document_id for hit in hits}
    assert kitabu.library.counts() == (1, 1, 1)
    assert "6:15" in kitabu.engine.answer("When does the ferry leave?").text


def test_what_the_catalog_gave_up_is_gone_before_the_indexes_have_followed(make_library: MakeLibrary) -> None:
    kitabu = make_library(TWO_DOCUMENTS)
    catalog = kitabu.library.catalog
    catalog.remove_document(catalog.find("bees.md").id)
    assert kitabu.library.counts() == (1, 2, 2)
    assert documents_of(kitabu.engine.answer("When is the honey harvested?")) == {"boats.md"}


def test_a_second_process_reads_the_same_answers(make_library: MakeLibrary) -> None:
    owner = make_library(TWO_DOCUMENTS)
    library = Library.open(owner.settings.data, dimension=owner.embedder.dimension)
    assert not library.owner
    with Kitabu(owner.settings, library, owner.embedder) as reader:
        for question in ("When is the honey harvested?", "When does the ferry leave?", OFF_TOPIC[0][1]):
            one, other = owner.engine.answer(question), reader.engine.answer(question)
            assert (one.text, one.citations, one.passages) == (other.text, other.citations, other.passages)
        owner.pipeline.delete("bees.md")
        assert documents_of(reader.engine.answer("When is the honey harvested?")) == {"boats.md"}


@pytest.mark.parametrize("dimension", [384, 64])
def test_an_index_is_queried_with_the_embedder_that_made_it_and_with_no_other(
    make_library: MakeLibrary, minilm: Embedder, dimension: int
) -> None:
    made = make_library(TWO_DOCUMENTS)
    made.close()
    other, question = HashEmbedder(dimension), "When is the honey harvested?"
    with Kitabu(made.settings, Library.open(made.settings.data, dimension=dimension), other) as kitabu:
        found = kitabu.engine.search(question)
        assert (found.wordings[0].vector.shape, "October" in found.hits[0].chunk.text) == ((384,), True)
        kitabu.pipeline.reindex()
        found = kitabu.engine.search(question)
        assert (found.wordings[0].vector.shape, "October" in found.hits[0].chunk.text) == ((dimension,), True)
        assert kitabu.library.counts() == (2, 2, 2)
    # Nothing of that name can be loaded: then there is no answer, rather than a wrong one.
    with Kitabu(made.settings, Library.open(made.settings.data, dimension=minilm.dimension), minilm) as kitabu:
        for query in (kitabu.engine.ask, kitabu.engine.search, kitabu.engine.answer):
            with pytest.raises(FingerprintMismatch) as raised:
                query(question)
            assert "kitabu embedder use" in raised.value.hint
            assert "hash" in raised.value.message
            assert str(made.settings.data) in raised.value.message


LAMPS_AND_REPORTS = {
    "lamps.md": "# Lamps\n\n## Prices\n\n| Lamp | Price (shillings) | Warranty |\n|---|---|---|\n"
    "| SL-10 | 950 | 1 year |\n| SL-20 | 1850 | 2 years |\n\nThe SL-40 costs 3900 shillings.\n",
    "clinic.md": "# Clinic\n\n## Reports\n\nThe head nurse signs the monthly report.\n",
    "magasin.md": "# Magasin\n\n## Lampe\n\nLa lampe Soleil coûte 12 000 francs. La garantie de la lampe Soleil dure "
    "deux ans.\n",
    "tienda.md": "# Almacén\n\n## Llaves\n\nEl encargado guarda las llaves del almacén. El almacén abre los lunes y "
    "los jueves.\n",
}


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        (
            "How much does the SL-10 cost and how long is its warranty?",
            ["“Lamp: SL-10; Price (shillings): 950; Warranty: 1 year”"],
        ),
        (
            "How much does the SL-40 cost and how long is its warranty?",
            ["“The SL-40 costs 3900 shillings.”", "Not found in the documents: “how long is its warranty?”"],
        ),
        (
            "How much does the SL-10 cost and how much does the SL-20 cost?",
            [
                "“Lamp: SL-10; Price (shillings): 950; Warranty: 1 year”",
                "“Lamp: SL-20; Price (shillings): 1850; Warranty: 2 years”",
            ],
        ),
        (
            "How much does the SL-40 cost and who signs the monthly report?",
            ["“The SL-40 costs 3900 shillings.”", "“The head nurse signs the monthly report.”"],
        ),
        (
            "Combien coûte la lampe Soleil et quelle est la durée de sa garantie ?",
            ["“La lampe Soleil coûte 12 000 francs.”", "“La garantie de la lampe Soleil dure deux ans.”"],
        ),
        (
            "¿Quién guarda las llaves del almacén y qué días abre?",
            ["“El encargado guarda las llaves del almacén.”", "“El almacén abre los lunes y los jueves.”"],
        ),
    ],
)
def test_each_part_of_a_question_is_answered_or_said_not_to_be(
    make_library: MakeLibrary, question: str, quoted: list[str]
) -> None:
    answer = make_library(LAMPS_AND_REPORTS).engine.answer(question)
    assert [sentence.text for sentence in answer.sentences] == quoted


def test_a_question_of_which_no_part_is_answered_is_refused(make_library: MakeLibrary) -> None:
    answer = make_library(LAMPS_AND_REPORTS).engine.answer("How much does a bicycle cost and who repairs its wheels?")
    assert answer.refusal is not None
    assert answer.sentences == ()
