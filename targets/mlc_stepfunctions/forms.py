"""The forms in which AWS takes names, as regular expressions of the whole text.

None lets through what AWS gives a meaning to: `*`, `?` and `${}` of policies, `${}` of state machines, `{{resolve:}}`
of templates, `Ref::` of jobs.
"""

_ARN = r"arn:aws[-a-z]*"
_PLACE = r"[-a-z0-9]+:\d{12}"

BUCKET = r"[a-z0-9][-a-z0-9.]{1,61}[a-z0-9]"
STORE = rf"s3://{BUCKET}(/[-A-Za-z0-9_.=/]*)?"
SECRET = rf"{_ARN}:secretsmanager:{_PLACE}:secret:[-A-Za-z0-9/_+=.@]+(:[-A-Za-z0-9_.]*){{0,3}}"
PARAMETER = rf"{_ARN}:ssm:{_PLACE}:parameter/[-A-Za-z0-9_./]+"
QUEUE = rf"{_ARN}:batch:{_PLACE}:job-queue/[-A-Za-z0-9_]{{1,128}}"
TOPIC = rf"{_ARN}:sns:{_PLACE}:[-A-Za-z0-9_.]{{1,256}}"
KEY = rf"{_ARN}:kms:{_PLACE}:key/[-A-Za-z0-9]+"
POLICY = rf"{_ARN}:iam::(aws|\d{{12}}):policy/[-A-Za-z0-9+=,.@_/]+"
TAG = r"[\w .:/=+@-]*"
TAG_KEY = r"[\w./=+@-][\w ./=+@-]*"
REGION = r"[a-z]{2}(-[a-z]+)+-\d"
FILE_SYSTEM = r"fs-[0-9a-f]{8,40}"
ACCESS_POINT = r"fsap-[0-9a-f]{8,40}"
SUBNET = r"subnet-[0-9a-f]+"
GROUP = r"sg-[0-9a-f]+"
INSTANCE = r"[a-z0-9]+([-.][a-z0-9]+)*"
MODEL_INSTANCE = r"ml\.[a-z0-9-]+\.[a-z0-9]+"
