"""AWS's APIs: boto3 finds them and proves who asks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from mlc_compiler.target import EngineError

_HELP = {
    "AccessDenied": "ask for the right, or use a profile that has it",
    "AccessDeniedException": "ask for the right, or use a profile that has it",
    "ExpiredToken": "log in again",
    "ExpiredTokenException": "log in again",
    "InvalidClientTokenId": "AWS does not know these credentials; log in again",
    "NoSuchBucket": "make the bucket of `store`, or name another",
    "UnrecognizedClientException": "AWS does not know these credentials; log in again",
}
_UNREACHABLE = "set a profile or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and the region"


class RefusedError(EngineError):
    """A request that AWS refused.

    Attributes:
        code: AWS's word for why.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, _HELP.get(code, ""))
        self.code = code


class Cloud:
    """An account and a region of AWS: those of the environment's settings, else those that boto3 finds.

    Args:
        region: the region; the usual one where it is None.

    Raises:
        EngineError: boto3 is not installed.
    """

    def __init__(self, region: str | None = None) -> None:
        try:
            import boto3
        except ImportError as error:
            message = "following runs on AWS needs the package `boto3`"
            raise EngineError(message, "pip install 'mlc-compiler[s3]'", reached=False) from error
        self._session: Any = boto3.session.Session(region_name=region)
        self._client = cache(self._session.client)

    def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a request.

        Raises:
            RefusedError: AWS said no.
            EngineError: AWS could not be asked.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._client(service), operation)(**parameters)
        except ClientError as error:
            found = error.response.get("Error", {})
            said = str(found.get("Message") or error)
            raise RefusedError(str(found.get("Code", "")), said) from error
        except BotoCoreError as error:
            raise EngineError(f"AWS cannot be asked: {error}", _UNREACHABLE, reached=False) from error
        return answer

    def pages(self, service: str, operation: str, found: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All that a request for a list gives, whose answers name the next page `nextToken`.

        Args:
            service: the service.
            operation: its operation.
            found: what the answer calls the list.
            parameters: of the operation.
        """
        token: dict[str, str] = {}
        while True:
            answer = self.ask(service, operation, **parameters, **token)
            yield from answer[found]
            if not answer.get("nextToken"):
                return
            token = {"nextToken": answer["nextToken"]}

    def address(self, bucket: str, key: str) -> str:
        """The URL of an object."""
        return f"{self._client('s3').meta.endpoint_url}/{bucket}/{key}"
