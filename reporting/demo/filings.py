"""The invented filings, in the words of the filing JSON, and how far each is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from filing.services.codes import region_path
from reporting.demo import papers

BEIJING, HEBEI, TIANJIN = 110000000001, 130000000001, 120000000001


@dataclass(frozen=True)
class DemoFiling:
    """One invented filing. `fate` says how far the loader takes it; the simulator does the rest."""

    name: str
    site: str
    domains: tuple[str, ...]
    fate: str
    reason: str = ""
    region: tuple[int, int, int] = (110000, 110100, 110108)
    place: str = "知春路 8 号 3 层"
    individual: bool = False
    isp_id: int = BEIJING
    contents: tuple[int, ...] = (8,)
    materials: tuple[int, ...] = (1, 2, 3, 4, 5)
    sites: tuple[tuple[str, str], ...] = field(default=())


FILINGS = (
    DemoFiling(
        "北京云间拾贝文化传播有限公司",
        "拾贝读书",
        ("shibei-read.cn", "shibei-audio.cn"),
        "draft",
        contents=(6, 16),
    ),
    DemoFiling("北京半山听雨文旅发展有限公司", "半山听雨", ("banshan-tingyu.cn",), "gaps", materials=(1,)),
    DemoFiling("北京砚屿数据服务有限公司", "砚屿数据平台", ("yanyu-data.cn",), "in_review"),
    DemoFiling(
        "北京稻荷里餐饮管理有限公司",
        "稻荷里点餐",
        ("daoheli.cn", "daoheli.com.cn"),
        "in_review",
        contents=(9,),
        place="望京街 10 号院 2 号楼",
        region=(110000, 110100, 110105),
    ),
    DemoFiling(
        "周禾木",
        "禾木书屋",
        ("hemu-book.cn",),
        "review_returned",
        reason="幕布照片看不清日期，请重拍或重传。",
        individual=True,
        contents=(6,),
        materials=(1, 3, 4, 5),
    ),
    DemoFiling(
        "北京青舟展览服务有限公司",
        "青舟会展",
        ("qingzhou-expo.cn",),
        "withdrawn",
        reason="主办者改用其他服务商。",
    ),
    DemoFiling(
        "北京晴岚科技有限公司",
        "晴岚云笔记",
        ("qinglan-note.cn", "晴岚.中国"),
        "ready",
        sites=(("晴岚开放平台", "qinglan-open.cn"),),
        contents=(8, 17),
    ),
    DemoFiling("北京知否教育咨询有限公司", "知否咨询", ("zhifou-consult.cn",), "ready"),
    DemoFiling("北京南山不拒绝网络科技有限公司", "南山小筑", ("nanshan-home.cn",), "ready"),
    DemoFiling("北京退回来科技有限公司", "回来商城", ("huilai-mall.cn",), "ready", contents=(9,)),
    DemoFiling("北京长候文化传媒有限公司", "长候图库", ("changhou-pic.cn",), "ready", contents=(16,)),
    DemoFiling(
        "杉月渡（廊坊）信息技术有限公司",
        "杉月渡云图",
        ("changhou-shanyue.cn",),
        "ready",
        region=(130000, 131000, 131003),
        place="爱民道 20 号",
    ),
    DemoFiling(
        "石家庄槐安物流有限公司",
        "槐安物流",
        ("huaian-logistics.cn",),
        "ready",
        region=(130000, 130100, 130104),
        place="槐安路 66 号",
        isp_id=HEBEI,
    ),
    DemoFiling(
        "天津海河渡口餐饮有限公司",
        "海河渡口",
        ("changhou-ferry.cn",),
        "ready",
        region=(120000, 120100, 120101),
        place="大沽北路 2 号",
        isp_id=TIANJIN,
    ),
)


def _person(number: int, name: str, region: int) -> dict[str, Any]:
    return {
        "name": name,
        "office_phone": f"010-6255{1000 + number}",
        "mobile": f"1380013{8000 + number}",
        "email": f"filing{number}@example.cn",
        "certificate_type": 2,
        "certificate_number": papers.id_card(
            region, f"19{80 + number % 20}0{1 + number % 9}15", 100 + number
        ),
    }


def _website(
    filing: DemoFiling, number: int, name: str, domains: tuple[str, ...], person: dict[str, Any]
) -> dict[str, Any]:
    address = f"203.0.113.{10 + number * 3}"
    return {
        "name": name,
        "service_contents": list(filing.contents),
        "languages": [1],
        "domains": list(domains),
        "home_url": f"www.{domains[0]}",
        "responsible": person,
        "accesses": [
            {
                "server_locations": [2],
                "methods": [3],
                "ip_ranges": [{"start": address, "end": address}],
            }
        ],
    }


def content_of(filing: DemoFiling, number: int) -> dict[str, Any]:
    """The filing as a document of the filing JSON, without attachments. `number` makes its numbers its own."""
    region = filing.region[2]
    owner = filing.name if filing.individual else f"{'林赵钱孙李周吴郑王冯陈褚卫蒋'[number % 14]}思远"
    person, site_person = _person(number, owner, region), _person(number + 40, f"{owner[0]}一诺", region)
    if filing.individual:
        certificate = {"type": 2, "number": person["certificate_number"]}
        person = {key: value for key, value in person.items() if key != "office_phone"}
        site_person = person
    else:
        certificate = {"type": 1, "number": papers.credit_code(region, 1000 + number)}
    websites = [_website(filing, number, filing.site, filing.domains, site_person)]
    websites += [_website(filing, number, name, (domain,), site_person) for name, domain in filing.sites]
    return {
        "subject": {
            "name": filing.name,
            "nature": 5 if filing.individual else 4,
            "investor": owner,
            "address": dict(zip(("province", "city", "county"), filing.region, strict=True))
            | {"detail": filing.place},
            "certificate": certificate | {"address": region_path(region) + filing.place},
            "responsible": person,
            "filed_by": 1,
        },
        "websites": websites,
    }
