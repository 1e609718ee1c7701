"""Each block of a document, defined once: fields, Chinese labels, bounds (docs/filing-json.md).

Spec: V.3.0 upload schema; the bounds are those of the elements named in reporting/blocks.py.
"""

from __future__ import annotations

from typing import Any

from filing.choices import AttachmentOwner
from filing.code_tables import CodeTable
from filing.documents.shape import Address, Block, Image, ListOf, Number, Shape, Text

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


SUBJECT = Block(
    label="主体",
    fields={
        "own_id": OWN_ID,
        "name": Text(label="主办单位名称", most=255),
        "nature": Number(label="单位性质", most=999, required=False, table=CodeTable.NATURE),
        "investor": Text(label="投资人或主管单位", most=255, required=False),
        "address": ADDRESS,
        "certificate": CERTIFICATE,
        "responsible": responsible("主体负责人", name_required=False),
        "filed_by": Number(label="报备方式", least=0, most=1),
        "remarks": Text(label="备注", most=1024, required=False, lines=True),
    },
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


DOMAIN = Block(
    label="域名",
    fields={"own_id": OWN_ID, "name": Text(label="域名", least=4, most=128)},
    lift=_domain_from_text,
)

ADDRESS_RANGE = Block(
    label="IP 段",
    fields={"own_id": OWN_ID, "start": Address(label="起始 IP"), "end": Address(label="终止 IP")},
)

ACCESS = Block(
    label="接入",
    fields={
        "own_id": OWN_ID,
        "server_locations": codes("服务器放置地", CodeTable.SERVER_LOCATION),
        "methods": codes("接入方式", CodeTable.ACCESS_METHOD),
        "ip_ranges": ListOf(label="IP 段", item=ADDRESS_RANGE),
    },
)

WEBSITE = Block(
    label="网站",
    fields={
        "own_id": OWN_ID,
        "name": Text(label="网站名称", most=512),
        "pre_approvals": ListOf(label="前置审批", most=64, required=False, item=PRE_APPROVAL, least=0),
        "service_contents": codes("服务内容", CodeTable.SERVICE_CONTENT),
        "languages": codes("语言类别", CodeTable.LANGUAGE, most=256),
        "domains": ListOf(label="域名", item=DOMAIN),
        "accesses": ListOf(label="接入", item=ACCESS),
        "responsible": responsible("网站负责人", name_required=True),
        "home_url": Text(label="首页网址", least=4, most=255, required=False),
        "remarks": Text(label="备注", most=1024, required=False, lines=True),
    },
)

ATTACHMENT = Block(
    label="附件",
    fields={
        "format": Number(label="附件格式", table=CodeTable.ATTACHMENT_FORMAT),
        "purpose": Number(label="附件用途", table=CodeTable.ATTACHMENT_PURPOSE),
        "content": Image(label="附件内容"),
        "owner": Text(label="所属对象", most=16, options=tuple(AttachmentOwner.values)),
        "owner_index": Number(label="所属网站序号", least=0, required=False),
        "remarks": Text(label="附件备注", most=256, required=False),
    },
)

NEW_FILING: dict[str, Shape] = {
    "subject": SUBJECT,
    "websites": ListOf(label="网站", item=WEBSITE),
    "attachments": ListOf(label="附件", item=ATTACHMENT, required=False, least=0),
}
