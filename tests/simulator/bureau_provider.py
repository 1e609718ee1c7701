"""A provider with a filing, and the records it sends about it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from lxml import etree

from simulator import Running
from simulator.model import Subject
from tests.simulator.bureau_samples import (
    ISP_ID,
    PASSWORD_MD5,
    PERSON,
    Client,
    access,
    edited,
    new_filing,
    upload_data,
    website,
)

UNIT = {"isp_id": ISP_ID, "user_name": "demo", "password": "demo-password"}
OTHER_ID = 110000000002


class Control:
    """The control interface as a program uses it."""

    def __init__(self, running: Running) -> None:
        self.url = running.url

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/_control/state") as answer:
            return json.load(answer)

    def post(self, name: str, doc: Any, content_type: str = "application/json") -> tuple[int, Any]:
        data = doc if isinstance(doc, bytes) else json.dumps(doc).encode()
        request = urllib.request.Request(f"{self.url}/_control/{name}", data, {"Content-Type": content_type})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def page(self, path: str = "/") -> str:
        with urllib.request.urlopen(self.url + path) as answer:
            return answer.read().decode()


class Provider:
    """A provider with one filing of two websites, and a second unit in `other`."""

    def __init__(self, running: Running, client: Client) -> None:
        self.running, self.client, self.sequence = running, client, 0
        self.other = Client(running.url, isp_id=OTHER_ID)
        self.send("XZBA", new_filing(1, sites=website(1) + website(2)))

    @property
    def subject(self) -> Subject:
        return self.running.bureau.filings()[0]

    def send(self, container: str, *records: str) -> list[etree._Element]:
        self.sequence += 1
        assert self.client.upload(self.sequence, upload_data(container, *records)).code == 0
        return self.client.fetch_all()


def codes_of(documents):
    return [int(item.text) for document in documents for item in document.iter("Jgdm")]


def manual(provider):
    provider.running.bureau.set_mode("manual")


def new_website(mark: str, *sites: str, fj: str = "") -> str:
    return f"<Xzxx><Zt_xx>{mark}</Zt_xx>{''.join(sites)}{fj}</Xzxx>"


def new_access(mark: str, n: int = 50, password: str = PASSWORD_MD5, fj: str = "") -> str:
    inner = access(n).removeprefix("<Jr_xx>").removesuffix("</Jr_xx>")
    return f"<Xzxx><Wz_xx>{mark}</Wz_xx>{inner}{fj}<ICPmm>{password}</ICPmm></Xzxx>"


def change(subject: Subject, *, sites: str | None = None, fj: str = "", **changes: object) -> str:
    part = edited(
        f"<Zt_xx><Ztid>{subject.ztid}</Ztid><Dwmc>示例公司1</Dwmc><Baxh>{subject.number}</Baxh><Dwxz>4</Dwxz>"
        "<Txdz><Shengid>110000</Shengid><Shiid>110100</Shiid><Xxdz>新街2号</Xxdz></Txdz>"
        "<Zj><Zjlx>1</Zjlx><Zjhm>91110108MA00000001</Zjhm><Zjzs>北京市新街2号</Zjzs></Zj>"
        f"<Fzr>{PERSON}</Fzr></Zt_xx>",
        dict(changes),
    )
    content = "".join(changed_site(site) for site in subject.active_websites()) if sites is None else sites
    return f"<Bgxx>{part}{content}{fj}</Bgxx>"


def changed_site(site, *, domains: str | None = None, **changes: object) -> str:
    names = domains or "".join(
        f"<Ym_xx><IspYmid>{item.isp_ymid}</IspYmid><Ymid>{item.ymid}</Ymid><Ym>{item.name}</Ym></Ym_xx>"
        for item in site.domains
    )
    [own] = [item for item in site.accesses if item.isp_id == ISP_ID]
    [ip] = own.ranges
    return edited(
        f"<Wz_xx><Wzid>{site.wzid}</Wzid><Wzmc>改名网站</Wzmc><Fwnr><Fwnr_id>8</Fwnr_id></Fwnr>"
        f"<Yylb><Yylb_id>1</Yylb_id></Yylb>{names}<Jr_xx><Jrid>{own.jrid}</Jrid><Wzfb><Fbdd>2</Fbdd></Wzfb>"
        f"<Wzjrfs><Jrfs>2</Jrfs></Wzjrfs><Ip_xx><IspIpid>{ip.isp_ipid}</IspIpid><Ipid>{ip.ipid}</Ipid>"
        f"<Qsip>3405803800</Qsip><Zzip>3405803801</Zzip></Ip_xx></Jr_xx><Wz_Fzr>{PERSON}</Wz_Fzr>"
        f"<Baxh>{site.number}</Baxh><Syurl>{site.domains[0].name}</Syurl></Wz_xx>",
        dict(changes),
    )


def cancel(kind: int, record_id: int, password: str | None = None, reason: int = 1) -> str:
    mark = f"<ICPmm>{password}</ICPmm>" if password else ""
    return f"<Zx_xx><Zxlb>{kind}</Zxlb><Jlid>{record_id}</Jlid><Zxly>{reason}</Zxly>{mark}</Zx_xx>"
