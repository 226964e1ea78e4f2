"""Refresh what the documents show of a real run: python docs/refresh.py STACK watch|results.

`watch` draws docs/images/watch.svg from the cluster as it is now: run it while the job trains. `results` draws
docs/images/curves.svg and fills the table of measurements in README.md from the newest finished run. Neither makes up
anything: what the run does not say stays unknown.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import re
import time
from pathlib import Path

from rich.console import Console

from clusterwright.bucket.folder import FolderBucket
from clusterwright.live import charts, screen
from clusterwright.live.history import History, read_history
from clusterwright.live.results import finished_run
from clusterwright.live.state import read_snapshot
from clusterwright.live.text import duration, number, percent
from clusterwright.paths import bucket_dir

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
BEGIN, END = "<!-- measured: docs/refresh.py writes between these lines -->", "<!-- end of measured -->"
COLOURS = """\
<style>
:root { --muted: #57606a; --line: #d8dee4; --first: #2159d3; --second: #c4610c; --reference: #8a4fbf; }
@media (prefers-color-scheme: dark) {
  :root { --muted: #9aa3af; --line: #2b313a; --first: #7aa7ff; --second: #f2a65a; --reference: #c39bea; }
}
text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; }
</style>"""


def watch(stack: str) -> None:
    snapshot = read_snapshot(FolderBucket(bucket_dir(stack)), time.time())
    console = Console(width=108, record=True, file=io.StringIO(), force_terminal=True)
    console.print(screen.render(snapshot, stack))
    picture = console.export_svg(title=f"clusterwright watch {stack}")
    # Without the fonts that it would load from elsewhere: the reader's own serve.
    (IMAGES / "watch.svg").write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL))


def results(stack: str) -> None:
    bucket = FolderBucket(bucket_dir(stack))
    history = read_history(bucket, stack, finished_run(bucket, stack), ROOT / "stacks" / f"{stack}.yaml")
    entropy = history.evaluation.unigram_entropy
    drawn = [charts.pretraining(history.metrics, entropy)[0], charts.finetuning(history.metrics)[1]]
    (IMAGES / "curves.svg").write_text(side_by_side(drawn))
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{measured(history)}\n{END}{after}", encoding="utf-8")


def side_by_side(drawn: list[charts.Chart]) -> str:
    """One picture of charts that lie side by side, each under its title; it follows the reader's light or dark."""
    width, height, top, gap = 317, 194, 24, 24
    parts = []
    for place, chart in enumerate(drawn):
        left = place * (width + gap)
        inner = re.sub(r"<svg\b", f'<svg x="{left}" y="{top}" width="{width}" height="{height}"', chart.svg, count=1)
        title = f'<text x="{left + 4}" y="14" font-size="12" font-weight="600" fill="var(--muted)">{chart.title}</text>'
        parts.append(title + inner)
    whole = len(drawn) * (width + gap) - gap
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {names} viewBox="0 0 {whole} {height + top}">{COLOURS}{"".join(parts)}</svg>\n'


def measured(history: History) -> str:
    evaluation = history.evaluation
    total = sum(phase.seconds for phase in history.phases)
    phases = ", ".join(f"{phase.phase} {duration(phase.seconds)}" for phase in history.phases)
    begun = history.run.requested
    boots = [sum(step.seconds or 0.0 for step in node.steps) for node in history.nodes]
    rows = [
        ("R8 test accuracy, official split", percent(evaluation.accuracy)),
        ("same model without pre-training", percent(evaluation.scratch_accuracy)),
        ("TF-IDF with a linear classifier", percent(evaluation.tfidf_accuracy)),
        ("majority class", percent(evaluation.majority_accuracy)),
        ("held-out MLM loss", f"{number(evaluation.mlm_loss, 3)} nats"),
        ("unigram entropy of the same text", f"{number(evaluation.unigram_entropy, 3)} nats"),
        ("pre-training", f"{number(evaluation.tokens_per_s)} tokens/s"),
        ("job", f"{duration(total)} ({phases})"),
        ("bootstrap of the slowest node, its last time", duration(max(boots, default=None))),
    ]
    lines = ["| measured | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), ""]
    day = "an unknown day" if begun is None else time.strftime("%Y-%m-%d", time.gmtime(begun))
    versions = ", ".join(f"{name} {version}" for name, version in evaluation.versions.items() if version)
    lines.append(
        f"Measured on {day} with stack `{history.stack}`, run `{history.run.name}`: {history.model_name}, "
        f"{len(history.run.members)} nodes, {evaluation.precision}, on {machine()}; {versions}."
    )
    return "\n".join(lines)


def machine() -> str:
    """The processor and the memory of the machine that this runs on."""
    text = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = model[1].strip() if model else platform.machine()
    return f"{os.cpu_count()} cores ({name}), {memory:.0f} GiB of memory, {platform.system()}, no GPU used"


def main() -> None:
    parser = argparse.ArgumentParser(description="Refresh what the documents show of a real run.")
    parser.add_argument("stack")
    parser.add_argument("what", choices=("watch", "results"))
    arguments = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    {"watch": watch, "results": results}[arguments.what](arguments.stack)


if __name__ == "__main__":
    main()
