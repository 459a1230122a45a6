"""Training equipment, balls and a helmet."""

from __future__ import annotations

import math

from catalog_db.sample.drawings.base import (
    CREAM,
    CREAM_DARK,
    RUBBER,
    RUBBER_LIGHT,
    STEEL,
    STEEL_DARK,
    STEEL_LIGHT,
    Drawing,
    Parts,
    Shades,
    both_sides,
    circle,
    ellipse,
    line,
    moved,
    number,
    path,
    rect,
    shadow,
    turned,
)


def yoga_mat(s: Shades) -> Parts:
    return [
        shadow(s, 200, 150, 330),
        path("M128 262 H352 L370 316 H116Z", s.light),
        path("M116 312 H371 L372 326 H116Z", s.dark),
        path("M112 128 H268 Q300 128 300 226 Q300 326 268 326 H112Z", s.base),
        path("M112 236 H300 Q300 326 268 326 H112Z", s.dark),
        ellipse(114, 227, 54, 99, s.light),
        path(
            "M114 146 C150 146 150 308 114 308 C80 308 80 166 114 166 C138 166 138 288 114 288 C94 288 94 186 114 186 "
            "C128 186 128 268 114 268 C104 268 104 210 114 210",
            "none",
            s.dark,
            7,
        ),
        line("M196 130 Q226 226 196 324 M246 130 Q274 226 246 324", s.trim, 12),
        line("M208 150 C240 110 250 110 258 146", s.trim, 9),
    ]


def dumbbell(s: Shades) -> Parts:
    end = [
        path("M74 132 H112 L128 148 V252 L112 268 H74 L58 252 V148Z", s.base),
        path("M58 204 H128 V252 L112 268 H74 L58 252Z", s.dark),
        path("M74 132 H112 L128 148 L116 156 H70 L58 148Z", s.light),
        rect(128, 164, 16, 72, s.deep, 5),
    ]
    return [
        moved(
            0,
            6,
            [
                ellipse(200, 284, 150, 13, s.shadow),
                rect(132, 184, 136, 32, STEEL, 6),
                rect(132, 204, 136, 12, STEEL_DARK, 5),
                *[line(f"M{x} 188 l10 24", STEEL_LIGHT, 4) for x in range(154, 240, 14)],
                both_sides(end),
            ],
        )
    ]


def _loop(x: int, w: int, h: int, lit: str, base: str, dark: str) -> Parts:
    """A flat band closed to a loop that stands on its edge, ``w`` wide, with its left side at ``x``."""
    top, foot, inner = 330 - h, 330, w - 52
    return [
        path(
            f"M{x} {top} a{w / 2} 34 0 0 1 {w} 0 v{h - 34} a{w / 2} 34 0 0 1 {-w} 0Z M{x + 26} {top + 12} V{foot - 40} "
            f"a{inner / 2} 20 0 0 0 {inner} 0 V{top + 12} a{inner / 2} 20 0 0 0 {-inner} 0Z",
            base,
        ),
        path(
            f"M{x} {top} a{w / 2} 34 0 0 1 {w} 0 q0 12 -26 14 v-2 a{inner / 2} 20 0 0 0 {-inner} 0 v2 q-26 -2 -26 -14Z",
            lit,
        ),
        path(
            f"M{x + w} {top} v{h - 34} a{w / 2} 34 0 0 1 {-w} 0 q{w / 2} 40 {w - 26} -6 V{top + 14} q26 -2 26 -14Z",
            dark,
        ),
    ]


def resistance_band(s: Shades) -> Parts:
    return [
        shadow(s, 196, 150, 338),
        *_loop(56, 128, 250, s.light, s.base, s.dark),
        *_loop(214, 132, 190, s.light, s.base, s.dark),
        *_loop(110, 160, 150, s.base, s.dark, s.deep),
        path("M150 306 q40 14 80 0 v14 q-40 14 -80 0Z", s.base),
    ]


def foam_roller(s: Shades) -> Parts:
    bumps = [rect(132 + place * 34, y, 24, 26, s.light, 8) for place in range(6) for y in (150, 190, 230)]
    return [
        ellipse(200, 322, 150, 14, s.shadow),
        turned(
            -16,
            200,
            200,
            [
                path("M100 128 H318 C356 128 356 276 318 276 H100Z", s.base),
                path("M100 238 H342 C336 262 328 276 318 276 H100Z", s.dark),
                *bumps,
                ellipse(102, 202, 46, 74, s.dark),
                ellipse(102, 202, 33, 58, RUBBER),
                ellipse(108, 202, 25, 48, RUBBER_LIGHT),
            ],
        ),
    ]


def jump_rope(s: Shades) -> Parts:
    handle = [
        rect(188, 40, 24, 108, s.base, 11),
        path("M202 40 Q212 42 212 52 V137 Q212 148 202 148Z", s.dark),
        *[line(f"M190 {y} H210", s.deep, 4) for y in (64, 80, 96)],
        rect(191, 142, 18, 20, STEEL_LIGHT, 4, STEEL_DARK, 3),
        rect(190, 34, 20, 12, s.trim, 5),
    ]
    rope = "M124 154 C134 214 60 250 84 300 C112 352 288 352 316 300 C340 250 266 214 276 154"
    return [
        ellipse(200, 346, 132, 10, s.shadow),
        line(rope, s.deep, 13),
        line(rope, s.light, 8),
        line("M126 292 C140 316 262 316 276 292 C290 266 116 262 126 292Z", s.deep, 11),
        line("M126 292 C140 316 262 316 276 292 C290 266 116 262 126 292Z", s.light, 7),
        turned(14, 152, 92, [moved(-58, 0, handle)]),
        turned(-14, 248, 92, [moved(58, 0, handle)]),
    ]


def bike_helmet(s: Shades) -> Parts:
    return [
        ellipse(206, 330, 130, 12, s.shadow),
        line("M118 242 C128 300 170 330 204 322 C236 316 252 280 256 244", RUBBER, 9),
        rect(186, 308, 34, 22, RUBBER_LIGHT, 6),
        path("M54 232 C44 130 116 72 206 72 C300 72 356 140 356 214 Q356 232 336 234 L100 250 Q58 252 54 232Z", s.base),
        path("M54 220 C200 250 300 226 356 208 V214 Q356 232 336 234 L100 250 Q58 252 54 232Z", s.deep),
        path("M206 72 C300 72 356 140 356 214 L330 218 C326 140 280 92 206 72Z", s.dark),
        *[
            path(d, s.deep)
            for d in (
                "M96 186 C96 150 116 122 142 110 C130 140 128 170 132 200Z",
                "M156 206 C150 160 162 122 190 96 C192 140 196 170 206 206Z",
                "M230 204 C214 160 212 128 220 100 C250 122 268 160 276 196Z",
                "M298 190 C288 158 272 132 256 112 C290 122 316 150 324 182Z",
            )
        ],
        path("M86 172 C92 138 114 112 144 98", "none", s.pale, 8),
        path("M330 222 Q372 214 380 236 Q356 248 328 240Z", s.dark),
        line("M70 236 C180 256 280 238 344 222", s.light, 4),
    ]


def _pentagon(cx: float, cy: float, r: float) -> str:
    """A pentagon standing on a side, as path data."""
    corners = [(cx + r * math.sin(i * math.tau / 5), cy - r * math.cos(i * math.tau / 5)) for i in range(5)]
    return "M" + " L".join(f"{number(x)} {number(y)}" for x, y in corners) + "Z"


def football(s: Shades) -> Parts:
    panel, patch = (s.base, s.trim) if s.trim == RUBBER else (s.trim, s.base)
    spokes = [
        line(
            f"M{number(200 + 44 * math.sin(a))} {number(202 - 44 * math.cos(a))} "
            f"L{number(200 + 88 * math.sin(a))} {number(202 - 88 * math.cos(a))}",
            s.deep,
            6,
        )
        for a in (i * math.tau / 5 for i in range(5))
    ]
    seams = (
        "M200 114 L254 96 M200 114 L146 96 M284 175 L286 118 M284 175 L326 214 M252 273 L312 256 "
        "M252 273 L244 326 M148 273 L156 326 M148 273 L88 256 M116 175 L74 214 M116 175 L114 118"
    )
    return [
        shadow(s, 200, 110, 342),
        circle(200, 202, 140, panel),
        path("M280 88 A140 140 0 0 1 130 323 C250 320 310 200 280 88Z", s.dark if panel == s.base else CREAM_DARK),
        path(_pentagon(200, 202, 46), patch),
        *spokes,
        line(seams, s.deep, 6),
        path("M170 64 Q200 56 230 64 L254 96 L200 114 L146 96Z", patch),
        path("M300 104 Q330 132 338 170 L326 214 L284 175 L286 118Z", patch),
        path("M326 262 Q306 302 268 324 L244 326 L252 273 L312 256Z", patch),
        path("M74 262 Q94 302 132 324 L156 326 L148 273 L88 256Z", patch),
        path("M100 104 Q70 132 62 170 L74 214 L116 175 L114 118Z", patch),
        circle(200, 202, 138, "none", s.deep, 4),
    ]


def _strings(cx: float, cy: float, rx: float, ry: float) -> Parts:
    """A net of strings that ends at the ellipse."""
    parts = []
    for offset in range(-72, 73, 18):
        if abs(offset) < rx:
            half = ry * math.sqrt(1 - (offset / rx) ** 2)
            parts.append(line(f"M{number(cx + offset)} {number(cy - half)} v{number(2 * half)}", STEEL, 3))
    for offset in range(-90, 91, 18):
        half = rx * math.sqrt(1 - (offset / ry) ** 2)
        parts.append(line(f"M{number(cx - half)} {number(cy + offset)} h{number(2 * half)}", STEEL, 3))
    return parts


def tennis_racket(s: Shades) -> Parts:
    racket = [
        ellipse(200, 130, 84, 98, CREAM, opacity=0.7),
        *_strings(200, 130, 84, 98),
        path("M142 206 L186 262 H214 L258 206", "none", s.dark, 14),
        ellipse(200, 130, 86, 100, "none", s.base, 18),
        path("M252 52 C290 84 296 170 252 210", "none", s.dark, 7),
        path("M126 92 C132 66 150 48 170 38", "none", s.pale, 6),
        rect(185, 252, 30, 30, s.base),
        rect(183, 278, 34, 92, RUBBER, 10),
        *[line(f"M186 {y} l28 -12", RUBBER_LIGHT, 4) for y in (302, 320, 338, 356)],
    ]
    return [
        turned(34, 200, 200, [moved(14, 22, racket, 0.93)]),
        circle(312, 312, 36, "#d3dd4f"),
        path("M282 296 C300 300 308 320 302 346 M340 292 C326 296 318 312 324 344", "none", "#ffffff", 5),
    ]


DRAWINGS: dict[str, Drawing] = {
    "yoga mat": yoga_mat,
    "dumbbell": dumbbell,
    "resistance band": resistance_band,
    "foam roller": foam_roller,
    "jump rope": jump_rope,
    "bike helmet": bike_helmet,
    "football": football,
    "tennis racket": tennis_racket,
}
