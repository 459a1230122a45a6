"""Clothes, laid flat and seen from the front."""

from __future__ import annotations

from catalog_db.sample.drawings.base import (
    CREAM,
    STEEL_LIGHT,
    Drawing,
    Parts,
    Shades,
    both_sides,
    circle,
    line,
    path,
    rect,
)

_LONG_SLEEVE = "M128 96 C96 108 84 136 78 170 L54 306 Q52 318 64 320 L92 326 Q104 328 106 316 L136 196Z"
_BODY = (
    "M154 82 C140 88 132 92 124 98 L132 200 L124 326 Q124 338 138 338 H262 "
    "Q276 338 276 326 L268 200 L276 98 C268 92 260 88 246 82 Q200 112 154 82Z"
)


def _long_sleeved(s: Shades) -> Parts:
    """Two long sleeves behind a body with a round neck."""
    return [both_sides([path(_LONG_SLEEVE, s.dark)]), path(_BODY, s.base)]


def _ribs(s: Shades, y: int, least: int, most: int) -> list[str]:
    """The upright ribs of a knitted hem."""
    return [line(f"M{x} {y} v20", s.dark, 3) for x in range(least, most, 10)]


def t_shirt(s: Shades) -> Parts:
    return [
        both_sides([path("M140 88 L76 122 Q64 130 68 144 L86 190 Q90 200 102 196 L140 180Z", s.dark)]),
        path(
            "M152 82 L128 96 L132 326 Q132 336 142 336 H258 Q268 336 268 326 L272 96 L248 82 Q200 124 152 82Z", s.base
        ),
        path("M152 82 Q200 124 248 82 L240 78 Q200 104 160 78Z", s.deep),
        line("M150 84 Q200 130 250 84", s.light, 8),
        path("M236 336 C246 260 246 200 240 140 C256 200 262 270 258 336Z", s.dark, opacity=0.5),
        both_sides([line("M84 184 L100 190", s.light, 4)]),
        line("M136 324 H264", s.dark, 3),
    ]


def shirt(s: Shades) -> Parts:
    return [
        both_sides([path(_LONG_SLEEVE, s.dark), path("M56 294 L108 304 L104 326 L52 318Z", s.light)]),
        path(_BODY, s.base),
        path("M160 76 Q200 96 240 76 L236 92 L200 118 L164 92Z", s.deep),
        line("M192 116 V338 M208 116 V338", s.dark, 3),
        path("M160 72 L148 88 L172 132 L200 108 Z", s.light, s.dark, 2),
        path("M240 72 L252 88 L228 132 L200 108 Z", s.light, s.dark, 2),
        *[circle(200, y, 5, s.trim) for y in range(140, 330, 36)],
        path("M222 168 h36 v34 l-18 12 l-18 -12Z", s.light, s.dark, 2),
    ]


def jumper(s: Shades) -> Parts:
    cables = [line(f"M{x} 126 " + "q8 12 0 24 t0 24 " * 4, s.dark, 4) for x in (164, 200, 236)]
    return [
        both_sides([path(_LONG_SLEEVE, s.dark), path("M58 284 L112 294 L106 324 L53 316Z", s.deep)]),
        path(_BODY, s.base),
        path("M152 80 Q200 116 248 80 L240 72 Q200 92 160 72Z", s.deep),
        line("M154 84 Q200 118 246 84", s.light, 12),
        *cables,
        line("M182 128 V312 M218 128 V312 M146 120 V312 M254 120 V312", s.light, 2, 0.7),
        rect(122, 314, 156, 26, s.dark, 6),
        *[line(f"M{x} 318 v18", s.base, 3) for x in range(130, 274, 10)],
    ]


def hoodie(s: Shades) -> Parts:
    return [
        both_sides([path(_LONG_SLEEVE, s.dark), path("M56 292 L110 302 L105 325 L53 317Z", s.deep)]),
        path(_BODY, s.base),
        path(
            "M132 106 C140 52 168 38 200 38 C232 38 260 52 268 106 C246 130 226 136 200 142 C174 136 154 130 132 106Z",
            s.dark,
        ),
        path("M156 104 C160 72 178 58 200 58 C222 58 240 72 244 104 Q222 126 200 130 Q178 126 156 104Z", s.deep),
        line("M184 132 V190 M216 132 V184", s.trim, 5),
        path("M150 300 L164 238 H236 L250 300Z", s.light, s.dark, 3),
        rect(122, 318, 156, 22, s.dark, 6),
    ]


def jeans(s: Shades) -> Parts:
    return [
        path(
            "M132 56 H268 L284 336 Q284 346 274 346 H226 Q216 346 215 336 "
            "L202 176 H198 L185 336 Q184 346 174 346 H126 Q116 346 116 336Z",
            s.base,
        ),
        path("M200 176 L198 92 H202Z M202 176 L215 336 Q216 346 226 346 H238 C226 280 222 220 220 150Z", s.dark),
        path("M116 336 L124 200 C132 260 132 300 132 346 H126 Q116 346 116 336Z", s.dark),
        rect(130, 52, 140, 24, s.light, 4, s.dark, 2),
        *[rect(x, 48, 8, 32, s.dark, 2) for x in (146, 188, 246)],
        line("M136 112 Q166 112 168 78 M264 112 Q234 112 232 78", s.pale, 3),
        line("M202 78 V140 Q214 136 216 112 V78", s.pale, 3),
        circle(210, 64, 6, STEEL_LIGHT, s.deep, 2),
        line("M118 326 H184 M216 326 H282", s.pale, 3),
    ]


def rain_jacket(s: Shades) -> Parts:
    return [
        both_sides([path(_LONG_SLEEVE, s.dark), rect(66, 296, 32, 14, s.deep, 4)]),
        path(_BODY.replace("338", "350"), s.base),
        path("M124 98 C140 88 146 86 154 82 L246 82 C256 86 262 90 276 98 L272 150 H128Z", s.light),
        path(
            "M140 92 C140 44 166 32 200 32 C234 32 260 44 260 92 C240 116 222 118 200 120 C178 118 160 116 140 92Z",
            s.dark,
        ),
        path("M164 90 C166 62 180 52 200 52 C220 52 234 62 236 90 Q218 106 200 108 Q182 106 164 90Z", s.deep),
        path("M150 62 C158 30 242 30 250 62 Q200 40 150 62Z", s.light),
        line("M200 110 V348", s.trim, 6),
        rect(195, 116, 10, 18, s.trim, 3),
        both_sides([path("M140 250 l40 -8 v14 l-40 8Z", s.deep)]),
        *[
            line(f"M{x} {y} q-7 12 0 14 q7 -2 0 -14", "#7fb3d3", 4)
            for x, y in ((96, 66), (306, 80), (330, 176), (66, 168))
        ],
    ]


def down_jacket(s: Shades) -> Parts:
    seams = [
        line(f"M126 {y} Q163 {y + 16} 198 {y} M202 {y} Q237 {y + 16} 274 {y}", s.deep, 4)
        for y in (142, 184, 226, 268, 308)
    ]
    sleeve_seams = [
        line(f"M{x} {y} q22 16 {w} 10", s.deep, 4)
        for x, y, w in ((80, 160, 54), (70, 204, 56), (62, 246, 52), (56, 284, 52))
    ]
    return [
        both_sides(
            [
                path("M128 92 C88 100 70 134 64 170 L42 304 Q40 320 56 324 L94 330 Q108 330 110 316 L140 196Z", s.dark),
                *sleeve_seams,
            ]
        ),
        path(
            "M148 74 C130 82 122 90 118 98 L126 200 L116 324 Q114 342 134 342 "
            "H266 Q286 342 284 324 L274 200 L282 98 C278 90 270 82 252 74Z",
            s.base,
        ),
        *[path(f"M130 {y} q34 14 64 2 v10 q-30 10 -62 -2Z", s.light, opacity=0.8) for y in (150, 192, 234, 276)],
        *seams,
        path("M150 96 V60 Q200 40 250 60 V96 Q200 116 150 96Z", s.light),
        line("M152 78 Q200 98 248 78", s.deep, 3),
        path("M168 58 Q200 46 232 58 Q200 70 168 58Z", s.deep),
        line("M200 70 V340", s.trim, 6),
        rect(120, 326, 160, 16, s.dark, 8),
    ]


def base_layer(s: Shades) -> Parts:
    return [
        both_sides(
            [path("M134 96 C104 108 96 140 92 172 L70 312 Q70 322 80 324 L98 326 Q108 326 110 316 L142 190Z", s.dark)]
        ),
        path(
            "M158 82 C146 86 138 92 130 98 C146 170 142 230 136 326 Q136 338 148 338 "
            "H252 Q264 338 264 326 C258 230 254 170 270 98 C262 92 254 86 242 82Z",
            s.base,
        ),
        path("M158 84 V58 Q200 42 242 58 V84 Q200 108 158 84Z", s.light),
        path("M174 58 Q200 48 226 58 Q200 68 174 58Z", s.deep),
        line("M200 68 V150", s.trim, 5),
        rect(195, 66, 10, 16, s.trim, 3),
        path("M130 98 C146 170 142 230 136 326 Q136 338 148 338 H158 C168 240 166 160 150 88Z", s.dark, opacity=0.6),
        path("M270 98 C254 170 258 230 264 326 Q264 338 252 338 H242 C232 240 234 160 250 88Z", s.dark, opacity=0.6),
        line("M150 90 C166 160 168 240 158 338 M250 90 C234 160 232 240 242 338", s.pale, 3),
        both_sides([line("M76 304 L108 309", s.pale, 3)]),
        line("M138 324 H262", CREAM if s.trim == CREAM else s.dark, 3),
    ]


DRAWINGS: dict[str, Drawing] = {
    "t-shirt": t_shirt,
    "shirt": shirt,
    "jumper": jumper,
    "hoodie": hoodie,
    "jeans": jeans,
    "rain jacket": rain_jacket,
    "down jacket": down_jacket,
    "base layer": base_layer,
}
