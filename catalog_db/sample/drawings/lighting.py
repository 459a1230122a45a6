"""Lamps, candles and lanterns, lit."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    CREAM,
    CREAM_DARK,
    GLASS_LIGHT,
    GLOW,
    GLOW_LIGHT,
    RUBBER,
    STEEL,
    STEEL_DARK,
    Drawing,
    Parts,
    Shades,
    circle,
    ellipse,
    line,
    path,
    rect,
    shadow,
    turned,
)


def _flame(x: float, y: float, scale: float = 1) -> Parts:
    """A candle flame whose foot is at (x, y)."""
    a, b, c = 46 * scale, 18 * scale, 8 * scale
    return [
        circle(x, y - a / 2, a, GLOW_LIGHT, opacity=0.7),
        path(f"M{x} {y - a} C{x + b} {y - b} {x + b} {y} {x} {y} C{x - b} {y} {x - b} {y - b} {x} {y - a}Z", "#f6a63c"),
        path(
            f"M{x} {y - a / 2} C{x + c} {y - c} {x + c} {y} {x} {y} C{x - c} {y} {x - c} {y - c} {x} {y - a / 2}Z",
            GLOW_LIGHT,
        ),
    ]


def table_lamp(s: Shades) -> Parts:
    return [
        shadow(s, 200, 90, 340),
        path("M112 190 L60 330 H340 L288 190Z", GLOW_LIGHT, opacity=0.6),
        line("M248 190 V232", STEEL_DARK, 3),
        circle(248, 236, 5, STEEL_DARK),
        path("M186 188 H214 V206 C262 224 262 308 216 324 H184 C138 308 138 224 186 206Z", s.base),
        path("M204 188 H214 V206 C262 224 262 308 216 324 H198 C236 300 236 226 204 206Z", s.dark),
        path("M166 236 C156 256 158 276 168 292", "none", s.pale, 8),
        rect(152, 322, 96, 16, s.deep, 6),
        path("M142 70 H258 L302 192 H98Z", CREAM),
        path("M232 70 H258 L302 192 H262Z", CREAM_DARK),
        ellipse(200, 192, 102, 12, GLOW),
        line("M142 72 H258", CREAM_DARK, 6),
    ]


def floor_lamp(s: Shades) -> Parts:
    return [
        shadow(s, 190, 84, 350),
        path("M206 136 L170 346 H356 L318 136Z", GLOW_LIGHT, opacity=0.55),
        path("M190 340 V96 C190 36 262 30 262 82", "none", s.base, 11),
        path("M193 340 V96", "none", s.dark, 4),
        ellipse(190, 344, 66, 12, s.dark),
        ellipse(190, 338, 66, 12, s.base),
        path("M198 138 C198 96 226 76 262 76 C298 76 326 96 326 138Z", s.base),
        path("M276 77 C304 82 326 102 326 138 H296 C300 112 292 90 276 77Z", s.dark),
        path("M216 126 C222 106 236 96 252 92", "none", s.pale, 7),
        path("M232 138 a30 30 0 0 0 60 0Z", GLOW),
        line("M198 138 H326", s.deep, 6),
        rect(254, 66, 16, 14, s.deep, 4),
    ]


def pendant_light(s: Shades) -> Parts:
    return [
        path("M108 220 L50 372 H350 L292 220Z", GLOW_LIGHT, opacity=0.6),
        line("M200 0 V112", s.trim if s.trim == RUBBER else STEEL_DARK, 6),
        path("M160 0 H240 L230 16 H170Z", s.dark),
        rect(184, 96, 32, 34, STEEL, 6),
        rect(184, 112, 32, 6, STEEL_DARK),
        path("M92 226 C92 156 138 126 200 126 C262 126 308 156 308 226Z", s.base),
        path("M230 128 C278 138 308 168 308 226 H264 C270 184 258 150 230 128Z", s.dark),
        path("M118 206 C122 174 142 156 168 148", "none", s.pale, 9),
        path("M150 226 a50 46 0 0 0 100 0Z", GLOW),
        path("M166 226 a34 30 0 0 0 68 0Z", GLOW_LIGHT),
        rect(84, 216, 232, 14, s.deep, 7),
    ]


def desk_lamp(s: Shades) -> Parts:
    return [
        shadow(s, 176, 104, 342),
        path("M240 158 L196 336 H376 L338 212Z", GLOW_LIGHT, opacity=0.65),
        line("M150 318 L98 204 L212 108", s.dark, 13),
        line("M150 318 L98 204 L212 108", s.base, 8),
        circle(98, 204, 14, STEEL, STEEL_DARK, 4),
        circle(212, 108, 12, STEEL, STEEL_DARK, 4),
        path("M88 330 Q88 308 116 308 H184 Q212 308 212 330 V340 H88Z", s.base),
        path("M88 328 H212 V340 H88Z", s.dark),
        circle(184, 320, 5, GLOW),
        turned(
            36,
            250,
            130,
            [
                path(
                    "M196 96 H226 L236 104 C284 88 330 108 340 154 "
                    "C344 168 334 172 326 172 H216 C206 172 200 166 200 156Z",
                    s.base,
                ),
                path(
                    "M200 152 C250 164 300 160 340 154 C344 168 334 172 326 172 H216 C206 172 200 166 200 156Z", s.dark
                ),
                path("M224 170 a46 26 0 0 0 92 0Z", GLOW),
                path("M250 110 C276 104 302 112 314 130", "none", s.pale, 7),
            ],
        ),
    ]


def string_lights(s: Shades) -> Parts:
    bulbs = []
    for x, y, angle in ((62, 122, 14), (116, 152, 6), (176, 166, 0), (236, 162, -4), (292, 142, -10), (342, 112, -16)):
        for dx, dy in ((0, 0), (-4, 124)):
            bulbs.append(
                turned(
                    angle,
                    x + dx,
                    y + dy,
                    [
                        circle(x + dx, y + dy + 42, 34, GLOW_LIGHT, opacity=0.7),
                        rect(x + dx - 8, y + dy, 16, 20, s.base, 3),
                        path(f"M{x + dx - 9} {y + dy + 18} h18 q12 22 0 36 q-9 10 -18 0 q-12 -14 0 -36Z", GLOW),
                        line(f"M{x + dx - 4} {y + dy + 30} v14", "#ffffff", 4),
                    ],
                )
            )
    return [
        line("M20 84 C100 190 280 200 380 76", s.base, 7),
        line("M16 206 C96 316 276 324 376 200", s.base, 7),
        *bulbs,
    ]


def night_light(s: Shades) -> Parts:
    return [
        circle(200, 196, 156, GLOW_LIGHT, opacity=0.8),
        shadow(s, 200, 92, 334),
        path(
            "M102 246 C102 136 142 92 200 92 C258 92 298 136 298 246 "
            "C298 304 262 330 200 330 C138 330 102 304 102 246Z",
            GLOW_LIGHT,
        ),
        path("M126 120 L112 62 Q112 50 126 56 L174 92Z", s.base),
        path("M274 120 L288 62 Q288 50 274 56 L226 92Z", s.base),
        path(
            "M104 246 C102 140 146 88 200 88 C254 88 298 140 296 246 "
            "C296 300 262 328 200 328 C138 328 104 300 104 246Z",
            s.base,
        ),
        path("M250 104 C284 130 298 180 296 246 C296 300 262 328 200 328 C270 300 282 180 250 104Z", s.dark),
        ellipse(192, 262, 56, 50, GLOW_LIGHT),
        path("M196 226 a36 36 0 1 0 30 56 a30 30 0 0 1 -30 -56Z", GLOW),
        line("M152 180 q10 12 20 0 M222 180 q10 12 20 0", s.line, 6),
        path("M190 198 h14 l-7 9Z", "#e58f86"),
        *[circle(x, 206, 11, "#f2a9a0", opacity=0.6) for x in (142, 252)],
        *[
            path(f"M{x} {y} l4 9 l9 4 l-9 4 l-4 9 l-4 -9 l-9 -4 l9 -4Z", GLOW)
            for x, y in ((66, 120), (338, 150), (60, 246))
        ],
    ]


def candle(s: Shades) -> Parts:
    return [
        shadow(s, 200, 104, 338),
        *_flame(200, 124, 1.3),
        line("M200 148 V122", RUBBER, 6),
        path(
            "M112 150 Q112 140 124 140 H276 Q288 140 288 150 V316 Q288 334 268 334 H132 Q112 334 112 316Z", GLASS_LIGHT
        ),
        path("M122 176 H278 V314 Q278 326 266 326 H134 Q122 326 122 314Z", s.base),
        path("M250 176 H278 V314 Q278 326 266 326 H234 C248 300 254 230 250 176Z", s.dark),
        ellipse(200, 176, 78, 13, s.light),
        ellipse(200, 178, 34, 6, GLOW_LIGHT),
        line("M200 176 V146", RUBBER, 6),
        rect(150, 222, 100, 68, CREAM, 6, CREAM_DARK, 2),
        path("M200 234 C184 244 182 266 200 278 C218 266 216 244 200 234Z", s.base if s.trim == CREAM else s.dark),
        rect(132, 156, 9, 150, "#ffffff", 4, opacity=0.7),
    ]


def lantern(s: Shades) -> Parts:
    return [
        shadow(s, 200, 92, 346),
        path("M150 92 C150 16 250 16 250 92", "none", s.deep, 9),
        path("M174 78 H226 L232 98 H168Z", s.dark),
        path("M126 134 L164 96 H236 L274 134Z", s.base),
        path("M222 96 H236 L274 134 H246Z", s.dark),
        rect(118, 132, 164, 16, s.light, 4),
        rect(134, 148, 132, 160, GLASS_LIGHT),
        rect(134, 148, 132, 160, GLOW_LIGHT, opacity=0.8),
        circle(200, 232, 58, GLOW_LIGHT),
        rect(182, 272, 36, 36, STEEL_DARK, 4),
        path("M186 272 C184 256 166 246 166 224 a34 34 0 0 1 68 0 C234 246 216 256 214 272Z", GLOW),
        path("M184 218 q2 -14 14 -18", "none", "#ffffff", 6),
        line("M136 148 V308 M264 148 V308", s.base, 14),
        line("M170 148 V308 M230 148 V308 M142 196 H258", s.base, 5),
        path("M112 306 H288 L298 340 Q298 344 292 344 H108 Q102 344 102 340Z", s.base),
        path("M106 326 H294 L298 340 Q298 344 292 344 H108 Q102 344 102 340Z", s.dark),
    ]


DRAWINGS: dict[str, Drawing] = {
    "table lamp": table_lamp,
    "floor lamp": floor_lamp,
    "pendant light": pendant_light,
    "desk lamp": desk_lamp,
    "string lights": string_lights,
    "night light": night_light,
    "candle": candle,
    "lantern": lantern,
}
