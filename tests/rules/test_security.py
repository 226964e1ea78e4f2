"""References and values of secrets are told apart, and a value is not printed again."""

import pytest

from clusterwright.rules import check
from clusterwright.rules.security import RESERVED, looks_like_a_value
from clusterwright.spec.findings import report
from clusterwright.spec.load import parse_spec

HEAD = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"


@pytest.mark.parametrize(
    "ref",
    [
        "hf-token",
        "hf-token-2",
        "team/nlp/wandb-api-key",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/wandb-AbCdEf",
        "projects/123456789012/secrets/hf-token/versions/3",
        "skip-this",
        "a-rather-long-name-of-a-secret-for-the-wikipedia-corpus-2026",
        "01234567-89ab-cdef-0123-456789abcdef",
    ],
)
def test_a_name_is_no_value(ref: str) -> None:
    assert not looks_like_a_value(ref)


@pytest.mark.parametrize(
    "ref",
    [
        "hf_AbCdEfGhIjKlMnOpQrSt",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "sk-proj-abc",
        "0123456789abcdef0123456789abcdef01234567",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY12",
    ],
)
def test_a_value_is_seen_by_how_it_begins_or_by_its_randomness(ref: str) -> None:
    assert looks_like_a_value(ref)


def test_a_value_is_not_shown_in_the_message() -> None:
    text = HEAD + "secrets:\n  - {name: HF_TOKEN, ref: hf_AbCdEfGhIjKlMnOpQrSt}\n"
    findings = check(parse_spec(text))
    (finding,) = (finding for finding in findings if finding.code == "CW-SEC-006")
    assert "hf_AbCd" not in report(findings)
    assert "secrets[0].ref" in finding.what


@pytest.mark.parametrize(
    "name", ["PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "RANK", "PYTHONPATH"]
)
def test_variables_of_the_system_are_reserved(name: str) -> None:
    assert RESERVED.fullmatch(name)


@pytest.mark.parametrize("name", ["HF_TOKEN", "WANDB_API_KEY", "PATHS", "FILE_KEY", "LDAP_PASSWORD", "OMPHALOS"])
def test_other_variables_are_not(name: str) -> None:
    assert not RESERVED.fullmatch(name)
