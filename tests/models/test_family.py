"""The registry of model families."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from mediamix.core.errors import SpecError
from mediamix.core.spec import parse_spec
from mediamix.core.spec.model import FamilyName
from mediamix.models.family import families, family_for


def test_every_family_has_a_name_in_the_spec_and_every_name_a_family() -> None:
    assert set(families()) == set(get_args(FamilyName))
    for name in families():
        assert family_for(parse_spec({"model": {"family": name}})).name == name


def test_a_spec_that_names_no_family_has_the_hash_that_it_had() -> None:
    assert parse_spec({"model": {"family": "bayes"}}).hash == parse_spec({}).hash


def test_a_family_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(SpecError, match=r"model\.family"):
        parse_spec({"model": {"family": "bayess"}})


def test_listing_families_loads_no_engine() -> None:
    code = (
        "import sys; from mediamix.models.family import families; families(); "
        "sys.exit(any(name in sys.modules for name in ('numba', 'sklearn', 'nutpie', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
