"""What holds for every test."""

import re

import pytest

ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test whose name is another one in each run, and so cannot be asked for."""
    for item in items:
        if ADDRESS.search(item.nodeid):
            raise pytest.UsageError(f"{item.nodeid} contains a memory address: give its cases ids")
