"""Tests that need more than Python."""

import os

import pytest


def skip(reason):
    """Skip a test for what this machine lacks, by name; CI may skip nothing, and fails."""
    assert "REDEEMD_CI" not in os.environ, reason
    pytest.skip(str(reason))
