"""Keys, secrets, images and reservations: whose they are, and what is named by them."""

import pytest

from tests.rules.gcp import found, said


def reserved(id: str) -> str:
    return f"groups: [{{name: t, capacity: {{kind: reservation, id: {id}}}}}]\n"


@pytest.mark.parametrize("key", ["cluster", "provider", "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"])
def test_a_key_that_fits(key: str) -> None:
    assert said("CW-SEC-201", f"region: us-central1\nsecurity: {{key: {key}}}\n") == []


@pytest.mark.parametrize("key", ["projects/p/k", "projects/p/locations/mars/keyRings/r", "projects/p/locations//x"])
def test_half_a_name_of_a_key_is_another_rules_matter(key: str) -> None:
    assert said("CW-SEC-201", f"region: us-central1\nsecurity: {{key: {key}}}\n") == []


def test_without_a_region_no_key_is_in_another() -> None:
    assert said("CW-SEC-201", "security: {key: projects/p/locations/mars/keyRings/r/cryptoKeys/k}\n") == []


@pytest.mark.parametrize("ref", ["hf-token", "HF_TOKEN", "projects/p/secrets/hf", "projects/p/secrets/hf/versions/3"])
def test_a_secret_that_can_be_read(ref: str) -> None:
    assert said("CW-SEC-203", f"secrets: [{{name: A, ref: {ref}}}]\n") == []


@pytest.mark.parametrize("ref", ["arn:aws:secretsmanager:us-east-1:1:secret:a", "a.b", "projects/p/hf", "hf@3"])
def test_a_secret_of_another_store(ref: str) -> None:
    assert len(said("CW-SEC-203", f"secrets: [{{name: A, ref: {ref}}}]\n")) == 1


@pytest.mark.parametrize("id", ["R", "projects/p/r", "r/b", "r."])
def test_a_reservation_that_no_machine_can_name_is_another_rules_matter(id: str) -> None:
    assert said("CW-CAP-011", reserved(id), "") == []


@pytest.mark.parametrize(
    "id",
    ["r", "cr-0", "projects/p/reservations/r", "projects/p/reservations/r/reservationBlocks/b/reservationSubBlocks/s"],
)
def test_a_reservation_that_a_machine_can_name_is_looked_up(id: str) -> None:
    assert len(said("CW-CAP-011", reserved(id), "")) == 1


def test_an_image_is_named_itself_and_not_by_its_family() -> None:
    (finding,) = found("CW-CMP-216", "head: {image: projects/p/global/images/family/ours}\n")
    assert finding.hint == "name one of them: `image: projects/p/global/images/NAME`"
    assert said("CW-CMP-216", "head: {image: projects/p/global/images/ours}\n") == []
