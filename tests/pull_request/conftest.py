"""A repository with a pull request."""

from pathlib import Path

import pytest
from tests.pull_request.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "repository"
    root.mkdir()
    return Repository(root)
