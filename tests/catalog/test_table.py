"""The catalog as people see it."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from clusterwright.catalog import gcp, table
from clusterwright.catalog.machines import PROVIDERS, machine, names, provenance
from clusterwright.catalog.table import COLUMNS, UNKNOWN, WIDE, show_all


def shown(*providers: str, width: int, gpu: bool = True) -> list[str]:
    console = Console(width=width, record=True, file=StringIO())
    show_all(providers, gpu, console)
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.mark.parametrize("width", [80, WIDE])
def test_each_machine_type_takes_one_line_that_fits(width: int) -> None:
    lines = shown(*PROVIDERS, width=width, gpu=False)
    for provider in PROVIDERS:
        where = provenance(provider)
        assert f"{provider}: {where.source}, {where.date}" in lines
        for name in names(provider):
            (line,) = [line for line in lines if line.split(" ")[0] == name]
            assert len(line) <= width
            assert "\N{HORIZONTAL ELLIPSIS}" not in line


def test_a_narrow_terminal_is_told_what_it_does_not_show() -> None:
    end = " ".join(" ".join(shown("aws", width=80)).split())
    assert end.endswith(
        "not shown: local disks and capacity; in 142 columns they are, or `clusterwright catalog show MACHINE`"
    )
    assert all(column in shown("aws", width=WIDE)[1] for column in COLUMNS)


def test_types_of_one_family_are_listed_by_size() -> None:
    found = [line.split()[0] for line in shown("aws", width=WIDE) if line.startswith("g4dn.")]
    sizes = [row.vcpus or 0 for name in found if (row := machine("aws", name))]
    assert sizes == sorted(sizes)
    assert len(sizes) > 3


def test_a_machine_without_gpus_is_not_among_those_with_gpus() -> None:
    lines = "\n".join(shown(*PROVIDERS, width=WIDE))
    assert "p5.48xlarge" in lines
    assert "m7i.large" not in lines
    assert "local: " not in lines


def test_what_is_not_known_is_called_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    row = gcp.row("a4-highgpu-8g").model_copy(update={"network_gbps": None, "capacity": None})
    monkeypatch.setattr(table, "machine", lambda provider, name: row if name == "a4-highgpu-8g" else None)
    (line,) = [line for line in shown("gcp", width=WIDE) if line.startswith("a4-highgpu-8g")]
    assert line.split().count(UNKNOWN) == 2
