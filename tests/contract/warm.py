"""Loaded by the parent that all processes of a kill test are forked from: whatever would take each of them a while."""

from __future__ import annotations

import alembic.command
import alembic.config
import alembic.migration
import alembic.script
from babel import Locale

import tests.contract.killable_chat

__all__ = ["alembic", "tests"]

Locale.parse("en_GB").plural_form(2)
