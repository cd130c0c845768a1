"""The lock files: complete, so that they install on any later day without asking what was published since."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def _pins(lock: str) -> dict[str, Requirement]:
    """Name -> the pin that applies on this machine."""
    lines = re.findall(r"^[A-Za-z].*?(?= \\$)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
    pins = [Requirement(line) for line in lines]
    return {canonicalize_name(pin.name): pin for pin in pins if pin.marker is None or pin.marker.evaluate()}


def _applies(needed: Requirement, extras: set[str]) -> bool:
    if needed.marker is None:
        return True
    return any(needed.marker.evaluate({"extra": extra}) for extra in extras | {""})


def unmet(needed: Requirement, pins: dict[str, Requirement]) -> bool:
    pin = pins.get(canonicalize_name(needed.name))
    if pin is None or not needed.extras <= pin.extras:
        return True
    (version,) = (one.version for one in pin.specifier)
    return not needed.specifier.contains(version, prereleases=True)


def _needs(pin: Requirement) -> list[Requirement]:
    """What the installed package says it needs, with the extras that it is pinned with."""
    try:
        told = distribution(pin.name).requires or []
    except PackageNotFoundError:  # installed by nobody yet: a lock that was changed since `make setup`
        pytest.fail(f"{pin.name} is locked and not installed: make setup")
    return [needed for needed in map(Requirement, told) if _applies(needed, set(pin.extras))]


@pytest.mark.parametrize("lock", LOCKS)
def test_each_requirement_of_each_locked_package_is_pinned_with_its_extras(lock: str) -> None:
    pins = _pins(lock)
    assert len(pins) > 40
    missing = [f"{pin.name}: {needed}" for pin in pins.values() for needed in _needs(pin) if unmet(needed, pins)]
    assert not missing, "run `make lock`"


def test_what_the_project_declares_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runs, tests = _pins("requirements.lock"), _pins("requirements-dev.lock")
    assert not [needed for needed in map(Requirement, project["dependencies"]) if unmet(needed, runs)]
    assert not [needed for needed in map(Requirement, project["optional-dependencies"]["dev"]) if unmet(needed, tests)]


def test_a_pin_without_the_extra_that_is_needed_is_seen() -> None:
    needed = Requirement("coverage[toml]>=7.10.6")
    assert unmet(needed, {"coverage": Requirement("coverage==7.17.4")})
    assert not unmet(needed, {"coverage": Requirement("coverage[toml]==7.17.4")})


def test_both_locks_pin_the_same_versions() -> None:
    runs, tests = _pins("requirements.lock"), _pins("requirements-dev.lock")
    assert {name: pin.specifier for name, pin in runs.items()} == {name: tests[name].specifier for name in runs}
