"""The commands of bulk work: the same services as the pages, with the exit codes of the contract."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import load_workbook

from filing.choices import Operation, RequestState
from filing.models import Request
from filing.services import codes
from tests.filing.filings import filed
from tests.filing.sheets import line, pictures, workbook

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Shape: exit code and the document on stdout."""
    out, code = io.StringIO(), 0
    try:
        call_command(name, *arguments, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, json.loads(out.getvalue() or "{}")


def test_it_imports_a_sheet_with_its_pictures_and_writes_the_answer(tmp_path: Path) -> None:
    codes.load_builtin_codes()
    book, papers, answer = (tmp_path / name for name in ("表.xlsx", "图.zip", "结果.xlsx"))
    book.write_bytes(workbook(line(), line("表-2", 服务内容="没有这种")))
    papers.write_bytes(pictures())
    code, told = run("import_sheet", str(book), "--images", str(papers), "--ready", "--answer", str(answer))
    assert (code, [each["result"] for each in told["requests"]]) == (1, ["done", "refused"])
    request = Request.objects.get()
    assert (request.state, request.vouched) == (RequestState.READY, True)
    assert "没有收下" in load_workbook(answer).worksheets[0]["A3"].value
    assert run("import_sheet", str(papers))[0] == 1


def test_it_counts_first_and_then_makes_the_changes_of_a_move() -> None:
    codes.load_builtin_codes()
    subject = filed()
    asked = ("--from", "203.0.113.0/24", "--to", "198.51.100.0/24")
    code, told = run("move_addresses", *asked, "--dry-run")
    assert (code, told["subjects"], told["accesses"], told["foreign"]) == (0, 1, 1, 1)
    assert not Request.objects.exists()
    code, told = run("move_addresses", *asked)
    assert (code, told["made"]) == (0, 1)
    request = Request.objects.get()
    assert (request.operation, request.subject_name) == (Operation.CHANGE, subject.name)
    # The change stands in the way of the next one: said, and nothing is made.
    code, told = run("move_addresses", *asked)
    assert (code, told["subjects"], len(told["held_back"])) == (1, 0, 1)
    assert run("move_addresses", "--from", "x", "--to", "y")[0] == 1
