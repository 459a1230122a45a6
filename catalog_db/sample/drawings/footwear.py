"""Shoes and boots, seen from the side with the toe to the right."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    CREAM,
    CREAM_DARK,
    RUBBER,
    RUBBER_LIGHT,
    STEEL_LIGHT,
    Drawing,
    Parts,
    Shades,
    circle,
    ellipse,
    line,
    path,
    rect,
    shadow,
)


def _laces(s: Shades, ends: list[tuple[float, float]], dx: float = 30, dy: float = -14) -> Parts:
    """Short strokes across the instep."""
    return [line(f"M{x} {y} l{dx} {dy}", s.trim, 7) for x, y in ends]


def _low_shoe(s: Shades) -> Parts:
    """The upper of a running shoe, without its sole."""
    return [
        path("M152 190 L178 138 Q190 124 204 134 L222 160 L180 208Z", s.deep),
        path(
            "M66 286 C58 240 62 190 82 150 Q92 134 106 148 C118 176 142 190 166 180 L190 152 "
            "C216 194 256 216 304 226 C342 234 360 254 358 286Z",
            s.base,
        ),
        path("M66 286 C60 250 61 214 70 182 C92 206 104 244 104 286Z", s.dark),
        path("M262 286 C268 256 284 234 312 228 C344 236 360 256 358 286Z", s.light),
        path("M112 286 C150 258 178 232 190 198 L212 216 C196 246 172 270 146 286Z", s.pale),
        line("M82 150 Q92 134 106 148 C118 176 142 190 166 180", s.dark, 8),
    ]


def running_shoe(s: Shades) -> Parts:
    return [
        shadow(s, 208, 160, 336),
        *_low_shoe(s),
        *_laces(s, [(178, 178), (198, 196), (220, 212)]),
        path(
            "M52 268 Q50 256 68 260 C140 284 200 262 262 264 C312 266 344 268 366 262 Q382 260 378 280 "
            "C374 312 352 326 318 326 L112 326 C78 326 56 312 52 268Z",
            CREAM,
        ),
        path(
            "M58 298 C120 318 200 290 262 296 C310 300 344 302 372 296 "
            "C364 316 346 326 318 326 L112 326 Q70 326 58 298Z",
            CREAM_DARK,
        ),
        line("M108 330 H190 M214 330 H322", RUBBER, 9),
    ]


def trail_shoe(s: Shades) -> Parts:
    lugs = [rect(x, 318, 24, 18, RUBBER, 4) for x in range(74, 346, 38)]
    return [
        shadow(s, 208, 160, 338),
        *_low_shoe(s),
        path("M292 286 C296 252 316 232 334 236 C356 248 362 266 360 290Z", RUBBER),
        *_laces(s, [(178, 178), (198, 196), (220, 212)]),
        *lugs,
        path(
            "M52 272 Q54 262 70 266 C150 286 250 268 362 270 Q380 272 376 290 "
            "C370 312 350 322 318 322 L102 322 C70 322 52 306 52 272Z",
            RUBBER_LIGHT,
        ),
        line("M66 300 C150 308 250 296 362 300", RUBBER, 10),
        line("M96 140 q-20 4 -22 26", s.line, 7),
    ]


def sneaker(s: Shades) -> Parts:
    return [
        shadow(s, 206, 156, 336),
        path("M160 178 L186 130 Q198 118 210 130 L226 166 L186 204Z", s.dark),
        path(
            "M68 292 C62 240 66 190 80 156 Q88 144 104 152 C126 172 150 178 174 168 L196 158 "
            "C214 204 256 226 304 234 C342 240 362 262 360 292Z",
            s.base,
        ),
        path("M68 292 C64 250 66 206 76 170 L112 176 C118 220 118 256 116 292Z", s.dark),
        path("M274 292 C274 262 284 240 304 234 C342 240 362 262 360 292Z", CREAM, CREAM_DARK, 3),
        line("M196 160 C206 206 236 230 268 240 L262 286", s.line, 3, 0.6),
        *[circle(x, y, 5, s.line) for x, y in ((186, 188), (202, 208), (224, 224))],
        *_laces(s, [(184, 186), (200, 206), (222, 222)], 26, -18),
        rect(56, 284, 318, 44, CREAM, 14),
        line("M64 304 H366", s.base, 6),
        rect(60, 318, 310, 12, CREAM_DARK, 6),
    ]


def hiking_boot(s: Shades) -> Parts:
    lugs = [rect(x, 316, 26, 20, RUBBER, 4) for x in (76, 114, 196, 234, 272, 310)]
    return [
        shadow(s, 206, 150, 338),
        path("M92 86 Q150 70 206 88 L202 124 H98Z", s.deep),
        path(
            "M84 288 C78 220 98 170 90 96 Q140 112 204 92 C206 140 214 174 250 196 C290 214 340 214 352 252 L356 288Z",
            s.base,
        ),
        path("M84 288 C80 244 88 212 94 176 L148 190 C152 226 142 258 138 288Z", s.dark),
        path("M280 288 C282 250 296 222 320 220 C346 226 354 252 356 288Z", s.dark),
        path("M88 92 Q140 110 206 88 L208 116 Q144 136 92 118Z", s.light),
        line("M214 130 C190 150 180 190 214 232 C226 246 250 250 276 250", s.line, 3, 0.7),
        *_laces(s, [(172, 134), (174, 160), (184, 186), (204, 208)], 34, -8),
        *[circle(x, y, 5, STEEL_LIGHT) for x, y in ((172, 134), (174, 160), (184, 186), (204, 208))],
        *lugs,
        path(
            "M72 280 Q70 272 82 272 L352 272 Q376 274 370 300 "
            "Q366 322 342 322 H188 L178 312 H146 L138 322 H88 Q72 322 72 280Z",
            RUBBER,
        ),
        line("M80 288 H364", RUBBER_LIGHT, 6),
    ]


def chelsea_boot(s: Shades) -> Parts:
    return [
        shadow(s, 206, 148, 336),
        path("M106 72 h90 l-2 26 h-84Z", s.deep),
        line("M108 82 q-24 0 -22 26", s.dark, 9),
        path(
            "M96 300 C86 240 112 180 104 78 Q150 92 198 76 C196 140 200 186 236 208 C284 230 350 228 354 274 L354 300Z",
            s.base,
        ),
        path("M96 300 C90 262 98 226 104 190 C124 226 128 262 126 300Z", s.dark),
        path("M132 86 C134 130 138 170 158 206 C176 176 176 130 174 84Z", s.deep),
        *[
            line(f"M{138 + 8 * i} 92 C{140 + 8 * i} 124 {144 + 6 * i} 150 {152 + 4 * i} 184", s.light, 2, 0.7)
            for i in range(5)
        ],
        path("M262 222 C300 230 338 240 346 266 C320 246 290 238 262 222Z", s.light),
        path("M88 294 H360 Q364 318 348 318 H168 L160 336 H92Z", RUBBER),
        line("M94 298 H356", RUBBER_LIGHT, 5),
    ]


def sandal(s: Shades) -> Parts:
    return [
        shadow(s, 204, 156, 332),
        path(
            "M60 276 C120 262 170 280 230 284 C280 288 330 276 356 264 "
            "Q372 272 366 292 C350 316 290 320 220 320 L92 320 Q56 318 60 276Z",
            RUBBER,
        ),
        path(
            "M60 270 C120 252 170 272 230 278 C280 282 330 270 358 258 "
            "Q374 270 352 282 C300 302 240 300 170 298 L80 296 Q58 292 60 270Z",
            CREAM_DARK,
        ),
        path(
            "M228 282 C236 240 260 214 292 216 C322 220 336 244 340 270 "
            "L306 284 C304 258 294 246 282 246 C266 248 258 262 256 286Z",
            s.base,
        ),
        path("M292 216 C322 220 336 244 340 270 L324 278 C320 250 312 230 292 216Z", s.dark),
        path(
            "M132 284 C132 226 152 186 184 186 C206 188 224 214 240 240 "
            "L222 264 C206 240 194 220 184 222 C170 226 164 250 164 286Z",
            s.base,
        ),
        path(
            "M76 272 C66 222 78 176 98 172 C124 172 152 186 178 192 "
            "L172 222 C148 216 124 208 108 208 C98 216 100 244 106 274Z",
            s.base,
        ),
        path("M76 272 C70 240 72 212 80 192 L98 208 C94 230 100 256 106 274Z", s.dark),
        line("M184 222 C170 226 164 250 164 286", s.dark, 5),
        rect(150, 180, 34, 30, STEEL_LIGHT, 6, s.deep, 5),
        line("M64 302 C140 314 260 316 352 298", RUBBER_LIGHT, 5),
    ]


def slipper(s: Shades) -> Parts:
    fluff = [
        circle(x, y, 17, CREAM)
        for x, y in ((92, 214), (108, 196), (128, 188), (150, 190), (170, 198), (190, 206), (208, 204))
    ]
    return [
        shadow(s, 204, 150, 330),
        path("M72 300 C64 250 74 212 96 196 Q150 216 206 202 C260 196 330 214 348 262 L350 300Z", s.base),
        path("M72 300 C66 258 72 226 88 206 C110 236 116 270 114 300Z", s.dark),
        path("M240 206 C290 206 334 226 346 262 C316 238 280 224 240 206Z", s.light),
        ellipse(150, 206, 60, 16, s.deep),
        *fluff,
        path("M216 300 C212 262 218 232 236 206", "none", s.dark, 5),
        line("M248 246 q16 -14 30 2 t30 8", s.pale, 5),
        path("M62 298 H358 Q366 324 340 324 H88 Q58 324 62 298Z", CREAM_DARK),
        line("M70 304 H352", s.line, 3, 0.5),
    ]


def rain_boot(s: Shades) -> Parts:
    return [
        shadow(s, 206, 144, 338),
        path("M102 56 h100 v28 h-100Z", s.deep),
        path(
            "M96 300 C92 240 110 180 100 62 Q150 78 204 60 C206 120 198 170 220 204 C250 230 342 218 350 276 L352 300Z",
            s.base,
        ),
        path("M96 300 C94 246 110 180 101 66 L130 72 C136 170 124 240 128 300Z", s.dark),
        path("M98 58 Q150 76 206 56 L207 84 Q150 102 101 86Z", s.light),
        path("M172 104 C174 150 168 186 184 212 C174 196 158 160 160 106Z", s.pale, opacity=0.8),
        path("M270 226 C306 228 336 246 342 272 C322 252 296 240 270 226Z", s.pale, opacity=0.8),
        line("M100 246 C160 262 210 262 240 232", s.dark, 5),
        path("M88 292 H358 Q364 318 350 322 H176 L168 336 H92 Q86 320 88 292Z", RUBBER),
        line("M94 298 H354", RUBBER_LIGHT, 6),
    ]


DRAWINGS: dict[str, Drawing] = {
    "running shoe": running_shoe,
    "trail shoe": trail_shoe,
    "sneaker": sneaker,
    "hiking boot": hiking_boot,
    "chelsea boot": chelsea_boot,
    "sandal": sandal,
    "slipper": slipper,
    "rain boot": rain_boot,
}
