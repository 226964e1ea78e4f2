"""The plugin as the engine starts it: the script, the port, the wire."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.components.local.conftest import Machine, to_struct

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = "components/local/plugin/pulumi-resource-clusterwright-local"
URN = "urn:pulumi:local::clusterwright::clusterwright-local:index:{}::it"


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    # Another folder than the project's, as the engine starts it from stacks/.
    process = subprocess.Popen([ROOT / SCRIPT], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    with process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
        process.terminate()


def test_the_plugin_answers_on_the_port_that_it_prints(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    assert plugin.GetPluginInfo(empty_pb2.Empty()).version == version("clusterwright")
    configured = plugin.Configure(provider_pb2.ConfigureRequest())
    assert (configured.supportsPreview, configured.acceptSecrets) == (True, False)
    plugin.Cancel(empty_pb2.Empty())


def test_a_refusal_is_one_message(plugin: provider_pb2_grpc.ResourceProviderStub, machine: Machine) -> None:
    machine.folder.mkdir(parents=True)
    (machine.folder / "thesis.txt").write_text("mine")
    inputs = to_struct(machine.bucket_inputs())
    with pytest.raises(grpc.RpcError) as refused:
        plugin.Create(provider_pb2.CreateRequest(urn=URN.format("Bucket"), properties=inputs))
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert refused.value.details() == (
        f"{machine.folder} holds files that no cluster made, such as thesis.txt: move them away, or give this cluster "
        "another name in its spec"
    )


def test_an_unknown_resource_is_refused_in_words(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        plugin.Check(provider_pb2.CheckRequest(urn=URN.format("Disk")))
    assert "clusterwright-local:index:Disk is not a resource of this provider" in str(refused.value.details())


def test_a_plugin_that_the_engine_interrupts_ends_quietly() -> None:
    with subprocess.Popen([ROOT / SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


def test_a_plugin_whose_engine_was_killed_ends() -> None:
    engine = f"import subprocess; subprocess.run([{str(ROOT / SCRIPT)!r}])"
    process = subprocess.Popen([sys.executable, "-c", engine], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert int(process.stdout.readline())
        process.kill()
        assert process.stdout.read() == ""  # ends when the last process that holds the pipe has ended
