"""JSON Schema of a spec, for editors and for other programs."""

from typing import Any

from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.source import Source, compose


def schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12), with a description of each field and what changing it costs (`x-change`)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Clusterwright cluster spec",
        **{key: _read(value) for key, value in ClusterSpec.model_json_schema().items() if key != "title"},
    }


def _read(part: Any) -> Any:
    """`part` with its examples as data: the models hold them as they are written in a spec."""
    if isinstance(part, dict):
        return {
            key: [compose(Source("", str(example)))[0] for example in value]
            if key == "examples" and isinstance(value, list)
            else _read(value)
            for key, value in part.items()
        }
    return [_read(item) for item in part] if isinstance(part, list) else part
