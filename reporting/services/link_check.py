"""The parameters of a link checked step by step against the bureau: the first step that fails names the fault.

Nothing that counts is done: the WSDL is read, the last upload is queried, a domain is asked about. Spec: protocol "Methods",
"Codes that steer the link".
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from filing.result_codes import explain
from reporting import client, envelope
from reporting.answers import Answer
from reporting.choices import Method
from reporting.errors import EnvelopeBroken, InterfaceMismatch, LinkFault
from reporting.models import Link
from reporting.services import calls, filing_query
from reporting.services.patience import PATIENCE_CODES, PERSON_CODES
from reporting.services.previous import USUAL_CODES

GOOD, WRONG, DOUBTFUL, SKIPPED = "good", "bad", "attention", "draft"
MOST_CLOCK_S = 60
HARMLESS_DOMAIN = "example.cn"
"""Asked about to see that the second service works: what the answer says of it does not matter."""

WHAT_TO_CHECK = {
    4: "用户名：凭它和单位标识、口令认证，不是单位名称；与管局给的逐字核对",
    5: "口令：与管局给的逐字核对，注意大小写和全角字符；管局是否换过",
    12: "单位标识、用户名、口令三项是否配套：与管局给的逐字核对；单位是否已在管局开通接口",
    13: "参数是否填全；本机的出口地址是否就是在管局登记的那个，换过线路或走了备用出口都会这样",
    19: "管局没有给本单位上报的权限，或权限停用；下载不受影响，请联系管局",
}


@dataclass(frozen=True)
class Step:
    """One line of the check-list. `state`: good, attention, bad, or draft where it was not come to. Units: seconds."""

    name: str
    state: str
    words: str
    remedy: str = ""
    seconds: float | None = None


@dataclass
class _Check:
    """What the steps learn for those after them."""

    link: Link
    previous: Answer | None = None


_Look = Callable[[_Check], Step]


def check_parameters(link: Link) -> list[Step]:
    """Go through all steps; after one that is wrong those that need it are left out. Takes as long as the bureau does."""
    check = _Check(link)
    found: list[Step] = []
    blocked = False
    for name, look, needs_what_was_before in STEPS:
        if blocked and needs_what_was_before:
            found.append(Step(name, SKIPPED, "前面的没有通过，没有再试"))
            continue
        began = time.monotonic()
        step = look(check)
        found.append(Step(name, step.state, step.words, step.remedy, time.monotonic() - began))
        blocked = blocked or (step.state == WRONG and needs_what_was_before)
    return found


def _filled_in(check: _Check) -> Step:
    link = check.link
    named = (("接口地址", link.base_url), ("用户名", link.user_name), ("口令", link.password))
    if lacking := [words for words, value in named if not value]:
        return Step("", WRONG, f"没有填：{'、'.join(lacking)}", "照管局给的参数填全")
    if link.encrypts or link.aes_key or link.aes_iv:
        try:
            envelope.check_key(link.aes_key, link.aes_iv)
        except ValueError as error:
            return Step("", WRONG, str(error), "与管局给的密钥和偏移量逐字核对")
    return Step("", GOOD, "都已填写，形式正确")


def _reachable(check: _Check) -> Step:
    url = urlsplit(check.link.base_url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return Step("", WRONG, f"主机名 {host} 解析不了", "核对接口地址的拼写；检查本机的域名解析和网络")
    try:
        with socket.create_connection((host, port), timeout=client.CONNECT_TIMEOUT_S):
            return Step("", GOOD, f"{host} 的 {port} 端口连得上")
    except ConnectionRefusedError:
        words, remedy = f"{host} 拒绝连接 {port} 端口", "核对端口；管局的服务可能没有启动"
    except TimeoutError:
        words = f"{client.CONNECT_TIMEOUT_S} 秒没有连上 {host} 的 {port} 端口"
        remedy = "可能被防火墙挡住：核对出口地址是否已登记，专线或 VPN 是否接通"
    except OSError as error:
        words, remedy = f"到不了 {host} 的 {port} 端口（{error.strerror or error}）", "检查本机的网络和路由"
    return Step("", WRONG, words, remedy)


def _described(check: _Check) -> Step:
    """Both WSDLs, with every method and as many parameters as the interface has."""
    client.forget_clients()
    link = check.link
    try:
        for method in Method:
            client.look_up(link.base_url, link.timeout_s, method)
    except InterfaceMismatch as error:
        return Step("", WRONG, str(error), "核对接口地址只写到主机和端口；管局是否换了接口版本")
    except LinkFault as error:
        return Step("", WRONG, str(error), "核对接口地址和端口；地址对，就是管局的系统不在")
    return Step("", GOOD, f"接口说明齐全，{len(Method)} 个方法都在")


def _accepted(check: _Check) -> Step:
    """isp_querypreviousupload: the identity counts, and nothing is changed by it."""
    try:
        answer = calls.previous_upload(check.link)
    except LinkFault as error:
        return Step("", WRONG, str(error), "稍后再试；一直这样就联系管局")
    check.previous = answer
    if answer.code in USUAL_CODES:
        return Step("", GOOD, f"管局认得本单位（代码 {answer.code}）")
    return _refused(check.link, answer)


def _refused(link: Link, answer: Answer) -> Step:
    known = explain(answer.code)
    words = f"{answer.message or known.message or '管局未说明'}（代码 {answer.code}）"
    if answer.code in PATIENCE_CODES:
        return Step("", DOUBTFUL, words, "不是参数的问题：管局现在忙、关闭或在维护，过后再查")
    remedy = WHAT_TO_CHECK.get(answer.code, known.remedy)
    if answer.code == 13:
        own = link.registered_address
        remedy += f"。本系统记录的登记地址：{own}" if own else "。本系统还没有记录登记地址"
    return Step("", WRONG if answer.code in PERSON_CODES else DOUBTFUL, words, remedy)


def _decrypted(check: _Check) -> Step:
    link, answer = check.link, check.previous
    if not (link.aes_key and link.aes_iv):
        return Step("", GOOD, "不加密，没有密钥")
    if answer is None or answer.file is None or not answer.file.content:
        return Step("", DOUBTFUL, "管局还没有可供解密的文件", "第一次上报之后再查")
    if answer.file.encryption == envelope.ENCRYPTION_NONE:
        return Step("", DOUBTFUL, "管局给的文件没有加密，试不出密钥", "与管局确认是否要加密上报")
    try:
        data = envelope.decrypt(answer.file.content, link.aes_key, link.aes_iv)
        envelope.unzip_one(data)
    except EnvelopeBroken as error:
        return Step("", WRONG, f"管局给的文件解不开：{error}", "与管局给的密钥和偏移量逐字核对；管局是否换过")
    return Step("", GOOD, "管局给的文件解得开")


def _second_service(check: _Check) -> Step:
    """isp_querybeianstatus lies in a service of its own, which may be shut while the first works."""
    try:
        answer = filing_query.ask(check.link, filing_query.about_domain(HARMLESS_DOMAIN))
    except LinkFault as error:
        return Step("", DOUBTFUL, str(error), "上报和下载不受影响；查询备案、校验密码用不了，请联系管局")
    if answer.code in USUAL_CODES:
        return Step("", GOOD, f"查得了（代码 {answer.code}）")
    return _refused(check.link, answer)


def _clock(check: _Check) -> Step:
    """The Date header of the bureau's server beside our clock: hours and queues go by it."""
    link = check.link
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.head(link.base_url, timeout=client.CONNECT_TIMEOUT_S, allow_redirects=False)
        told = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, KeyError, ValueError):
        return Step("", DOUBTFUL, "管局没有给出时间，无法比较", "看一看本机是否与标准时间同步（NTP）")
    apart = abs((datetime.now(UTC) - told.astimezone(UTC)).total_seconds())
    if apart > MOST_CLOCK_S:
        words = f"与管局的时间相差 {apart:.0f} 秒"
        return Step("", DOUBTFUL, words, "把本机与标准时间同步（NTP）；上报时段按各自的时间算")
    return Step("", GOOD, "与管局的时间相差不到一分钟")


def _registered(check: _Check) -> Step:
    own = check.link.registered_address
    if not own:
        return Step(
            "",
            DOUBTFUL,
            "没有记录在管局登记的上报地址",
            "用 set_bureau --registered-address 记下，出现代码 13 时好核对",
        )
    return Step("", GOOD, f"登记的是 {own}；本机的出口地址须与它相同")


STEPS: tuple[tuple[str, _Look, bool], ...] = (
    ("参数", _filled_in, True),
    ("网络", _reachable, True),
    ("接口说明", _described, True),
    ("身份", _accepted, True),
    ("密钥", _decrypted, True),
    ("查询服务", _second_service, True),
    ("时钟", _clock, False),
    ("登记地址", _registered, False),
)
