"""Tables, seats, shelves and beds."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    CREAM,
    CREAM_DARK,
    LEAF,
    LEAF_DARK,
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
)


def _grain(s: Shades, x: int, y: int, w: int) -> str:
    """Wood grain, or a brushed surface, on a front of width ``w``."""
    return line(f"M{x} {y} q{w // 4} -6 {w // 2} 0 t{w // 2} 0", s.dark, 3, 0.5)


def desk(s: Shades) -> Parts:
    return [
        shadow(s, 200, 156),
        rect(166, 66, 118, 78, RUBBER, 8),
        rect(174, 74, 102, 62, "#5f86a8", 3),
        rect(216, 144, 18, 22, STEEL_DARK),
        rect(192, 162, 66, 8, STEEL_DARK, 4),
        path("M96 170 V142 H122 V170Z", CREAM_DARK),
        line("M109 142 C106 122 96 116 88 112 M109 142 C110 118 118 110 128 106", LEAF, 7),
        path("M62 188 H80 L76 336 H64Z", s.dark),
        path("M46 168 H354 Q360 168 360 176 V188 Q360 194 354 194 H46 Q40 194 40 188 V176 Q40 168 46 168Z", s.base),
        path("M40 186 H360 V188 Q360 194 354 194 H46 Q40 194 40 188Z", s.dark),
        rect(232, 194, 108, 142, s.base),
        rect(318, 194, 22, 142, s.dark),
        *[rect(240, y, 92, 38, s.light, 4) for y in (202, 246, 290)],
        *[rect(268, y, 36, 7, s.deep, 3) for y in (216, 260, 304)],
        _grain(s, 70, 178, 120),
    ]


def office_chair(s: Shades) -> Parts:
    return [
        shadow(s, 200, 104, 346),
        *[line(f"M200 296 L{x} 328", STEEL_DARK, 11) for x in (112, 160, 240, 288)],
        *[circle(x, 336, 11, RUBBER) for x in (112, 160, 240, 288)],
        rect(191, 254, 18, 46, STEEL, 4),
        both_sides([line("M132 236 V192 H116", STEEL_DARK, 9), rect(92, 180, 52, 15, RUBBER, 7)]),
        path("M186 196 h28 v40 h-28Z", STEEL_DARK),
        path("M138 62 Q140 42 166 40 H234 Q260 42 262 62 L268 182 Q268 204 246 206 H154 Q132 204 132 182Z", s.base),
        path("M240 41 Q260 42 262 62 L268 182 Q268 204 246 206 H224 C246 160 248 96 240 41Z", s.dark),
        path("M154 66 Q200 54 246 66 L248 116 Q200 126 152 116Z", s.light),
        line("M144 150 Q200 164 256 150", s.dark, 4),
        path("M114 240 Q114 224 132 224 H268 Q286 224 286 240 V244 Q286 262 262 262 H138 Q114 262 114 244Z", s.base),
        path("M114 246 H286 Q286 262 262 262 H138 Q114 262 114 246Z", s.dark),
    ]


def bookshelf(s: Shades) -> Parts:
    books = ("#c9574e", "#e2b24f", "#5f88b0", "#7a9e68", "#8d6a9f", "#d98b5f")
    shelves = []
    for row, (top, width) in enumerate(((58, 5), (150, 4), (242, 6))):
        for place in range(width):
            tall = (64, 54, 70, 60)[(place + row) % 4]
            x = (128 if row != 1 else 182) + place * 17
            shelves.append(rect(x, top + 80 - tall, 15, tall, books[(place * 2 + row) % 6], 2))
    return [
        shadow(s, 200, 112, 344),
        rect(104, 40, 192, 304, s.base, 6),
        rect(120, 56, 160, 274, s.deep),
        rect(120, 56, 14, 274, s.dark, opacity=0.5),
        *shelves,
        path("M232 120 q-4 -26 14 -30 q18 4 14 30 l-4 18 h-20Z", CREAM),
        path("M136 216 h28 l-4 -24 h-20Z", CREAM_DARK),
        line("M150 192 C148 174 138 170 132 168 M150 192 C150 172 158 166 166 164 M150 192 V164", LEAF, 6),
        *[rect(112, y, 176, 12, s.light) for y in (138, 230, 322)],
        *[rect(112, y + 12, 176, 5, s.dark, opacity=0.7) for y in (138, 230)],
        rect(280, 46, 16, 298, s.dark),
        rect(104, 40, 192, 16, s.light, 6),
    ]


def side_table(s: Shades) -> Parts:
    return [
        shadow(s, 200, 100, 344),
        line("M146 156 L118 336 M254 156 L282 336", s.dark, 14),
        line("M200 160 V330", s.deep, 14),
        ellipse(200, 256, 72, 14, s.dark),
        ellipse(200, 250, 72, 14, s.light),
        ellipse(200, 166, 118, 24, s.dark),
        ellipse(200, 154, 118, 24, s.base),
        path("M110 150 C134 138 168 134 200 134", "none", s.light, 6),
        rect(134, 140, 84, 13, "#5f88b0", 3),
        rect(142, 127, 74, 13, "#d98b5f", 3),
        path("M236 152 h38 l-6 -44 h-26Z", CREAM, CREAM_DARK, 2),
        line("M255 108 C252 82 240 74 230 72 M255 108 C257 76 268 68 280 68 M255 108 V58", LEAF, 8),
    ]


def coffee_table(s: Shades) -> Parts:
    return [
        shadow(s, 200, 160, 326),
        both_sides([path("M78 214 H104 L90 326 H78Z", s.dark)]),
        both_sides([path("M126 214 H144 L138 296 H128Z", s.deep)]),
        path("M92 272 H308 L304 284 H96Z", s.light),
        rect(132, 256, 66, 9, "#d98b5f", 3),
        rect(138, 264, 66, 9, "#5f88b0", 3),
        path("M84 164 H316 L360 206 H40Z", s.light),
        path("M40 206 H360 V218 Q360 226 352 226 H48 Q40 226 40 218Z", s.base),
        path("M40 216 H360 V218 Q360 226 352 226 H48 Q40 226 40 218Z", s.dark),
        line("M110 184 q40 -8 84 0 t96 0", s.base, 4),
        path("M134 154 h46 v20 q0 14 -14 14 h-18 q-14 0 -14 -14Z", CREAM, CREAM_DARK, 2),
        line("M180 160 q14 2 12 12 q-2 8 -14 8", CREAM_DARK, 5),
        ellipse(157, 154, 23, 6, "#6b4331"),
        path("M236 188 l4 -36 h28 l4 36 q-18 8 -36 0Z", STEEL_LIGHT),
        line("M254 152 C250 124 238 116 228 112 M254 152 C256 120 268 110 282 110 M254 152 V104", LEAF_DARK, 7),
    ]


def dining_chair(s: Shades) -> Parts:
    return [
        shadow(s, 204, 92, 346),
        path("M132 210 L146 210 L142 318 H130Z", s.deep),
        path("M250 210 L264 210 L272 318 H260Z", s.deep),
        path("M126 48 Q126 40 134 40 H142 Q150 40 150 48 L148 220 H130Z", s.base),
        path("M250 48 Q250 40 258 40 H266 Q274 40 274 48 L270 220 H252Z", s.dark),
        path("M132 56 Q200 38 268 56 V104 Q200 90 132 104Z", s.base),
        path("M132 88 Q200 74 268 88 V104 Q200 90 132 104Z", s.dark),
        *[line(f"M{x} 100 V208", s.dark, 8) for x in (172, 200, 228)],
        path("M120 204 H280 L304 240 H96Z", s.light),
        path("M96 240 H304 V250 Q304 258 296 258 H104 Q96 258 96 250Z", s.base),
        path("M104 258 H124 L116 344 H102Z", s.base),
        path("M276 258 H296 L298 344 H284Z", s.dark),
        line("M112 300 H288", s.deep, 7),
        line("M136 222 q32 -6 64 0 t62 0", s.base, 3),
    ]


def bed_frame(s: Shades) -> Parts:
    return [
        shadow(s, 200, 164, 334),
        both_sides([rect(44, 300, 20, 36, s.deep, 4)]),
        path("M62 92 Q62 72 84 72 H316 Q338 72 338 92 V230 H62Z", s.base),
        path("M310 72 H316 Q338 72 338 92 V230 H318Z", s.dark),
        *[line(f"M{x} 90 V176", s.dark, 4) for x in (112, 156, 200, 244, 288)],
        line("M78 88 H322", s.light, 6),
        both_sides(
            [
                path(
                    "M92 166 Q140 150 186 166 Q194 186 186 206 Q140 216 92 206 Q84 186 92 166Z",
                    "#ffffff",
                    CREAM_DARK,
                    3,
                )
            ]
        ),
        path("M62 202 Q200 186 338 202 L352 280 H48Z", CREAM),
        path("M54 240 Q200 222 346 240 L352 280 H48Z", CREAM_DARK),
        line("M120 246 q8 16 2 32 M280 246 q-8 16 -2 32", "#cbbfa8", 3),
        rect(36, 272, 328, 42, s.base, 8),
        path("M36 296 H364 V306 Q364 314 356 314 H44 Q36 314 36 306Z", s.dark),
        line("M60 284 H340", s.light, 4),
    ]


def storage_bench(s: Shades) -> Parts:
    basket = [
        rect(64, 222, 128, 88, "#c9a877", 8),
        *[line(f"M70 {y} H186", "#a9875a", 4) for y in (246, 262, 278, 294)],
        *[line(f"M{x} 236 V306", "#a9875a", 3) for x in (88, 112, 136, 160)],
        rect(60, 216, 136, 16, "#d9bb8c", 6),
        rect(110, 240, 36, 12, RUBBER_LIGHT, 6),
    ]
    return [
        shadow(s, 200, 164, 338),
        rect(44, 186, 312, 146, s.base, 8),
        rect(58, 206, 284, 112, s.deep),
        both_sides(basket),
        rect(192, 200, 16, 124, s.base),
        rect(334, 190, 22, 142, s.dark),
        path("M40 164 Q40 140 64 140 H336 Q360 140 360 164 V176 Q360 184 350 184 H50 Q40 184 40 176Z", CREAM),
        path("M40 170 H360 V176 Q360 184 350 184 H50 Q40 184 40 176Z", CREAM_DARK),
        *[circle(x, 160, 4, CREAM_DARK) for x in (100, 150, 200, 250, 300)],
        rect(40, 184, 320, 14, s.light, 3),
        both_sides([rect(52, 330, 22, 10, RUBBER, 3)]),
    ]


DRAWINGS: dict[str, Drawing] = {
    "desk": desk,
    "office chair": office_chair,
    "bookshelf": bookshelf,
    "side table": side_table,
    "coffee table": coffee_table,
    "dining chair": dining_chair,
    "bed frame": bed_frame,
    "storage bench": storage_bench,
}
