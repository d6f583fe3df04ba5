"""Pictures that a test does not ask about: to draw them takes longer than all the rest of a small study."""

import pytest


def without_pictures(patch: pytest.MonkeyPatch) -> None:
    """Let studies end without figures; those are tested where they are drawn."""
    for drawing in ("draw_figures", "draw_answers"):
        patch.setattr(f"experiments.figures.{drawing}", lambda *_: {})
