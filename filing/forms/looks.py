"""How each field of the form looks: hint, width, kind of control. Labels and bounds come from the blocks.

Keys are paths without places: `websites.domains`. They stand in the order of the page: the summary of faults and
the task list follow it.
"""

from __future__ import annotations

from dataclasses import dataclass

from filing.choices import FiledBy, Operation

UNIT_ONLY = frozenset(
    {"subject.responsible.name", "subject.responsible.office_phone", "websites.responsible.office_phone"}
)
"""Optional by the schema, for individuals leave them out; a unit must fill them in (codes 1044, 1010, 1031)."""


@dataclass(frozen=True)
class Look:
    """How one field is shown.

    `kind`: text, area, date, password, choice (one code), choices (several codes), boxes (few codes), radio, image,
    images, hidden, filed (what names something filed: shown where it is held here, typed where it is not).
    `width`: a class of tokens.css that tells how long the answer is. `needed`: required by a rule, not by the shape.
    `of_individual`: what the field is called where the subject is a person.
    """

    hint: str = ""
    width: str = ""
    kind: str = "text"
    rows: int = 3
    inputmode: str = ""
    mono: bool = False
    needed: bool = False
    options: tuple[tuple[str, str], ...] = ()
    of_individual: str = ""


VERIFIED = (("0", "通过：与备案一致"), ("1", "拒绝：与备案不符"))
"""Spec: XML tag Hsjg."""

FILED_BY = tuple((str(value), label) for value, label in FiledBy.choices)

_PERSON = {
    "responsible.name": Look("与证件上的姓名一致", "w-id"),
    "responsible.certificate_type": Look(kind="choice", width="w-name"),
    "responsible.certificate_number": Look("对照原件录入；身份证末位是 X 的写大写 X", "w-id", mono=True),
    "responsible.mobile": Look("11 位，能接通：管局会打来核实。几个号码用“;”隔开", "w-id", inputmode="tel"),
    "responsible.office_phone": Look("区号-号码，如 010-12345678", "w-id", inputmode="tel"),
    "responsible.email": Look("如 name@example.cn，管局的通知会发到这里", "w-name", inputmode="email"),
    "responsible.qq": Look(width="w-phone", inputmode="numeric"),
    "responsible.msn": Look(width="w-name"),
}

_ACCESS = {
    "own_id": Look(kind="hidden"),
    "bureau_id": Look(kind="filed"),
    "filed_by": Look(kind="radio", options=FILED_BY),
    "server_locations": Look("服务器实际所在的省份，可多选", "w-name", "choices"),
    "methods": Look("可多选", kind="boxes"),
    "ip_ranges": Look(
        "一行一段：203.0.113.10-203.0.113.12、单个地址，或 203.0.113.0/28", kind="area", mono=True
    ),
}

_OWN = {
    "subject_number": Look("主体备案号，如 京ICP备2026000001号", "w-name", "filed", needed=True),
    "subject_bureau_id": Look(kind="filed"),
    "website_number": Look(
        "网站备案号，末尾带“-1”这样的序号，如 京ICP备2026000001号-1；不是主体备案号",
        "w-name",
        "filed",
        needed=True,
    ),
    "website_bureau_id": Look(kind="filed"),
    "number": Look("要注销的备案号；取消接入填它所在网站的备案号", "w-name", "filed", needed=True),
    "bureau_id": Look(kind="filed"),
    "reason": Look("按主办者的申请选", "w-name", "choice"),
    "reason_remarks": Look(kind="area", rows=2),
    "domain": Look("未备案网站的域名", "w-name", mono=True),
    "ip": Look("网站解析到的地址", "w-id", mono=True),
    "province": Look(width="w-name", kind="choice"),
    "carrier_id": Look("运营商的单位号，管局下发的名单里有", "w-id", inputmode="numeric"),
    "provider_id": Look("接入商的单位号，本单位接入的填本单位", "w-id", inputmode="numeric"),
    f"{Operation.UNFILED_RESULT}.result": Look(width="w-name", kind="choice"),
    f"{Operation.VERIFICATION_RESULT}.result": Look(
        "与备案一致选“通过”，不一致选“拒绝”并写明哪里不符", kind="radio", options=VERIFIED
    ),
    "verifier": Look(width="w-phone"),
    "date": Look(kind="date", width="w-phone"),
    "opinion": Look("写明做了什么、结果如何，管局的人会看", kind="area", rows=3),
    "error": Look("哪几项与实际不符，逐项写；没有就不填", kind="area", rows=3),
    "unit_id": Look(kind="hidden"),
    "listed_on": Look(kind="date", width="w-phone"),
    "due_on": Look(kind="date", width="w-phone"),
    "reporter_name": Look(width="w-phone"),
    "reporter_phone": Look("区号-号码，如 010-12345678", "w-id", inputmode="tel"),
    "reporter_email": Look("如 name@example.cn", "w-name", inputmode="email"),
}
"""What a request says besides its blocks; one name may be asked differently by an operation."""

LOOKS: dict[str, Look] = {
    **_OWN,
    "subject.number": Look(kind="filed", width="w-name"),
    "subject.bureau_id": Look(kind="filed"),
    "subject.own_id": Look(kind="hidden"),
    "subject.nature": Look(
        "输汉字、拼音首字母或代码来找，如 qy 找到企业；个人网站选“个人”", "w-name", "choice", needed=True
    ),
    "subject.name": Look(
        "单位填营业执照等证件上的全称，个人填本人姓名；不写域名和网站名", of_individual="姓名"
    ),
    "subject.certificate.type": Look("先选单位性质，适用的证件排在前面", "w-name", "choice"),
    "subject.certificate.number": Look("对照原件录入；统一社会信用代码 18 位", "w-id", mono=True),
    "subject.certificate.address": Look("证件上印的住所，一字不改", of_individual="证件住址"),
    "subject.address.province": Look(kind="region"),
    "subject.address.city": Look(kind="region"),
    "subject.address.county": Look(kind="region"),
    "subject.address.detail": Look("写到街道和门牌号，不重复省市县，如 中关村大街 1 号 3 层 301"),
    "subject.investor": Look("企业填投资人，政府机关和事业单位填主管单位，个人填本人姓名", "w-name"),
    "subject.filed_by": Look("由我们替主办者报，选“代为报备”", kind="radio", options=FILED_BY),
    "subject.remarks": Look(kind="area", rows=2),
    **{f"subject.{key}": look for key, look in _PERSON.items()},
    "websites.own_id": Look(kind="hidden"),
    "websites.number": Look(kind="filed", width="w-name"),
    "websites.bureau_id": Look(kind="filed"),
    "websites.name": Look(
        "与主办者有关的中文名，四个字以上为好。不写网址、地名和“新闻”“教育”等需审批的字眼", "w-name"
    ),
    "websites.domains": Look(
        "一行一个，也可以整段粘贴：换行、空格、逗号、分号都认；http:// 和 www. 会自动去掉",
        kind="area",
        mono=True,
    ),
    "websites.home_url": Look("在上面的某个域名之下，不带 http://，如 www.example.cn", "w-name", mono=True),
    "websites.service_contents": Look("可多选。输汉字、拼音首字母或代码，回车选中", "w-name", "choices"),
    "websites.languages": Look("可多选", "w-name", "choices"),
    "websites.pre_approvals.type": Look(kind="choice", width="w-name"),
    "websites.pre_approvals.number": Look("批准文件上的文号", "w-name"),
    "websites.pre_approvals.scans": Look("只收 JPEG；太大或是 PNG 的会自动转好，原图另存", kind="images"),
    **{f"websites.accesses.{key}": look for key, look in _ACCESS.items()},
    **{f"websites.{key}": look for key, look in _PERSON.items()},
    "websites.remarks": Look(kind="area", rows=2),
    **{f"access.{key}": look for key, look in _ACCESS.items()},
    "attachments.purpose": Look(kind="choice", width="w-name"),
    "attachments.owner": Look(width="w-name", kind="owner"),
    "attachments.content": Look(
        "JPEG 或 PNG，拖进来、粘贴或选文件。太大不要紧，会缩到管局要的大小，原图另存", kind="image"
    ),
    "attachments.remarks": Look(width="w-name"),
}

_PLACES = {key: place for place, key in enumerate(LOOKS)}


def look_of(operation: str, path: str) -> Look:
    """How an operation shows a field. `path` is one without places."""
    return LOOKS.get(f"{operation}.{path}") or LOOKS.get(path) or Look()


def place_on_page(operation: str, path: str) -> int:
    """Where a field, or the first field of a block, stands on the page. `path` is one without places."""
    for key in (f"{operation}.{path}", path):
        if key in _PLACES:
            return _PLACES[key]
    return min((place for key, place in _PLACES.items() if key.startswith(f"{path}.")), default=len(_PLACES))
