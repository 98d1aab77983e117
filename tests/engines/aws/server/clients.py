"""Clients of the engine's own services, for what AWS's services do to each other."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from moto.settings import moto_server_port


@cache
def client(service: str, region: str) -> Any:
    """A client of a service in a region."""
    session = boto3.session.Session("engine", "secret", region_name=region)
    return session.client(service, endpoint_url=f"http://127.0.0.1:{moto_server_port()}")
