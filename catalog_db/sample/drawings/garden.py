"""What grows, and what makes it grow."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    LEAF,
    LEAF_DARK,
    LEAF_LIGHT,
    SOIL,
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
    mirrored,
    moved,
    path,
    rect,
    shadow,
    turned,
)


def plant_pot(s: Shades) -> Parts:
    leaf = [path("M0 0 C-34 -30 -38 -92 0 -128 C38 -92 34 -30 0 0Z", LEAF), line("M0 -6 V-108", LEAF_DARK, 4)]
    return [
        shadow(s, 200, 96, 344),
        *[
            turned(angle, 200, 200, [moved(200, 200, leaf, size)])
            for angle, size in ((-62, 0.95), (62, 0.95), (-32, 1.15), (32, 1.15), (0, 1.25))
        ],
        ellipse(200, 204, 90, 12, SOIL),
        path("M112 236 H288 L266 330 Q264 342 250 342 H150 Q136 342 134 330Z", s.base),
        path("M250 236 H288 L266 330 Q264 342 250 342 H224 C244 310 252 274 250 236Z", s.dark),
        rect(98, 202, 204, 40, s.light, 8),
        path("M262 202 H294 Q302 202 302 210 V234 Q302 242 294 242 H262Z", s.base),
        line("M140 254 L152 318", s.pale, 9),
    ]


def watering_can(s: Shades) -> Parts:
    drops = [
        path(f"M{x} {y} q-9 15 0 18 q9 -3 0 -18Z", "#6aaede")
        for x, y in ((40, 192), (58, 212), (34, 232), (66, 248), (48, 272))
    ]
    return [
        shadow(s, 226, 110, 340),
        *drops,
        line("M286 176 C380 166 372 300 292 300", s.dark, 15),
        line("M176 166 C176 70 290 70 284 166", s.dark, 15),
        path("M156 288 L92 172 L74 182 L88 150 L110 142 L164 208Z", s.dark),
        turned(-30, 82, 166, [ellipse(82, 166, 12, 40, s.light, s.deep, 3)]),
        path(
            "M150 172 Q150 158 164 158 H280 Q294 158 294 172 L306 320 Q306 336 290 336 H154 Q138 336 138 320Z", s.base
        ),
        path("M262 158 H280 Q294 158 294 172 L306 320 Q306 336 290 336 H250 C272 290 276 220 262 158Z", s.dark),
        ellipse(222, 162, 72, 12, s.deep),
        line("M146 214 H297 M142 290 H303", s.light, 6),
        path("M222 232 C204 254 204 270 222 276 C240 270 240 254 222 232Z", s.pale),
    ]


def secateurs(s: Shades) -> Parts:
    handle = path(
        "M194 196 C176 226 150 262 132 330 Q126 350 142 354 Q160 356 164 338 C176 290 198 252 214 218Z", s.base
    )
    return [
        turned(
            28,
            200,
            200,
            [
                path("M206 190 C244 160 256 100 236 40 C214 64 192 120 186 188Z", STEEL_LIGHT),
                path("M206 190 C244 160 256 100 236 40 C236 100 222 150 196 188Z", STEEL),
                path("M194 192 C160 168 146 120 160 74 C166 112 182 140 216 180Z", STEEL_DARK),
                line("M178 244 q24 14 44 0 q-22 -8 -40 8 q22 10 38 4", STEEL_DARK, 5),
                mirrored([handle]),
                handle,
                path("M178 224 C160 254 146 284 138 326", "none", s.pale, 6),
                mirrored([path("M168 244 C156 270 146 296 140 330", "none", s.dark, 8)]),
                circle(200, 194, 22, s.dark),
                circle(200, 194, 12, STEEL_LIGHT, STEEL_DARK, 4),
                rect(150, 300, 26, 9, s.trim, 4),
            ],
        ),
        line("M64 106 C90 100 112 84 124 60", LEAF_DARK, 6),
        path("M84 104 C66 88 66 66 78 56 C96 66 98 88 84 104Z", LEAF),
        path("M112 82 C128 92 148 90 156 80 C146 64 126 66 112 82Z", LEAF_LIGHT),
    ]


def garden_hose(s: Shades) -> Parts:
    coils = []
    for y in (300, 268, 236, 204):
        coils += [ellipse(186, y, 122, 38, "none", s.deep, 28), ellipse(186, y - 2, 122, 38, "none", s.base, 22)]
        coils.append(path(f"M74 {y - 12} C90 {y - 34} 140 {y - 44} 186 {y - 44}", "none", s.pale, 4))
    return [
        shadow(s, 190, 150, 334),
        *coils,
        line("M298 194 C340 160 300 110 282 96", s.deep, 28),
        line("M298 194 C340 160 300 110 282 96", s.base, 22),
        turned(
            -42,
            268,
            80,
            [
                rect(252, 68, 34, 30, "#e5b23f", 5),
                path("M252 66 H200 L186 58 H170 Q160 58 160 68 V98 Q160 108 170 108 H186 L200 100 H252Z", s.trim),
                path("M236 100 C230 130 222 140 206 146", "none", s.trim, 11),
            ],
        ),
        *[
            line(d, "#6aaede", 6)
            for d in ("M166 118 q-20 -6 -34 8", "M182 142 q-18 4 -26 20", "M150 96 q-20 -14 -40 -8")
        ],
    ]


def bird_feeder(s: Shades) -> Parts:
    seeds = [
        ellipse(x, y, 5, 3.4, fill)
        for x, y, fill in (
            (180, 226, SOIL),
            (196, 214, WOOD_DARK),
            (212, 230, SOIL),
            (224, 214, WOOD_DARK),
            (188, 250, WOOD_DARK),
            (206, 256, SOIL),
            (222, 248, WOOD_DARK),
            (176, 270, SOIL),
            (196, 276, WOOD_DARK),
            (216, 274, SOIL),
        )
    ]
    return [
        line("M200 16 V64", STEEL_DARK, 5),
        circle(200, 66, 12, "none", STEEL_DARK, 5),
        path("M200 76 L298 148 Q304 158 292 158 H108 Q96 158 102 148Z", s.base),
        path("M200 76 L298 148 Q304 158 292 158 H246Z", s.dark),
        rect(154, 158, 92, 138, "#e6f1f4", 6),
        path("M154 204 Q200 192 246 204 V296 H154Z", "#d9b06a"),
        *seeds,
        line("M156 158 V296 M244 158 V296", s.base, 9),
        rect(114, 294, 172, 20, s.base, 8),
        path("M114 304 H286 V306 Q286 314 278 314 H122 Q114 314 114 306Z", s.dark),
        path(
            "M264 286 C250 250 270 222 300 222 C316 222 326 232 326 244 "
            "L344 250 L326 256 C324 284 300 298 276 294 L246 312 Z",
            "#5f88b0",
        ),
        path("M276 292 C268 270 284 252 312 256 C310 282 296 294 276 292Z", "#e8956b"),
        circle(310, 240, 4.5, "#22252b"),
        path("M326 244 L344 250 L326 256Z", "#e5b23f"),
        line("M286 294 v8 M296 292 v10", "#8b6a45", 4),
    ]


def trowel(s: Shades) -> Parts:
    return [
        path("M84 344 C100 300 160 292 196 316 C222 330 232 336 238 344Z", SOIL),
        turned(
            40,
            200,
            200,
            [
                path("M164 196 C150 250 164 320 200 372 C236 320 250 250 236 196 Q200 176 164 196Z", STEEL_LIGHT),
                path("M200 186 Q220 186 236 196 C250 250 236 320 200 372Z", STEEL),
                line("M200 206 V330", STEEL_DARK, 4),
                path("M192 190 C190 160 194 146 194 128 H206 C206 146 210 160 208 190Z", STEEL_DARK),
                path(
                    "M184 40 Q184 22 200 22 Q216 22 216 40 C222 70 220 104 214 132 H186 C180 104 178 70 184 40Z", s.base
                ),
                path("M206 23 Q216 26 216 40 C222 70 220 104 214 132 H204 C210 100 212 60 206 23Z", s.dark),
                rect(184, 126, 32, 14, STEEL, 4),
                circle(200, 40, 6, s.deep),
                line("M190 62 C188 84 190 102 192 116", s.pale, 5),
            ],
        ),
        path("M76 344 Q160 318 244 344Z", SOIL),
        *[circle(x, y, 5, WOOD) for x, y in ((118, 332), (166, 330), (196, 338))],
    ]


def gardening_gloves(s: Shades) -> Parts:
    glove = [
        path(
            "M120 336 V240 C96 220 76 196 66 172 Q62 154 76 152 Q88 150 98 166 "
            "L122 196 V92 Q122 76 136 76 Q150 76 150 92 V68 Q150 52 164 52 "
            "Q180 52 180 68 V84 Q180 68 194 70 Q208 72 208 88 V112 "
            "Q210 98 222 100 Q234 102 234 118 V220 C234 246 226 256 222 272 V336Z",
            s.base,
        ),
        path(
            "M206 336 C216 270 214 190 208 112 Q210 98 222 100 Q234 102 234 118 V220 C234 246 226 256 222 272 V336Z",
            s.dark,
        ),
        line("M150 92 V176 M180 84 V176 M208 100 V180", s.dark, 5),
        path("M128 210 Q178 194 222 212 C222 240 210 262 172 264 C144 264 130 244 128 210Z", s.trim, opacity=0.85),
        path("M114 292 H228 V340 Q228 348 220 348 H122 Q114 348 114 340Z", s.light),
        line("M118 304 H224", s.dark, 4),
        *[circle(x, y, 5, s.base) for x, y in ((156, 222), (176, 230), (196, 222), (176, 248))],
    ]
    return [
        turned(-10, 140, 210, [moved(-40, 14, glove, 0.96)]),
        turned(10, 260, 210, [mirrored([moved(-18, 14, glove, 0.96)])]),
    ]


def hanging_basket(s: Shades) -> Parts:
    blooms = []
    for x, y, fill in (
        (126, 176, "#e795ac"),
        (166, 148, "#f4d35e"),
        (208, 134, "#d7617a"),
        (250, 150, "#b58fd6"),
        (284, 178, "#f4d35e"),
        (196, 178, "#f3eee4"),
        (240, 186, "#e795ac"),
        (150, 196, "#b58fd6"),
    ):
        blooms += [
            *[circle(x + dx, y + dy, 9, fill) for dx, dy in ((-9, 0), (9, 0), (0, -9), (0, 9))],
            circle(x, y, 5, "#e5a53f"),
        ]
    return [
        circle(200, 30, 11, "none", STEEL_DARK, 6),
        line("M200 42 L92 206 M200 42 L308 206 M200 42 V140", STEEL_DARK, 4),
        *[
            circle(x, y, r, fill)
            for x, y, r, fill in (
                (130, 190, 42, LEAF_DARK),
                (270, 190, 42, LEAF_DARK),
                (170, 166, 46, LEAF),
                (230, 164, 48, LEAF),
                (200, 150, 40, LEAF_LIGHT),
            )
        ],
        *blooms,
        path("M88 208 H312 C308 288 264 330 200 330 C136 330 92 288 88 208Z", s.base),
        path("M276 208 H312 C308 288 264 330 200 330 C250 312 274 268 276 208Z", s.dark),
        line("M104 240 q24 18 48 0 t48 0 t48 0 t46 0 M120 274 q20 16 40 0 t40 0 t40 0 t40 0", s.light, 6),
        rect(80, 200, 240, 18, s.light, 9),
        both_sides(
            [
                line("M100 216 C76 240 96 262 80 292", LEAF, 6),
                *[ellipse(x, y, 10, 7, LEAF_LIGHT) for x, y in ((84, 236), (92, 262), (78, 292))],
            ]
        ),
    ]


DRAWINGS: dict[str, Drawing] = {
    "plant pot": plant_pot,
    "watering can": watering_can,
    "secateurs": secateurs,
    "garden hose": garden_hose,
    "bird feeder": bird_feeder,
    "trowel": trowel,
    "gardening gloves": gardening_gloves,
    "hanging basket": hanging_basket,
}
