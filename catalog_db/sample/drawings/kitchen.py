"""Pots, knives and what tea is made with."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    RUBBER,
    RUBBER_LIGHT,
    STEEL,
    STEEL_DARK,
    STEEL_LIGHT,
    Drawing,
    Parts,
    Shades,
    circle,
    ellipse,
    line,
    moved,
    path,
    rect,
    shadow,
    turned,
)


def _steam(s: Shades, xs: tuple[int, ...], top: int) -> Parts:
    """Wisps rising from something hot."""
    return [line(f"M{x} {top + 48} q-12 -14 0 -26 t0 -24", s.shadow, 6, 0.7) for x in xs]


def mug(s: Shades) -> Parts:
    return [
        shadow(s, 200, 108),
        *_steam(s, (152, 188, 224), 66),
        line("M262 176 C340 164 340 272 256 268", s.dark, 22),
        path("M104 144 H272 V270 C272 312 252 334 220 334 H156 C124 334 104 312 104 270Z", s.base),
        path("M240 150 H272 V270 C272 312 252 334 220 334 H196 C228 320 240 290 240 150Z", s.dark),
        ellipse(188, 146, 84, 18, s.light),
        ellipse(188, 148, 70, 12, "#6b4331"),
        rect(122, 182, 12, 84, s.pale, 6, opacity=0.8),
    ]


def kettle(s: Shades) -> Parts:
    return [
        shadow(s, 196, 112),
        line("M262 118 C330 96 350 160 330 226 C322 252 308 266 290 272", RUBBER, 22),
        path("M126 176 L70 134 Q62 124 74 122 L142 136Z", s.dark),
        path("M136 110 H256 C268 160 284 240 290 310 H102 C108 240 124 160 136 110Z", s.base),
        path("M238 110 H256 C268 160 284 240 290 310 H244 C256 250 250 170 238 110Z", s.dark),
        path("M136 112 Q140 84 196 84 Q252 84 256 112Z", s.light),
        rect(176, 66, 40, 22, RUBBER, 10),
        rect(94, 306, 204, 28, RUBBER, 10),
        rect(106, 312, 60, 6, RUBBER_LIGHT, 3),
        path("M150 150 C140 200 134 244 132 286", "none", s.pale, 12),
        rect(206, 168, 18, 104, STEEL_LIGHT, 9),
        rect(206, 214, 18, 58, "#7fb3d3", 9),
    ]


def teapot(s: Shades) -> Parts:
    return [
        shadow(s, 200, 110),
        line("M288 178 C368 160 362 280 276 284", s.dark, 18),
        path("M120 262 C84 248 82 196 50 170 Q44 158 58 156 C96 164 112 194 140 208Z", s.dark),
        path(
            "M96 238 C96 166 142 144 200 144 C258 144 304 166 304 238 "
            "C304 300 266 328 240 332 H160 C134 328 96 300 96 238Z",
            s.base,
        ),
        path("M252 156 C288 170 304 196 304 238 C304 300 266 328 240 332 H214 C268 306 282 220 252 156Z", s.dark),
        path("M144 150 Q150 112 200 112 Q250 112 256 150 Q200 166 144 150Z", s.light),
        circle(200, 104, 15, s.base),
        path("M142 150 Q200 168 258 150", "none", s.dark, 5),
        path("M124 226 C126 196 140 182 156 176", "none", s.pale, 11),
        path("M164 332 H236 V338 Q200 344 164 338Z", s.deep),
    ]


def frying_pan(s: Shades) -> Parts:
    return [moved(14, -14, _pan_with_egg(s))]


def _pan_with_egg(s: Shades) -> Parts:
    return [
        ellipse(170, 262, 128, 100, s.shadow),
        turned(
            -42,
            170,
            230,
            [
                rect(286, 212, 130, 34, RUBBER, 17),
                path("M276 212 H320 V246 H276Z", STEEL_DARK),
                circle(396, 229, 7, s.ground),
                circle(300, 229, 5, STEEL_LIGHT),
            ],
        ),
        circle(166, 236, 122, s.base),
        circle(166, 236, 122, "none", s.light, 8),
        circle(166, 236, 98, RUBBER),
        circle(166, 236, 98, "none", s.deep, 6),
        path("M92 220 C100 186 128 164 160 162", "none", RUBBER_LIGHT, 8),
        path(
            "M128 242 C118 216 150 196 178 202 C212 200 230 226 214 252 "
            "C212 284 176 290 156 278 C132 280 122 262 128 242Z",
            "#fffaf0",
        ),
        circle(172, 242, 24, "#f2b134"),
        circle(164, 234, 6, "#f9d98a"),
    ]


def saucepan(s: Shades) -> Parts:
    return [
        shadow(s, 160, 112, 330),
        rect(254, 186, 116, 26, RUBBER, 13),
        path("M246 182 h28 v34 h-28Z", STEEL_DARK),
        circle(352, 199, 6, s.ground),
        path("M60 174 H258 V290 Q258 328 220 328 H98 Q60 328 60 290Z", s.base),
        path("M228 174 H258 V290 Q258 328 220 328 H184 Q228 318 228 174Z", s.dark),
        rect(52, 164, 214, 18, s.light, 9),
        path("M64 164 C70 126 112 112 159 112 C206 112 248 126 254 164Z", STEEL_LIGHT, STEEL, 4),
        path("M92 152 C104 132 128 124 150 122", "none", "#ffffff", 7),
        line("M159 112 V100", STEEL_DARK, 10),
        rect(136, 82, 46, 20, RUBBER, 10),
        rect(80, 200, 14, 90, s.pale, 7, opacity=0.8),
        *_steam(s, (214, 238), 74),
    ]


def chefs_knife(s: Shades) -> Parts:
    return [
        turned(
            -38,
            200,
            200,
            [
                path("M20 218 H236 V258 Q236 266 226 266 C140 268 62 256 20 218Z", s.shadow, opacity=0.6),
                path("M12 206 C60 180 130 166 240 168 V248 C150 252 70 244 12 206Z", STEEL_LIGHT),
                path("M12 206 C70 222 150 228 240 226 V248 C150 252 70 244 12 206Z", STEEL),
                line("M40 196 C100 178 170 174 236 174", "#ffffff", 4),
                path("M238 164 H258 V252 L238 250Z", STEEL_DARK),
                path("M256 166 H372 Q394 166 394 190 Q394 222 366 214 Q340 204 300 214 Q270 220 256 216Z", s.base),
                path("M256 196 Q330 186 394 192 Q394 222 366 214 Q340 204 300 214 Q270 220 256 216Z", s.dark),
                *[circle(x, 188, 6, STEEL_LIGHT) for x in (284, 322, 360)],
            ],
        )
    ]


def chopping_board(s: Shades) -> Parts:
    return [
        shadow(s, 200, 130, 326),
        turned(
            -8,
            200,
            200,
            [
                path(
                    "M112 118 Q112 104 126 104 H176 V62 Q176 44 200 44 Q224 44 224 62 V104 "
                    "H274 Q288 104 288 118 V312 Q288 328 272 328 H128 Q112 328 112 312Z",
                    s.dark,
                ),
                path(
                    "M104 114 Q104 100 118 100 H168 V58 Q168 40 192 40 Q216 40 216 58 V100 "
                    "H266 Q280 100 280 114 V306 Q280 322 264 322 H120 Q104 322 104 306Z",
                    s.base,
                ),
                circle(192, 66, 11, s.ground, s.dark, 4),
                rect(122, 118, 140, 186, "none", 10, s.dark, 4),
                line(
                    "M140 150 C160 144 190 156 244 148 M140 186 "
                    "C180 176 200 194 244 184 M140 262 C170 254 200 270 244 260",
                    s.light,
                    4,
                ),
            ],
        ),
        path("M198 300 C180 262 210 240 232 250 C262 236 290 262 274 302 C262 326 212 326 198 300Z", "#d9483b"),
        path("M214 290 C208 272 216 262 226 260", "none", "#f08b7c", 6),
        line("M232 250 q4 -14 16 -18 M232 252 q-12 -10 -22 -8 M234 252 q14 -6 24 0", "#5d8a45", 6),
    ]


def water_bottle(s: Shades) -> Parts:
    return [
        shadow(s, 200, 70, 342),
        line("M172 60 C172 24 228 24 228 60", RUBBER, 10),
        rect(162, 54, 76, 44, RUBBER, 10),
        *[line(f"M{x} 66 V88", RUBBER_LIGHT, 4) for x in (178, 192, 206, 220)],
        rect(168, 98, 64, 14, STEEL),
        path(
            "M168 110 H232 C236 136 256 140 256 170 V316 Q256 342 230 342 "
            "H170 Q144 342 144 316 V170 C144 140 164 136 168 110Z",
            s.base,
        ),
        path("M212 110 H232 C236 136 256 140 256 170 V316 Q256 342 230 342 H206 C226 320 228 180 212 110Z", s.dark),
        rect(160, 178, 12, 116, s.pale, 6, opacity=0.8),
        path("M200 206 C184 228 180 240 180 248 A20 20 0 0 0 220 248 C220 240 216 228 200 206Z", s.light),
        path("M144 312 H256 V316 Q256 342 230 342 H170 Q144 342 144 316Z", s.deep),
    ]


DRAWINGS: dict[str, Drawing] = {
    "mug": mug,
    "kettle": kettle,
    "teapot": teapot,
    "frying pan": frying_pan,
    "saucepan": saucepan,
    "chef's knife": chefs_knife,
    "chopping board": chopping_board,
    "water bottle": water_bottle,
}
