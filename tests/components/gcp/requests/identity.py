"""How what components/gcp/identity.py and components/gcp/bindings.py register is asked for."""

from __future__ import annotations

from tests.components.gcp.requests.translate import Call, Inputs, Resource


def _binding(inputs: Inputs) -> Inputs:
    """A member is a resource in Pulumi, and a part of a whole policy in Google's calls; one with a condition needs the
    policy's third version (https://docs.cloud.google.com/iam/docs/policies#versions)."""
    binding = {"role": inputs.pop("role"), "members": [inputs.pop("member")]}
    condition = inputs.pop("condition", None)
    return {**inputs, "version": 3, "bindings": [{**binding, "condition": condition}]}


def _policy(inputs: Inputs) -> Inputs:
    return {"policy": _binding(inputs)}


def _audit(inputs: Inputs) -> Inputs:
    return {"policy": {"auditConfigs": [inputs]}, "updateMask": "auditConfigs"}


PROJECT = {"parent": "projects/{project}"}
REQUESTS = {
    "gcp:serviceaccount/account:Account": Resource(
        Call(
            "iam.v1:projects.serviceAccounts.create",
            {"name": "projects/{project}"},
            {"displayName": "serviceAccount.displayName"},
        )
    ),
    "gcp:serviceaccount/iAMMember:IAMMember": Resource(
        Call("iam.v1:projects.serviceAccounts.setIamPolicy", {"resource": "{serviceAccountId}"}, first=_policy)
    ),
    "gcp:projects/iAMMember:IAMMember": Resource(
        Call("cloudresourcemanager.v1:projects.setIamPolicy", {"resource": "{project}"}, first=_policy)
    ),
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": Resource(
        Call("cloudresourcemanager.v1:projects.setIamPolicy", {"resource": "{project}"}, first=_audit)
    ),
    "gcp:projects/iAMCustomRole:IAMCustomRole": Resource(
        Call(
            "iam.v1:projects.roles.create",
            PROJECT,
            {"title": "role.title", "description": "role.description", "permissions": "role.includedPermissions"},
        )
    ),
    "gcp:projects/serviceIdentity:ServiceIdentity": Resource(
        Call(
            "serviceusage.v1beta1:services.generateServiceIdentity", {"parent": "projects/{project}/services/{service}"}
        )
    ),
    "gcp:iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember": Resource(
        Call(
            "iap.v1:v1.setIamPolicy",
            {"resource": "projects/{project}/iap_tunnel/zones/{zone}/instances/{instance}"},
            first=_policy,
        )
    ),
    "gcp:kms/keyRing:KeyRing": Resource(
        Call(
            "cloudkms.v1:projects.locations.keyRings.create",
            {"parent": "projects/{project}/locations/{location}", "keyRingId": "{name}"},
        )
    ),
    "gcp:kms/cryptoKey:CryptoKey": Resource(
        Call(
            "cloudkms.v1:projects.locations.keyRings.cryptoKeys.create",
            {"parent": "{keyRing}", "cryptoKeyId": "{name}"},
            adds={"nextRotationTime": "2027-02-22T00:00:00Z"},
        )
    ),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": Resource(
        Call(
            "cloudkms.v1:projects.locations.keyRings.cryptoKeys.setIamPolicy",
            {"resource": "{cryptoKeyId}"},
            first=_policy,
        )
    ),
    "gcp:secretmanager/secret:Secret": Resource(
        Call("secretmanager.v1:projects.secrets.create", {**PROJECT, "secretId": "{secretId}"})
    ),
    "gcp:secretmanager/secretIamMember:SecretIamMember": Resource(
        Call("secretmanager.v1:projects.secrets.setIamPolicy", {"resource": "{secretId}"}, first=_policy)
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": Resource(Call("storage.v1:buckets.setIamPolicy", first=_binding)),
    "gcp:storage/managedFolderIamMember:ManagedFolderIamMember": Resource(
        Call("storage.v1:managedFolders.setIamPolicy", first=_binding)
    ),
}
