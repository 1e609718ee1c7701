"""Other systems are told: signed, at least once, given up after a day, never an address inside."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import AlertKind
from filing.models import Alert, WebHook, WebHookDelivery
from filing.services import web_hook_calls
from filing.services.alerts import Due, end, tell
from filing.services.web_hook_calls import BadAddress, check, is_outside, resolve
from filing.services.web_hooks import add, tell_systems
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db


class Listener:
    """Another system: keeps what came, answers with `status`."""

    def __init__(self) -> None:
        self.status, self.calls = 200, list[tuple[dict[str, str], bytes]]()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.calls.append((dict(self.headers), body))
                self.send_response(listener.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/icp?room=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.calls]


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    settings.ICP_WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    settings.ICP_SITE_URL = "https://icp.example.cn"
    found = Listener()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def hook(listener: Listener) -> WebHook:
    return add("值班群", listener.url, [])[0]


def trouble(about: str = "link:1", kind: AlertKind = AlertKind.LINK) -> None:
    users = User.objects.all()
    dues = [Due(user.pk, kind, about, "北京链路已停止", "/links/1/", isp_id=1) for user in users]
    tell(dues)


def test_it_tells_the_beginning_and_the_end_of_a_trouble_once_signed(
    hook: WebHook, listener: Listener
) -> None:
    factories.user("anna"), factories.user("bert")
    trouble()
    assert tell_systems() == 1
    assert tell_systems() == 0
    headers, raw = listener.calls[0]
    said = json.loads(raw)
    assert said == {
        "id": headers["X-ICP-Event-Id"],
        "event": "began",
        "about": "link:1",
        "at": said["at"],
        "kind": "link",
        "kind_words": "链路停止",
        "urgency": "today",
        "words": "北京链路已停止",
        "ref": None,
        "link": 1,
        "url": "https://icp.example.cn/links/1/",
    }
    signed = headers["X-ICP-Timestamp"].encode() + b"." + raw
    expected = hmac.new(hook.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-ICP-Signature"] == f"v1={expected}"
    end(AlertKind.LINK, ["link:1"])
    assert tell_systems() == 1 and tell_systems() == 0
    assert listener.bodies[1]["event"] == "ended" and listener.bodies[1]["began_id"] == said["id"]
    trouble()  # again, as another trouble
    tell_systems()
    assert [each["event"] for each in listener.bodies] == ["began", "ended", "began"]


def test_it_does_not_tell_again_when_another_person_is_told_of_the_same(
    hook: WebHook, listener: Listener
) -> None:
    factories.user("anna")
    trouble()
    tell_systems()
    factories.user("late")
    trouble()
    assert tell_systems() == 0 and len(listener.calls) == 1
    assert not Alert.objects.filter(hooked_at=None).exists()


def test_it_sends_only_the_kinds_that_were_chosen_and_nothing_from_before(listener: Listener) -> None:
    factories.user("anna")
    trouble("before")
    tell_systems()
    add("工单", listener.url, ["numbers"])
    trouble("link:1")
    trouble("numbers:1", AlertKind.NUMBERS)
    assert tell_systems() == 1
    assert listener.bodies[0]["about"] == "numbers:1"


def test_it_tries_again_with_the_same_event_until_it_is_taken(hook: WebHook, listener: Listener) -> None:
    factories.user("anna")
    trouble()
    listener.status, now, waits = 503, timezone.now(), []
    for _ in range(4):
        assert tell_systems(now) == 0
        row = WebHookDelivery.objects.get()
        assert row.answer == "应答 503" and row.next_at is not None
        tell_systems(row.next_at - timedelta(seconds=1))  # it waits
        waits.append(round((row.next_at - now).total_seconds()))
        now = row.next_at
    assert waits == [15, 30, 60, 120] and len(listener.calls) == 4
    listener.status = 204
    assert tell_systems(now) == 1
    ids = {headers["X-ICP-Event-Id"] for headers, _body in listener.calls}
    assert len(ids) == 1 and len({body for _headers, body in listener.calls}) == 1


def test_it_gives_up_after_a_day_and_tells_administrators(hook: WebHook, listener: Listener) -> None:
    boss = User.objects.create_superuser("boss", password="boss")
    trouble()
    listener.status, now = 500, timezone.now()
    tell_systems(now)
    tell_systems(now + timedelta(days=1))
    row = WebHookDelivery.objects.get()
    assert row.given_up_at is not None and tell_systems(now + timedelta(days=2)) == 0
    told = Alert.objects.get(user=boss, kind=AlertKind.SENDING)
    assert "值班群" in told.words and told.url == reverse("web_hook_list")


def test_it_follows_no_redirect(hook: WebHook, listener: Listener) -> None:
    factories.user("anna")
    trouble()
    listener.status = 302
    assert tell_systems() == 0
    assert len(listener.calls) == 1 and WebHookDelivery.objects.get().answer == "应答 302"


def test_it_does_not_let_one_silent_address_hold_up_another(listener: Listener, settings: Any) -> None:
    factories.user("anna")
    add("死的", "http://127.0.0.1:1/", [])
    add("活的", listener.url, [])
    for n in range(3):
        trouble(f"link:{n}")
    assert tell_systems() == 3
    assert WebHookDelivery.objects.filter(hook__name="死的", tries__gt=0).count() == 1
    assert WebHookDelivery.objects.filter(answer="连不上").count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_sends_nothing_twice_where_two_workers_run(hook: WebHook, listener: Listener) -> None:
    factories.user("anna")
    trouble()
    at_once(tell_systems, tell_systems)
    assert len(listener.calls) == 1


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://ops.example.cn/",
        "ftp://ops.example.cn/",
        "https://user:word@ops.example.cn/",
        "https://ops.example.cn/#x",
        "https:///x",
        "https://ops.example.cn:port/",
        "https://ops.example.cn/a b",
    ],
)
def test_it_refuses_addresses_that_are_none_of_a_web_hook(url: str) -> None:
    with pytest.raises(BadAddress):
        check(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a9fe:a9fe",
        "::127.0.0.1",
    ],
)
def test_it_takes_inner_addresses_for_what_they_are(address: str) -> None:
    assert not is_outside(address)


def test_it_refuses_a_name_that_leads_inside_unless_it_is_listed(settings: Any) -> None:
    assert is_outside("203.0.114.1") and is_outside("2400:3200::1")
    with pytest.raises(BadAddress, match="内部地址"):
        resolve("localhost", 443)
    settings.ICP_WEBHOOK_ALLOWED_HOSTS = ["LocalHost"]
    assert resolve("localhost", 443) in ("127.0.0.1", "::1")


def test_it_refuses_a_name_of_which_one_address_leads_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(2, 1, 6, "", ("203.0.114.1", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(web_hook_calls.socket, "getaddrinfo", lambda *_args, **_more: both)
    with pytest.raises(BadAddress, match=r"10\.0\.0\.1"):
        resolve("two.example.cn", 443)


# --- https ----------------------------------------------------------------------------------------


@pytest.fixture
def secure(listener: Listener, tmp_path: Path) -> tuple[str, Path]:
    """The listener behind TLS with a certificate for localhost; its address, and the file of who signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    signed, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    signed.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed, secret)
    listener.server.socket = context.wrap_socket(listener.server.socket, server_side=True)
    return f"https://localhost:{listener.server.server_port}/icp", signed


def post(url: str) -> web_hook_calls.Answered:
    return web_hook_calls.post(url, "s", b"{}", event_id="e", timestamp=1)


def test_it_speaks_https_with_the_name_though_it_calls_the_address_that_was_looked_at(
    secure: tuple[str, Path], listener: Listener, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ICP_WEBHOOK_ALLOWED_HOSTS = ["localhost", "other.example.cn"]
    url, signed = secure
    assert post(url).words == "证书不可信"
    monkeypatch.setattr(web_hook_calls.certifi, "where", lambda: str(signed))
    monkeypatch.setattr(web_hook_calls, "resolve", lambda host, port: "127.0.0.1")
    assert post(url).is_taken and listener.calls[0][0]["Host"] == url.split("/")[2]
    assert post(url.replace("localhost", "other.example.cn")).words == "证书不可信"
    assert len(listener.calls) == 1


# --- the page -------------------------------------------------------------------------------------


def test_it_shows_the_secret_once_and_keeps_it_sealed(client: Client, listener: Listener) -> None:
    client.force_login(User.objects.create_superuser("boss", password="boss"))
    answer = client.post(
        reverse("web_hook_list"), {"name": "值班群", "url": listener.url, "kinds": ["link", "x"]}
    )
    hook = WebHook.objects.get()
    assert hook.secret in answer.content.decode() and answer["Cache-Control"] == "no-store"
    assert hook.kinds == ["link"] and len(hook.secret) > 40
    assert hook.secret not in client.get(reverse("web_hook_list")).content.decode()


def test_it_keeps_what_was_typed_where_the_address_is_refused(client: Client) -> None:
    client.force_login(User.objects.create_superuser("boss", password="boss"))
    answer = client.post(reverse("web_hook_list"), {"name": "值班群", "url": "http://ops.example.cn/"})
    page = answer.content.decode()
    assert (
        answer.status_code == 422 and "只能用 https://" in page and 'value="http://ops.example.cn/"' in page
    )
    assert not WebHook.objects.exists()


def test_it_tries_stops_and_removes(client: Client, hook: WebHook, listener: Listener) -> None:
    client.force_login(User.objects.create_superuser("boss", password="boss"))
    act: Callable[[str], Any] = lambda name: client.post(  # noqa: E731
        reverse("web_hook_act", args=[hook.pk]), {"act": name}, follow=True
    ).content.decode()
    assert "收下了试发的一条" in act("test") and listener.bodies[0]["event"] == "test"
    listener.status = 500
    assert "没有收下：应答 500" in act("test")
    assert "已停用" in act("stop")
    trouble()
    assert tell_systems() == 0
    assert "已删除" in act("remove") and not WebHook.objects.exists()


def test_it_is_for_administrators_alone(client: Client) -> None:
    client.force_login(factories.user("anna", "enter_request", "review_request", "operate_link"))
    assert client.get(reverse("web_hook_list")).status_code == 403
    assert client.post(reverse("web_hook_act", args=[1]), {"act": "test"}).status_code == 403
