"""Moments as they are kept: UTC, without saying so."""

from __future__ import annotations

from datetime import UTC, datetime


def naive(moment: datetime) -> datetime:
    """A moment in UTC without its zone; one without a zone is UTC already. BigQuery answers with zones, the
    other engines without.
    """
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
