"""Each block of a document, defined once: fields, Chinese labels, bounds (docs/filing-json.md).

Spec: V.3.0 upload schema; the bounds are those of the elements named in reporting/blocks.py.
"""

from __future__ import annotations

from typing import Any

from filing.choices import AttachmentOwner, Operation
from filing.code_tables import CodeTable
from filing.documents.shape import Address, Block, Day, Image, ListOf, Number, Shape, Text

OWN_ID = Number(label="我方记录标识", required=False)
"""Ours, given when a draft gets the record; never accepted from outside (see operations.read_content)."""


def codes(label: str, table: CodeTable, most: int = 64) -> ListOf:
    """One to `most` codes of a table; the schema bounds each to 1..64."""
    return ListOf(label=label, most=most, item=Number(label=label, most=64, table=table))


ADDRESS = Block(
    label="通信地址",
    fields={
        "province": Number(label="省", least=100000, table=CodeTable.REGION),
        "city": Number(label="市", least=100000, table=CodeTable.REGION),
        "county": Number(label="县", least=100000, required=False, table=CodeTable.REGION),
        "detail": Text(label="详细地址", most=1024, required=False),
    },
)

CERTIFICATE = Block(
    label="证件",
    fields={
        "type": Number(label="证件类型", most=999, table=CodeTable.CERTIFICATE_TYPE),
        "number": Text(label="证件号码", most=255),
        "address": Text(label="证件住所", most=1024),
    },
)


def responsible(label: str, *, name_required: bool) -> Block:
    """The responsible person of a subject (name may be left out by an individual) or of a website."""
    return Block(
        label=label,
        fields={
            "name": Text(label="姓名", most=128, required=name_required),
            "office_phone": Text(label="办公室电话", least=11, most=128, required=False),
            "mobile": Text(label="手机号码", least=11, most=128),
            "email": Text(label="电子邮件", least=6, most=128),
            "msn": Text(label="MSN", least=6, most=128, required=False),
            "qq": Text(label="QQ", least=5, most=128, required=False),
            "certificate_type": Number(
                label="证件类型", most=999, required=False, table=CodeTable.PERSON_CERTIFICATE_TYPE
            ),
            "certificate_number": Text(label="证件号码", most=128, required=False),
        },
    )


_SUBJECT: dict[str, Shape] = {
    "name": Text(label="主办单位名称", most=255),
    "nature": Number(label="单位性质", most=999, required=False, table=CodeTable.NATURE),
    "investor": Text(label="投资人或主管单位", most=255, required=False),
    "address": ADDRESS,
    "certificate": CERTIFICATE,
    "responsible": responsible("主体负责人", name_required=False),
}
_REMARKS = Text(label="备注", most=1024, required=False, lines=True)

SUBJECT = Block(
    label="主体",
    fields={"own_id": OWN_ID}
    | _SUBJECT
    | {"filed_by": Number(label="报备方式", least=0, most=1), "remarks": _REMARKS},
)

PRE_APPROVAL = Block(
    label="前置审批",
    fields={
        "type": Number(label="审批内容类型", most=64, table=CodeTable.PRE_APPROVAL_TYPE),
        "number": Text(label="审批号", most=512),
        "scans": ListOf(label="审批文件扫描件", most=10, item=Image(label="审批文件扫描件", jpeg_only=True)),
    },
)


def _domain_from_text(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _bureau_id(*, required: bool) -> Number:
    return Number(label="管局记录标识", required=required)


DOMAIN_NAME = Text(label="域名", least=4, most=128)
DOMAIN = Block(label="域名", fields={"own_id": OWN_ID, "name": DOMAIN_NAME}, lift=_domain_from_text)

_RANGE: dict[str, Shape] = {"start": Address(label="起始 IP"), "end": Address(label="终止 IP")}
ADDRESS_RANGE = Block(label="IP 段", fields={"own_id": OWN_ID} | _RANGE)


def _connection(address_range: Block) -> dict[str, Shape]:
    return {
        "server_locations": codes("服务器放置地", CodeTable.SERVER_LOCATION),
        "methods": codes("接入方式", CodeTable.ACCESS_METHOD),
        "ip_ranges": ListOf(label="IP 段", item=address_range),
    }


ACCESS = Block(label="接入", fields={"own_id": OWN_ID} | _connection(ADDRESS_RANGE))


def _website(
    domain: Block, access: Block, *, languages: bool = True, most_url: int = 255, mobile_required: bool = True
) -> dict[str, Shape]:
    """What every website block shares; HSJG has no languages and lets the mobile be left out."""
    person = responsible("网站负责人", name_required=True)
    if not mobile_required:
        mobile = Text(label="手机号码", least=11, most=128, required=False)
        person = Block(label=person.label, fields={**person.fields, "mobile": mobile})
    found: dict[str, Shape] = {
        "name": Text(label="网站名称", most=512),
        "pre_approvals": ListOf(label="前置审批", most=64, required=False, item=PRE_APPROVAL, least=0),
        "service_contents": codes("服务内容", CodeTable.SERVICE_CONTENT),
    }
    if languages:
        found["languages"] = codes("语言类别", CodeTable.LANGUAGE, most=256)
    return found | {
        "domains": ListOf(label="域名", item=domain),
        "accesses": ListOf(label="接入", item=access),
        "responsible": person,
        "home_url": Text(label="首页网址", least=4, most=most_url, required=False),
        "remarks": _REMARKS,
    }


WEBSITE = Block(label="网站", fields={"own_id": OWN_ID} | _website(DOMAIN, ACCESS))
NEW_WEBSITE = Block(label="网站", fields={"own_id": OWN_ID} | _website(DOMAIN, ACCESS, most_url=512))

_ATTACHMENT: dict[str, Shape] = {
    "format": Number(label="附件格式", table=CodeTable.ATTACHMENT_FORMAT),
    "purpose": Number(label="附件用途", table=CodeTable.ATTACHMENT_PURPOSE),
    "content": Image(label="附件内容"),
    "owner": Text(label="所属对象", most=16, options=tuple(AttachmentOwner.values)),
}
_OWNER_INDEX: dict[str, Shape] = {"owner_index": Number(label="所属网站序号", least=0, required=False)}
_FILED_OWNER: dict[str, Shape] = {
    "owner_bureau_id": Number(label="所属对象的管局标识", required=False),
    "owner_number": Text(label="所属对象的备案号", most=128, required=False),
}
_ATTACHMENT_REMARKS: dict[str, Shape] = {"remarks": Text(label="附件备注", most=256, required=False)}


def _attachments(owner: dict[str, Shape], *, required: bool = False) -> ListOf:
    item = Block(label="附件", fields=_ATTACHMENT | owner | _ATTACHMENT_REMARKS)
    return ListOf(label="附件", item=item, required=required, least=1 if required else 0)


ATTACHMENT = Block(label="附件", fields=_ATTACHMENT | _OWNER_INDEX | _ATTACHMENT_REMARKS)

# What names something that is filed: its number, or the bureau's id.
SUBJECT_NUMBER = Text(label="主体备案号", most=128, required=False)
WEBSITE_NUMBER = Text(label="网站备案号", most=128, required=False)


def _filed(label: str) -> Number:
    return Number(label=f"{label}的管局标识", required=False)


# A change names everything that is filed by the bureau's ids; what is new in it has none yet.
_CHANGED_DOMAIN = Block(
    label="域名",
    fields={"own_id": OWN_ID, "bureau_id": _bureau_id(required=False), "name": DOMAIN_NAME},
    lift=_domain_from_text,
)
_CHANGED_RANGE = Block(
    label="IP 段", fields={"own_id": OWN_ID, "bureau_id": _bureau_id(required=False)} | _RANGE
)
_CHANGED_ACCESS = Block(
    label="接入", fields={"bureau_id": _bureau_id(required=False)} | _connection(_CHANGED_RANGE)
)
_CHANGED_SUBJECT = Block(
    label="主体",
    fields=_SUBJECT
    | {
        "number": Text(label="主体备案号", most=128),
        "bureau_id": _bureau_id(required=False),
        "remarks": _REMARKS,
    },
)
_CHANGED_WEBSITE = Block(
    label="网站",
    fields=_website(_CHANGED_DOMAIN, _CHANGED_ACCESS)
    | {"number": Text(label="网站备案号", most=128), "bureau_id": _bureau_id(required=False)},
)

# A verification result repeats what was verified, all of it with the bureau's ids.
_VERIFIED_RANGE = Block(label="IP 段", fields={"bureau_id": _bureau_id(required=True)} | _RANGE)
_VERIFIED_ACCESS = Block(
    label="接入",
    fields={"bureau_id": _bureau_id(required=True), "filed_by": Number(label="报备方式", least=0, most=1)}
    | _connection(_VERIFIED_RANGE),
)
_VERIFIED_DOMAIN = Block(
    label="域名", fields={"bureau_id": _bureau_id(required=True), "name": DOMAIN_NAME}, lift=_domain_from_text
)
_VERIFIED_SUBJECT = Block(
    label="主体", fields=_SUBJECT | {"bureau_id": _bureau_id(required=True), "remarks": _REMARKS}
)
_VERIFIED_WEBSITE = Block(
    label="网站",
    fields=_website(_VERIFIED_DOMAIN, _VERIFIED_ACCESS, languages=False, mobile_required=False)
    | {"bureau_id": _bureau_id(required=True)},
)


def _cancellation(label: str) -> Block:
    return Block(
        label=label,
        fields={
            "bureau_id": _bureau_id(required=False),
            "number": Text(label="备案号", most=128, required=False),
            "reason": Number(label="注销理由", most=999, table=CodeTable.CANCEL_REASON),
            "reason_remarks": Text(label="注销理由备注", most=1000, required=False, lines=True),
        },
        one_of=(("bureau_id", "number"),),
        # The id of what is held here is filled in beside the number when a revision is frozen.
        may_join=True,
    )


OPERATIONS: dict[str, Block] = {
    Operation.NEW_FILING: Block(
        label="新增备案",
        fields={
            "subject": SUBJECT,
            "websites": ListOf(label="网站", item=WEBSITE),
            "attachments": _attachments(_OWNER_INDEX),
        },
    ),
    Operation.NEW_WEBSITE: Block(
        label="新增网站",
        fields={
            "subject_number": SUBJECT_NUMBER,
            "subject_bureau_id": _filed("主体"),
            "websites": ListOf(label="网站", item=NEW_WEBSITE),
            "attachments": _attachments(_OWNER_INDEX | _FILED_OWNER),
        },
        one_of=(("subject_number", "subject_bureau_id"),),
    ),
    Operation.NEW_ACCESS: Block(
        label="新增接入",
        fields={
            "website_number": WEBSITE_NUMBER,
            "website_bureau_id": _filed("网站"),
            "access": ACCESS,
            "attachments": _attachments(_FILED_OWNER),
        },
        one_of=(("website_number", "website_bureau_id"),),
    ),
    Operation.CHANGE: Block(
        label="变更备案",
        fields={
            "subject": _CHANGED_SUBJECT,
            "websites": ListOf(label="网站", item=_CHANGED_WEBSITE),
            "attachments": _attachments(_OWNER_INDEX | _FILED_OWNER),
        },
    ),
    Operation.CANCEL_SUBJECT: _cancellation("注销主体"),
    Operation.CANCEL_WEBSITE: _cancellation("注销网站"),
    Operation.CANCEL_ACCESS: _cancellation("取消接入"),
    Operation.SUBMIT_MATERIALS: Block(
        label="提交核验材料", fields={"attachments": _attachments(_FILED_OWNER, required=True)}
    ),
    Operation.VERIFICATION_RESULT: Block(
        label="核实结果",
        fields={
            "result": Number(label="核实结果", least=0, most=1),
            "verifier": Text(label="核实人", most=128),
            "date": Day(label="核实日期"),
            "opinion": Text(label="核实意见", most=1024, lines=True),
            "error": Text(label="错误信息", most=4000, required=False, lines=True),
            "unit_id": Number(label="所属单位", required=False),
            "subject": _VERIFIED_SUBJECT,
            "websites": ListOf(label="网站", item=_VERIFIED_WEBSITE),
        },
    ),
    Operation.UNFILED_RESULT: Block(
        label="未备案处理结果",
        fields={
            "domain": DOMAIN_NAME,
            "ip": Address(label="网站 IP"),
            "carrier_id": Number(label="运营商"),
            "provider_id": Number(label="接入商"),
            "province": Number(label="所在省", least=100000, table=CodeTable.REGION),
            "result": Number(label="处理结果", most=999, table=CodeTable.UNFILED_HANDLING),
            "opinion": Text(label="处理意见", most=255, lines=True),
            "listed_on": Day(label="入表时间"),
            "due_on": Day(label="处理时限"),
            "reporter_name": Text(label="上报人", most=128, required=False),
            "reporter_phone": Text(label="上报人电话", least=11, most=128, required=False),
            "reporter_email": Text(label="上报人电子邮件", least=6, most=128, required=False),
        },
    ),
}
"""What each operation carries. Spec: V.3.0 upload schema, the sections of UploadData/ICP."""

NEW_FILING = OPERATIONS[Operation.NEW_FILING].fields
"""The fields of a new filing: the form is built from them."""
