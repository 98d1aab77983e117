"""Clients of the engine's own services, for what AWS's services do to each other."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from moto.settings import moto_server_port


@cache
def client(service: str, region: str) -> Any:
    """A client of a service in a region."""
    session = boto3.session.Session("engine", "secret", region_name=region)
    # The service judges the request, and at once.
    config = Config(parameter_validation=False, max_pool_connections=64, retries={"total_max_attempts": 1})
    return session.client(service, endpoint_url=f"http://127.0.0.1:{moto_server_port()}", config=config)
