"""What the reader learns from stands where it says, and what the refusal is fitted on is none of it."""

import json
import random
from pathlib import Path

from reader_examples import in_tokens, invented

from benchmarks import invented as documents
from rag.core.text import fold
from rag.models import minilm


def test_each_answer_is_where_the_example_says() -> None:
    wanted = {
        (entry["q"], entry["answer"])
        for section in documents.sections()
        for entry in section["questions"]
        if entry["unit"] is not None
    }
    learned, kept = invented(random.Random(1))
    found = {(one.question, one.text[slice(*one.answer)]) for one in (*learned, *kept) if one.answer}
    assert found == wanted
    assert sum(one.answer is None for one in learned) > len(learned) / 2


def test_an_answer_is_found_again_in_its_tokens() -> None:
    tokenizer = minilm.load_tokenizer(minilm.package_folder())
    example = next(one for one in invented(random.Random(1))[0] if one.answer)
    assert example.answer is not None
    row = in_tokens(example, tokenizer)
    assert row is not None
    read = tokenizer.decode(row.ids[row.start : row.end + 1])
    # The tokens have no accents, and so no hamza.
    answer = fold(example.text[slice(*example.answer)])
    assert "".join(fold(read).split()) == "".join(answer.split())


def test_the_refusal_is_fitted_on_sections_that_the_reader_has_not_seen(tmp_path: Path) -> None:
    documents.write(tmp_path)
    lines = (tmp_path / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = {json.loads(line)["question"] for line in lines}
    learned, kept = invented(random.Random(1))
    assert asked <= {one.question for one in kept}
    assert asked.isdisjoint(one.question for one in learned)
    assert all(
        (tmp_path / "documents" / json.loads(line)["document"]).is_file() for line in lines if '"document": "' in line
    )
