"""Names as CloudFormation takes those of resources: letters and digits."""

from __future__ import annotations

import re


def alphanumeric(name: str) -> str:
    """A name of small letters, digits and other signs as letters and digits, no two alike.

    >>> alphanumeric("gpu"), alphanumeric("big_one")
    ('gpu', 'bigX5fone')
    """
    return re.sub(r"[^a-z0-9]", lambda sign: f"X{ord(sign[0]):x}", name)
