"""Questions to nvidia-smi, answered by GPU."""

from __future__ import annotations

import csv

from clusterwright.node.health.system import System, Unseen

ABSENT = ("[N/A]", "N/A", "[Not Supported]")
"""What nvidia-smi prints where a GPU does not have what was asked for."""


def query(system: System, *fields: str, kind: str = "gpu") -> list[dict[str, str]]:
    """The fields of each GPU, in its order; `kind` is the table that is asked (`nvidia-smi --help-query-gpu`).

    Raises Unseen when nvidia-smi does not answer all that was asked.
    """
    output = system.run("nvidia-smi", f"--query-{kind}={','.join(fields)}", "--format=csv,noheader,nounits")
    rows = [row for row in csv.reader(output.splitlines(), skipinitialspace=True) if row]
    odd = next((row for row in rows if len(row) != len(fields)), None)
    if odd is not None:
        raise Unseen(f"nvidia-smi answered {', '.join(odd)!r} when asked for {', '.join(fields)}")
    return [dict(zip(fields, (value.strip() for value in row), strict=True)) for row in rows]
