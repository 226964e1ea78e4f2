"""`clusterwright recommend` over the whole catalog as a whole process, beside one that only imports its libraries.

`python -m benchmarks.recommend`. The code is compiled first, as an installation compiles it.
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import time
from pathlib import Path

from clusterwright.catalog.machines import names

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
ASKED = "recommend --model bert-large --tokens 85B --deadline 24h --budget 3000USD"
RECOMMEND = f"import sys; sys.argv = ['clusterwright', *'{ASKED}'.split()]; from clusterwright.cli import main; main()"
LIBRARIES = "import click, pydantic.fields, rich.table, yaml"


def seconds(program: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    compileall.compile_dir(str(ROOT / "clusterwright"), quiet=1)
    times = [(seconds(LIBRARIES), seconds(RECOMMEND)) for _ in range(ROUNDS)]
    libraries, whole = (statistics.median(column) for column in zip(*times, strict=True))
    types = sum(len(names(provider)) for provider in ("aws", "gcp"))
    print(f"recommend, {types} machine types: {whole:.2f} s, x {whole / libraries:.1f} of importing the libraries")


if __name__ == "__main__":
    main()
