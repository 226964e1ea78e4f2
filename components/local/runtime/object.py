"""An object of a bucket: one file, written whole, checked against its SHA-256."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from pathlib import Path

from components.local.runtime import files
from components.local.runtime.errors import LocalError
from components.local.runtime.resource import Inputs, Resource
from components.local.runtime.state import Outputs

# Nodes may only read what the deployer controls. They run as the same user, so this guards against accidents alone.
READ_ONLY_PREFIX = "control/"


class ObjectInputs(Inputs):
    """Exactly one of `content` (text) and `content_base64`; `sha256` is that of its bytes."""

    bucket: Path
    key: str
    sha256: str
    content: str | None = None
    content_base64: str | None = None

    def data(self) -> bytes:
        return self.content.encode() if self.content is not None else base64.b64decode(self.content_base64 or "")

    def path(self) -> Path:
        return files.inside(self.bucket, self.key)

    def to_outputs(self) -> Outputs:
        """Without the content: the state holds it once already, in the inputs."""
        outputs = self.outputs(path=str(self.path()))
        return {name: value for name, value in outputs.items() if not name.startswith("content")}


class Object(Resource[ObjectInputs]):
    model = ObjectInputs
    identity = frozenset({"bucket", "key"})
    delete_first = False  # nodes may still be reading the old one
    silent = frozenset({"content", "contentBase64"})  # sha256 tells; nobody wants to read an archive in base64

    def problems(self, inputs: ObjectInputs) -> list[tuple[str, str]]:
        if (inputs.content is None) == (inputs.content_base64 is None):
            return [("content", "give exactly one of content and contentBase64")]
        try:
            inputs.path()
            digest = hashlib.sha256(inputs.data()).hexdigest()
        except LocalError as error:
            return [("key", str(error))]
        except binascii.Error as error:
            return [("contentBase64", f"is not base64: {error}")]
        if digest != inputs.sha256:
            return [("sha256", f"is {inputs.sha256}, but the content's is {digest}")]
        return []

    def drift(self, inputs: ObjectInputs, state: Outputs) -> Mapping[str, str]:
        found = _sha256(inputs.path())
        if found == inputs.sha256:
            return {}
        what = "is missing" if found is None else "was changed by something else"
        return {"sha256": f"{inputs.key} {what} in the bucket: it is written again"}

    def preview(self, inputs: ObjectInputs, state: Outputs | None, stack: str) -> Outputs:
        return inputs.to_outputs()

    def create(self, inputs: ObjectInputs, stack: str) -> tuple[str, Outputs]:
        return str(inputs.path()), self._write(inputs)

    def read(self, state: Outputs) -> Outputs | None:
        digest = _sha256(Path(state["path"]))
        return None if digest is None else {**state, "sha256": digest}

    def update(self, inputs: ObjectInputs, state: Outputs) -> Outputs:
        return self._write(inputs)

    def delete(self, state: Outputs) -> None:
        Path(state["path"]).unlink(missing_ok=True)

    def _write(self, inputs: ObjectInputs) -> Outputs:
        path = inputs.path()
        files.write(path, inputs.data(), 0o400 if inputs.key.startswith(READ_ONLY_PREFIX) else 0o600)
        if _sha256(path) != inputs.sha256:
            raise LocalError(f"{path} does not hold what was written to it: check the disk and run the command again")
        return inputs.to_outputs()


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
