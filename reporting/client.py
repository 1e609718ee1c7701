"""The only file that speaks SOAP: it turns zeep's and requests' ways of failing into ours.

The WSDL is read at run time and parameters are bound by position, because namespaces and spellings differ between
deployments; its address is ignored, because it often names an inner host. Spec: protocol "Methods".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import zeep
import zeep.exceptions
from lxml import etree
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError
from zeep.transports import Transport
from zeep.wsdl.bindings.soap import SoapBinding

from reporting.choices import Method, Trouble
from reporting.errors import BureauUnreadable, InterfaceMismatch, NotSent, OutcomeUnknown

CONNECT_TIMEOUT_S = 10
MOST_ANSWER_BYTES = 120 * 1024 * 1024
"""A full file is 67 MB in base64 inside one text node; what is larger than this is no answer."""

MOST_ANSWER_S = 600
"""How long an answer may take from its first byte to its last: a bureau that drips must not hold a worker for ever."""

WSDL_ROOT = "{http://schemas.xmlsoap.org/wsdl/}definitions"

PATHS = {
    Method.UPLOAD: "/ISPWebService/upDownLoad",
    Method.DOWNLOAD: "/ISPWebService/upDownLoad",
    Method.ACKNOWLEDGE: "/ISPWebService/upDownLoad",
    Method.PREVIOUS_UPLOAD: "/ISPWebService/upDownLoad",
    Method.FILING_STATUS: "/BeianStatusWebService/queryBeianStatus",
    Method.VERIFY_PASSWORD: "/BeianStatusWebService/verifyBamm",
}

_clients: dict[tuple[str, str, int], tuple[zeep.Client, Any]] = {}
_lock = threading.Lock()


class _NoDescription(Exception):
    """Something else came where the WSDL should be, as from a gateway whose bureau is away: it passes by itself."""


class _BureauTransport(Transport):
    """Keeps every request at the configured host, bounds what it reads, follows no redirect of a call."""

    def __init__(self, base_url: str, timeout_s: int) -> None:
        session = requests.Session()
        session.trust_env = False
        super().__init__(session=session, timeout=CONNECT_TIMEOUT_S, operation_timeout=timeout_s)
        self._has_begun = False
        self.base = urlsplit(base_url)
        self.timeout_s = timeout_s

    def load(self, url: str) -> bytes:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise InterfaceMismatch(f"WSDL 引用了不能读取的地址：{url[:200]}")
        # Schemas imported by the WSDL name the inner host too.
        here = urlunsplit((self.base.scheme, self.base.netloc, parts.path, parts.query, ""))
        answer = self.session.get(here, timeout=(CONNECT_TIMEOUT_S, self.timeout_s), stream=True)
        answer.raise_for_status()
        content = _bounded(answer)
        # zeep would mend a page or a cut document in silence and miss half of the methods.
        try:
            root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError as error:
            raise _NoDescription("收到的是网页或残缺的内容") from error
        if not self._has_begun and root.tag != WSDL_ROOT:
            raise _NoDescription("收到的是网页，不是接口说明")
        self._has_begun = True
        return content

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        answer = self.session.post(
            address,
            data=message,
            headers=headers,
            timeout=(CONNECT_TIMEOUT_S, self.timeout_s),
            stream=True,
            allow_redirects=False,
        )
        # requests keeps the body here once it was read; read in bounds instead of at the server's mercy.
        answer._content = _bounded(answer)
        return answer


def _bounded(answer: requests.Response) -> bytes:
    chunks, size = [], 0
    until = time.monotonic() + MOST_ANSWER_S
    for chunk in answer.iter_content(64 * 1024):
        size += len(chunk)
        if time.monotonic() > until:
            answer.close()
            raise BureauUnreadable(f"应答传了 {MOST_ANSWER_S} 秒还没有完，未读完")
        if size > MOST_ANSWER_BYTES:
            answer.close()
            raise BureauUnreadable(f"应答超过 {MOST_ANSWER_BYTES // 1024 // 1024} MB，未读完")
        chunks.append(chunk)
    return b"".join(chunks)


def forget_clients() -> None:
    """Read every WSDL again at the next call."""
    with _lock:
        _clients.clear()


def _service(base_url: str, path: str, timeout_s: int) -> tuple[zeep.Client, Any]:
    """Client and service of one address, built once per process. Raises: NotSent, InterfaceMismatch."""
    key = (base_url, path, timeout_s)
    with _lock:
        if key in _clients:
            return _clients[key]
    address = base_url.rstrip("/") + path
    try:
        client = zeep.Client(
            f"{address}?wsdl",
            transport=_BureauTransport(base_url, timeout_s),
            settings=zeep.Settings(strict=False, xml_huge_tree=True, forbid_entities=True, forbid_dtd=True),
        )
        # The first SOAP binding (bindings for plain HTTP may stand beside it); its own address is not used.
        binding = next(
            (name for name, each in client.wsdl.bindings.items() if isinstance(each, SoapBinding)), None
        )
        if binding is None:
            raise InterfaceMismatch(f"{address}?wsdl 没有提供 SOAP 绑定")
        service = client.create_service(binding, address)
    except (requests.RequestException, OutcomeUnknown, _NoDescription) as error:
        raise NotSent(f"读不到接口说明 {address}?wsdl：{_short(error)}", _side(error)) from error
    except (zeep.exceptions.Error, etree.LxmlError, ValueError, LookupError, AttributeError) as error:
        raise InterfaceMismatch(f"接口说明 {address}?wsdl 无法使用：{_short(error)}") from error
    with _lock:
        _clients[key] = (client, service)
    return client, service


def call(base_url: str, timeout_s: int, method: Method | str, values: Sequence[Any]) -> str:
    """Call one method with its parameters in the order of the interface; returns the text of `return`.

    Units: `timeout_s` seconds without a byte from the bureau.
    Raises: NotSent (nothing left us), OutcomeUnknown (it may have), BureauUnreadable, InterfaceMismatch.
    """
    method = Method(method)
    try:
        return _call(base_url, timeout_s, method, values)
    except (InterfaceMismatch, BureauUnreadable):
        # The bureau may have changed its interface: the next call reads the WSDL again.
        with _lock:
            _clients.pop((base_url, PATHS[method], timeout_s), None)
        raise


def look_up(base_url: str, timeout_s: int, method: Method) -> None:
    """Read the WSDL of a method and find it there with its parameters; calls nothing. Raises: NotSent, InterfaceMismatch."""
    _client, service = _service(base_url, PATHS[method], timeout_s)
    _operation(service, method)


def _call(base_url: str, timeout_s: int, method: Method, values: Sequence[Any]) -> str:
    _client, service = _service(base_url, PATHS[method], timeout_s)
    operation = _operation(service, method)
    names = [name for name, _element in operation.input.body.type.elements]
    if len(names) != len(values):
        raise InterfaceMismatch(f"{method} 在接口说明里有 {len(names)} 个参数，规范为 {len(values)} 个")
    try:
        answer = service[operation.name](**dict(zip(names, values, strict=True)))
    except requests.RequestException as error:
        if _never_left(error):
            raise NotSent(f"连不上管局接口：{_short(error)}", _side(error)) from error
        raise OutcomeUnknown(f"没有等到应答：{_short(error)}") from error
    except (zeep.exceptions.TransportError, zeep.exceptions.Fault) as error:
        raise BureauUnreadable(f"管局返回的不是接口应答：{_short(error)}") from error
    except (
        zeep.exceptions.Error,
        etree.LxmlError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,  # of zeep, for text in which it finds no element at all
    ) as error:
        raise BureauUnreadable(f"管局的应答无法解读：{_short(error)}") from error
    if not isinstance(answer, str):
        raise BureauUnreadable("管局的应答里没有 return 文本")
    return answer


def _operation(service: Any, method: Method) -> Any:
    operations = service._binding._operations
    found = operations.get(method.value) or next(
        (each for name, each in operations.items() if name.lower() == method.value.lower()), None
    )
    if found is None:
        raise InterfaceMismatch(f"接口说明里没有方法 {method.value}")
    return found


def _never_left(error: requests.RequestException) -> bool:
    """Only a refused connection, an unknown host or a connect time-out prove that nothing left us.

    A peer that reads the request and hangs up raises ConnectionError as well.
    """
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    if isinstance(error, requests.exceptions.ConnectionError) and error.args:
        cause = error.args[0]
        reason = cause.reason if isinstance(cause, MaxRetryError) else cause
        return isinstance(reason, NewConnectionError | NameResolutionError)
    return False


def _side(error: Exception) -> Trouble:
    """On which side it lies that nothing could be sent: a host that no way leads to is our network's trouble.

    An address that the bureau does not have (404) may be ours, wrongly set, or a gateway's word for "away".
    """
    if isinstance(error, requests.HTTPError):
        status = error.response.status_code if error.response is not None else 0
        return Trouble.EITHER if status < 500 else Trouble.BUREAU
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.InvalidURL):
        return Trouble.EITHER
    if any(sign in str(error) for sign in _NETWORK_SIGNS):
        return Trouble.NETWORK
    return Trouble.BUREAU


def _short(error: Exception) -> str:
    """What happened, in words where staff can do something with them; libraries' own text else, cut."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"{CONNECT_TIMEOUT_S} 秒内没有连上"
    if isinstance(error, requests.exceptions.Timeout):
        return "等待应答超时"
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS 证书或加密握手失败"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "应答传到一半断了"
    if isinstance(error, zeep.exceptions.Fault) and "unknown fault" in str(error).lower():
        return "是网页或别的内容，不是 SOAP"
    if isinstance(error, requests.exceptions.ConnectionError):
        text = str(error)
        for sign, words in _CONNECTION_WORDS.items():
            if sign in text:
                return words
        return "连接中断"
    text = str(error) or type(error).__name__
    return text if len(text) <= 300 else text[:300] + "…"


_NETWORK_SIGNS = ("NameResolutionError", "No route to host", "Network is unreachable")

_CONNECTION_WORDS = {
    "NameResolutionError": "主机名无法解析",
    "Connection refused": "对方拒绝连接，服务可能没有启动",
    "No route to host": "到不了对方主机",
    "Network is unreachable": "网络不通",
    "Connection reset": "对方重置了连接",
    "RemoteDisconnected": "对方没有应答就断开了",
    "Remote end closed": "对方没有应答就断开了",
}
