"""What a machine takes over from the host, and what it can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.local.runtime.machine import deployer


def test_a_file_that_a_variable_names_goes_along_and_a_folder_takes_its_variable_with_it(tmp_path: Path) -> None:
    certificate, wheels = tmp_path / "ca.pem", tmp_path / "wheels"
    certificate.write_text("trusted")
    wheels.mkdir()
    environment = {
        "PIP_CERT": str(certificate),
        "PIP_FIND_LINKS": str(wheels),
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "https_proxy": "http://proxy.example:3128",
        "AWS_SECRET_ACCESS_KEY": "never",
        "HOME": "/root",
    }
    found = deployer.configuration(environment)
    assert found[str(certificate).lstrip("/")] == b"trusted"
    assert found["etc/environment"].decode().splitlines() == [
        f"PIP_CERT={certificate}",
        "PIP_INDEX_URL=https://mirror.example/simple",
        "https_proxy=http://proxy.example:3128",
    ]
    assert b"never" not in b"".join(found.values())


def test_services_get_values_as_they_are_written() -> None:
    found = deployer.configuration({"PIP_EXTRA_INDEX_URL": 'https://u:p%40"s\\@mirror.example/simple'})
    assert found["etc/systemd/system.conf.d/50-clusterwright.conf"].decode() == (
        '[Manager]\nDefaultEnvironment="PIP_EXTRA_INDEX_URL=https://u:p%%40\\"s\\\\@mirror.example/simple"\n'
    )


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("sources.list", "deb http://mirror.example/debian bookworm main\n", "http://mirror.example/debian"),
        (
            "sources.list.d/debian.sources",
            "Types: deb\n# URIs: http://old.example/debian\nURIs: https://mirror.example/debian/\n",
            "https://mirror.example/debian",
        ),
        ("sources.list", "deb http://archive.ubuntu.com/ubuntu noble main\n", deployer.DEBIAN),
    ],
)
def test_debian_comes_from_where_the_host_gets_it(tmp_path: Path, name: str, text: str, expected: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert deployer.mirror(tmp_path) == expected
