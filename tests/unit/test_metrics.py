from __future__ import annotations

import math

import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from rag.evaluation.bootstrap import paired_bootstrap
from rag.evaluation.metrics import auroc, exact_match, ndcg, normalised, recall, reciprocal_rank, states, token_f1

DOCUMENTS = [f"d{number}" for number in range(30)]


@settings(deadline=None)
@given(
    ranked=st.lists(st.sampled_from(DOCUMENTS), unique=True, max_size=25),
    judged=st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(-1, 3), min_size=1),
    k=st.sampled_from([1, 3, 5, 10, 20]),
)
def test_rankings_are_judged_as_trec_eval_does(ranked: list[str], judged: dict[str, int], k: int) -> None:
    # trec_eval has no cut-off for the reciprocal rank: it gets no more of the ranking than counts.
    scores = {document: float(len(ranked) - place) for place, document in enumerate(ranked)}
    cut = {document: scores[document] for document in ranked[:k]}
    measures = {f"ndcg_cut.{k}", f"recall.{k}", "recip_rank"}
    oracle = pytrec_eval.RelevanceEvaluator({"q": judged}, measures)
    theirs = oracle.evaluate({"q": cut}).get("q") or {f"ndcg_cut_{k}": 0.0, f"recall_{k}": 0.0, "recip_rank": 0.0}
    assert ndcg(ranked, judged, k) == pytest.approx(theirs[f"ndcg_cut_{k}"])
    assert recall(ranked, judged, k) == pytest.approx(theirs[f"recall_{k}"])
    assert reciprocal_rank(ranked, judged, k) == pytest.approx(theirs["recip_rank"])


def test_a_ranking_worked_out_by_hand() -> None:
    judged = {"a": 2, "b": 1, "c": 1, "x": 0}
    gained = 1 / math.log2(3) + 2 / math.log2(4)
    best = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(["x", "b", "a"], judged, 10) == pytest.approx(gained / best)
    assert ndcg(["x", "b", "a"], judged, 1) == 0.0
    assert recall(["x", "b", "a"], judged, 10) == pytest.approx(2 / 3)
    assert recall(["x", "b", "a"], judged, 2) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "b", "a"], judged, 10) == 0.5
    assert (ndcg(["x"], {"x": 0}, 10), recall(["x"], {"x": 0}, 10), reciprocal_rank([], judged, 10)) == (0, 0, 0)


def test_answers_are_normalised_as_in_squad() -> None:
    assert normalised("  The  Cat's, AN   a-Theory! ") == "cats atheory"
    assert exact_match("the Norman conquest.", ["Conquest", "Norman Conquest"]) == 1.0
    assert exact_match("a", ["an the"]) == 1.0  # nothing is left of either
    assert exact_match("the", ["Conquest"]) == 0.0
    assert exact_match("10 and 11", ["10 or 11"]) == 0.0


def test_what_is_not_answered_is_right_only_when_nothing_is_said() -> None:
    assert (exact_match("", []), token_f1("", [])) == (1.0, 1.0)
    assert (exact_match("6 hours", []), token_f1("6 hours", [])) == (0.0, 0.0)
    assert (exact_match("", ["6 hours"]), token_f1("", ["6 hours"])) == (0.0, 0.0)


def test_f1_is_that_of_the_nearest_answer_and_counts_repeated_words() -> None:
    assert token_f1("within 6 hours", ["a day", "6 hours"]) == pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1))
    assert token_f1("no no no", ["no yes"]) == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))


def test_letters_count_as_words_where_no_blanks_stand_between_words() -> None:
    assert token_f1("在北京市", ["北京市"]) == pytest.approx(2 * 3 / (4 + 3))
    assert token_f1("กรุงเทพ", ["เทพ"]) == pytest.approx(2 * 3 / (7 + 3))


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("Give 20 mg.", "20 mg"),
        ("Give  20\nMG now.", "20 mg"),
        ("It is 120 mg, for children 20 mg.", "20 mg"),
        ("“20 mg”", "20 mg"),
        ("It costs 1,200.", "1,200"),
        ("2–8 °C", "8 °C"),
        ("between -2 °C and 2 °C", "2 °C"),
        ("疫苗放在冰箱里。", "冰箱"),
        ("टीका फ्रिज में रखें", "फ्रिज"),
        ("ﬁve", "five"),
        ("L’eau de Javel", "l'eau de javel"),
        ("Keep it 5–6 days", "5-6 days"),
        ("Ask for “the blue card”", 'ask for "the blue card"'),
        ("35°–37°", "37°"),
        ("from 10%-20%", "20%"),
    ],
)
def test_an_accepted_answer_stands_in_a_text(text: str, accepted: str) -> None:
    assert states(text, accepted)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("Give 120 mg.", "20 mg"),
        ("Give 1.20 mg.", "20 mg"),
        ("Give 1,020 mg.", "20 mg"),
        ("It takes 20.5 minutes", "20"),
        ("It costs 1,200.", "1"),
        ("It is 20 mgs", "20 mg"),
        ("Keep it at -2 °C.", "2 °C"),
        ("Keep it at –2 °C.", "2 °C"),
        ("Men only", "me"),
        ("दिनों", "दिन"),
        ("anything", ""),
    ],
)
def test_a_piece_of_a_word_or_number_is_no_answer(text: str, accepted: str) -> None:
    assert not states(text, accepted)


SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0]), min_size=1, max_size=20)


@settings(deadline=None)
@given(positive=SCORES, negative=SCORES)
def test_the_area_under_the_curve_is_that_of_scikit_learn(positive: list[float], negative: list[float]) -> None:
    truth = [1] * len(positive) + [0] * len(negative)
    assert auroc(positive, negative) == pytest.approx(roc_auc_score(truth, positive + negative))


def test_one_kind_alone_has_no_area() -> None:
    assert auroc([], [0.5]) is None
    assert auroc([0.5], []) is None


def test_a_clear_difference_is_more_than_chance_and_the_same_in_every_run() -> None:
    first, second = [0.0, 1.0] * 50, [1.0, 1.0] * 50
    found = paired_bootstrap(first, second)
    assert (found.questions, found.mean) == (100, 0.5)
    # A share of 0.5 in 100 questions: the normal approximation gives 0.5 ± 0.098.
    assert (found.low, found.high) == pytest.approx((0.402, 0.598), abs=0.01)
    assert found.p == pytest.approx(1 / 10_001)
    assert paired_bootstrap(first, second) == found


def test_no_difference_and_chance_are_told_apart_from_one() -> None:
    same = paired_bootstrap([0.2, 0.4, 0.9], [0.2, 0.4, 0.9])
    assert (same.mean, same.low, same.high, same.p) == (0, 0, 0, 1)
    # Six questions for and four against: the sign test gives p = 0.75.
    even = paired_bootstrap([0.0] * 10, [1.0] * 6 + [-1.0] * 4)
    assert even.low < 0 < even.high
    assert 0.3 < even.p < 0.9


@pytest.mark.parametrize(("changed", "p"), [(1, 1.0), (2, 0.5), (5, 0.0625), (6, 0.03125)])
def test_a_handful_of_questions_that_changed_alike_can_be_chance(changed: int, p: float) -> None:
    # The exact test that turns the signs at random cannot give less.
    assert paired_bootstrap([0.0] * changed, [1.0] * changed).p == p
    few = paired_bootstrap([0.0] * 50, [1.0] * changed + [0.0] * (50 - changed))
    assert few.p >= p


def test_pairs_need_two_of_each() -> None:
    with pytest.raises(ValueError, match="same questions"):
        paired_bootstrap([1.0], [1.0, 0.0])
    with pytest.raises(ValueError, match="same questions"):
        paired_bootstrap([], [])
