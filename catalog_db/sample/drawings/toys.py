"""Toys and games."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    CREAM,
    CREAM_DARK,
    RUBBER,
    SKIN,
    STEEL,
    STEEL_DARK,
    STEEL_LIGHT,
    WOOD,
    WOOD_DARK,
    WOOD_LIGHT,
    Drawing,
    Parts,
    Shades,
    both_sides,
    circle,
    ellipse,
    line,
    moved,
    path,
    rect,
    shadow,
    turned,
)

_RED, _YELLOW, _BLUE, _GREEN = "#d6584c", "#efc14f", "#5c93c9", "#79b069"


def _block(x: int, y: int, w: int, h: int, front: str, top: str, side: str) -> Parts:
    """A block seen from the front, a little from above and from the left."""
    return [
        rect(x, y, w, h, front, 4),
        path(f"M{x} {y + 2} l22 -20 h{w} l-22 20Z", top),
        path(f"M{x + w - 1} {y + 2} l22 -20 v{h - 2} l-22 20Z", side),
    ]


def wooden_blocks(s: Shades) -> Parts:
    return [
        shadow(s, 208, 146, 340),
        *_block(70, 244, 92, 92, s.base, s.light, s.dark),
        *_block(224, 244, 92, 92, WOOD_LIGHT, "#efd3a6", WOOD),
        *_block(146, 152, 92, 92, WOOD_LIGHT, "#efd3a6", WOOD),
        circle(116, 290, 26, s.pale),
        path("M270 266 L296 314 H244Z", s.dark),
        path("M192 172 l8 18 l20 2 l-15 14 l4 20 l-17 -10 l-17 10 l4 -20 l-15 -14 l20 -2Z", s.dark),
        path("M152 132 L206 58 L260 132 L238 152 H146Z", s.base),
        path("M206 58 L260 132 L238 152Z", s.dark),
    ]


def jigsaw_puzzle(s: Shades) -> Parts:
    knob = "q-4 -10 -4 -16 a22 22 0 1 1 44 0 q0 6 -4 16"
    return [
        ellipse(204, 338, 140, 12, s.shadow),
        path(
            f"M72 112 H112 {knob} H196 V158 q10 -4 16 -4 a22 22 0 1 1 0 44 "
            f"q-6 0 -16 -4 V232 H158 q4 10 4 16 a22 22 0 1 1 -44 0 q0 -6 4 -16 H72Z",
            s.base,
        ),
        path("M196 236 H158 q4 10 4 16 a22 22 0 1 1 -44 0 q0 -6 4 -16 H72 V326 H196Z", s.light),
        path(
            "M200 112 H318 V232 H284 q4 -10 4 -16 a22 22 0 1 0 -44 0 "
            "q0 6 4 16 H200 V194 q10 4 16 4 a22 22 0 1 0 0 -44 q-6 0 -16 4Z",
            s.pale,
        ),
        turned(
            14,
            280,
            290,
            [
                path(
                    "M214 250 H248 q-4 -10 -4 -16 a22 22 0 1 1 44 0 q0 6 -4 16 H336 "
                    "V340 H214 V312 q-10 4 -16 4 a22 22 0 1 1 0 -44 q6 0 16 4Z",
                    s.dark,
                )
            ],
        ),
        line("M84 126 H104 M84 126 V150", s.pale, 6),
    ]


def board_game(s: Shades) -> Parts:
    marked = s.deep if s.trim == RUBBER else s.base
    squares = []
    for row in range(6):
        for place in range(6):
            fill = marked if (row + place) % 2 else CREAM
            squares.append(rect(104 + place * 32, 84 + row * 32, 32, 32, fill))
    pawn = "M0 0 h40 q0 -14 -10 -20 q-4 -18 -4 -28 a14 14 0 1 0 -12 0 q0 10 -4 28 q-10 6 -10 20Z"
    return [
        ellipse(206, 338, 150, 12, s.shadow),
        path("M84 64 H316 V292 H84Z", s.dark),
        rect(92, 72, 216, 216, s.light, 4),
        *squares,
        rect(84, 60, 232, 8, s.deep, 3),
        *[moved(x, y, [path(pawn, fill)]) for x, y, fill in ((70, 334, _RED), (128, 340, _BLUE), (186, 334, _YELLOW))],
        turned(
            -12,
            286,
            306,
            [
                rect(256, 276, 60, 60, "#ffffff", 12, CREAM_DARK, 3),
                *[circle(x, y, 6, RUBBER) for x, y in ((272, 292), (300, 292), (286, 306), (272, 320), (300, 320))],
            ],
        ),
    ]


def soft_toy(s: Shades) -> Parts:
    return [
        shadow(s, 200, 108, 344),
        both_sides([circle(138, 72, 32, s.base), circle(138, 72, 18, s.pale)]),
        both_sides([path("M138 200 C92 206 74 244 84 270 Q98 284 114 266 C122 246 138 238 152 232Z", s.dark)]),
        path(
            "M200 176 C262 176 288 226 284 274 C280 322 246 342 200 342 "
            "C154 342 120 322 116 274 C112 226 138 176 200 176Z",
            s.base,
        ),
        ellipse(200, 272, 56, 56, s.pale),
        both_sides([ellipse(136, 320, 36, 28, s.dark), ellipse(134, 322, 20, 16, s.pale)]),
        path(
            "M200 44 C268 44 294 92 290 132 C286 178 250 202 200 202 C150 202 114 178 110 132 C106 92 132 44 200 44Z",
            s.base,
        ),
        path("M252 62 C282 80 293 104 290 132 C286 178 250 202 200 202 C262 184 276 120 252 62Z", s.dark, opacity=0.6),
        ellipse(200, 152, 46, 36, s.pale),
        path("M182 136 Q200 126 218 136 Q212 152 200 154 Q188 152 182 136Z", RUBBER),
        line("M200 154 V166 M180 168 Q190 180 200 168 Q210 180 220 168", RUBBER, 4),
        both_sides([circle(158, 118, 14, s.pale), circle(158, 118, 10, RUBBER), circle(161, 114, 3, "#ffffff")]),
        path("M164 200 Q200 222 236 200 L232 214 Q200 234 168 214Z", s.trim),
        line("M188 244 V300", s.base, 3, 0.5),
    ]


def kite(s: Shades) -> Parts:
    bows = [
        moved(x, y, [turned(angle, 0, 0, [path("M0 0 L-20 -12 V12Z M0 0 L20 -12 V12Z", fill)])])
        for x, y, angle, fill in ((150, 282, 24, _YELLOW), (118, 314, 40, s.light), (84, 322, -10, _RED))
    ]
    return [
        *[
            path(f"M{x} {y} q8 -18 28 -14 q10 -20 32 -8 q22 -4 22 22Z", "#ffffff", opacity=0.9)
            for x, y in ((44, 122), (286, 306))
        ],
        line("M184 252 C160 300 120 304 108 320 C96 336 70 310 52 340", s.line, 4),
        *bows,
        path("M252 44 L330 140 L184 252 L132 108Z", s.base),
        path("M252 44 L330 140 L214 128Z", s.light),
        path("M330 140 L184 252 L214 128Z", s.dark),
        path("M132 108 L184 252 L214 128Z", s.light, opacity=0.5),
        path("M132 108 L252 44 L214 128Z", s.base),
        line("M252 44 L184 252 M132 108 L330 140", s.pale, 5),
        line("M214 128 C236 210 300 240 372 372", s.line, 2.5),
    ]


def toy_train(s: Shades) -> Parts:
    wheels = [
        part
        for x, r in ((112, 32), (190, 32), (268, 32), (326, 24))
        for part in (
            circle(x, 330 - r, r, s.trim),
            circle(x, 330 - r, r - 10, WOOD_LIGHT),
            circle(x, 330 - r, 7, WOOD_DARK),
        )
    ]
    return [
        ellipse(206, 332, 168, 11, s.shadow),
        *[circle(x, y, r, "#ffffff", opacity=0.95) for x, y, r in ((292, 62, 24), (256, 44, 19), (226, 28, 13))],
        path("M276 158 L268 100 H316 L308 158Z", s.dark),
        rect(262, 92, 60, 16, _YELLOW, 6),
        rect(180, 154, 166, 90, s.base, 30),
        path("M180 210 H346 V214 Q346 244 316 244 H180Z", s.dark),
        *[rect(x, 154, 12, 90, _YELLOW) for x in (226, 286)],
        rect(64, 96, 124, 152, s.base, 6),
        path("M160 96 H182 Q188 96 188 102 V248 H160Z", s.dark),
        rect(86, 122, 62, 58, "#dff1f8", 8, s.light, 7),
        path("M48 100 Q48 76 72 76 H180 Q204 76 204 100Z", s.deep),
        path("M336 244 L374 306 H316Z", s.deep),
        rect(54, 240, 296, 44, s.light, 8),
        *wheels,
        line("M112 298 H268", STEEL_DARK, 9),
        circle(346, 196, 12, _YELLOW),
        path("M210 154 V130 Q210 118 222 118 H240 Q252 118 252 130 V154Z", _YELLOW),
    ]


def craft_kit(s: Shades) -> Parts:
    pencil = [
        rect(0, 0, 18, 96, _YELLOW),
        rect(0, 0, 18, 16, "#e795ac", 4),
        path("M0 96 h18 l-9 26Z", WOOD_LIGHT),
        path("M6 114 h6 l-3 8Z", RUBBER),
    ]
    return [
        shadow(s, 200, 150, 340),
        turned(196, 130, 130, [moved(104, 78, pencil)]),
        turned(176, 170, 130, [moved(162, 60, [p.replace(_YELLOW, _BLUE) for p in pencil])]),
        line("M236 190 L270 66 M282 190 L240 70", STEEL, 13),
        circle(258, 128, 7, STEEL_DARK),
        line("M322 190 C322 150 316 120 322 84", WOOD_DARK, 10),
        path("M312 86 C308 64 318 44 330 36 C338 54 338 74 334 88Z", _GREEN),
        rect(314, 84, 18, 18, STEEL_LIGHT, 3),
        path("M56 192 Q56 180 68 180 H332 Q344 180 344 192 V314 Q344 332 326 332 H74 Q56 332 56 314Z", s.base),
        path("M316 180 H332 Q344 180 344 192 V314 Q344 332 326 332 H296 C312 290 318 230 316 180Z", s.dark),
        rect(48, 172, 304, 28, s.light, 8),
        circle(200, 264, 44, CREAM, s.dark, 4),
        *[
            circle(x, y, 10, fill)
            for x, y, fill in ((184, 250, _RED), (210, 244, _YELLOW), (224, 266, _BLUE), (206, 288, _GREEN))
        ],
        circle(182, 276, 9, s.base),
        *[
            circle(x, y, 8, fill)
            for x, y, fill in (
                (90, 236, _YELLOW),
                (110, 262, _RED),
                (90, 292, _GREEN),
                (290, 232, _BLUE),
                (272, 298, _YELLOW),
            )
        ],
    ]


def doll(s: Shades) -> Parts:
    hair = "#8a5a3c"
    return [
        shadow(s, 200, 92, 348),
        both_sides([circle(128, 150, 30, hair), rect(134, 124, 18, 20, s.base, 6)]),
        both_sides([line("M180 296 V332", SKIN, 20), path("M166 330 h26 v8 q0 8 -8 8 h-28 q-2 -14 10 -16Z", RUBBER)]),
        both_sides([line("M158 204 C134 222 118 238 108 254", SKIN, 18)]),
        path("M168 180 H232 L282 304 Q200 326 118 304Z", s.base),
        path("M214 180 H232 L282 304 Q262 310 240 312 C244 260 232 220 214 180Z", s.dark),
        both_sides([path("M170 180 C148 182 134 200 132 220 L160 226 L178 196Z", s.light)]),
        path("M124 288 Q200 312 276 288 L282 304 Q200 326 118 304Z", s.pale),
        path("M176 180 Q200 204 224 180Z", CREAM),
        *[circle(200, y, 5, s.trim) for y in (216, 240, 264)],
        circle(200, 118, 70, hair),
        path(
            "M142 120 C142 88 168 74 200 74 C232 74 258 88 258 120 C258 158 234 180 200 180 C166 180 142 158 142 120Z",
            SKIN,
        ),
        path(
            "M138 118 C140 78 168 60 200 60 C236 60 260 80 262 118 C236 112 214 98 200 82 C188 100 164 114 138 118Z",
            hair,
        ),
        both_sides([circle(174, 134, 7, RUBBER), circle(162, 152, 9, "#eda08f", opacity=0.7)]),
        line("M186 156 Q200 168 214 156", "#b5544a", 4),
        path("M200 60 L172 44 V74Z M200 60 L228 44 V74Z", s.base),
        circle(200, 60, 7, s.dark),
    ]


DRAWINGS: dict[str, Drawing] = {
    "wooden blocks": wooden_blocks,
    "jigsaw puzzle": jigsaw_puzzle,
    "board game": board_game,
    "soft toy": soft_toy,
    "kite": kite,
    "toy train": toy_train,
    "craft kit": craft_kit,
    "doll": doll,
}
