"""The forms in which Kubernetes takes names and labels, as regular expressions of the whole text."""

_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

OBJECT_NAME = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
DATA_KEY = r"[-._A-Za-z0-9]{1,253}"
EXTENDED_RESOURCE = f"{OBJECT_NAME}/{_NAME}"
LABEL = f"({_NAME})?"
LABEL_KEY = f"({OBJECT_NAME}/)?{_NAME}"
