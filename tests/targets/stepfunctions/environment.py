"""A sound environment."""

QUEUE = "arn:aws:batch:eu-central-1:123456789012:job-queue/ml"
ENVIRONMENT = {
    "store": {"path": "s3://bucket/prefix"},
    "image": "registry.example/ml@sha256:" + "0" * 64,
    "targets": {"stepfunctions": {"queue": {"arn": QUEUE}}},
}
