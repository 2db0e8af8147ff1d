"""`mediamix check` of a project's spec, a variant, or a text."""

from __future__ import annotations

from typing import Any

from mediamix.api.problems import hidden
from mediamix.api.service import Service, refuse_no_variant
from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec, load_spec
from mediamix.pipeline import examine
from mediamix.project.specs import parsed


def checked(service: Service, variant: str | None, text: str | None) -> dict[str, Any]:
    """Every finding, errors first.

    Raises:
        UserError: The spec can't be read.
    """
    if variant is not None and text is not None:
        raise SpecError("a variant and a text were both given", next_step="leave one out")
    refuse_no_variant(service, variant)
    root = service.project.root
    spec = load_spec(service.project.spec(variant)) if text is None else within(parsed(text), service)
    found = [finding.to_dict() for finding in examine(spec, root)]
    told = [{key: hidden(str(value), root) for key, value in one.items()} for one in found]
    return {"ok": not any(one["severity"] == "error" for one in told), "findings": told}


def within(spec: Spec, service: Service) -> Spec:
    """A spec that somebody sent, which may name files of the project only.

    Raises:
        SpecError: It names others.
    """
    root = service.project.root.resolve()
    outside = [path for path in spec.files(root) if not path.resolve().is_relative_to(root)]
    if outside:
        raise SpecError(
            "the spec names files outside of the project",
            expected="paths within the project's folder",
            got=f"{len(outside)} elsewhere",
            next_step="upload them: POST /api/v1/datasets",
        )
    return spec
