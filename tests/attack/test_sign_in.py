"""At the door: planted sessions, guessed passwords and codes, names that are asked for, ways out of the house."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from hashlib import sha1

import pytest

from tests.attack.house import PASSWORD, House, Visitor

SESSION = "__Host-sessionid"
FAILED = "SELECT count(*) FROM filing_auditentry WHERE action = 'sign_in_failed'"


def words(text: str) -> str:
    """What a page says of what went wrong."""
    return " ".join(
        re.findall(r'class="[^"]*(?:alert|invalid-feedback|error)[^"]*"[^>]*>(.*?)</', text, re.DOTALL)
    )


def test_a_planted_session_is_left_behind_at_the_sign_in(house: House) -> None:
    """Fixation: with a key of the attacker's making, and with one that the server gave the attacker."""
    attacker = house.visitor()
    attacker.look("/login/code/")
    for planted in ("attackers-own-key-000000000000000", attacker.cookies.get(SESSION, "x" * 32)):
        victim = house.visitor()
        victim.cookies.set(SESSION, planted, domain="127.0.0.1", path="/")
        assert victim.sign_in("fixed", PASSWORD).status_code == 302
        keys = [each.value for each in victim.cookies if each.name == SESSION and each.value != planted]
        assert keys, "the key must change at the sign-in"
        thief = house.visitor()
        thief.cookies.set(SESSION, planted, domain="127.0.0.1", path="/")
        assert thief.look("/account/").status_code == 302


def test_the_cookie_of_a_session_is_kept_from_scripts_from_http_and_from_other_sites(house: House) -> None:
    answer = house.visitor().sign_in("fixed", PASSWORD)
    [cookie] = [each for each in _set(answer) if each.startswith(SESSION)]
    for flag in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert all("Secure" in each and "SameSite" in each for each in _set(answer))


def _set(answer: object) -> list[str]:
    return answer.raw.headers.getlist("Set-Cookie")  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    "forged", ["", "x", "a" * 32, "'; DROP TABLE x; --", "..%2f", "%00", "0", "é", "A" * 4_000]
)
def test_a_made_up_session_lets_nobody_in(forged: str, house: House) -> None:
    visitor = house.visitor()
    answer = visitor.look("/account/", headers={"Cookie": f"{SESSION}={forged}".encode().decode("latin-1")})
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/login/")
    plain = visitor.look("/account/", headers={"Cookie": f"sessionid={house.as_('mate').cookies[SESSION]}"})
    assert plain.status_code == 302, "a cookie without the prefix may come from anywhere"


def test_a_copied_session_ends_with_sign_out_and_with_a_new_password(house: House) -> None:
    leaver = house.sign_in("leaver")
    key = leaver.cookies[SESSION]
    assert _comes_in(house, key)
    answer = leaver.act("/logout/")
    assert "Clear-Site-Data" in answer.headers and not _comes_in(house, key)
    thief = house.sign_in("changer").cookies[SESSION]
    owner = house.sign_in("changer")
    new = "Another.Ledger-of-91"
    changed = owner.act("/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert changed.status_code == 302
    assert not _comes_in(house, thief) and owner.look("/account/").status_code == 200
    assert house.visitor().sign_in("changer", PASSWORD).status_code == 200, "the old password lets nobody in"


def test_a_session_ends_when_the_account_is_switched_off_or_its_role_taken(house: House) -> None:
    victim = house.sign_in("victim")
    key = house.facts["people"]["victim"]
    assert victim.look("/requests/").status_code == 200
    root = house.as_("root")
    form = {"username": "victim", "first_name": "", "last_name": "", "email": "", "groups": []}
    form |= {f"identities-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")}
    answer = root.act(f"/people/auth/user/{key}/change/", form)
    assert answer.status_code == 302, words(answer.text)
    assert victim.look("/requests/").status_code == 302
    refused = house.visitor().sign_in("victim", PASSWORD)
    assert refused.status_code == 200 and SESSION not in refused.cookies


def _comes_in(house: House, key: str) -> bool:
    visitor = house.visitor()
    visitor.cookies.set(SESSION, key, domain="127.0.0.1", path="/")
    return visitor.look("/account/").status_code == 200


def test_guessing_a_password_is_stopped_for_the_account_from_wherever_it_comes(house: House) -> None:
    before = house.rows(FAILED)[0][0]
    said = [house.visitor().sign_in("locked", f"guess-{number}-of-it") for number in range(6)]
    right = house.visitor().sign_in("locked", PASSWORD)
    assert right.status_code == 200 and SESSION not in right.cookies
    assert "再试" in right.text
    assert {each.status_code for each in said} == {200}
    assert house.rows(FAILED)[0][0] >= before + 5


def test_a_name_that_is_none_is_told_and_slowed_like_one_that_is(house: House) -> None:
    """By words, by what the page holds, by cookies, by the wait; the time is shown in tests/accounts/test_sign_in.py."""

    def tries(name: str) -> list[tuple[int, str, list[str]]]:
        found = []
        for number in range(6):
            answer = house.visitor().sign_in(name, f"wrong-{number}")
            text = answer.text.replace(name, "NAME")
            text = re.sub(r'(csrfmiddlewaretoken" value|content)="[^"]+"|csrf[^>]*', "", text)
            text = re.sub(r"[0-9]+ (秒|分钟)", "N", text)
            found.append((answer.status_code, text, sorted(answer.headers)))
        return found

    assert tries("phone") == tries("phony")


def test_guessing_from_one_address_is_stopped_whatever_the_names(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in("name-1", "wrong")
    # Each try costs what a password costs to hash: those between the first and the last few are not repeated here.
    house.rows(
        "UPDATE accounts_failedtries SET failures = 27 WHERE kind = 'address' AND last_at = "
        "(SELECT max(last_at) FROM accounts_failedtries WHERE kind = 'address')"
    )
    for number in range(2, 6):
        answer = visitor.sign_in(f"name-{number}", "wrong")
    assert "再试" in answer.text
    assert visitor.sign_in("fixed", PASSWORD).status_code == 200
    # What the visitor wrote into the header stands before what the proxy adds, and is not believed.
    answer = visitor.act("/login/", {"username": "fixed", "password": PASSWORD},
                         headers={"X-Forwarded-For": f"203.0.113.77, {visitor.headers['X-Forwarded-For']}"})  # fmt: skip
    assert answer.status_code == 200
    assert house.visitor().sign_in("fixed", PASSWORD).status_code == 302


NEXT = [
    *("https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example"),
    *(
        "https:evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "\thttps://evil.example",
    ),
    *(
        "https://127.0.0.1@evil.example/",
        "https://127.0.0.1.evil.example/",
        "/\t/evil.example",
        "ftp://127.0.0.1/",
    ),
]


@pytest.mark.parametrize("field", ["asked", "posted"])
def test_nobody_is_led_away_after_signing_in(field: str, house: House) -> None:
    for target in NEXT[:: 2 if field == "asked" else 1]:
        visitor = house.visitor()
        data = {"username": "fixed", "password": PASSWORD}
        more = {"params": {"next": target}} if field == "asked" else {}
        answer = visitor.act("/login/", data | ({"next": target} if field == "posted" else {}), **more)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/"), target
    signed_in = house.as_("mate").look("/login/", params={"next": "https://evil.example/"})
    assert signed_in.status_code == 302 and signed_in.headers["Location"] == "/"


def test_a_second_factor_is_neither_guessed_nor_passed_by(house: House) -> None:
    from_page = house.visitor()
    house.rows("DELETE FROM accounts_failedtries WHERE kind = 'account'")
    assert from_page.sign_in("phone", PASSWORD).status_code == 302
    secret = _secret(from_page)
    done = from_page.act("/account/second-factor/", {"code": _code(secret)})
    assert done.status_code in (200, 302)
    half = house.visitor()
    answer = half.sign_in("phone", PASSWORD)
    assert answer.headers["Location"] == "/login/code/"
    # With the password alone nothing opens, whatever is asked for.
    for path in ("/", "/requests/", "/account/", "/account/second-factor/", "/password/", "/people/"):
        assert half.look(path).headers["Location"].startswith(("/login", "/people/login")), path
    assert half.act("/account/second-factor/remove/", {"code": "000000"}).status_code in (302, 403)
    for number in range(7):
        answer = half.act("/login/code/", {"code": f"{(int(_code(secret)) + 7 + number) % 1_000_000:06d}"})
        assert answer.status_code == 200
    assert "再试" in answer.text
    assert half.act("/login/code/", {"code": _code(secret, 1)}).status_code == 200, "the right one waits too"
    assert half.look("/account/").status_code == 302
    assert len(house.refused("phone", "sign_in_failed")) >= 5


def _secret(visitor: Visitor) -> str:
    page = visitor.look("/account/second-factor/")
    found = re.search(r"([A-Z2-7]{4}(?: [A-Z2-7]{4}){7}|[A-Z2-7]{32})", page.text)
    assert found, page.text[:2000]
    return found.group(1).replace(" ", "")


def _code(secret: str, ahead: int = 0) -> str:
    """RFC 6238, worked out here once more."""
    counter = struct.pack(">Q", int(time.time()) // 30 + ahead)
    digest = hmac.new(base64.b32decode(secret), counter, sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def test_a_line_break_in_a_name_begins_no_line_of_the_log(house: House) -> None:
    name = 'evil"}\r\n{"level": "INFO", "message": "forged-line-0815"}\u2028\x1b[2J'
    house.visitor().sign_in(name, "x")
    house.visitor().look("/requests/x%0a%7b%22forged-line-0815%22%3a1%7d/")
    lines = house.log().splitlines()
    assert not any(
        each.lstrip().startswith(('{"level": "INFO", "message": "forged', '{"forged')) for each in lines
    )
    assert not any("\x1b" in each for each in lines)
