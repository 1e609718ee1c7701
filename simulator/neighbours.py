"""Filings of a provider that is not connected here: what a new access, or a conflict, needs to be practised."""

from __future__ import annotations

from simulator import codes
from simulator.filing import next_number
from simulator.messages import local_time
from simulator.model import Access, Domain, IpRange, Subject, Website
from simulator.registry import Registry

NEIGHBOUR_ID = 110000000099
PERSON = (
    "<Fzr_xm>赵示例</Fzr_xm><Fzr_dhhm>010-00000000</Fzr_dhhm><Fzr_sjhm>13000000000</Fzr_sjhm>"
    "<Fzr_dzyj>neighbour@example.cn</Fzr_dzyj>"
)


def add_neighbour(registry: Registry, province: int, now: float, password: str | None) -> Subject:
    """File one invented subject with one website under the neighbour; it has ids of the bureau only."""
    serial = registry.next_id("neighbour")
    certificate = f"9111000099{serial:08d}"
    at = local_time(now)
    number = next_number(province, registry, now)
    subject = Subject(
        ztid=registry.next_id("ztid"),
        isp_ztid=None,
        isp_id=NEIGHBOUR_ID,
        number=number,
        province=province,
        name=f"邻家示例公司{serial}",
        certificate=f"1:{certificate}",
        content=_subject_content(serial, province, certificate),
        filed_by="1",
        password=password,
        first_at=at,
        changed_at=at,
        next_website=2,
    )
    access = Access(
        jrid=registry.next_id("jrid"),
        isp_jrid=None,
        isp_id=NEIGHBOUR_ID,
        content="<Jr_xx><Wzfb><Fbdd>2</Fbdd></Wzfb><Wzjrfs><Jrfs>2</Jrfs></Wzjrfs></Jr_xx>",
        # 198.51.100.0/24 is kept for examples.
        ranges=[IpRange(registry.next_id("ipid"), None, 0xC6336401, 0xC6336401)],
    )
    subject.websites.append(
        Website(
            wzid=registry.next_id("wzid"),
            isp_wzid=None,
            number=f"{number}-1",
            content=f"<Wz_xx><Wzmc>邻家示例网站{serial}</Wzmc><Fwnr><Fwnr_id>8</Fwnr_id></Fwnr>"
            f"<Yylb><Yylb_id>1</Yylb_id></Yylb><Wz_Fzr>{PERSON}</Wz_Fzr></Wz_xx>",
            first_at=at,
            changed_at=at,
            domains=[Domain(registry.next_id("ymid"), None, f"neighbour{serial}.example.cn")],
            accesses=[access],
        )
    )
    registry.save(subject)
    return subject


def _subject_content(serial: int, province: int, certificate: str) -> str:
    place = f"{codes.abbreviation(province)}示例路{serial}号"
    return (
        f"<Zt_xx><Dwmc>邻家示例公司{serial}</Dwmc><Dwxz>4</Dwxz>"
        f"<Txdz><Shengid>{province}</Shengid><Shiid>{province + 100}</Shiid><Xxdz>{place}</Xxdz></Txdz>"
        f"<Zj><Zjlx>1</Zjlx><Zjhm>{certificate}</Zjhm><Zjzs>{place}</Zjzs></Zj><Fzr>{PERSON}</Fzr></Zt_xx>"
    )
