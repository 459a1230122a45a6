"""Linen for beds, baths and windows."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    CREAM,
    CREAM_DARK,
    GLASS,
    GLASS_LIGHT,
    LEAF,
    STEEL,
    STEEL_DARK,
    WOOD,
    WOOD_DARK,
    WOOD_LIGHT,
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


def duvet_cover(s: Shades) -> Parts:
    return [
        shadow(s, 200, 156, 330),
        rect(70, 84, 260, 120, WOOD, 14),
        rect(82, 96, 236, 100, WOOD_LIGHT, 8),
        *[rect(x, 310, 18, 26, WOOD_DARK, 4) for x in (66, 316)],
        rect(56, 176, 288, 140, CREAM_DARK, 12),
        both_sides(
            [path("M84 150 Q140 136 190 150 Q198 174 190 200 Q140 212 84 200 Q76 176 84 150Z", CREAM, CREAM_DARK, 3)]
        ),
        path(
            "M48 206 Q200 186 352 206 L360 312 Q344 324 328 314 Q300 326 276 314 "
            "Q250 326 226 314 Q200 326 174 314 Q150 326 124 314 Q100 326 72 314 Q56 324 40 312Z",
            s.base,
        ),
        path("M48 206 Q200 186 352 206 L355 240 Q200 218 45 240Z", s.light),
        line(
            "M110 250 C116 270 114 290 108 312 M206 236 C200 262 204 290 210 312 M300 246 C292 268 294 290 300 312",
            s.dark,
            4,
        ),
        *[
            path(f"M{x} {y} l8 8 l-8 8 l-8 -8Z", s.pale)
            for x, y in ((80, 262), (156, 252), (256, 256), (328, 270), (152, 288), (252, 290))
        ],
    ]


def pillow(s: Shades) -> Parts:
    return [
        shadow(s, 200, 140, 318),
        path(
            "M66 118 C50 112 60 92 78 96 C120 110 280 110 322 96 C340 92 350 112 334 118 C322 170 322 230 336 284 "
            "C346 302 330 314 316 306 C260 294 140 294 84 306 C70 314 54 302 64 284 C78 230 78 170 66 118Z",
            s.base,
        ),
        path(
            "M322 96 C340 92 350 112 334 118 C322 170 322 230 336 284 "
            "C346 302 330 314 316 306 C290 300 262 297 234 296 C290 270 312 180 322 96Z",
            s.dark,
        ),
        path("M92 122 C96 160 98 200 92 240 M112 128 C160 138 190 138 226 134", "none", s.pale, 8),
        line(
            "M84 300 C100 282 108 270 110 256 M316 300 C302 284 294 272 290 258 "
            "M80 102 C92 116 100 126 112 136 M320 102 C310 114 302 124 290 134",
            s.dark,
            4,
        ),
        path("M170 204 Q200 190 230 204 M176 216 Q200 206 224 216", "none", s.dark, 4, 0.7),
    ]


def fitted_sheet(s: Shades) -> Parts:
    hem = "".join(f"Q{x - 6} 262 {x - 12} 276 " for x in range(288, 48, -12))
    return [
        shadow(s, 200, 166, 328),
        path("M48 240 H286 V326 H66 Q48 326 48 308Z", "#ffffff"),
        path("M286 240 L372 160 V246 L298 320 Q292 326 286 326Z", CREAM_DARK),
        line(
            "M72 286 V318 M104 286 V318 M136 286 V318 M168 286 V318 M200 286 V318 M232 286 V318 M262 286 V318",
            "#b9cbe0",
            5,
        ),
        line("M304 282 V306 M328 258 V282 M352 234 V258", "#a9b9cc", 5),
        path(f"M46 232 L288 232 V276 {hem}Z", s.light),
        path(
            "M286 232 L374 150 V200 Q364 194 360 214 Q348 208 344 228 "
            "Q332 222 328 242 Q316 238 312 258 Q300 252 286 276Z",
            s.dark,
        ),
        path(
            "M56 216 C100 170 130 138 156 118 Q164 112 176 112 H352 "
            "Q380 112 374 150 L294 230 Q286 238 276 238 H62 Q40 238 56 216Z",
            s.base,
        ),
        line("M112 200 C170 186 210 204 266 184 M184 148 C224 138 268 152 314 136", s.dark, 4, 0.8),
        line("M288 230 L306 212 M50 232 L66 214", s.deep, 4),
        path("M170 114 Q164 116 158 122 L88 190", "none", s.pale, 6),
    ]


def throw_blanket(s: Shades) -> Parts:
    fringe = [line(f"M{x} 306 v26", s.base if x % 24 else s.dark, 5) for x in range(92, 312, 12)]
    return [
        shadow(s, 200, 136, 334),
        rect(92, 66, 216, 44, s.dark, 20),
        rect(84, 92, 232, 44, s.light, 20),
        rect(78, 120, 244, 46, s.dark, 20),
        *fringe,
        path("M86 154 Q86 142 100 142 H300 Q314 142 314 154 V308 H86Z", s.base),
        *[line(f"M86 {y} H314", s.light, 8) for y in (190, 250)],
        *[line(f"M{x} 144 V306", s.dark, 6, 0.55) for x in (126, 166, 234, 274)],
        line("M86 220 H314 M86 280 H314", s.dark, 3, 0.7),
        path("M284 142 H300 Q314 142 314 154 V308 H296 C304 250 302 190 284 142Z", s.dark, opacity=0.6),
    ]


def towel(s: Shades) -> Parts:
    return [
        rect(60, 78, 280, 14, STEEL, 7),
        both_sides([circle(58, 85, 16, STEEL_DARK), circle(58, 85, 8, STEEL)]),
        path("M206 74 H300 V270 H206Z", s.deep),
        path("M106 84 Q106 70 122 70 H268 Q284 70 284 84 V328 H106Z", s.base),
        path("M106 84 Q106 70 122 70 H268 Q284 70 284 84 Q284 94 270 94 H120 Q106 94 106 84Z", s.light),
        path("M250 94 H284 V328 H262 C272 250 268 160 250 94Z", s.dark),
        rect(106, 262, 178, 12, s.pale),
        rect(106, 280, 178, 6, s.pale),
        line("M144 108 V246 M196 108 V246", s.dark, 3, 0.5),
        *[line(f"M{x} 328 v10", s.base, 5) for x in range(112, 284, 12)],
    ]


def bathrobe(s: Shades) -> Parts:
    return [
        path("M200 26 C214 26 216 44 202 48 V62", "none", STEEL_DARK, 6),
        both_sides(
            [
                path(
                    "M142 70 C104 84 92 120 84 164 L58 276 Q56 288 68 290 L104 298 Q114 300 116 290 L146 190Z", s.dark
                ),
                path("M64 252 L114 264 L108 298 Q106 300 102 298 L66 290 Q56 288 58 276Z", s.light),
            ]
        ),
        path(
            "M156 62 C140 68 132 74 126 84 C134 160 126 260 116 344 H284 "
            "C274 260 266 160 274 84 C268 74 260 68 244 62 L200 92Z",
            s.base,
        ),
        path("M250 66 C262 70 268 76 274 84 C266 160 274 260 284 344 H250 C262 250 258 150 250 66Z", s.dark),
        path("M170 60 Q200 76 230 60 L222 96 L200 128 L178 96Z", s.deep),
        path("M158 60 L176 54 C184 100 206 150 222 196 L204 206 C180 160 162 110 158 60Z", s.light),
        path("M242 60 L224 54 C216 100 196 150 178 196 L190 216 C220 160 238 110 242 60Z", s.pale),
        rect(124, 196, 152, 22, s.dark, 6),
        path("M196 190 L216 206 L198 222 L184 206Z", s.deep),
        path("M190 218 L178 286 L192 290 L202 222Z", s.dark),
        path("M206 218 L222 276 L234 270 L212 216Z", s.dark),
        rect(136, 240, 38, 42, s.light, 4, s.dark, 3),
        line("M200 218 V342", s.dark, 3, 0.7),
    ]


def bath_mat(s: Shades) -> Parts:
    tufts = [
        line(f"M{x} {y} q6 -8 12 0", s.light, 5)
        for y in range(216, 300, 20)
        for x in range(96 - (y - 216) // 3, 300 + (y - 216) // 3, 30)
    ]
    return [
        path("M42 66 H358 V196 H42Z", GLASS_LIGHT),
        path("M72 150 H328 Q326 226 274 226 H126 Q74 226 72 150Z", "#ffffff", CREAM_DARK, 3),
        rect(58, 138, 284, 18, "#ffffff", 9, CREAM_DARK, 3),
        line("M288 138 V112 Q288 96 270 96 V106", STEEL, 9),
        *[circle(x, y, r, GLASS, "#ffffff", 2) for x, y, r in ((130, 128, 14), (152, 118, 10), (112, 116, 9))],
        path("M86 224 H314 L352 316 Q354 330 338 330 H62 Q46 330 48 316Z", s.dark),
        path("M86 214 H314 L352 306 Q354 320 338 320 H62 Q46 320 48 306Z", s.base),
        path("M102 226 H298 L328 302 H72Z", "none", s.pale, 5),
        *tufts,
    ]


def curtain(s: Shades) -> Parts:
    panel = [
        path("M70 82 H176 C178 150 166 204 128 228 C148 260 160 296 160 336 H70Z", s.base),
        path(
            "M70 82 H92 V336 H70Z M112 82 H130 C132 150 126 190 112 220 Z M150 82 H162 C164 140 154 190 134 222Z",
            s.dark,
        ),
        path("M118 238 C132 266 138 300 138 336 H122 C122 300 120 266 112 240Z", s.dark),
        path("M66 222 Q100 236 136 220 L140 236 Q100 252 66 238Z", s.pale),
        line("M98 84 V216 M140 84 C142 140 136 180 124 212", s.light, 4),
    ]
    return [
        rect(112, 92, 176, 214, "#ffffff", 4),
        rect(122, 102, 156, 194, GLASS),
        circle(240, 140, 18, "#ffe6a0"),
        path("M122 296 V254 C150 232 176 246 200 258 C226 240 254 240 278 256 V296Z", LEAF),
        line("M200 102 V296 M122 198 H278", "#ffffff", 7),
        both_sides(panel),
        rect(52, 70, 296, 12, WOOD_DARK, 6),
        both_sides([circle(50, 76, 13, WOOD), *[circle(x, 76, 9, "none", STEEL_DARK, 4) for x in (82, 108, 134, 160)]]),
    ]


DRAWINGS: dict[str, Drawing] = {
    "duvet cover": duvet_cover,
    "pillow": pillow,
    "fitted sheet": fitted_sheet,
    "throw blanket": throw_blanket,
    "towel": towel,
    "bathrobe": bathrobe,
    "bath mat": bath_mat,
    "curtain": curtain,
}
