"""Regions by their whole path: one search finds a county and all that stands above it.

海淀, hd, 北京海淀, bjhd, 北京 海淀, bj/hd and 110108 all find 北京市 / 市辖区 / 海淀区.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from filing.code_tables import CodeTable
from filing.services import codes

MOST_FOUND = 20
MOST_TYPED = 40
_ENDINGS = re.compile(
    r"(特别行政区|(?:壮族|回族|维吾尔|藏族|蒙古)?自治区|[一-鿿]{2,}族自治[州县旗]|自治[州县旗]|地区|林区|新区|[省市盟州县区旗])$"
)
_BETWEEN = re.compile(r"[\s/／、,，>›·]+")


@dataclass(frozen=True)
class Region:
    """A region of any level. `codes` and `names` go from the province down."""

    codes: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class _Step:
    """How one level of a path may be typed: in full, short, by initials of either."""

    full: str
    short: str
    initials: str
    short_initials: str

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.full, self.short, self.initials, self.short_initials)))


@dataclass(frozen=True)
class _Held:
    region: Region
    steps: tuple[_Step, ...]
    """Those that people say: 市辖区 and its like are left out."""


def version() -> str:
    """Names the table as it is now: another one after a download, so that what was found may be kept until then."""
    return codes.version_of(CodeTable.REGION)


def search(text: str, limit: int = MOST_FOUND) -> list[Region]:
    """Find regions; the best come first: the name itself, its beginning, what lies below it, the middle of it.

    Shape: at most `limit` of any level.
    """
    wanted = _BETWEEN.sub("", text.strip().lower())[:MOST_TYPED]
    return list(_search(version(), wanted, min(limit, MOST_FOUND))) if wanted else []


@lru_cache(maxsize=512)
def _search(version_now: str, wanted: str, limit: int) -> tuple[Region, ...]:
    found = []
    for held in _all(version_now):
        rank = _rank(held, wanted)
        if rank is not None:
            found.append((rank, held.region.codes[-1], held.region))
    return tuple(region for _rank_now, _code, region in sorted(found, key=lambda each: each[:2])[:limit])


@lru_cache(maxsize=2)
def _all(version_now: str) -> tuple[_Held, ...]:
    """Every region with the ways to type it; made once for a version of the table."""
    rows = {code: name for code, name in codes.choices_for(CodeTable.REGION)}
    steps = {code: _step(name) for code, name in rows.items()}
    found = []
    for code in rows:
        path = [code]
        while (above := codes.region_parent(path[0])) is not None:
            path.insert(0, above)
        # A bureau's table may lack the level between.
        known = [each for each in path if each in rows]
        said = [steps[each] for each in known if not codes.is_unspoken(each, rows[each])]
        if said and known[-1] == code:
            region = Region(tuple(known), tuple(rows[each] for each in known))
            found.append(_Held(region, tuple(said)))
    return tuple(found)


def _step(name: str) -> _Step:
    short = _ENDINGS.sub("", name) if len(name) > 2 else name
    short = short if len(short) > 1 else name
    return _Step(name.lower(), short.lower(), codes.pinyin_initials(name), codes.pinyin_initials(short))


def _rank(held: _Held, wanted: str) -> int | None:
    code = str(held.region.codes[-1])
    own = held.steps[-1]
    if wanted in (own.full, own.short, code):
        return 0
    if wanted in (own.initials, own.short_initials):
        return 1
    if code.startswith(wanted) and wanted.isdigit():
        return 2
    if len(held.steps) > 1 and _follows(held.steps, wanted, whole=True):
        return 3
    if any(way.startswith(wanted) for way in own.ways):
        return 4
    if _follows(held.steps, wanted, whole=False):
        return 5
    if any(wanted in step.ways for step in held.steps[:-1]):
        return 6
    return 7 if wanted in own.full else None


def _follows(steps: tuple[_Step, ...], wanted: str, *, whole: bool) -> bool:
    """Whether the text goes down the path, levels between left out or not, and ends in the last one.

    `whole`: in all of its name; else in the beginning of it.
    """
    own = steps[-1]
    for way in own.ways:
        if wanted == way:
            return True
    for place, step in enumerate(steps[:-1]):
        for way in step.ways:
            if wanted.startswith(way) and len(wanted) > len(way):
                rest, below = wanted[len(way) :], steps[place + 1 :]
                if any(rest == each for each in below[-1].ways):
                    return True
                if not whole and any(each.startswith(rest) for each in below[-1].ways):
                    return True
                if len(below) > 1 and _follows(below, rest, whole=whole):
                    return True
    return False
