"""Bags, wallets and sleeves."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    RUBBER,
    STEEL,
    STEEL_DARK,
    STEEL_LIGHT,
    Drawing,
    Parts,
    Shades,
    both_sides,
    circle,
    line,
    path,
    rect,
    shadow,
)


def backpack(s: Shades) -> Parts:
    return [
        shadow(s, 200, 110),
        line("M174 84 C174 44 226 44 226 84", s.deep, 12),
        both_sides([path("M124 190 C96 206 92 270 104 312 L128 312Z", s.deep)]),
        path(
            "M116 150 C116 96 150 72 200 72 C250 72 284 96 284 150 V308 Q284 332 260 332 H140 Q116 332 116 308Z", s.base
        ),
        path("M252 86 C274 98 284 120 284 150 V308 Q284 332 260 332 H240 C256 300 262 160 252 86Z", s.dark),
        line("M130 168 C150 152 250 152 270 168", s.line, 4),
        rect(216, 158, 8, 26, s.trim, 4),
        path("M136 214 Q136 200 150 200 H250 Q264 200 264 214 V290 Q264 308 246 308 H154 Q136 308 136 290Z", s.light),
        path("M136 214 Q136 200 150 200 H250 Q264 200 264 214 V226 H136Z", s.dark),
        rect(180, 218, 8, 24, s.trim, 4),
        both_sides([rect(148, 246, 12, 40, s.dark, 6)]),
        rect(170, 104, 60, 26, s.light, 6),
    ]


def tote_bag(s: Shades) -> Parts:
    return [
        shadow(s, 200, 112),
        line("M146 168 C146 60 254 60 254 168", s.deep, 13),
        path("M100 152 H300 L314 318 Q315 334 298 334 H102 Q85 334 86 318Z", s.base),
        path("M272 152 H300 L314 318 Q315 334 298 334 H276Z", s.dark),
        path("M100 152 H300 L302 172 H98Z", s.light),
        line("M140 186 C140 70 260 70 260 186", s.light, 13),
        *[rect(x, 172, 26, 26, s.light, 3, s.dark, 3) for x in (127, 247)],
        line("M106 322 H294", s.dark, 3, 0.7),
        path("M200 214 C170 232 166 270 200 292 C234 270 230 232 200 214Z", s.pale, opacity=0.7),
        line("M200 224 V306", s.dark, 4, 0.7),
    ]


def messenger_bag(s: Shades) -> Parts:
    return [
        shadow(s, 200, 136),
        line("M86 188 C90 70 150 56 200 56 C250 56 310 70 314 188", s.deep, 15),
        rect(190, 48, 34, 18, STEEL, 4, STEEL_DARK, 3),
        path("M72 180 H328 L336 312 Q336 332 316 332 H84 Q64 332 64 312Z", s.dark),
        path("M66 164 Q66 152 80 152 H320 Q334 152 334 164 L338 252 Q338 270 320 270 H80 Q62 270 62 252Z", s.base),
        path("M62 252 Q62 270 80 270 H320 Q338 270 338 252 L337 238 H63Z", s.light),
        both_sides([rect(118, 228, 26, 66, s.deep, 6), rect(114, 262, 34, 24, STEEL_LIGHT, 4, STEEL_DARK, 3)]),
        line("M82 168 H318", s.line, 3, 0.6),
    ]


def duffel_bag(s: Shades) -> Parts:
    return [
        shadow(s, 200, 152),
        line("M150 230 C140 110 260 110 250 230", s.deep, 12),
        path(
            "M56 240 C56 190 76 176 110 174 H290 C324 176 344 190 344 240 "
            "V290 C344 322 326 332 290 332 H110 C74 332 56 322 56 290Z",
            s.base,
        ),
        path("M56 240 C56 190 76 176 110 174 C92 200 88 300 110 332 C74 332 56 322 56 290Z", s.dark),
        path("M344 240 C344 190 324 176 290 174 C308 200 312 300 290 332 C326 332 344 322 344 290Z", s.dark),
        path("M96 190 Q200 176 304 190 L302 204 Q200 192 98 204Z", s.light),
        line("M104 192 H296", s.line, 4),
        rect(282, 182, 20, 10, STEEL_LIGHT, 4),
        line("M140 332 V252 C140 150 260 150 260 252 V332", s.trim, 12),
        rect(178, 160, 44, 22, s.deep, 8),
        rect(164, 246, 72, 58, s.light, 8),
        line("M172 260 H228", s.dark, 4),
        *[circle(x, 254, 8, STEEL, STEEL_DARK, 3) for x in (76, 324)],
    ]


def suitcase(s: Shades) -> Parts:
    return [
        shadow(s, 200, 96, 344),
        line("M168 96 V38 H232 V96", STEEL, 9),
        rect(160, 28, 80, 16, RUBBER, 8),
        both_sides([rect(128, 326, 22, 20, RUBBER, 6)]),
        rect(108, 88, 184, 242, s.base, 24),
        path("M262 88 H268 Q292 88 292 112 V306 Q292 330 268 330 H262Z", s.dark),
        *[rect(x, 112, 10, 194, s.dark, 5) for x in (138, 165, 225, 252)],
        *[rect(x, 112, 4, 194, s.light, 2) for x in (138, 165, 225, 252)],
        rect(166, 80, 68, 16, s.deep, 8),
        rect(186, 186, 28, 46, s.light, 5),
        line("M110 300 H290", s.deep, 3, 0.6),
        both_sides([path("M108 118 V112 Q108 88 132 88 H140 Q116 96 116 118Z", s.light)]),
    ]


def belt_bag(s: Shades) -> Parts:
    return [
        line("M86 210 C28 180 60 92 200 92 C340 92 372 180 314 210", s.deep, 20),
        rect(176, 78, 48, 28, RUBBER, 6),
        line("M200 80 V104", STEEL_DARK, 4),
        path("M70 202 Q66 178 94 178 H306 Q334 178 330 202 C326 274 286 302 200 302 C114 302 74 274 70 202Z", s.base),
        path("M306 178 Q334 178 330 202 C326 274 286 302 200 302 C270 286 306 250 306 178Z", s.dark),
        line("M92 200 Q200 190 308 200", s.line, 5),
        rect(286, 194, 10, 30, s.trim, 5),
        path("M104 228 Q200 216 296 228 C284 266 258 284 200 284 C142 284 116 266 104 228Z", s.light),
        line("M116 236 Q200 226 284 236", s.dark, 5),
        rect(128, 234, 9, 26, s.trim, 4),
    ]


def laptop_sleeve(s: Shades) -> Parts:
    return [
        shadow(s, 200, 140, 322),
        path("M112 84 Q112 72 124 72 H298 Q310 72 310 84 V180 H112Z", STEEL_LIGHT, STEEL, 4),
        path("M124 86 H298 V180 H124Z", RUBBER),
        line("M140 166 L186 100 M170 166 L206 114", STEEL_DARK, 5, 0.5),
        rect(64, 128, 272, 190, s.base, 20),
        path("M306 128 H316 Q336 128 336 148 V298 Q336 318 316 318 H292 C306 270 310 190 306 128Z", s.dark),
        line("M74 150 H326", s.line, 5),
        rect(92, 146, 10, 30, s.trim, 5),
        rect(92, 196, 216, 98, s.light, 12),
        line("M104 210 H296", s.dark, 3, 0.6),
        rect(230, 258, 60, 22, s.dark, 4),
    ]


def wallet(s: Shades) -> Parts:
    return [
        shadow(s, 200, 140, 312),
        rect(104, 104, 180, 60, "#8fb996", 6),
        rect(112, 116, 164, 40, "#b7d3b6", 4),
        rect(128, 126, 190, 60, "#e9c46a", 8),
        rect(128, 138, 190, 10, "#5b5f66", 0),
        path("M66 160 Q66 144 82 144 H318 Q334 144 334 160 V288 Q334 306 316 306 H84 Q66 306 66 288Z", s.base),
        path("M66 262 H334 V288 Q334 306 316 306 H84 Q66 306 66 288Z", s.dark),
        path("M66 160 Q66 144 82 144 H318 Q334 144 334 160 V168 H66Z", s.light),
        line("M80 182 H320 M80 292 H320", s.line, 3, 0.5),
        path("M334 206 H270 Q246 206 246 230 Q246 254 270 254 H334Z", s.light, s.dark, 3),
        circle(274, 230, 10, STEEL_LIGHT, STEEL_DARK, 3),
    ]


DRAWINGS: dict[str, Drawing] = {
    "backpack": backpack,
    "tote bag": tote_bag,
    "messenger bag": messenger_bag,
    "duffel bag": duffel_bag,
    "suitcase": suitcase,
    "belt bag": belt_bag,
    "laptop sleeve": laptop_sleeve,
    "wallet": wallet,
}
