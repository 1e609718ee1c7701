from __future__ import annotations

import ipaddress
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from filing.management.base import ContractCommand
from reporting.choices import NumberForm, PasswordForm
from reporting.services.links import BadLink, LinkParameters, set_link


class Command(ContractCommand):
    help = "新建或更新一条报备链路（按报备单位标识）；第一条为默认"

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--province", type=int, required=True, help="管局所在省的代码，如 110000")
        parser.add_argument("--base-url", required=True, help="接口地址，不含 /ISPWebService")
        parser.add_argument("--isp-id", type=int, required=True, help="报备单位标识（不是单位名称）")
        parser.add_argument("--user-name", required=True, help="管局分配的用户名")
        secret = parser.add_mutually_exclusive_group(required=True)
        secret.add_argument("--password", help="口令")
        secret.add_argument("--password-file", type=Path, help="口令所在的文件，首行有效")
        parser.add_argument("--aes-key", default="", help="密钥：16、24 或 32 个 ASCII 字符")
        parser.add_argument("--aes-iv", default="", help="偏移量：16 个 ASCII 字符")
        parser.add_argument("--encrypt", type=int, choices=(0, 1), help="上报是否加密；有密钥时默认 1")
        parser.add_argument("--timeout", type=int, default=60, metavar="S", help="等待应答的秒数")
        parser.add_argument(
            "--registered-address", default="", metavar="IP", help="在管局登记的上报服务器地址"
        )
        parser.add_argument(
            "--password-form",
            choices=PasswordForm.values,
            help="校验备案密码时送 MD5（hashed）还是明文（plain）",
        )
        parser.add_argument(
            "--password-number", choices=NumberForm.values, help="校验备案密码时用网站还是主体的备案号"
        )
        parser.add_argument(
            "--password-tries",
            type=int,
            metavar="N",
            choices=range(1, 21),
            help="每个备案最多校验几次密码（1 到 20）",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            link, created = set_link(
                LinkParameters(
                    isp_id=options["isp_id"],
                    province=options["province"],
                    base_url=options["base_url"],
                    user_name=options["user_name"],
                    password=self._password(options),
                    aes_key=options["aes_key"],
                    aes_iv=options["aes_iv"],
                    encrypts=bool(options["aes_key"])
                    if options["encrypt"] is None
                    else bool(options["encrypt"]),
                    timeout_s=options["timeout"],
                    registered_address=self._address(options["registered_address"]),
                    password_form=options["password_form"],
                    password_number=options["password_number"],
                    most_password_tries=options["password_tries"],
                )
            )
        except BadLink as error:
            self.bad(str(error))
        done = "新建" if created else "更新"
        row = {
            "isp_id": link.isp_id,
            "province": link.province,
            "base_url": link.base_url,
            "default": link.is_default,
        }
        words = f"已{done}链路 {link.isp_id}：{link.base_url}{'（默认）' if link.is_default else ''}"
        self.show({"links": [row]}, [words], as_json=options["json"])

    def _password(self, options: dict[str, Any]) -> str:
        if options["password"] is not None:
            return str(options["password"])
        try:
            lines = options["password_file"].read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            self.bad(f"读不到口令文件 {options['password_file']}：{error}")
        return lines[0] if lines else ""

    def _address(self, text: str) -> str | None:
        if not text:
            return None
        try:
            return str(ipaddress.IPv4Address(text))
        except ValueError:
            self.bad(f"--registered-address：“{text}”不是 IPv4 地址")
