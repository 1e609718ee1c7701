"""A download with filed data (BASJ) of invented filings, as a bureau writes it: GBK, zipped, one Baxx for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reporting.envelope import zip_one

Document = dict[str, Any]

_PERSON = """<{tag}><Fzr_xm>{name}</Fzr_xm><Fzr_dhhm>{office_phone}</Fzr_dhhm><Fzr_sjhm>{mobile}</Fzr_sjhm>
<Fzr_dzyj>{email}</Fzr_dzyj><Fzr_zjlx>{certificate_type}</Fzr_zjlx><Fzr_zjhm>{certificate_number}</Fzr_zjhm></{tag}>"""

_FILED = """<Baxx><Zt_xx>{subject_own}<Ztid>{ztid}</Ztid><Dwmc>{subject[name]}</Dwmc><Dwxz>{subject[nature]}</Dwxz>
<Txdz><Shengid>{address[province]}</Shengid><Shiid>{address[city]}</Shiid><Xianid>{address[county]}</Xianid>
<Xxdz>{address[detail]}</Xxdz></Txdz>
<Zj><Zjlx>{paper[type]}</Zjlx><Zjhm>{paper[number]}</Zjhm><Zjzs>{paper[address]}</Zjzs></Zj>
{subject_person}<Baxh>京ICP备{number:08d}号</Baxh><Bbyhlx>1</Bbyhlx><Tzr>{subject[investor]}</Tzr>
<Scbbsj>2026-03-02 10:15:00</Scbbsj><Zjxgsj>{modified}</Zjxgsj></Zt_xx>
<Wz_xx>{website_own}<Wzid>{wzid}</Wzid><Wzmc>{website[name]}</Wzmc><Fwnr><Fwnr_id>8</Fwnr_id></Fwnr>
<Yylb><Yylb_id>1</Yylb_id></Yylb>
<Ym_xx>{domain_own}<Ymid>{ymid}</Ymid><Ym>{domain}</Ym></Ym_xx>
<Jr_xx>{access_own}<Jrid>{jrid}</Jrid><Ispid>{isp_id}</Ispid><Wzfb><Fbdd>2</Fbdd></Wzfb><Wzjrfs><Jrfs>3</Jrfs></Wzjrfs>
<Ip_xx>{range_own}<Ipid>{ipid}</Ipid><Qsip>{ip}</Qsip><Zzip>{ip}</Zzip></Ip_xx></Jr_xx>
{website_person}<Syurl>{website[home_url]}</Syurl><Baxh>京ICP备{number:08d}号-1</Baxh></Wz_xx></Baxx>
"""


def download_zip(
    name: str, contents: Sequence[Document], *, isp_id: int, modified: str, first: int = 1
) -> bytes:
    """The zip of a download that says that these new filings are filed.

    `modified` is what its Zjxgsj say, `first` the number from which the bureau's ids and numbers are made.
    """
    records = "".join(record_xml(n, content, isp_id, modified) for n, content in enumerate(contents, first))
    xml = (
        '<?xml version="1.0" encoding="GBK"?>\n'
        f'<DownloadData version="V.3.0"><ICP><BASJ>{records}</BASJ></ICP></DownloadData>'
    )
    return zip_one(name, xml.encode("gbk"))


def record_xml(number: int, content: Document, isp_id: int, modified: str) -> str:
    """One Baxx; `number` makes the bureau's ids and numbers."""
    subject, website = content["subject"], content["websites"][0]
    domain, access = website["domains"][0], website["accesses"][0]
    # As JSON brings it a domain is a text; a frozen document holds it with our number.
    name = domain["name"] if isinstance(domain, dict) else domain
    return _FILED.format(
        number=number,
        subject=subject,
        address=subject["address"],
        paper=subject["certificate"],
        website=website,
        domain=name,
        ip=3405803776 + number,
        isp_id=isp_id,
        modified=modified,
        subject_person=_PERSON.format(tag="Fzr", **subject["responsible"]),
        website_person=_PERSON.format(tag="Wz_Fzr", **website["responsible"]),
        ztid=100_000_000 + number,
        wzid=200_000_000 + number,
        ymid=300_000_000 + number,
        jrid=400_000_000 + number,
        ipid=500_000_000 + number,
        subject_own=_own("IspZtid", subject),
        website_own=_own("IspWzid", website),
        domain_own=_own("IspYmid", domain),
        access_own=_own("IspJrid", access),
        range_own=_own("IspIpid", access["ip_ranges"][0]),
    )


def _own(tag: str, part: Any) -> str:
    return f"<{tag}>{part['own_id']}</{tag}>" if isinstance(part, dict) and "own_id" in part else ""
