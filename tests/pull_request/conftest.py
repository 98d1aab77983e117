"""A repository with a pull request."""

from pathlib import Path

import pytest
from tests.repository import Repository
from tests.shop import SPEC


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "repository"
    root.mkdir()
    return Repository(root, SPEC, "def fit(train, validation, context, **settings):\n    return None\n")
