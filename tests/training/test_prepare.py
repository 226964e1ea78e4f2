"""Preparing is done once for the same text and settings, and held-out documents stay held out."""

from __future__ import annotations

import json
import math
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from training import config, prepare, tokenizer
from training.errors import JobError
from training.pairs import Pairs


def silent(_: str) -> None:
    pass


def test_the_folder_holds_what_training_needs(document: dict[str, Any], tmp_path: Path) -> None:
    name, description = prepare.prepare(config.parse(document), tmp_path, silent)
    folder = tmp_path / name
    assert (description["documents"], description["heldout_documents"]) == (22, 2)
    assert (description["labelled_train"], description["labelled_test"]) == (64, 16)
    assert len(Pairs.load(folder / "train")) == description["pairs"]
    text = prepare.LabelledText.load(folder / "labelled")
    assert text.labels == ["land", "sea"]
    ids = text.train[0]["ids"]
    assert (ids[0], ids[-1]) == (tokenizer.CLS, tokenizer.SEP)
    assert len(ids) <= 32
    assert tokenizer.load(folder / "tokenizer").convert_ids_to_tokens(ids[1:2]) == ["ship"]


def test_a_second_run_takes_what_is_there(document: dict[str, Any], tmp_path: Path) -> None:
    job = config.parse(document)
    first = prepare.prepare(job, tmp_path, silent)
    said: list[str] = []
    assert prepare.prepare(job, tmp_path, said.append) == first
    assert said == [f"using the prepared data {first[0]}"]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("pretrain", "sequence", 24),
        ("finetune", "sequence", 24),
        ("model", "vocabulary", 150),
        ("pretrain", "duplicates", 1),
    ],
)
def test_settings_that_shape_the_data_get_a_folder_of_their_own(
    document: dict[str, Any], tmp_path: Path, section: str, key: str, value: int
) -> None:
    first, _ = prepare.prepare(config.parse(document), tmp_path, silent)
    document[section][key] = value
    assert prepare.prepare(config.parse(document), tmp_path, silent)[0] != first


def test_settings_that_do_not_shape_the_data_share_it(document: dict[str, Any], tmp_path: Path) -> None:
    first, _ = prepare.prepare(config.parse(document), tmp_path, silent)
    document["pretrain"]["learning_rate"] = 0.5
    document["model"]["layers"] = 3
    assert prepare.prepare(config.parse(document), tmp_path, silent)[0] == first


def test_two_runs_at_once_end_with_one_folder(document: dict[str, Any], tmp_path: Path) -> None:
    job = config.parse(document)
    names: list[str] = []
    threads = [
        threading.Thread(target=lambda: names.append(prepare.prepare(job, tmp_path, silent)[0])) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 3
    assert [p.name for p in (tmp_path / "prepared").iterdir()] == [names[0].split("/")[1]]


def test_the_same_settings_prepare_the_same_bytes(document: dict[str, Any], tmp_path: Path) -> None:
    contents = []
    for place in ("a", "b"):
        name, _ = prepare.prepare(config.parse(document), tmp_path / place, silent)
        folder = tmp_path / place / name
        contents.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert contents[0] == contents[1]


def test_held_out_documents_are_whole_and_not_trained_on() -> None:
    documents = [[[10 * d, 10 * d + 1], [10 * d + 2]] for d in range(1, 101)]
    train, heldout = prepare._split(documents, seed=3)
    assert (len(train), len(heldout)) == (95, 5)
    assert sorted(train + heldout) == documents
    assert prepare._split(documents, seed=4)[1] != heldout


def test_the_unigram_entropy_of_equal_frequencies_is_the_logarithm_of_their_number() -> None:
    assert prepare.unigram_entropy(Counter(range(8))) == pytest.approx(math.log(8))


def test_the_unigram_entropy_of_a_biased_coin() -> None:
    expected = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert prepare.unigram_entropy(Counter({1: 1, 2: 3})) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("train", "test", "complaint"),
    [
        ("a\tx\n", "a\ty\n", "train.tsv has only the label a; two are needed"),
        ("a\tx\nb\ty\n", "c\tz\n", "test.tsv has labels that train.tsv lacks: c"),
    ],
)
def test_labels_must_make_sense(
    document: dict[str, Any], tmp_path: Path, train: str, test: str, complaint: str
) -> None:
    (tmp_path / "train.tsv").write_text(train)
    (tmp_path / "test.tsv").write_text(test)
    document["corpus"]["finetune"] = str(tmp_path)
    with pytest.raises(JobError) as caught:
        prepare.prepare(config.parse(document), tmp_path / "data", silent)
    assert complaint in str(caught.value)
    assert list((tmp_path / "data" / "prepared").iterdir()) == []


def test_the_description_is_json_that_names_what_made_it(document: dict[str, Any], tmp_path: Path) -> None:
    name, description = prepare.prepare(config.parse(document), tmp_path, silent)
    assert json.loads((tmp_path / name / "description.json").read_text()) == description
    assert description["made_from"]["seed"] == 7
