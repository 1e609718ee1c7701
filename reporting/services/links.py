"""Links: made, changed, found."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import transaction

from filing.documents.shape import bad_character
from filing.services.codes import name_of, province_of
from reporting import client, envelope
from reporting.models import Link
from reporting.services import patience

LONGEST_TIMEOUT_S = 600
LONGEST_USER_NAME, LONGEST_URL = 64, 255
_SERVICE_WORDS = ("ISPWebService", "BeianStatusWebService")


class BadLink(Exception):
    """Parameters that no link can have. The text names the parameter, in Chinese."""


@dataclass(frozen=True)
class LinkParameters:
    """The communication parameters as the bureau registered them. Units: `timeout_s` seconds."""

    isp_id: int
    province: int
    base_url: str
    user_name: str
    password: str
    aes_key: str = ""
    aes_iv: str = ""
    encrypts: bool = False
    timeout_s: int = 60
    registered_address: str | None = None
    password_form: str | None = None
    password_number: str | None = None
    most_password_tries: int | None = None
    """How isp_verifybamm takes the filing password, where the papers are silent; None leaves it as it is."""


IDENTITY = {"province": "省", "base_url": "接口地址", "user_name": "用户名"}
"""With the unit number these say which link it is: a change of one is confirmed."""

LABELS = IDENTITY | {
    "password": "口令",
    "aes_key": "AES 密钥",
    "aes_iv": "AES 偏移量",
    "encrypts": "加密",
    "timeout_s": "超时",
    "registered_address": "登记的上报地址",
    "password_form": "校验备案密码的形式",
    "password_number": "校验备案密码的号码",
    "most_password_tries": "每个备案可校验密码次数",
}
SECRET = frozenset({"password", "aes_key", "aes_iv"})


def parameters_of(link: Link) -> LinkParameters:
    """The parameters that a link has, secrets too."""
    return LinkParameters(isp_id=link.isp_id, **{name: getattr(link, name) for name in LABELS})


def identity_changes(link: Link, parameters: LinkParameters) -> list[tuple[str, str, str]]:
    """What would become of the link's identity: label, old, new."""
    return [each for each in changes(link, parameters) if each[0] in IDENTITY.values()]


def changes(link: Link, parameters: LinkParameters) -> list[tuple[str, str, str]]:
    """What would be another: label, old, new. Of a secret it is told only that it changes."""
    before = parameters_of(link)
    found = []
    for name, label in LABELS.items():
        old, new = getattr(before, name), getattr(parameters, name)
        if name == "base_url":
            new = new.rstrip("/")
        if old != new and not (name == "province" and province_of(new) == old):
            hidden = name in SECRET
            found.append((label, "（不显示）" if hidden else str(old), "（不显示）" if hidden else str(new)))
    return found


@transaction.atomic
def set_link(parameters: LinkParameters) -> tuple[Link, bool]:
    """Create or update a link by its unit number; the first one is the default. Returns it and whether it is new.

    New parameters are a reason to try again: waiting and an open circuit end.
    Raises: BadLink.
    """
    _check(parameters)
    link = Link.objects.select_for_update().filter(isp_id=parameters.isp_id).first()
    created = link is None
    link = link or Link(
        isp_id=parameters.isp_id, is_default=not Link.objects.filter(is_default=True).exists()
    )
    link.province = province_of(parameters.province)
    link.name = name_of("region", link.province)
    link.base_url = parameters.base_url.rstrip("/")
    link.user_name, link.password = parameters.user_name, parameters.password
    link.aes_key, link.aes_iv, link.encrypts = parameters.aes_key, parameters.aes_iv, parameters.encrypts
    link.timeout_s, link.registered_address = parameters.timeout_s, parameters.registered_address
    for name in ("password_form", "password_number", "most_password_tries"):
        if (value := getattr(parameters, name)) is not None:
            setattr(link, name, value)
    link.save()
    patience.start_afresh(link)
    client.forget_clients()
    return link, created


def _check(parameters: LinkParameters) -> None:
    _check_url(parameters.base_url)
    if not 0 < parameters.isp_id < 2**63:
        raise BadLink("报备单位标识应为正整数")
    if not 100000 <= parameters.province <= 999999:
        raise BadLink(f"省的代码应为 6 位数字，现在是 {parameters.province}")
    if not parameters.user_name or not parameters.password:
        raise BadLink("用户名和口令都要填")
    for label, text in (("用户名", parameters.user_name), ("口令", parameters.password)):
        if bad := bad_character(text, lines=False):
            raise BadLink(f"{label}里有不可用的控制字符（{bad}）")
    if len(parameters.user_name) > LONGEST_USER_NAME:
        raise BadLink(f"用户名不得超过 {LONGEST_USER_NAME} 个字符")
    try:
        envelope.password_hash(parameters.password, "")
    except UnicodeEncodeError as error:
        raise BadLink("口令里有 GBK 没有的字符，接口无法使用") from error
    if not 1 <= parameters.timeout_s <= LONGEST_TIMEOUT_S:
        raise BadLink(f"超时应在 1 到 {LONGEST_TIMEOUT_S} 秒之间")
    if parameters.encrypts and not (parameters.aes_key and parameters.aes_iv):
        raise BadLink("加密上报须同时给出 AES 密钥和偏移量")
    if parameters.aes_key or parameters.aes_iv:
        try:
            envelope.check_key(parameters.aes_key, parameters.aes_iv)
        except ValueError as error:
            raise BadLink(str(error)) from error


def _check_url(base_url: str) -> None:
    try:
        url = urlsplit(base_url)
        _port = url.port
    except ValueError as error:
        raise BadLink(f"接口地址“{base_url}”写得不对：{error}") from error
    if url.scheme not in ("http", "https") or not url.hostname:
        raise BadLink(f"接口地址“{base_url}”应以 http:// 或 https:// 开头")
    if url.query or url.fragment or any(word in url.path for word in _SERVICE_WORDS):
        raise BadLink(f"接口地址“{base_url}”只写到主机和端口，去掉 /ISPWebService… 和 ?wsdl")
    if url.username or url.password:
        raise BadLink("接口地址里不能带用户名和口令")
    if len(base_url) > LONGEST_URL or any(sign.isspace() for sign in base_url):
        raise BadLink(f"接口地址不得有空格，也不得超过 {LONGEST_URL} 个字符")
