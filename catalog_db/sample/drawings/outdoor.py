"""What people take to the hills and to the campsite."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    CREAM,
    GLOW,
    GLOW_LIGHT,
    LEAF,
    LEAF_DARK,
    RUBBER,
    RUBBER_LIGHT,
    STEEL,
    STEEL_DARK,
    STEEL_LIGHT,
    WOOD,
    WOOD_DARK,
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


def tent(s: Shades) -> Parts:
    return [
        path("M20 330 C80 304 320 304 380 330 L372 344 H28Z", LEAF),
        line("M186 86 L40 318 M214 86 L360 318", s.line, 3, 0.7),
        path("M200 84 L286 96 L374 316 L344 322Z", s.deep),
        path("M200 84 L56 322 H344Z", s.base),
        path("M200 84 L262 322 H344Z", s.dark),
        path("M200 108 L150 322 H250Z", s.deep),
        path("M200 108 L150 322 H128 C156 252 180 186 200 108Z", s.pale),
        path("M200 108 L250 322 H272 C244 252 220 186 200 108Z", s.light),
        line("M200 84 L48 328 M200 84 L352 328", s.light, 5),
        line("M200 108 V60", STEEL_DARK, 5),
        path("M200 62 L226 70 L200 80Z", "#e58f5a"),
        line("M44 318 L30 334 M356 318 L370 334", WOOD_DARK, 6),
        *[line(f"M{x} 336 q-4 -12 -8 -14 M{x} 336 q2 -14 8 -18", LEAF_DARK, 4) for x in (96, 308)],
    ]


def sleeping_bag(s: Shades) -> Parts:
    seams = [
        line(f"M{138 + i * 3} {y} Q200 {y + 16} {262 - i * 3} {y}", s.dark, 4)
        for i, y in enumerate((178, 212, 246, 280))
    ]
    return [
        path(
            "M128 118 C128 60 162 38 200 38 C238 38 272 60 272 118 C282 170 268 270 250 336 "
            "Q246 350 232 350 H168 Q154 350 150 336 C132 270 118 170 128 118Z",
            s.base,
        ),
        path(
            "M246 54 C264 68 272 90 272 118 C282 170 268 270 250 336 Q246 350 232 350 H216 C250 270 268 150 246 54Z",
            s.dark,
        ),
        path("M146 122 C146 78 170 60 200 60 C230 60 254 78 254 122 Q226 152 200 152 Q174 152 146 122Z", s.deep),
        path("M156 116 Q200 92 244 116 Q240 140 200 144 Q160 140 156 116Z", CREAM),
        line("M150 128 Q200 168 250 128", s.light, 10),
        *seams,
        line("M250 140 C256 200 246 270 234 330", s.trim, 5),
        rect(244, 144, 10, 22, s.trim, 4),
        path("M152 314 H248 L250 336 Q246 350 232 350 H168 Q154 350 150 336Z", s.deep, opacity=0.7),
    ]


def sleeping_mat(s: Shades) -> Parts:
    return [
        shadow(s, 210, 158, 322),
        path("M112 236 L372 236 L338 316 H92Z", s.base),
        path("M92 308 H341 L338 324 H96 Q90 318 92 308Z", s.dark),
        *[line(f"M{x} 242 L{x - 18} 306", s.light, 6) for x in (200, 236, 272, 308, 344)],
        rect(56, 146, 150, 150, s.dark, 75),
        path("M131 146 H164 A75 85 0 0 1 164 316 H131Z", s.dark),
        circle(126, 226, 88, s.base),
        path(
            "M126 226 m0 -66 a66 66 0 1 1 -66 66 a52 52 0 0 1 104 0 "
            "a38 38 0 0 1 -76 0 a25 25 0 0 1 50 0 a12 12 0 0 1 -24 0",
            "none",
            s.deep,
            6,
        ),
        path("M62 190 A74 74 0 0 1 98 158", "none", s.pale, 7),
        path("M176 150 C196 160 214 190 214 226 C214 262 200 296 180 308", "none", s.trim, 10),
    ]


def camp_stove(s: Shades) -> Parts:
    return [
        shadow(s, 200, 100, 346),
        both_sides([path("M120 346 L172 320 L166 310 L108 340Z", STEEL_DARK)]),
        path("M138 238 Q138 218 160 214 H240 Q262 218 262 238 V312 Q262 334 240 334 H160 Q138 334 138 312Z", s.base),
        path("M238 214 Q262 218 262 238 V312 Q262 334 240 334 H218 C240 300 244 250 238 214Z", s.dark),
        path("M138 252 H262 V282 H138Z", s.pale),
        path("M200 254 c-10 10 -10 20 0 26 c10 -6 10 -16 0 -26Z", "#e5763b"),
        rect(180, 176, 40, 42, STEEL, 6),
        line("M218 196 H272", STEEL_DARK, 6),
        rect(264, 184, 22, 24, "#d9483b", 6),
        *[path(f"M{x} 160 c-16 -18 2 -26 0 -46 c18 14 20 32 8 46Z", "#5aa2dd") for x in (162, 196, 230)],
        path("M198 158 c-8 -10 0 -16 0 -24 c8 8 10 16 4 24Z", GLOW),
        both_sides([line("M186 178 L126 148 V106 H150", STEEL_DARK, 8)]),
        rect(150, 156, 100, 16, STEEL_DARK, 6),
        rect(116, 52, 168, 54, STEEL_LIGHT, 10, STEEL, 3),
        rect(106, 46, 188, 12, STEEL, 6),
        line("M284 68 H338", RUBBER, 12),
    ]


def head_torch(s: Shades) -> Parts:
    return [
        circle(200, 252, 118, GLOW_LIGHT, opacity=0.8),
        path("M60 168 C60 92 340 92 340 168", "none", s.deep, 30),
        line("M200 112 C196 60 204 120 200 210", s.dark, 24),
        path("M60 168 C60 216 130 240 200 240 C270 240 340 216 340 168", "none", s.base, 34),
        path("M62 164 C66 206 132 230 200 230 C268 230 334 206 338 164", "none", s.pale, 4, 0.9),
        rect(84, 186, 34, 44, RUBBER, 8),
        rect(282, 186, 34, 44, RUBBER, 8),
        rect(126, 196, 148, 104, s.base, 34),
        path("M240 196 Q274 198 274 230 V266 Q274 300 240 300 H222 C252 276 256 230 240 196Z", s.dark),
        circle(200, 250, 52, RUBBER),
        circle(200, 250, 41, STEEL_LIGHT, STEEL_DARK, 4),
        circle(200, 250, 30, GLOW),
        circle(200, 250, 14, "#ffffff"),
        rect(184, 188, 32, 14, RUBBER_LIGHT, 6),
        line("M200 316 V344 M132 292 L112 312 M268 292 L288 312", GLOW, 9),
    ]


def trekking_poles(s: Shades) -> Parts:
    pole = [
        line("M200 88 V204", s.base, 13),
        line("M204 88 V204", s.dark, 4),
        rect(190, 198, 20, 22, RUBBER, 5),
        line("M200 220 V318", STEEL, 9),
        line("M203 220 V318", STEEL_DARK, 3),
        ellipse(200, 322, 30, 9, s.base),
        ellipse(200, 319, 30, 8, s.light),
        path("M195 328 H205 L201 356 H199Z", STEEL_DARK),
        path("M184 34 Q184 22 200 22 Q222 22 220 38 L212 96 Q211 102 205 102 H194 Q188 102 188 96Z", RUBBER),
        *[line(f"M190 {y} H212", RUBBER_LIGHT, 4) for y in (52, 66, 80)],
        path("M190 46 C140 60 150 128 192 108", "none", s.deep, 7),
    ]
    return [ellipse(200, 352, 120, 10, s.shadow), turned(24, 200, 200, pole), turned(-24, 200, 200, pole)]


def cool_box(s: Shades) -> Parts:
    return [
        shadow(s, 200, 148, 336),
        rect(122, 66, 26, 70, "#6fa36b", 8),
        rect(128, 44, 14, 30, "#6fa36b", 4),
        rect(164, 84, 34, 60, "#d9483b", 8),
        rect(170, 104, 22, 14, CREAM, 3),
        *[rect(x, y, 34, 34, "#dff1f8", 7, "#b4d7e6", 3) for x, y in ((206, 108), (246, 100), (84, 110))],
        rect(62, 136, 276, 196, s.base, 20),
        path("M306 136 H318 Q338 136 338 156 V312 Q338 332 318 332 H284 C304 280 310 200 306 136Z", s.dark),
        rect(54, 128, 292, 34, CREAM, 12),
        path("M54 148 H346 V150 Q346 162 334 162 H66 Q54 162 54 150Z", "#ded5c3"),
        line("M74 176 C74 262 326 262 326 176", STEEL_LIGHT, 10),
        both_sides([circle(74, 180, 13, STEEL_DARK)]),
        rect(182, 150, 36, 34, STEEL_LIGHT, 6, STEEL_DARK, 3),
        line("M200 262 V306 M181 273 L219 295 M219 273 L181 295", s.pale, 7),
    ]


def hammock(s: Shades) -> Parts:
    tree = [
        path("M44 60 H76 L82 344 H38Z", WOOD_DARK),
        path("M44 60 H56 L58 344 H38Z", WOOD),
        circle(50, 50, 46, LEAF_DARK),
        circle(84, 34, 36, LEAF),
        circle(28, 28, 34, LEAF),
    ]
    return [
        ellipse(200, 338, 176, 14, s.shadow),
        both_sides(tree),
        line("M62 158 L116 196 M62 158 L104 210 M338 158 L284 196 M338 158 L296 210", STEEL_DARK, 5),
        both_sides([line("M42 158 H80", CREAM, 9)]),
        path("M100 190 C140 250 260 250 300 190 L310 214 C280 300 120 300 90 214Z", s.dark),
        path("M90 206 C130 284 270 284 310 206 C296 322 104 322 90 206Z", s.base),
        path("M96 236 C136 306 264 306 304 236 L298 252 C262 316 138 316 102 252Z", s.light),
        path("M128 206 Q150 190 180 216 Q172 240 140 232Z", CREAM),
    ]


DRAWINGS: dict[str, Drawing] = {
    "tent": tent,
    "sleeping bag": sleeping_bag,
    "sleeping mat": sleeping_mat,
    "camp stove": camp_stove,
    "head torch": head_torch,
    "trekking poles": trekking_poles,
    "cool box": cool_box,
    "hammock": hammock,
}
