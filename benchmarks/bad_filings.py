"""Three hundred filings, each with one known fault: what is wrong in it, and the code that the bureau has for that.

Most faults can be told from what is held here; a few only the bureau knows, in the share in which they can occur.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks import bureau_world
from benchmarks.bureau_world import ISP_ID, PASSWORD, World, certificate, connection, site
from filing.choices import Operation
from filing.models import AddressRange, Subject, Website
from filing.services.filed_document import filed_document
from filing.services.in_process import Named, mark

Document = dict[str, Any]
SIZE = 300

_serial = count(2000)


@dataclass(frozen=True)
class BadFiling:
    """One case. `corrects`: it is the correction of a request that was at the bureau before."""

    fault: str
    code: int
    operation: str
    content: Document
    password: str = PASSWORD
    corrects: bool = False
    own_ids: dict[str, int] = field(default_factory=dict)
    """Numbers of ours that it has already, by path of the record: website, access, range."""


def new_filing(world: World) -> Document:
    """One that is right, of an owner with a site and addresses that nobody else has."""
    number = next(_serial)
    found = bureau_world.filing(number)
    for name in ("ref", "operation"):
        del found[name]
    found["attachments"] = [attachment(world) | {"owner": "website", "owner_index": 0}]
    return found


def attachment(world: World) -> Document:
    return {"format": 1, "purpose": 1, "content": world.image}


def new_website(world: World) -> Document:
    return {"subject_number": world.subjects[1].number, "websites": [site(next(_serial))]}


def new_access(world: World) -> Document:
    number = next(_serial)
    return {"website_number": world.neighbours[number % 2], "access": connection(number)}


def change(world: World, place: int = 1) -> Document:
    return filed_document(Subject.objects.get(pk=world.subjects[place].pk))


def cancel(kind: str) -> Callable[[World], Document]:
    def make(world: World) -> Document:
        subject = world.subjects[1]
        website = Website.objects.get(subject=subject)
        ids = {
            Operation.CANCEL_SUBJECT: subject.bureau_id,
            Operation.CANCEL_WEBSITE: website.bureau_id,
            Operation.CANCEL_ACCESS: website.accesses.get().bureau_id,
        }
        return {"bureau_id": ids[Operation(kind)], "reason": 1}

    return make


def materials(world: World) -> Document:
    subject = world.subjects[1]
    return {"attachments": [attachment(world) | {"owner": "subject", "owner_number": subject.number}]}


def unfiled(world: World) -> Document:
    item = bureau_world.unfiled("", "unanswered.cn")
    return {key: value for key, value in item.items() if key not in ("ref", "operation")}


GOOD: dict[str, Callable[[World], Document]] = {
    Operation.NEW_FILING: new_filing,
    Operation.NEW_WEBSITE: new_website,
    Operation.NEW_ACCESS: new_access,
    Operation.CHANGE: change,
    Operation.CANCEL_SUBJECT: cancel(Operation.CANCEL_SUBJECT),
    Operation.CANCEL_WEBSITE: cancel(Operation.CANCEL_WEBSITE),
    Operation.CANCEL_ACCESS: cancel(Operation.CANCEL_ACCESS),
    Operation.SUBMIT_MATERIALS: materials,
    Operation.UNFILED_RESULT: unfiled,
}
"""A right document of each operation: each case spoils one of them in one place."""

O = Operation  # noqa: E741
SITE = "websites.0"
OWNER = "subject.responsible"
ACCESS = "websites.0.accesses.0"

PLACED: list[tuple[str, int, str, str, list[Any]]] = [
    ("办公电话有字母", 1010, O.NEW_FILING, f"{OWNER}.office_phone", ["010-1234567a", "(010)12345678"]),
    ("没有办公电话", 1010, O.NEW_FILING, f"{OWNER}.office_phone", [None]),
    ("网站没有办公电话", 1031, O.NEW_FILING, f"{SITE}.responsible.office_phone", [None]),
    ("网站没有办公电话", 1031, O.CHANGE, f"{SITE}.responsible.office_phone", [None]),
    ("手机号码不对", 1011, O.NEW_FILING, f"{OWNER}.mobile", ["23800000000", "138000000001"]),
    ("手机号码不对", 1011, O.NEW_WEBSITE, f"{SITE}.responsible.mobile", ["1380000000a"]),
    ("邮箱不对", 1009, O.NEW_FILING, f"{OWNER}.email", ["nobody.example.cn", "a@b-c-d", "a b@example.cn"]),
    ("邮箱不对", 1009, O.CHANGE, f"{SITE}.responsible.email", ["nobody@"]),
    ("MSN 不对", 1012, O.NEW_FILING, f"{OWNER}.msn", ["nobody", "nobody@"]),
    ("QQ 不对", 1013, O.NEW_FILING, f"{OWNER}.qq", ["qq10001", "1000x1"]),
    ("QQ 不对", 1013, O.NEW_WEBSITE, f"{SITE}.responsible.qq", ["1234567a"]),
    ("没有负责人姓名", 1044, O.NEW_FILING, f"{OWNER}.name", [None]),
    ("单位性质代码不对", 1014, O.NEW_FILING, "subject.nature", [99, 8]),
    ("证件类型代码不对", 1008, O.NEW_FILING, "subject.certificate.type", [99, 33]),
    ("证件不适用于性质", 1008, O.NEW_FILING, "subject.nature", [2, 3]),
    ("执照号码长度不对", 1008, O.NEW_FILING, "subject.certificate.number", ["12345", "91110108MA000000"]),
    ("身份证校验位不对", 1015, O.NEW_FILING, f"{OWNER}.certificate_number", ["110105194912310021", "11010519491231002"]),
    ("身份证校验位不对", 1015, O.NEW_WEBSITE, f"{SITE}.responsible.certificate_number", ["110105194912310022"]),
    ("市不在省内", 1019, O.NEW_FILING, "subject.address.city", [310100, 440100]),
    ("县不在省内", 1019, O.CHANGE, "subject.address.county", [310108]),
    ("省的代码不对", 1019, O.NEW_FILING, "subject.address", [{"province": 990000, "city": 990100, "detail": "虚构路1号"}]),
    ("域名带 www", 1004, O.NEW_FILING, f"{SITE}.domains.0.name", ["www.bad-domain-1.cn"]),
    ("域名写不通", 1004, O.NEW_WEBSITE, f"{SITE}.domains.0.name", ["bad domain.cn", "203.0.113.1", "bad_domain"]),
    ("首页带协议或路径", 1022, O.NEW_FILING, f"{SITE}.home_url", ["http://www.x.cn", "www.x.cn/a", "www.x.cn x"]),
    ("首页不在域名下", 1041, O.NEW_WEBSITE, f"{SITE}.home_url", ["www.other-home.cn", "other-home.cn"]),
    ("服务内容代码不对", 1034, O.NEW_FILING, f"{SITE}.service_contents", [[60], [8, 61]]),
    ("语言代码不对", 1066, O.NEW_WEBSITE, f"{SITE}.languages", [[60], [1, 61]]),
    ("接入方式代码不对", 1035, O.NEW_ACCESS, "access.methods", [[60], [61]]),
    ("放置地点代码不对", 1036, O.NEW_FILING, f"{ACCESS}.server_locations", [[60], [2, 61]]),
    ("起止 IP 颠倒", 1006, O.NEW_FILING, f"{ACCESS}.ip_ranges", [[{"start": "8.9.9.9", "end": "8.9.9.1"}]]),
    ("内网或保留 IP", 1006, O.NEW_ACCESS, "access.ip_ranges",
     [[{"start": one, "end": one}] for one in ("10.0.0.1", "192.168.1.1", "127.0.0.1", "224.0.0.1", "172.16.3.4")]),
    ("IP 段重叠", 1024, O.NEW_WEBSITE, f"{ACCESS}.ip_ranges",
     [[{"start": "8.9.9.1", "end": "8.9.9.9"}, {"start": "8.9.9.5", "end": "8.9.9.12"}]]),
    ("IP 段重复", 1040, O.NEW_WEBSITE, f"{ACCESS}.ip_ranges",
     [[{"start": "8.9.9.1", "end": "8.9.9.9"}, {"start": "8.9.9.1", "end": "8.9.9.9"}]]),
    ("换省", 1046, O.CHANGE, "subject.address",
     [{"province": 310000, "city": 310100, "county": 310104, "detail": "虚构路1号"}]),
    ("看不见的字符", 5008, O.NEW_FILING, "subject.name", ["虚构\u200b示例有限公司", "虚构\u202e示例有限公司"]),
    ("看不见的字符", 5008, O.CANCEL_WEBSITE, "reason_remarks", ["不再\ufeff使用"]),
    ("注销理由代码不对", 1026, O.CANCEL_WEBSITE, "reason", [99, 98]),
    ("处理结果代码不对", 5007, O.UNFILED_RESULT, "result", [99, 98]),
    ("主体编号不存在", 1016, O.CANCEL_SUBJECT, "bureau_id", [987654]),
    ("网站编号不存在", 1016, O.CANCEL_WEBSITE, "bureau_id", [987654]),
    ("接入编号不存在", 1016, O.CANCEL_ACCESS, "bureau_id", [987654]),
    ("填成网站备案号", 1016, O.NEW_WEBSITE, "subject_number", ["@site"]),
    ("填成主体备案号", 1016, O.NEW_ACCESS, "website_number", ["@subject"]),
    ("变更的网站编号不对", 1016, O.CHANGE, f"{SITE}.bureau_id", [987654]),
    ("变更的域名编号不对", 1016, O.CHANGE, f"{SITE}.domains.0.bureau_id", [987654]),
    ("变更的 IP 编号不对", 1023, O.CHANGE, f"{ACCESS}.ip_ranges.0.bureau_id", [987654]),
    ("已备案的域名", 1005, O.NEW_FILING, f"{SITE}.domains", [[{"name": "@domain"}]]),
    ("已备案的域名", 1005, O.NEW_WEBSITE, f"{SITE}.domains", [[{"name": "@neighbour"}]]),
    ("另一请求的域名", 1005, O.NEW_FILING, f"{SITE}.domains", [[{"name": "xugou77.cn"}]]),
    ("黑名单的域名", 1064, O.NEW_WEBSITE, f"{SITE}.domains", [[{"name": "listed-domain.cn"}]]),
    ("同名网站", 1020, O.NEW_FILING, f"{SITE}.name", ["虚构小站2号", "虚构小站4号"]),
    ("许多主体的手机", 1007, O.NEW_FILING, f"{OWNER}.mobile", [bureau_world.SHARED_MOBILE]),
    ("已注销的主体", 1049, O.NEW_WEBSITE, "subject_number", ["@cancelled"]),
    ("已注销的主体", 1049, O.CANCEL_SUBJECT, "bureau_id", ["@cancelled_id"]),
    ("已注销的网站", 1050, O.NEW_ACCESS, "website_number", ["@cancelled_site"]),
    ("已注销的网站", 1050, O.CANCEL_WEBSITE, "bureau_id", ["@cancelled_site_id"]),
    ("已有本单位接入", 1029, O.NEW_ACCESS, "website_number", ["@connected"]),
    ("唯一的接入", 1025, O.CANCEL_ACCESS, "bureau_id", ["@only_access"]),
    ("别家的接入", 1047, O.CANCEL_ACCESS, "bureau_id", ["@their_access"]),
    ("主体在注销", 1027, O.CANCEL_SUBJECT, "bureau_id", ["@closing"]),
    ("主体在注销", 1042, O.CANCEL_WEBSITE, "bureau_id", ["@closing_site"]),
    ("主体在注销", 1042, O.NEW_WEBSITE, "subject_number", ["@closing_number"]),
    ("网站在注销", 1043, O.CANCEL_SUBJECT, "bureau_id", ["@ending"]),
    ("网站在注销", 1030, O.CANCEL_WEBSITE, "bureau_id", ["@ending_site"]),
    ("已报过处理结果", 5006, O.UNFILED_RESULT, "domain", ["answered.cn"]),
    ("不归本单位的网站", 5005, O.UNFILED_RESULT, "domain", ["nobodys.cn"]),
    ("附件格式代码不对", 1056, O.NEW_FILING, "attachments.0.format", [9]),
    ("附件用途代码不对", 1057, O.NEW_FILING, "attachments.0.purpose", [9, 8]),
    ("附件与格式不符", 5010, O.NEW_FILING, "attachments.0.content", ["@png"]),
    ("附件太大", 5010, O.NEW_FILING, "attachments.0.content", ["@heavy"]),
    ("附件用途不符", 1061, O.SUBMIT_MATERIALS, "attachments.0.purpose", [4]),
    ("材料的主体不存在", 1058, O.SUBMIT_MATERIALS, "attachments.0.owner_number", ["京ICP备2029999999号"]),
    ("材料的网站不存在", 1059, O.SUBMIT_MATERIALS, "attachments.0",
     [{"format": 1, "purpose": 1, "content": "@image", "owner": "website", "owner_number": "京ICP备2029999999号-1"}]),
    ("前置审批类型不对", 1033, O.NEW_WEBSITE, f"{SITE}.pre_approvals",
     [[{"type": 60, "number": "虚构1号", "scans": ["@image"]}]]),
    ("不是本单位的 IP", 1063, O.NEW_ACCESS, "access.ip_ranges", [[{"start": "9.9.9.9", "end": "9.9.9.9"}]]),
]  # fmt: skip
"""Fault, code, operation, path, and the values that make it. "@…" stands for something of the world."""


def cases(world: World, size: int = SIZE) -> list[BadFiling]:
    """As many as wanted: all kinds in turn, each with its values in turn."""
    kinds: list[Callable[[], BadFiling]] = [*_placed(world), *_others(world)]
    return [kinds[number % len(kinds)]() for number in range(size)]


def _placed(world: World) -> Iterator[Callable[[], BadFiling]]:
    known = _known(world)
    for fault, code, operation, path, values in PLACED:
        turns = count()

        def make(
            fault: str = fault, code: int = code, operation: str = operation, path: str = path,
            values: list[Any] = values, turns: Iterator[int] = turns,
        ) -> BadFiling:  # fmt: skip
            content = GOOD[operation](world)
            _put(content, path, _filled(values[next(turns) % len(values)], known))
            _follow(content, path)
            return BadFiling(fault, code, operation, content)

        yield make


def _follow(content: Document, path: str) -> None:
    """A new domain takes the home page with it: one fault only."""
    if path.endswith((".domains", ".domains.0.name")):
        home = content["websites"][0]
        if "domains" in home and "home_url" in home:
            home["home_url"] = f"www.{home['domains'][0]['name'].removeprefix('www.')}"
            if any(sign in home["home_url"] for sign in " _") or home["home_url"][4:5].isdigit():
                del home["home_url"]


def _known(world: World) -> dict[str, Any]:
    subjects = world.subjects
    sites = {place: _first_site(subject) for place, subject in enumerate(subjects)}
    theirs = world.connected.accesses.exclude(provider_id=ISP_ID).get()
    neighbour = Website.objects.get(pk=world.connected.pk).domains.get().name
    return {
        "@image": world.image, "@png": world.png, "@heavy": world.heavy,
        "@site": sites[1].number, "@subject": subjects[1].number,
        "@domain": sites[1].domains.get().name, "@neighbour": neighbour,
        "@cancelled": world.cancelled.number, "@cancelled_id": world.cancelled.bureau_id,
        "@cancelled_site": world.cancelled_site.number, "@cancelled_site_id": world.cancelled_site.bureau_id,
        "@connected": world.connected.number, "@only_access": sites[4].accesses.get().bureau_id,
        "@their_access": theirs.bureau_id,
        "@closing": subjects[5].bureau_id, "@closing_site": sites[5].bureau_id, "@closing_number": subjects[5].number,
        "@ending": subjects[6].bureau_id, "@ending_site": sites[6].bureau_id,
    }  # fmt: skip


def _first_site(subject: Subject) -> Website:
    return Website.objects.filter(subject=subject).order_by("pk")[0]


def _filled(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    return known.get(value, value) if isinstance(value, str) else value


def _put(content: Document, path: str, value: Any) -> None:
    *way, last = path.split(".")
    target: Any = content
    for step in way:
        target = target[int(step)] if step.isdigit() else target[step]
    if value is None:
        del target[last]
    else:
        target[int(last) if last.isdigit() else last] = value


def _others(world: World) -> Iterator[Callable[[], BadFiling]]:
    """Faults that are more than one value in one place."""

    def twice(*, access: bool) -> Callable[[], BadFiling]:
        def make() -> BadFiling:
            content = new_filing(world)
            first = content["websites"][0]
            if access:
                first["accesses"].append(dict(first["accesses"][0]))
                return BadFiling("同样的接入", 1029, O.NEW_FILING, content)
            name = (
                first["domains"][0] if isinstance(first["domains"][0], str) else first["domains"][0]["name"]
            )
            first["domains"] = [name, name.upper()]
            return BadFiling("域名重复", 1039, O.NEW_FILING, content)

        return make

    yield twice(access=True)
    yield twice(access=False)

    def owner(fault: str, code: int, number: int) -> Callable[[], BadFiling]:
        def make() -> BadFiling:
            content = new_filing(world)
            content["subject"]["certificate"] = certificate(number)
            return BadFiling(fault, code, O.NEW_FILING, content)

        return make

    yield owner("已备案的主体", 1003, 2)
    yield owner("另一请求的主体", 1003, 77)
    yield owner("黑名单的主体", 1065, 901)

    def open_change() -> BadFiling:
        return BadFiling("主体在注销，又变更", 1017, O.CHANGE, change(world, 5))

    yield open_change

    def home_page() -> BadFiling:
        content, held = new_website(world), Website.objects.filter(subject=world.subjects[3]).get()
        content["websites"][0] |= {"domains": [{"name": held.domains.get().name}], "home_url": held.home_url}
        return BadFiling("已备案的首页", 1021, O.NEW_WEBSITE, content)

    yield home_page

    def again(kind: str, code: int) -> Callable[[], BadFiling]:
        def make() -> BadFiling:
            held = Website.objects.filter(subject=world.subjects[4]).get()
            access = held.accesses.get()
            own = {
                "websites.0": held.own_id, "websites.0.accesses.0": access.own_id,
                "websites.0.accesses.0.ip_ranges.0": AddressRange.objects.get(access=access).own_id,
            }  # fmt: skip
            path = list(own)[("website", "access", "range").index(kind)]
            return BadFiling(
                f"已报过的{kind}",
                code,
                O.NEW_WEBSITE,
                new_website(world),
                corrects=True,
                own_ids={path: own[path] or 0},
            )

        return make

    yield again("website", 1037)
    yield again("access", 1038)
    yield again("range", 1040)

    for operation in (O.NEW_ACCESS, O.CANCEL_SUBJECT):

        def wrong_password(operation: str = operation) -> BadFiling:
            return BadFiling(
                "备案密码不对", 1018, operation, GOOD[operation](world), password="wrong-password"
            )

        yield wrong_password

    def busy_elsewhere() -> BadFiling:
        content = new_website(world)
        subject = world.subjects[7]
        # As the old system's own list says.
        mark([Named(number=subject.number)], isp_id=subject.isp_id)
        content["subject_number"] = subject.number
        return BadFiling("原系统在办", 1052, O.NEW_WEBSITE, content)

    yield busy_elsewhere
