"""`clusterwright review` of ten changed stacks as a whole process, beside one that only imports its libraries.

`python -m benchmarks.review`. The code is compiled first, as an installation compiles it. All of them change
their machines, so that for each another way is looked for.
"""

from __future__ import annotations

import compileall
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "tests" / "review" / "example"
STACKS, ROUNDS = 10, 7
REVIEW = "import sys; from clusterwright.cli import main; main()"
LIBRARIES = "import click, pydantic.fields, yaml"


def change(folder: Path) -> None:
    """Writes the sides of the change, base/ and head/."""
    for number in range(STACKS):
        for side in ("base", "head"):
            stacks = EXAMPLE / side / "stacks"
            target = folder / side / "stacks"
            target.mkdir(parents=True, exist_ok=True)
            spec = (stacks / "bert-large.yaml").read_text().replace("name: bert-large", f"name: bert-large-{number}")
            (target / f"bert-large-{number}.yaml").write_text(spec)
            shutil.copy(stacks / "bert-large.lock.yaml", target / f"bert-large-{number}.lock.yaml")


def seconds(program: str, *arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    compileall.compile_dir(str(ROOT / "clusterwright"), quiet=1)
    with TemporaryDirectory() as scratch:
        change(Path(scratch))
        sides = ("--base", f"{scratch}/base", "--head", f"{scratch}/head")
        arguments = ("review", *sides, "--format", "markdown", "--fail-on", "never")
        times = [(seconds(LIBRARIES), seconds(REVIEW, *arguments)) for _ in range(ROUNDS)]
    libraries, whole = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"review, {STACKS} changed stacks: {whole:.2f} s, x {whole / libraries:.1f} of importing the libraries")


if __name__ == "__main__":
    main()
