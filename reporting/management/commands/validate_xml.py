"""`manage.py validate_xml FILE`: what is wrong with a data file, line by line."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reporting.schema import Kind, SchemaProblem, kind_of, validate
from xsd import MAX_BYTES, XsdUnusable, declared_encoding


class Command(BaseCommand):
    """Exit code 0 for a valid file, 1 for one with problems or that cannot be read, 2 for wrong usage."""

    help = "检查一个上报或下载数据文件（XML）：每行一个问题，依次是行号、路径、值、规则、说明"
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="XML 文件")
        kinds = [Kind.UPLOAD.value, Kind.DOWNLOAD.value]
        parser.add_argument("--kind", choices=kinds, help="文件种类；不写则看根元素")
        parser.add_argument("--json", action="store_true", help='在标准输出写一个 JSON：{"problems": […]}')

    def handle(self, *args: Any, **options: Any) -> None:
        problems = self._check(options["file"], options["kind"])
        if options["json"]:
            rows = [dataclasses.asdict(problem) for problem in problems]
            self.stdout.write(json.dumps({"problems": rows}, ensure_ascii=False, indent=2))
        else:
            for problem in problems:
                self.stdout.write(_line(problem))
        if problems:
            self.stderr.write(f"共 {len(problems)} 个问题")
            sys.exit(1)
        self.stderr.write(self.style.SUCCESS("符合接口格式"))

    def _check(self, path: Path, kind_name: str | None) -> list[SchemaProblem]:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            words = f"文件无法读取：{error.strerror}"
            return [SchemaProblem(None, "", "", "文件", None, "", "unreadable", words)]
        kind = Kind(kind_name) if kind_name else kind_of(data) or Kind.UPLOAD
        try:
            problems = validate(data, kind)
        except XsdUnusable as error:
            raise CommandError(str(error)) from error
        encoding = declared_encoding(data)
        is_read = all(problem.path for problem in problems)
        if kind is Kind.UPLOAD and is_read and encoding.upper() != "GBK":
            # No rule of the schema, so no problem of the file; but the bureau may refuse it.
            self.stderr.write(self.style.WARNING(f"注意：文件编码为 {encoding}，接口要求 GBK"))
        return problems


def _line(problem: SchemaProblem) -> str:
    value = " ".join(problem.value.split())
    columns = [
        str(problem.line or "-"),
        problem.path or "-",
        value or "-",
        problem.rule,
        f"{problem.label}：{problem.explanation}",
    ]
    return "\t".join(columns)
