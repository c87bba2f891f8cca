"""What every page's frame needs: navigation by role, outbound state, counts."""

from __future__ import annotations

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, object]:
    """Context of the base template."""
    return {}
