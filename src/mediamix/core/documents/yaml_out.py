"""To YAML that reads back as the same: what our reader takes for a number is quoted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from mediamix.core.documents.scalars import NUMBER


class _Dumper(yaml.SafeDumper):
    """Quotes texts that our reader would take for numbers, such as 1e3; no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, list("-+.0123456789"))


def as_yaml(raw: Mapping[str, Any], *, short: bool = False) -> str:
    """YAML that people read, in the given order; `short`: lists and mappings of values on one line."""
    style = None if short else False
    text: str = yaml.dump(raw, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=style)
    return text
