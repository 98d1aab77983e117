"""Colours that can be read: WCAG 2.2's contrast, 4.5 for text and 3 for what has a meaning."""

import pytest

from mlc_compiler.draw.palette import COLOURS, DASHES, MEANING, WIDTHS

TEXT = ("ink", "faint", "focus", "sources", "features", "examples", "training", "serving", "steps", "gone", "new")


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("ground", ["page", "card"])
def test_text_stands_out(name: str, ground: str) -> None:
    for colour, behind in zip(COLOURS[name], COLOURS[ground], strict=True):
        assert contrast(colour, behind) >= 4.5


def test_arrows_stand_out_and_are_told_apart_without_colour() -> None:
    for colour, behind in zip(COLOURS["arrow"], COLOURS["page"], strict=True):
        assert contrast(colour, behind) >= 3
    assert len({(DASHES[kind], WIDTHS[kind]) for kind in MEANING}) == len(MEANING)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
