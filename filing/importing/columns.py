"""The columns of the template: what each is called, where its value goes in a document, and what people are told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from filing.code_tables import CodeTable


class Kind(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    CODE = "code"
    CODES = "codes"
    REGION = "region"
    DOMAINS = "domains"
    RANGES = "ranges"
    LINES = "lines"
    IMAGES = "images"
    FILED_BY = "filed_by"


class Scope(StrEnum):
    """What a column belongs to: one request, its subject, or the website of the line."""

    REQUEST = "request"
    SUBJECT = "subject"
    WEBSITE = "website"


@dataclass(frozen=True)
class Column:
    """One column. `path` leads to the field below the subject or website ("" where it is read in a way of its own).

    Units: `width` in characters of the sheet.
    """

    heading: str
    scope: Scope
    path: str = ""
    kind: Kind = Kind.TEXT
    table: CodeTable | None = None
    purpose: int = 0
    required: bool = False
    width: int = 16
    hint: str = ""
    example: str = ""
    second: str = ""


RESULT = "结果"
REF = "单号"
REMARKS = "内部备注"
APPROVAL_TYPES, APPROVAL_NUMBERS, APPROVAL_SCANS = "前置审批类型", "前置审批号", "前置审批扫描件"
_ONE_OR_MORE = "选一项；几项的用分号隔开写在一格里。写名称或代码都行。"
_FILE = "写图片的文件名，几张用分号隔开；图片放进一个 ZIP，和表格一起上传。"


def _person(scope: Scope, whose: str, card: str, name: str) -> tuple[Column, ...]:
    def column(words: str, field: str, **more: object) -> Column:
        return Column(f"{whose}{words}", scope, f"responsible.{field}", **more)  # type: ignore[arg-type]

    return (
        Column(
            whose,
            scope,
            "responsible.name",
            required=True,
            example=name,
            hint="个人备案的主体负责人可以不填。",
        ),
        column(
            "证件类型",
            "certificate_type",
            kind=Kind.CODE,
            table=CodeTable.PERSON_CERTIFICATE_TYPE,
            example="居民身份证",
        ),
        column("证件号码", "certificate_number", width=22, example=card),
        column("手机", "mobile", required=True, example="13800000000"),
        column("办公电话", "office_phone", example="010-00000000", hint="单位必填，带区号。"),
        column("邮箱", "email", required=True, width=22, example="nobody@example.cn"),
        column("QQ", "qq", width=12),
    )


COLUMNS: tuple[Column, ...] = (
    Column(
        REF,
        Scope.REQUEST,
        width=14,
        hint="自己的编号，同一主体的各行写一样；不写就按证件号码给一个。同一单号内容没变，再导入不会重复。",
        example="示例-1",
        second="示例-1",
    ),
    Column("主办单位名称", Scope.SUBJECT, "name", required=True, width=28, example="虚构示例科技有限公司"),
    Column(
        "单位性质", Scope.SUBJECT, "nature", Kind.CODE, CodeTable.NATURE, example="企业", hint="单位必填。"
    ),
    Column(
        "主体证件类型",
        Scope.SUBJECT,
        "certificate.type",
        Kind.CODE,
        CodeTable.CERTIFICATE_TYPE,
        required=True,
        width=24,
        example="营业执照（个人或企业）",
    ),
    Column(
        "主体证件号码",
        Scope.SUBJECT,
        "certificate.number",
        required=True,
        width=22,
        example="91110108MA000000X4",
        hint="同一主体的下一个网站：主体各列重复写或全部留空。",
    ),
    Column(
        "主体证件住所",
        Scope.SUBJECT,
        "certificate.address",
        required=True,
        width=28,
        example="北京市海淀区虚构路1号",
    ),
    Column(
        "通信地址所在地",
        Scope.SUBJECT,
        "address",
        Kind.REGION,
        CodeTable.REGION,
        required=True,
        width=22,
        example="北京市/海淀区",
        hint="写到区县：北京市/海淀区，或六位区划代码。",
    ),
    Column("通信地址详细", Scope.SUBJECT, "address.detail", width=24, example="虚构路1号"),
    Column("投资人或主管单位", Scope.SUBJECT, "investor"),
    *_person(Scope.SUBJECT, "主体负责人", "11010519491231002X", "虚构甲"),
    Column(
        "报备方式",
        Scope.SUBJECT,
        "filed_by",
        Kind.FILED_BY,
        example="代为报备",
        hint="不填按“代为报备”。",
    ),
    Column("主体备注", Scope.SUBJECT, "remarks"),
    Column(
        "网站名称", Scope.WEBSITE, "name", required=True, width=22, example="虚构示例站", second="虚构第二站"
    ),
    Column(
        "首页网址", Scope.WEBSITE, "home_url", width=22, example="www.example.cn", second="www.example.com"
    ),
    Column(
        "域名",
        Scope.WEBSITE,
        "domains",
        Kind.DOMAINS,
        required=True,
        width=22,
        example="example.cn",
        second="example.com",
        hint="几个域名用分号或换行隔开，不带 www.",
    ),
    Column(
        "服务内容",
        Scope.WEBSITE,
        "service_contents",
        Kind.CODES,
        CodeTable.SERVICE_CONTENT,
        required=True,
        hint=_ONE_OR_MORE,
        example="单位门户网站",
        second="单位门户网站；网络教育",
    ),
    Column(
        "语言类别",
        Scope.WEBSITE,
        "languages",
        Kind.CODES,
        CodeTable.LANGUAGE,
        hint=f"{_ONE_OR_MORE}不填按中文简体。",
        example="中文简体",
    ),
    *_person(Scope.WEBSITE, "网站负责人", "110105194912310038", "虚构乙"),
    Column(
        APPROVAL_TYPES,
        Scope.WEBSITE,
        kind=Kind.LINES,
        table=CodeTable.PRE_APPROVAL_TYPE,
        hint="新闻、出版等需要前置审批的才填。几项的在格内换行，一行一项，三列按行对应。",
    ),
    Column(APPROVAL_NUMBERS, Scope.WEBSITE, kind=Kind.LINES, width=20),
    Column(APPROVAL_SCANS, Scope.WEBSITE, kind=Kind.LINES, width=20, hint=_FILE),
    Column(
        "服务器放置地",
        Scope.WEBSITE,
        "accesses[0].server_locations",
        Kind.CODES,
        CodeTable.SERVER_LOCATION,
        required=True,
        hint=_ONE_OR_MORE,
        example="北京",
        second="北京",
    ),
    Column(
        "接入方式",
        Scope.WEBSITE,
        "accesses[0].methods",
        Kind.CODES,
        CodeTable.ACCESS_METHOD,
        required=True,
        hint=_ONE_OR_MORE,
        example="虚拟主机",
        second="虚拟主机",
    ),
    Column(
        "IP 段",
        Scope.WEBSITE,
        "accesses[0].ip_ranges",
        Kind.RANGES,
        required=True,
        width=28,
        example="203.0.113.10-203.0.113.12",
        second="203.0.113.16/28",
        hint="单个 IP、起止 IP（203.0.113.8-203.0.113.15）或网段（203.0.113.0/28），几段用分号或换行隔开。",
    ),
    Column("网站备注", Scope.WEBSITE, "remarks"),
    Column("主体证件图片", Scope.SUBJECT, kind=Kind.IMAGES, purpose=2, hint=_FILE, example="license.jpg"),
    Column("主体负责人证件图片", Scope.SUBJECT, kind=Kind.IMAGES, purpose=3, hint=_FILE),
    Column("网站负责人证件图片", Scope.WEBSITE, kind=Kind.IMAGES, purpose=4, hint=_FILE),
    Column("核验单图片", Scope.WEBSITE, kind=Kind.IMAGES, purpose=1, hint=_FILE),
    Column("现场照片", Scope.WEBSITE, kind=Kind.IMAGES, purpose=5, hint=_FILE),
    Column(REMARKS, Scope.REQUEST, width=20, hint="只留在本系统，不上报。"),
)

BY_HEADING = {column.heading: column for column in COLUMNS}
EXAMPLE = "示例"
"""A line whose ref begins so is an example of the template: never imported."""
