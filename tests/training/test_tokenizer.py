"""The tokenizer knows its words, and paragraphs fall into sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from training import tokenizer


def test_a_trained_tokenizer_survives_saving_and_knows_words(tmp_path: Path) -> None:
    made = tokenizer.train(["the treaty of peace"] * 50 + ["Unseen letters a to z"] * 3, 120, tmp_path)
    loaded = tokenizer.load(tmp_path)
    ids = tokenizer.encode(loaded, ["The treaty", "peace"])
    assert ids == tokenizer.encode(made, ["The treaty", "peace"])
    assert tokenizer.UNK not in [i for text in ids for i in text]
    assert loaded.convert_ids_to_tokens(list(range(5))) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert loaded.convert_ids_to_tokens(ids[0]) == ["the", "treaty"]


def test_pieces_inside_a_word_are_marked(tmp_path: Path) -> None:
    made = tokenizer.train(["abc abd abe"], 30, tmp_path)
    marks = tokenizer.continues_word(made)
    assert [t for t, m in zip(made.convert_ids_to_tokens(list(range(len(made)))), marks, strict=True) if m] == [
        t for t in made.convert_ids_to_tokens(list(range(len(made)))) if t.startswith("##")
    ]
    assert marks.any()
    assert not marks[:5].any()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Mr. Speaker, the U. S. Navy sails. Good.", ["Mr. Speaker, the U. S. Navy sails.", "Good."]),
        ("It rose 3.5 percent. Then it fell.", ["It rose 3.5 percent.", "Then it fell."]),
        ('He said "Go." They went.', ['He said "Go."', "They went."]),
        ("no full stops in here", ["no full stops in here"]),
    ],
)
def test_paragraphs_fall_into_sentences(line: str, expected: list[str]) -> None:
    assert tokenizer.sentences(line) == expected
