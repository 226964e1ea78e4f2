"""The time from boot to healthy is told by phase, whatever restarts the agent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from clusterwright.node.phases import BootClock, phase_of, seconds_since_boot


@pytest.mark.parametrize(
    ("step", "phase"),
    [("20-disks", "disks"), ("30-mounts", "mounts"), ("65-slurm", "software"), ("90-join", "joining"), ("95-x", "was")],
)
def test_a_step_belongs_to_a_phase(step: str, phase: str) -> None:
    assert phase_of(step, "was") == phase


def test_phases_add_up_to_the_whole_time(tmp_path: Path) -> None:
    clock = BootClock.load(tmp_path / "boot.json", age=4.0, now=1000.0)
    for phase, age in (("bundle", 5.0), ("disks", 6.5), ("disks", 7.0), ("joining", 8.0), ("healthy", 20.0)):
        clock.enter(phase, age)
    assert clock.booted == 996.0
    assert clock.phases == {"booting": 5.0, "bundle": 1.5, "disks": 1.5, "joining": 12.0}
    clock.enter("bundle", 900.0)
    assert sum(clock.phases.values()) == 20.0, "what comes after the first healthy is no part of the boot"


def test_a_clock_that_is_set_back_makes_no_phase_negative(tmp_path: Path) -> None:
    clock = BootClock.load(tmp_path / "boot.json", age=4.0, now=1000.0)
    clock.enter("bundle", 5.0)
    clock.enter("disks", 4.0)
    clock.enter("mounts", 6.0)
    assert clock.phases == {"booting": 5.0, "bundle": 0.0, "disks": 1.0}


def test_an_agent_that_is_started_anew_goes_on(tmp_path: Path) -> None:
    BootClock.load(tmp_path / "boot.json", age=4.0, now=1000.0).enter("disks", 5.0)
    again = BootClock.load(tmp_path / "boot.json", age=90.0, now=1095.0)
    again.enter("failed", 100.0)
    again.enter("disks", 130.0)
    again.enter("healthy", 131.0)
    assert again.booted == 996.0
    assert again.phases == {"booting": 5.0, "disks": 96.0, "failed": 30.0}
    assert BootClock.load(tmp_path / "boot.json", age=200.0, now=1196.0).done


def test_a_machine_is_as_old_as_its_first_process(tmp_path: Path) -> None:
    started = time.clock_gettime(time.CLOCK_BOOTTIME) - 12.0
    fields = " ".join(["S", *["0"] * 18, str(int(started * 100)), "0", "0"])
    (tmp_path / "stat").write_text(f"1 (a name) with spaces) {fields}\n")
    assert seconds_since_boot(tmp_path / "stat") == pytest.approx(12.0, abs=0.5)
