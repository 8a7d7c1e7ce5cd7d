"""Words that are written like a negation and are none: read as one, they would hide a real one in the same sentence."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.answering.conditions import denies
from rag.testing.passages import said_in


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Le nouveau-né reçoit 5 mg."),
        ("fr", "L'enfant est né le 3 mai."),
        ("fr", "Un enfant né avant terme est pesé."),
        ("fr", "Né par césarienne, il est gardé au chaud."),
        ("fr", "Chaque personne paie 50 shillings, voir fiche n° 5."),
        ("vi", "Mỗi viên chứa 5 mg, chữa bệnh sốt rét."),
        ("vi", "Không khí được lọc; trẻ có uống được không?"),
        ("th", "กินยาอย่างเคร่งครัด"),
        ("th", "ให้ยาหรือไม่"),
        ("zh", "非洲儿童分别服用5毫克，特别小心。"),
        ("zh", "要不要每天服用？"),
        ("el", "Πότε ανοίγει το ιατρείο;"),
    ],
)
def test_what_only_looks_like_a_negation_is_none(language: str, text: str) -> None:
    assert not denies(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "L'enfant ne reçoit rien."),
        ("fr", "Ne le donnez pas."),
        ("fr", "Il n'est pas né."),
        ("vi", "Lọ chưa mở để trong tủ lạnh."),
        ("vi", "Trẻ chưa 2 tháng không uống."),
        ("vi", "Không khi nào uống."),
        ("th", "อย่างดยา"),
        ("th", "อย่ากินยา"),
        ("zh", "两种药不同时服用。"),
        ("zh", "不适合儿童。"),
        ("zh", "别给孩子吃。"),
        ("el", "Το φάρμακο δεν δίνεται ποτέ."),
    ],
)
def test_a_negation_beside_such_a_word_is_one(language: str, text: str) -> None:
    assert denies(text, language)


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("fr", "Le diazépam n'est pas donné au nouveau-né.", "Le diazépam est donné au nouveau-né."),
        ("fr", "Une personne âgée n'est pas traitée ici.", "Une personne âgée est traitée ici."),
        ("vi", "Thuốc chữa bệnh này không dùng cho trẻ em.", "Thuốc chữa bệnh này dùng cho trẻ em."),
        ("th", "ไม่ให้ยานี้อย่างเร็ว", "ให้ยานี้อย่างเร็ว"),
        ("zh", "非洲儿童不服用该药。", "非洲儿童服用该药。"),
    ],
)
def test_a_sentence_that_leaves_the_real_negation_out_does_not_hold(language: str, source: str, sentence: str) -> None:
    passages = (said_in(source, language),)
    assert check(source, ["[1]"], passages, language).supported
    assert not check(sentence, ["[1]"], passages, language).supported
