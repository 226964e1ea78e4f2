"""`clusterwright validate` of all example stacks as a whole process, beside one that only imports its libraries.

`python -m benchmarks.validate`. The code is compiled first, as an installation compiles it.
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import time
from pathlib import Path

from clusterwright.spec.load import specs_in

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 15
VALIDATE = "import sys; sys.argv = ['clusterwright', 'validate', 'stacks/']; from clusterwright.cli import main; main()"
LIBRARIES = "import click, pydantic.fields, yaml"


def seconds(program: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    compileall.compile_dir(str(ROOT / "clusterwright"), quiet=1)
    times = [(seconds(LIBRARIES), seconds(VALIDATE)) for _ in range(ROUNDS)]
    libraries, whole = (statistics.median(column) for column in zip(*times, strict=True))
    specs = len(specs_in(ROOT / "stacks"))
    print(f"validate, {specs} stacks: {whole:.2f} s, x {whole / libraries:.1f} of importing the libraries")


if __name__ == "__main__":
    main()
