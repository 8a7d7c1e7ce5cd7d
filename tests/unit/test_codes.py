from __future__ import annotations

import pytest

from rag.answering.codes import names_another
from rag.answering.units import cut
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage


def said(question: str, text: str, *, title: str = "") -> bool:
    passage = make_passage([(BlockKind.PARAGRAPH, text)], document=make_document(title=title))
    return names_another(question, cut(passage)[-1])


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How long does the SL-30 shine?", "The SL-20 shines for 12 hours."),
        ("How long does the SL30 shine?", "The SL-20 shines for 12 hours."),
        ("Combien de temps éclaire la SL-30 ?", "La sl-20 éclaire pendant 12 heures."),
        ("كم ساعة يضيء SL-30؟", "يضيء SL-20 لمدة 12 ساعة."),
        ("SL-30 能亮多久？", "SL-20 能亮 12 小时。"),
    ],
)
def test_what_is_said_of_one_of_a_series_is_not_said_of_another(question: str, text: str) -> None:
    assert said(question, text)


@pytest.mark.parametrize(
    ("question", "text", "title"),
    [
        ("How long does the SL-30 shine?", "The SL-30 shines longer than the SL-20.", ""),
        ("How long does the SL-30 shine?", "It shines longer than the SL-20.", "The lamp SL-30"),
        ("How long does the SL-30 shine?", "Unlike the SL-20, it shines for 12 hours. ", "SL-30"),
        ("How long does the SL-30 shine?", "It shines for 12 hours and has a USB-2 port.", ""),
        ("How long does the lamp shine?", "The SL-20 shines for 12 hours.", ""),
        ("How do SL-20 and SL-30 differ?", "The SL-20 shines for 12 hours.", ""),
        ("What does a child of 12kg get?", "A child of 15kg gets 5ml.", ""),
    ],
)
def test_other_units_may_answer(question: str, text: str, title: str) -> None:
    assert not said(question, text, title=title)
