"""Headphones, desk devices and chargers."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    GLOW,
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
    path,
    rect,
    shadow,
    turned,
)

_LED = "#67c98b"


def headphones(s: Shades) -> Parts:
    cup = [
        path("M112 196 Q90 196 86 224 V282 Q90 312 112 312Z", s.dark),
        rect(106, 188, 46, 132, s.base, 20),
        rect(140, 200, 26, 108, RUBBER, 13),
        rect(116, 208, 10, 84, s.pale, 5, opacity=0.8),
    ]
    return [
        line("M112 214 C92 26 308 26 288 214", s.dark, 24),
        line("M112 214 C92 26 308 26 288 214", s.base, 15),
        line("M134 112 C158 66 242 66 266 112", RUBBER, 13),
        both_sides([line("M111 168 L112 200", STEEL, 12), *cup]),
    ]


def earbuds(s: Shades) -> Parts:
    bud = [
        path(
            "M92 88 C92 58 152 58 156 94 C158 116 146 128 136 132 V190 "
            "Q136 202 124 202 Q112 202 112 190 V134 C100 128 92 112 92 88Z",
            s.base,
        ),
        path("M136 132 V190 Q136 202 124 202 Q120 202 117 199 C128 186 126 150 126 134Z", s.dark),
        ellipse(158, 96, 17, 23, RUBBER),
        ellipse(163, 96, 9, 15, RUBBER_LIGHT),
        rect(118, 188, 12, 8, STEEL_LIGHT, 3),
        circle(116, 90, 9, s.pale),
    ]
    return [
        shadow(s, 200, 112, 342),
        both_sides(bud),
        path("M104 270 Q104 222 150 222 H250 Q296 222 296 270 V292 Q296 338 250 338 H150 Q104 338 104 292Z", s.base),
        path("M264 224 Q296 232 296 270 V292 Q296 338 250 338 H226 Q276 320 264 224Z", s.dark),
        line("M106 266 H294", s.deep, 4),
        rect(180, 260, 40, 13, s.light, 6),
        circle(200, 298, 6, _LED),
    ]


def bluetooth_speaker(s: Shades) -> Parts:
    dots = [circle(x, y, 4, s.deep) for y in range(138, 300, 20) for x in range(146 if y % 40 else 136, 268, 20)]
    return [
        shadow(s, 200, 104, 342),
        path("M246 70 C300 58 316 90 300 118", "none", s.deep, 9),
        path("M106 108 Q106 64 150 64 H250 Q294 64 294 108 V296 Q294 340 250 340 H150 Q106 340 106 296Z", s.base),
        path("M258 64 Q294 68 294 108 V296 Q294 340 250 340 H234 C262 300 268 140 258 64Z", s.dark),
        rect(122, 120, 156, 204, s.light, 26),
        *dots,
        circle(200, 222, 62, s.dark),
        circle(200, 222, 44, RUBBER),
        circle(200, 222, 18, RUBBER_LIGHT),
        *[circle(x, 92, 8, s.trim) for x in (164, 200, 236)],
        path(
            "M52 180 q-16 42 0 84 M76 196 q-10 26 0 52 M348 180 q16 42 0 84 M324 196 q10 26 0 52", "none", s.shadow, 7
        ),
    ]


def keyboard(s: Shades) -> Parts:
    keys = []
    for row, (y, x, count) in enumerate(((160, 52, 12), (186, 58, 12), (212, 52, 12))):
        for place in range(count):
            fill = s.light if (place, row) not in ((0, 0), (11, 2)) else "#e58f5a"
            keys.append(rect(x + place * 24.6, y, 20, 20, fill, 4))
    return [
        ellipse(200, 282, 170, 14, s.shadow),
        rect(34, 142, 332, 136, s.deep, 18),
        rect(34, 136, 332, 132, s.base, 18),
        *keys,
        rect(52, 238, 34, 20, s.light, 4),
        rect(92, 238, 34, 20, s.light, 4),
        rect(132, 238, 134, 20, s.light, 4),
        rect(272, 238, 34, 20, s.light, 4),
        rect(312, 238, 34, 20, s.light, 4),
        line("M52 150 H120", s.dark, 3),
        circle(340, 150, 3, _LED),
    ]


def mouse(s: Shades) -> Parts:
    return [
        ellipse(208, 338, 84, 14, s.shadow),
        path(
            "M116 176 C116 96 150 68 200 68 C250 68 284 96 284 176 "
            "V244 C284 306 250 340 200 340 C150 340 116 306 116 244Z",
            s.base,
        ),
        path("M236 74 C268 88 284 122 284 176 V244 C284 306 250 340 200 340 C254 300 262 150 236 74Z", s.dark),
        path("M116 190 C150 204 250 204 284 190 V176 C284 96 250 68 200 68 C150 68 116 96 116 176Z", s.light),
        path("M236 74 C268 88 284 122 284 176 V190 C274 195 264 198 252 200 C256 150 250 110 236 74Z", s.base),
        line("M200 70 V200", s.deep, 4),
        rect(188, 106, 24, 54, RUBBER, 12),
        line("M192 122 H208 M192 134 H208 M192 146 H208", RUBBER_LIGHT, 3),
        path("M138 236 C140 268 150 290 164 304", "none", s.pale, 8),
        line("M118 190 C150 204 250 204 282 190", s.deep, 3),
    ]


def webcam(s: Shades) -> Parts:
    return [
        shadow(s, 200, 84, 346),
        path("M184 236 H216 V310 H184Z", STEEL_DARK),
        path("M138 318 Q138 302 154 302 H246 Q262 302 262 318 V342 H138Z", s.dark),
        rect(138, 330, 124, 14, RUBBER, 5),
        path("M70 142 Q70 86 126 86 H274 Q330 86 330 142 V186 Q330 242 274 242 H126 Q70 242 70 186Z", s.base),
        path("M286 87 Q330 94 330 142 V186 Q330 242 274 242 H250 C296 220 306 130 286 87Z", s.dark),
        circle(200, 164, 64, s.deep),
        circle(200, 164, 52, RUBBER),
        circle(200, 164, 36, "#27405f"),
        circle(200, 164, 20, "#16243a"),
        circle(186, 148, 10, "#cfe4ec"),
        circle(214, 180, 5, "#7fa6c4"),
        circle(294, 126, 7, _LED),
        *[circle(106, y, 4, s.line) for y in (152, 164, 176)],
    ]


def power_bank(s: Shades) -> Parts:
    return [
        shadow(s, 190, 90, 346),
        path("M236 72 V40 Q236 24 252 24 H296 Q330 24 330 60 V128", "none", s.trim if s.trim == RUBBER else STEEL, 9),
        rect(222, 64, 28, 30, STEEL_LIGHT, 4, STEEL_DARK, 3),
        rect(112, 88, 166, 254, s.base, 26),
        path("M246 88 H252 Q278 88 278 114 V316 Q278 342 252 342 H238 C256 280 260 160 246 88Z", s.dark),
        path("M112 134 V114 Q112 88 138 88 H252 Q278 88 278 114 V134Z", s.deep),
        *[rect(x, 104, 34, 14, RUBBER, 5) for x in (140, 214)],
        path("M204 168 L160 240 H192 L182 296 L230 220 H196Z", GLOW),
        *[circle(x, 322, 5, _LED if x < 212 else s.pale) for x in (168, 186, 204, 222)],
        rect(310, 122, 40, 62, RUBBER, 8),
        rect(316, 128, 28, 46, "#7fb3d3", 3),
        rect(126, 150, 9, 150, s.light, 4),
    ]


def charger(s: Shades) -> Parts:
    return [
        line("M154 224 C154 330 260 246 258 330 C256 356 306 356 320 336", s.trim if s.trim == RUBBER else RUBBER, 9),
        turned(
            -52, 326, 322, [rect(316, 306, 34, 24, s.dark, 6), rect(348, 311, 22, 14, STEEL_LIGHT, 3, STEEL_DARK, 2)]
        ),
        *[rect(x, 34, 14, 52, STEEL_LIGHT, 4, STEEL_DARK, 3) for x in (124, 184)],
        path("M86 112 Q86 80 118 80 H204 Q236 80 236 112 V206 Q236 238 204 238 H118 Q86 238 86 206Z", s.base),
        path("M208 80 Q236 84 236 112 V206 Q236 238 204 238 H186 C208 206 216 130 208 80Z", s.dark),
        path("M168 112 L134 166 H158 L150 206 L188 150 H164Z", GLOW),
        rect(132, 220, 48, 14, RUBBER, 6),
        rect(100, 106, 9, 92, s.pale, 4, opacity=0.8),
        circle(216, 100, 5, _LED),
    ]


DRAWINGS: dict[str, Drawing] = {
    "headphones": headphones,
    "earbuds": earbuds,
    "bluetooth speaker": bluetooth_speaker,
    "keyboard": keyboard,
    "mouse": mouse,
    "webcam": webcam,
    "power bank": power_bank,
    "charger": charger,
}
