"""A bundle is taken whole and as its name says, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from clusterwright.node import bundle
from tests.node.conftest import Cluster


def archive(entry: tarfile.TarInfo, data: bytes = b"x") -> bytes:
    entry.size = len(data) if entry.isreg() else 0
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        file.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def store(cluster: Cluster, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    folder = cluster.bucket / "control" / "bundles"
    folder.mkdir(parents=True)
    (folder / f"{digest}.tar.gz").write_bytes(data)
    return digest


def test_a_bundle_is_unpacked_under_its_digest(cluster: Cluster) -> None:
    digest = cluster.publish({"scripts/10-x.sh": b"true\n"})
    assert bundle.wanted(cluster.place.bucket) == digest
    folder = bundle.obtain(cluster.place, digest)
    assert folder == cluster.place.bundles / digest
    assert (folder / "scripts" / "10-x.sh").read_bytes() == b"true\n"
    assert [path.name for path in cluster.place.bundles.iterdir()] == [digest]


def test_a_bundle_has_its_name_when_all_of_it_is_on_the_disk(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = cluster.publish({"scripts/10-x.sh": b"true\n", "job/job.json": b"{}"})
    synced: list[str] = []

    def fsync(descriptor: int) -> None:
        assert not (cluster.place.bundles / digest).exists()
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)

    monkeypatch.setattr(os, "fsync", fsync)
    folder = bundle.obtain(cluster.place, digest)
    assert sorted(synced) == sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_bundle_with_a_changed_byte_is_refused(cluster: Cluster) -> None:
    digest = cluster.publish({"a": b"a"})
    path = cluster.bucket / "control" / "bundles" / f"{digest}.tar.gz"
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    with pytest.raises(bundle.BundleError, match="has been altered: its SHA-256 is "):
        bundle.obtain(cluster.place, digest)
    assert not cluster.place.bundles.exists()


def test_a_bundle_that_is_not_there_is_named(cluster: Cluster) -> None:
    with pytest.raises(bundle.BundleError, match=r"control/bundles/0{64}\.tar\.gz cannot be read: No such file"):
        bundle.obtain(cluster.place, "0" * 64)


@pytest.mark.parametrize("name", ["../escaped", "a/../../escaped"])
def test_a_path_outside_the_folder_is_refused(cluster: Cluster, name: str) -> None:
    digest = store(cluster, archive(tarfile.TarInfo(name)))
    with pytest.raises(bundle.BundleError, match="cannot be unpacked"):
        bundle.obtain(cluster.place, digest)
    assert not list(cluster.place.folder.parent.rglob("escaped"))


def test_an_absolute_path_stays_in_the_folder(cluster: Cluster, tmp_path: Path) -> None:
    digest = store(cluster, archive(tarfile.TarInfo(f"{tmp_path}/escaped")))
    assert (bundle.obtain(cluster.place, digest) / str(tmp_path)[1:] / "escaped").is_file()
    assert not (tmp_path / "escaped").exists()


def test_a_link_that_leads_outside_is_refused(cluster: Cluster) -> None:
    entry = tarfile.TarInfo("link")
    entry.type, entry.linkname = tarfile.SYMTYPE, "../../.."
    with pytest.raises(bundle.BundleError, match="cannot be unpacked"):
        bundle.obtain(cluster.place, store(cluster, archive(entry)))


@pytest.mark.parametrize("text", ["", "../../x", "A" * 64, "0" * 63])
def test_current_must_hold_a_digest(cluster: Cluster, text: str) -> None:
    (cluster.bucket / "control").mkdir()
    (cluster.bucket / "control" / "current").write_text(text)
    with pytest.raises(bundle.BundleError, match="names no bundle"):
        bundle.wanted(cluster.place.bucket)


def test_adopting_replaces_the_link_in_one_step(cluster: Cluster) -> None:
    assert bundle.adopted(cluster.place) is None
    for content in (b"1", b"2"):
        digest = cluster.publish({"a": content})
        bundle.obtain(cluster.place, digest)
        bundle.adopt(cluster.place, digest)
        assert bundle.adopted(cluster.place) == digest
        assert (cluster.place.current / "a").read_bytes() == content


def test_pruning_keeps_what_is_named(cluster: Cluster) -> None:
    old, new = (cluster.publish({"a": content}) for content in (b"1", b"2"))
    for digest in (old, new):
        bundle.obtain(cluster.place, digest)
    bundle.prune(cluster.place, {new})
    assert [path.name for path in cluster.place.bundles.iterdir()] == [new]


@pytest.mark.parametrize(
    ("changed", "same"),
    [("job/job.json", True), ("job/source.tar.gz", True), ("scripts/10-x.sh", False), ("lib/training/a.py", False)],
)
def test_a_bundle_with_another_job_is_the_same_system(cluster: Cluster, changed: str, same: bool) -> None:
    base = {"scripts/10-x.sh": b"1", "job/job.json": b"1", "lib/training/a.py": b"1"}
    digests = [cluster.publish(files) for files in (base, {**base, changed: b"2"})]
    one, other = (bundle.system(bundle.obtain(cluster.place, digest)) for digest in digests)
    assert (one == other) == same


def test_what_python_leaves_beside_its_modules_is_no_change(cluster: Cluster) -> None:
    folder = bundle.obtain(cluster.place, cluster.publish({"lib/a.py": b"1"}))
    before = bundle.system(folder)
    (folder / "lib" / "__pycache__").mkdir()
    (folder / "lib" / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    assert bundle.system(folder) == before


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b", b"no archive"], ids=["nothing", "torn", "text"])
def test_what_is_no_archive_is_refused(cluster: Cluster, data: bytes) -> None:
    digest = store(cluster, data)
    with pytest.raises(bundle.BundleError, match="cannot be unpacked"):
        bundle.obtain(cluster.place, digest)


def test_an_archive_that_ends_too_early_is_refused(cluster: Cluster) -> None:
    digest = store(cluster, archive(tarfile.TarInfo("a"), os.urandom(4096))[:-40])
    with pytest.raises(bundle.BundleError, match="cannot be unpacked"):
        bundle.obtain(cluster.place, digest)
    assert list(cluster.place.bundles.iterdir()) == []


def test_an_archive_with_bytes_that_cannot_be_unpacked_is_refused(cluster: Cluster) -> None:
    data = bytearray(archive(tarfile.TarInfo("a"), bytes(100_000)))
    data[10:40] = b"\xff" * 30
    digest = store(cluster, bytes(data))
    with pytest.raises(bundle.BundleError, match="cannot be unpacked"):
        bundle.obtain(cluster.place, digest)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_an_entry_that_is_neither_file_nor_folder_is_refused(cluster: Cluster, kind: bytes) -> None:
    entry = tarfile.TarInfo("a")
    entry.type, entry.linkname = kind, "/etc/passwd"
    digest = store(cluster, archive(entry))
    with pytest.raises(bundle.BundleError, match="cannot be unpacked"):
        bundle.obtain(cluster.place, digest)
