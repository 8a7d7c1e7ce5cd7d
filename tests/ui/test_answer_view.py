"""What an answer looks like, and that nothing in it can load or run."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.dialogue import Clarification, Meaning, Telling, WindowUse
from rag.core.messages import languages, messages
from rag.core.types import Answer, Citation, Document, Passage, Refusal, Sentence, Span, Standing, Support, Usage
from rag.ui import strings
from rag.ui.answer_view import answer_html, retellings_html, running_html, sources, stopped_html, telling_of
from rag.ui.markup import Run, flow, lines, text

DOCUMENT = Document("d" * 64, "handbook.pdf", "application/pdf", "Handbook", "en", 20, 40, 1000, 0.0)
OURS = {
    "article", "b", "bdi", "blockquote", "br", "button", "code", "dd", "details", "div", "dl", "dt", "footer", "h2",
    "h3", "li", "ol", "p", "path", "q", "section", "span", "strong", "summary", "sup", "svg", "ul",
}  # fmt: skip
HOSTILE = [
    '<img src="http://evil.example/x.png" onerror="fetch(1)">',
    "![pixel](http://evil.example/pixel.png)",
    "<script>fetch('http://evil.example')</script>",
    "[click](javascript:alert(1))",
    '" onmouseover="alert(1)" x="',
    "<style>@import url(http://evil.example)</style>",
    "</span></p><iframe src=//evil.example></iframe>",
]


class Tags(HTMLParser):
    """All tags, attributes and text of a piece of markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def cite(page: int, start: int = 0, key: str = "[1]") -> Citation:
    return Citation(key, DOCUMENT.id, DOCUMENT.name, Span(page, start, start + 5), "words", verified=True)


def make(*sentences: Sentence, refusal: Refusal | None = None, model: str = "qwen3:4b", question: str = "Q?") -> Answer:
    citations = tuple(dict.fromkeys(citation for sentence in sentences for citation in sentence.citations))
    passage = Passage("[1]", DOCUMENT, ("Vaccines", "Open vials"), (Span(14, 0, 5),), "words", (), 1.0, 0.62, ("c",))
    timings = {"search": 0.04, "total": 12.3}
    text = " ".join(sentence.text for sentence in sentences)
    return Answer(
        question, question, "en", text, sentences, citations, (passage,), refusal, model, Usage(900, 60, 4096), timings
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_stay_words(hostile: str) -> None:
    sentence = Sentence(hostile, Support.NOT_FOUND, (cite(14),), reason=hostile)
    answer = make(sentence, question=hostile)
    refusal = Refusal("not_in_documents", hostile, (cite(2),), 3)
    for html in (
        answer_html(answer),
        answer_html(make(refusal=refusal)),
        running_html(hostile, hostile, hostile, [hostile]),
        stopped_html(hostile, hostile),
    ):
        seen = Tags(html)
        assert set(seen.tags) <= OURS
        assert not [name for name in seen.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert hostile in Tags(answer_html(answer)).text


@given(st.lists(st.tuples(st.text(max_size=60), st.sampled_from([" ", "\n", "\n\n"])), max_size=6), st.booleans())
def test_flow_makes_only_our_tags_and_keeps_every_word(pieces: list[tuple[str, str]], strong: bool) -> None:
    html = flow(lines((Run(words, chips="<sup>1</sup>"), separator) for words, separator in pieces), strong=strong)
    assert set(Tags(html).tags) <= OURS
    letters = [char for words, _ in pieces for char in words if char.isalpha()]
    assert [char for char in Tags(html).text if char.isalpha()] == letters


def test_chips_number_pages_and_stay_with_the_last_word() -> None:
    answer = make(
        Sentence("A vial may be kept for 28 days.", Support.SUPPORTED, (cite(14), cite(14, 9))),
        Sentence("Write the date on it.", Support.SUPPORTED, (cite(15),)),
    )
    assert [(source.number, source.first.page) for source in sources(answer)] == [(1, 14), (2, 15)]
    html = answer_html(answer)
    assert html.count('class="chip"') == 2
    assert '<span class="keep">days.<sup>' in html
    assert 'aria-label="Source 2: handbook.pdf · p. 15"' in html
    assert "checked: 2 of 2 sentences found in the documents" in html
    assert "Open vials" in html


def test_sources_carry_dates_and_what_is_said_of_versions() -> None:
    old = replace(cite(14), dated="2023-03-01", standing=Standing.SUPERSEDED)
    rival = replace(cite(3, key=""), document="<new>.pdf", dated="2025-03-01")
    answer = replace(make(Sentence("A vial may be kept for 28 days.", Support.SUPPORTED, (old,))), rivals=(rival,))
    html = answer_html(answer)
    assert 'aria-label="Source 1: handbook.pdf · p. 14 · 1 March 2023 · superseded"' in html
    assert 'class="warned">superseded</span>' in html
    assert f"{strings.OTHER_VERSION}: &lt;new&gt;.pdf · p. 3 · 1 March 2025" in html
    assert f'data-value="{DOCUMENT.id}:3:0:5"' in html
    assert html.count('class="number"') == 1


def test_support_is_said_in_words() -> None:
    html = answer_html(
        make(
            Sentence("Keep it 30 days.", Support.CONTRADICTED, (), "the document says 28 days"),
            Sentence("It is blue.", Support.NOT_FOUND),
            Sentence("It is red.", Support.NOT_FOUND, (), "Nothing in the documents says this."),
        )
    )
    assert f"{strings.CONTRADICTED}: the document says 28 days" in html
    assert html.count(strings.NOT_FOUND) == 1
    assert '<span class="flag not-found-flag" dir="auto">Nothing in the documents says this.</span>' in html
    assert "checked: 0 of 3 sentences" in html


def test_a_part_that_was_not_found_is_not_counted_as_found() -> None:
    said = messages("en").part_not_found.format(part="how long is the warranty")
    html = answer_html(
        make(
            Sentence(text=said, support=Support.SUPPORTED),
            Sentence(text="“Nuru Mini: 120”", support=Support.SUPPORTED, citations=(cite(1),)),
            model="none",
        )
    )
    assert "checked: 1 of 1 sentence found in the documents" in html
    assert "how long is the warranty" in html


def test_quoted_answers_set_the_answering_words_in_bold_and_keep_asterisks() -> None:
    html = answer_html(
        make(Sentence("“Use **within** 28 days.”", Support.SUPPORTED, emphasis=((16, 23),)), model="none")
    )
    assert "<strong>28 days</strong>" in html
    assert "**within**" in html


def test_lists_of_a_model_are_lists() -> None:
    first = Sentence("- Wash your hands.", Support.SUPPORTED, (cite(14),), separator="\n")
    second = Sentence("- Put on **gloves**.", Support.SUPPORTED, (cite(14),))
    html = answer_html(make(first, second))
    assert html.count('<ul dir="auto"><li') == 1
    assert "<strong>gloves</strong>" in html
    assert "- Wash" not in html.split("<footer")[0]


def test_a_refusal_shows_what_came_nearest_and_what_was_searched() -> None:
    html = answer_html(make(refusal=Refusal("not_in_documents", "The documents do not say.", (cite(3),), 1204)))
    assert "The documents do not say." in html
    assert "Passages searched: 1,204." in html
    assert f'data-value="{DOCUMENT.id}:3:0:5"' in html


@pytest.mark.parametrize("language", languages())
def test_what_stands_around_a_refusal_is_in_its_language(language: str) -> None:
    said = messages(language)
    refused = replace(make(refusal=Refusal("not_in_documents", "No.", (cite(3),), 1204)), language=language)
    html = answer_html(refused)
    assert f'<h3 dir="auto">{text(said.nearest)}</h3>' in html
    count = text(said.searched.format(count=f"1{said.thousands}204"))
    assert f'<p class="muted" dir="auto">{count} {text(said.what_to_do)}</p>' in html
    empty = answer_html(replace(refused, refusal=Refusal("empty_library", "No.")))
    assert f'<p class="muted" dir="auto">{text(said.nothing_searched)} {text(said.what_to_do)}</p>' in empty
    asked = replace(refused, clarification=Clarification("?", (Meaning("Fever", "dose?", "d"),)))
    assert said.could_mean in Tags(answer_html(asked)).attributes["aria-label"]


def test_around_a_refusal_in_a_language_without_messages_english_is_spoken() -> None:
    refused = make(refusal=Refusal("not_in_documents", "No.", (cite(3),), 3))
    assert answer_html(replace(refused, language="fi")) == answer_html(refused)


def test_a_source_without_pages_is_called_by_its_sheet_or_heading() -> None:
    answer = make(Sentence("A vial may be kept for 28 days.", Support.SUPPORTED, (cite(14),)))
    sheet = answer_html(answer, labels={(DOCUMENT.id, 14): "Spare <parts>"})
    assert "handbook.pdf</bdi> · Spare &lt;parts&gt;" in sheet
    assert "p. 14" not in sheet
    same = answer_html(answer, labels={(DOCUMENT.id, 14): "Open vials"}).split("<footer")[0]
    assert "<bdi>Open vials" not in same
    plain = answer_html(answer, labels={(DOCUMENT.id, 14): ""})
    assert 'handbook.pdf</bdi><span class="muted"> · <bdi>Open vials</bdi>' in plain
    assert "p. 14" not in plain


def test_how_it_was_found_is_in_words() -> None:
    html = answer_html(make(Sentence("Yes.", Support.SUPPORTED)))
    assert "very near in meaning (62% alike)" in html
    assert "960 of 4,096 tokens used, 23% full" in html
    assert "searching less than 0.1 seconds, in all 12 seconds" in html


def test_the_question_in_other_languages_is_shown_and_stays_words() -> None:
    shown = Tags(answer_html(replace(make(), also_searched=("Combien de temps ?", HOSTILE[0]))))
    assert strings.HOW_TRANSLATED in shown.text
    assert "Combien de temps ?" in shown.text
    assert HOSTILE[0] in shown.text
    assert set(shown.tags) <= OURS


def test_sentences_are_marked_while_the_answer_comes() -> None:
    sentences = [
        Sentence("It is 7 hours.", Support.SUPPORTED),
        Sentence("It is 9 days.", Support.CONTRADICTED, (cite(14),), reason="The document says 7 hours."),
        Sentence("It is blue.", Support.NOT_FOUND),
    ]
    words = "It is 7 hours. [1] It is 9 days. [2] It is blue. And the bat"
    html = running_html("Q?", strings.reading(6, 3), words, (), sentences)
    flag = f'<span class="flag contradicted-flag" dir="auto">{strings.CONTRADICTED}</span>'
    assert f'<span class="contradicted">It is 9 days.</span> {flag}' in html
    flag = f'<span class="flag not-found-flag" dir="auto">{strings.NOT_FOUND}</span>'
    assert f'<span class="not-found">It is blue.</span> {flag}' in html
    assert html.count("flag ") == 2
    seen = " ".join(Tags(html).text.replace(strings.CONTRADICTED, "").replace(strings.NOT_FOUND, "").split())
    assert "It is 7 hours. It is 9 days. It is blue. And the bat" in seen


def test_the_meter_shows_what_the_window_held() -> None:
    use = WindowUse(4096, 300, 20, 2000, 400, 512, turns_held=1, turns_left_out=3)
    answer = replace(make(Sentence("Yes.", Support.SUPPORTED)), window=use, telling=Telling(simply=True))
    html = answer_html(answer)
    assert "3,232 of 4,096 tokens used, 79% full" in html
    for words in ("1 passage:", "1 earlier question with its answer:", "room for the answer:", "free:", "864 tokens"):
        assert words in html
    assert "Left out, because the window was full: 3 earlier questions." in html
    assert "2,720 tokens estimated, 900 counted by the model" in html
    assert "prompts/simply.md" in html
    seen = Tags(html)
    assert seen.tags.count("path") >= 5
    assert set(seen.tags) <= OURS
    assert "style" not in seen.attributes


def test_thoughts_stand_apart_from_the_answer_and_stay_words() -> None:
    html = answer_html(replace(make(Sentence("Yes.", Support.SUPPORTED)), thoughts=HOSTILE[0]))
    before, after = html.split("<summary>")
    assert strings.THOUGHTS_NOTE in after
    assert HOSTILE[0] in Tags(after).text
    assert "evil" not in before
    assert set(Tags(html).tags) <= OURS


def test_a_question_back_offers_what_could_be_meant() -> None:
    meanings = (Meaning("<b>Fever</b>", 'dose "Fever"?', "d"), Meaning("Tetanus", "dose (Tetanus)?", "d"))
    asked = replace(make(), clarification=Clarification("Which one?", meanings))
    html = answer_html(asked)
    seen = Tags(html)
    assert "Which one?" in seen.text
    assert "<b>Fever</b>" in seen.text
    assert seen.attributes["data-act"][:2] == ["ask", "ask"]
    assert seen.attributes["data-value"][:2] == ['dose "Fever"?', "dose (Tetanus)?"]
    assert "sentences found" not in html
    assert retellings_html(asked, "", ()) == ""


def test_retellings_are_offered_with_the_conversations_language_first() -> None:
    answer = make(Sentence("Yes.", Support.SUPPORTED))
    seen = Tags(retellings_html(answer, "sw", ["en", "ur"]))
    assert seen.attributes["data-value"][:3] == ["simply:", "plainly:sw", "plainly:ur"]
    assert "plainly:en" not in seen.attributes["data-value"]
    assert "Kiswahili" in seen.text
    again = replace(answer, telling=Telling(simply=True, language="sw"))
    values = Tags(retellings_html(again, "sw", [])).attributes["data-value"]
    assert "simply:sw" not in values
    assert "simply:en" in values
    assert telling_of("simply:sw") == Telling(simply=True, language="sw")
    assert telling_of("plainly:xx") == Telling()
    assert retellings_html(make(refusal=Refusal("not_in_documents", "No.")), "sw", []) == ""


def test_a_retold_answer_says_so_above_its_question() -> None:
    told = replace(make(Sentence("Ndiyo.", Support.SUPPORTED)), telling=Telling(simply=True, language="sw"))
    assert "Explained simply, in Swahili" in answer_html(told)
    assert "compared: numbers and negations of 1 of 1 sentence" in answer_html(told)
    assert "In Swahili" in running_html("Q?", strings.THINKING, "", (), telling=Telling(language="sw"))


def test_every_language_of_the_messages_can_be_chosen() -> None:
    assert set(strings.OWN_NAMES) == set(languages())


def test_a_passage_found_by_meaning_alone_is_not_said_to_have_the_words() -> None:
    answer = make(Sentence("Yes.", Support.SUPPORTED))
    by_meaning = replace(answer.passages[0], origin={"dense": 0.5, "keyword": 0.0})
    assert "has the words asked for" not in answer_html(replace(answer, passages=(by_meaning,)))
    by_words = replace(by_meaning, origin={"dense": 0.5, "keyword": 2.0})
    assert "has the words asked for" in answer_html(replace(answer, passages=(by_words,)))


def test_words_in_the_making_hide_half_come_citations() -> None:
    html = running_html("Q?", strings.reading(6, 3), "A vial may be kept [1] for 28 days [", ())
    assert "A vial may be kept for 28 days" in html
    assert "[" not in html
    assert "Reading 6 passages from 3 documents" in html


def test_a_sentence_that_was_not_found_leads_to_what_comes_nearest() -> None:
    near = cite(14, 7)
    html = answer_html(make(Sentence("It is blue.", Support.NOT_FOUND, reason="Nothing says this.", nearest=near)))
    found = Tags(html)
    assert f"{DOCUMENT.id}:14:7:12" in found.attributes["data-value"]
    assert any(label.startswith(strings.NEAREST) for label in found.attributes["aria-label"])
    assert strings.LOOK_UP in found.text
    assert 'class="chip"' not in html
    assert strings.LOOK_UP not in answer_html(make(Sentence("It is blue.", Support.NOT_FOUND)))
