"""The address of the mail server, and the site's own."""

from __future__ import annotations

import pytest

from settings.env import SettingRefused
from settings.mail import mail_settings, site_url


def test_it_reads_the_server_from_one_address() -> None:
    found = mail_settings("smtp://icp%40example.cn:s%3Acret@mail.example.cn:587?tls=starttls")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (
        "mail.example.cn",
        587,
        True,
        False,
    )
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("icp@example.cn", "s:cret")
    assert mail_settings("smtps://mail.example.cn")["EMAIL_PORT"] == 465
    assert mail_settings("")["EMAIL_BACKEND"].endswith("dummy.EmailBackend")


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.cn",
        "http://mail.example.cn",
        "smtp://",
        "smtp://:word@mail.example.cn:port",
        "smtp://mail.example.cn/?tls=maybe",
        "smtps://mail.example.cn?tls=starttls",
        "smtp://mail.example.cn?user=x",
    ],
)
def test_it_refuses_an_address_that_is_none_without_telling_the_password(url: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        mail_settings(url)
    assert refused.value.name == "ICP_EMAIL_URL" and "word" not in str(refused.value)


def test_it_wants_the_address_of_the_site_where_mail_goes_out() -> None:
    assert site_url("https://icp.example.cn/", needed=True) == "https://icp.example.cn"
    assert site_url("", needed=False) == ""
    for value in ("", "icp.example.cn", "https://icp.example.cn/path"):
        with pytest.raises(SettingRefused):
            site_url(value, needed=True)
