"""Meta's actions: which of them is the conversion, within which attribution windows, and of which day.

``purchase``, ``omni_purchase`` and ``offsite_conversion.fb_pixel_purchase`` count the same purchases: one
type is read, never a sum of types. Windows of a kind hold each other: at most one of each is added up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mediamix.core.errors import shown

#: Windows that Meta still tells, and their kind.
WINDOWS = {
    "1d_click": "click",
    "7d_click": "click",
    "28d_click": "click",
    "1d_ev": "engaged view",
    "1d_view": "view",
}
#: In place of windows: as each ad set has it.
AD_SET = "ad_set"
ACTION, ATTRIBUTION = "omni_purchase", "7d_click,1d_view"

#: How types of actions begin that happen on Meta, and elsewhere.
_ON_META = ("onsite_conversion.", "link_click", "leadgen", "post_", "page_engagement", "video_view", "like")
_ELSEWHERE = ("offsite_conversion.", "app_custom_event.", "offline_conversion.")


@dataclass(frozen=True)
class Conversions:
    """What counts as a conversion.

    Args:
        action: The type of action.
        windows: Attribution windows, of which the sum is taken; none: Meta's own number, which follows the
            setting of each ad set.
    """

    action: str
    windows: tuple[str, ...]

    @property
    def basis(self) -> str:
        """By what Meta dates it; ``mixed`` for a type that holds both, as ``omni_purchase`` does.

        Since 10 June 2025 this can't be asked for any more: what happens on Meta is dated by the impression,
        what happens elsewhere by the conversion.
        """
        if self.action.startswith(_ELSEWHERE):
            return "conversion"
        return "impression" if self.action.startswith(_ON_META) else "mixed"

    def window(self, row: Mapping[str, object]) -> object:
        """Of a row, for the column ``attribution_window``."""
        return ",".join(self.windows) or row.get("attribution_setting")

    def counted(self, entries: object) -> object:
        """The number in ``actions`` or the worth in ``action_values``, exact.

        Meta leaves out what is zero. What isn't a number stays as it came, so that its row is put aside.
        """
        if not isinstance(entries, list):
            return Decimal() if entries is None else shown(entries)
        total = Decimal()
        for entry in entries:
            if not isinstance(entry, dict) or entry.get("action_type") != self.action:
                continue
            for window in self.windows or ("value",):
                try:
                    total += Decimal(str(entry.get(window, 0)))
                except InvalidOperation:
                    return str(entry[window])
        return total

    def notes(self, rows: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
        """That there are actions, but none of the type: it may be misspelt."""
        types = {kind for row in rows for kind in _types(row.get("actions"))}
        if not types or self.action in types:
            return ()
        return (f"no action is of the type '{self.action}' (option `action`), so conversions are zero",)


def _types(entries: object) -> Iterator[object]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield entry.get("action_type")


def conversions_of(options: Mapping[str, str]) -> tuple[Conversions, list[str]]:
    """What a source's options say, and what is wrong with them, one line each."""
    action = options.get("action", ACTION).strip()
    said = options.get("attribution", ATTRIBUTION).strip()
    windows = () if said == AD_SET else tuple(one.strip() for one in said.split(","))
    findings = []
    if not re.fullmatch(r"[a-z0-9_]+(\.[A-Za-z0-9_]+)*", action):
        findings.append(
            f"options: action: {shown(action)} isn't one type of action, as {ACTION} or "
            "offsite_conversion.fb_pixel_lead; types that count the same must not be added up"
        )
    kinds = [WINDOWS.get(one) for one in windows]
    if None in kinds or len(set(kinds)) < len(kinds):
        findings.append(
            f"options: attribution: {shown(said)} is neither '{AD_SET}' nor one or more of "
            f"{', '.join(WINDOWS)}, at most one of a kind, since the longer one holds the shorter"
        )
    return Conversions(action, windows), findings
