"""What a cloud says, as changes of the data files: what differs is replaced, with its source and date, and no more."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clusterwright.catalog import aws
from clusterwright.catalog.base import Table
from clusterwright.catalog.machines import PROVIDERS, check
from clusterwright.catalog.rows import FOLDER
from clusterwright.live.catalog.changes import Answer, changes, difference, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("aws.json", "gcp.json", "prices.json"):
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


def row(name: str, provider: str = "aws") -> dict[str, Any]:
    return json.loads((FOLDER / f"{provider}.json").read_text(encoding="utf-8"))["machines"][name]


def answer(
    machines: dict[str, Any] | None = None, prices: dict[str, float] | None = None, provider: str = "aws"
) -> Answer:
    return Answer(provider, "us-east-1", "2027-01-02", machines or {}, "EC2", prices or {}, "the price list")


def test_what_the_catalog_has_already_changes_nothing(folder: Path) -> None:
    assert changes(answer({"p5.48xlarge": row("p5.48xlarge")}), folder) == {}
    assert changes(answer({"g2-standard-4": row("g2-standard-4", "gcp")}, provider="gcp"), folder) == {}


def test_a_default_that_is_written_out_is_no_change(folder: Path) -> None:
    assert changes(answer({"m7i.large": {**row("m7i.large"), "efa_interfaces": 0}}), folder) == {}


def test_a_type_that_differs_has_its_line_replaced_with_source_and_date(folder: Path) -> None:
    changed = changes(answer({"p5.48xlarge": {**row("p5.48xlarge"), "ebs_mbps": 1}}), folder)
    assert list(changed) == [folder / "aws.json"]
    before, after, removed, added = list(difference(changed))[0:2] + list(difference(changed))[3:]
    assert (before, after) == ("--- a/clusterwright/catalog/aws.json", "+++ b/clusterwright/catalog/aws.json")
    assert removed.startswith('-  "p5.48xlarge": {')
    assert added.startswith('+  "p5.48xlarge": {')

    write(changed)
    then = Table("aws.json", aws.AwsMachine, folder)
    assert then.row("p5.48xlarge").ebs_mbps == 1
    assert then.provenance("p5.48xlarge").model_dump() == {"source": "EC2", "date": "2027-01-02"}
    assert then.provenance("p5.4xlarge") == aws.provenance()
    assert then.names() == aws.names()


def test_a_new_type_is_put_in_its_place(folder: Path) -> None:
    write(changes(answer({"p5.99xlarge": row("p5.48xlarge")}), folder))
    names = Table("aws.json", aws.AwsMachine, folder).names()
    assert list(names) == sorted([*aws.names(), "p5.99xlarge"])


def test_an_answer_that_was_written_changes_nothing_the_second_time(folder: Path) -> None:
    said = answer({"p5.48xlarge": {**row("p5.48xlarge"), "ebs_mbps": 1}}, {"p5.48xlarge": 50.0, "p5e.48xlarge": 60.0})
    write(changes(said, folder))
    assert changes(said, folder) == {}


def price_lists(folder: Path) -> dict[tuple[str, str, str], dict[str, float]]:
    rows = json.loads((folder / "prices.json").read_text(encoding="utf-8"))["rows"]
    return {(row["provider"], row["region"], row["date"]): row["usd_per_hour"] for row in rows}


def test_prices_that_were_read_are_dated_and_the_others_keep_their_date(folder: Path) -> None:
    before = price_lists(folder)
    write(changes(answer(prices={"p5.48xlarge": 50.0, "p5e.48xlarge": 60.0, "u7i.huge": 1.0}), folder))
    after = price_lists(folder)
    assert after["aws", "us-east-1", "2027-01-02"] == {"p5.48xlarge": 50.0, "p5e.48xlarge": 60.0}
    old = dict(before["aws", "us-east-1", "2026-07-20"])
    del old["p5.48xlarge"]
    assert after["aws", "us-east-1", "2026-07-20"] == old
    assert after["gcp", "us-central1", "2026-06-23"] == before["gcp", "us-central1", "2026-06-23"]


def test_a_list_whose_prices_were_all_read_anew_gives_its_place_to_the_new_one(folder: Path) -> None:
    before = price_lists(folder)
    old, new = ("aws", "us-east-1", "2026-07-20"), ("aws", "us-east-1", "2027-01-02")
    write(changes(answer(prices=before[old]), folder))
    after = price_lists(folder)
    assert list(after) == [new if key == old else key for key in before]
    assert after[new] == before[old]


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "local"])
def test_the_shipped_files_are_as_they_would_be_written(provider: str) -> None:
    content = json.loads((FOLDER / f"{provider}.json").read_text(encoding="utf-8"))["machines"]
    assert all(check(provider, row) for row in content.values())
    name = next(iter(content))
    changed = changes(answer({name: {**content[name], "network_gbps": 1.5}}, provider=provider))
    ((now, then),) = changed.values()
    assert len(set(now.splitlines()) ^ set(then.splitlines())) == 2
