"""What a cloud stack's state needs: a shared backend and a cloud key, and the commands that make them."""

from __future__ import annotations

KEY_VARIABLE = "CLUSTERWRIGHT_SECRETS_PROVIDER"
# https:// is Pulumi Cloud. Source: https://www.pulumi.com/docs/iac/concepts/state-and-backends/
SHARED_BACKENDS = ("s3://", "gs://", "azblob://", "https://")
# Source: https://www.pulumi.com/docs/iac/concepts/secrets/#available-encryption-providers
CLOUD_KEYS = ("awskms://", "gcpkms://", "azurekeyvault://")

AWS = """\
  hint: make both once, then set the two variables:
    bucket=clusterwright-state-$(aws sts get-caller-identity --query Account --output text)
    aws s3api create-bucket --region {region} --bucket "$bucket"{location}
    aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled
    aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration \
BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    key=$(aws kms create-key --region {region} --description "Clusterwright state" \
--query KeyMetadata.KeyId --output text)
    aws kms create-alias --region {region} --alias-name alias/clusterwright-state --target-key-id "$key"
    export PULUMI_BACKEND_URL="s3://$bucket?region={region}"
    export {variable}="awskms://alias/clusterwright-state?region={region}\""""

GCP = """\
  hint: make both once, then set the two variables:
    project=$(gcloud config get-value project)
    bucket=clusterwright-state-$project
    gcloud storage buckets create "gs://$bucket" --location={region} --uniform-bucket-level-access \
--public-access-prevention
    gcloud storage buckets update "gs://$bucket" --versioning
    gcloud kms keyrings create clusterwright --location={region}
    gcloud kms keys create state --keyring=clusterwright --location={region} --purpose=encryption
    export PULUMI_BACKEND_URL="gs://$bucket"
    export {variable}="gcpkms://projects/$project/locations/{region}/keyRings/clusterwright/cryptoKeys/state\""""


def commands(provider: str, region: str | None) -> str:
    """The commands that make a backend and a key on `provider`; without a region they leave REGION to be filled in."""
    if provider == "gcp":
        return GCP.format(region=region or "REGION", variable=KEY_VARIABLE)
    region = region or "REGION"
    # S3 refuses the default region as a location constraint.
    location = "" if region == "us-east-1" else f" --create-bucket-configuration LocationConstraint={region}"
    return AWS.format(region=region, location=location, variable=KEY_VARIABLE)
