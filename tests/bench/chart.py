# SPDX-License-Identifier: GPL-2.0-or-later
"""Bar charts as SVG: groups of horizontal bars, one bar for each series."""

from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 760, 190, 90, 15, 12, 58
COLORS = ("#c0392b", "#34608f", "#8aa9c7", "#b0b0b0")


def bars(title, unit, series, groups, digits=0):
    """A chart's text. @series are names; @groups are (label, values), a value for each series or None."""
    most = max((value for _, values in groups for value in values if value is not None), default=1) or 1
    scale = (WIDTH - LEFT - RIGHT) / most
    parts, y = [], TOP
    for label, values in groups:
        height = BAR * sum(value is not None for value in values)
        parts.append(_text(LEFT - 8, y + height / 2 + 4, label, "end"))
        for number, value in enumerate(values):
            if value is None:
                continue
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{max(1, value * scale):.1f}" '
                         f'height="{BAR - 2}" fill="{COLORS[number]}"/>')
            parts.append(_text(LEFT + value * scale + 5, y + BAR - 4, f"{value:,.{digits}f}"))
            y += BAR
        y += GAP
    legend = []
    x = LEFT
    for number, name in enumerate(series):
        legend.append(f'<rect x="{x}" y="34" width="11" height="11" fill="{COLORS[number]}"/>')
        legend.append(_text(x + 16, 44, name))
        x += 34 + 7 * len(name)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" '
            f'viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="12">')
    frame = f'<rect width="{WIDTH}" height="{y}" fill="white"/>'
    name = f'<text x="12" y="20" font-size="14" font-weight="bold">{escape(title)} ({escape(unit)})</text>'
    return "\n".join([head, frame, name, *legend, *parts, "</svg>"]) + "\n"


def _text(x, y, words, anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
