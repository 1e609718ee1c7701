from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import execute_from_command_line
from django.db import connections

from filing.choices import WITHDRAWABLE_STATES, RequestState
from filing.models import Request
from reporting.demo import papers
from tests import factories
from tests.filing.incoming import rows

S = RequestState

pytestmark = pytest.mark.django_db


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self) -> Any:
        document = json.loads(self.out)
        assert set(document) == {"requests"}
        return document["requests"]


@pytest.fixture(autouse=True)
def _keep_the_test_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command closes its connections at its end; here the test goes on with them."""
    monkeypatch.setattr(connections, "close_all", lambda: None)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command as the shell does. Shape: exit code, standard output and error as UTF-8 bytes read them."""

    def manage(*arguments: str) -> Done:
        out, err = (
            io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace")
        )
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            try:
                execute_from_command_line(["manage.py", *arguments])
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
            texts = []
            for each in (out, err):
                each.flush()
                texts.append(each.buffer.getvalue().decode())  # type: ignore[attr-defined]
        return Done(code, *texts)

    return manage


@pytest.fixture
def file(tmp_path: Path, attachment_root: Path) -> Any:
    def write(content: Any) -> str:
        path = tmp_path / "requests.json"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = (
                content if isinstance(content, str) else json.dumps({"requests": content}, ensure_ascii=False)
            )
            path.write_text(text, "utf-8")
        return str(path)

    return write


# --- done -----------------------------------------------------------------------------------------


def test_it_imports_and_tells_in_json(run: Any, file: Any) -> None:
    done = run("import_filings", file([factories.item("a"), factories.item("b")]), "--json")
    assert (done.code, done.err) == (0, "")
    assert done.rows == [
        {"ref": ref, "id": Request.objects.get(ref=ref).pk, "state": "draft", "problems": []} for ref in "ab"
    ]


def test_it_tells_people_in_lines(run: Any, file: Any) -> None:
    done = run("import_filings", file([factories.item("a")]))
    assert (done.code, done.err) == (0, "")
    assert done.out.split("\t")[0::2] == ["a", "draft"]


def test_it_takes_a_file_with_a_byte_order_mark_and_one_without_requests(run: Any, file: Any) -> None:
    text = json.dumps({"requests": [factories.item("a")]})
    assert run("import_filings", file(b"\xef\xbb\xbf" + text.encode())).code == 0
    assert run("import_filings", file([]), "--json").rows == []


def test_it_imports_ready_and_corrected(run: Any, file: Any) -> None:
    assert run("import_filings", file([factories.item("a")]), "--ready", "--json").rows[0]["state"] == "ready"
    factories.bring_to(Request.objects.get(), S.PACKED)
    request = factories.request_in(S.RETURNED, ref="b")
    filing = factories.new_filing(factories.website("虚构示例站", "example-b.cn"), name="改正后的虚构公司")
    filing["subject"]["certificate"]["number"] = papers.credit_code(110108, 1)
    again = factories.item("b", filing)
    assert run("import_filings", file([again])).code == 1
    done = run("import_filings", file([again]), "--correct", "--ready", "--json")
    assert (done.code, done.rows[0]["state"], done.rows[0]["id"]) == (0, "ready", request.pk)
    assert Request.objects.get(pk=request.pk).revision_number == 2


# --- refused --------------------------------------------------------------------------------------


def test_it_says_what_is_wrong_with_each_and_takes_the_others(run: Any, file: Any) -> None:
    bad = factories.item("bad")
    bad["websites"][0]["domains"] = ["a"]
    done = run("import_filings", file([bad, factories.item("good"), {"operation": "x"}]), "--json")
    assert done.code == 1
    assert [(row["ref"], row["state"], row["id"] is None) for row in done.rows] == [
        ("bad", "", True),
        ("good", "draft", False),
        ("", "", True),
    ]
    [problem] = done.rows[0]["problems"]
    assert problem == {
        "path": "requests[0].websites[0].domains[0].name",
        "label": "域名",
        "message": "至少 4 个字符，现在 1 个",
    }
    assert "bad：requests[0].websites[0].domains[0].name：域名：至少 4 个字符" in done.err
    assert "requests[2].operation" in done.err and "2 个请求未收下，共 3 个" in done.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"requests": [\n  {"ref": "a",}\n]}', "第 2 行第 15 列"),
        ("", "第 1 行第 1 列"),
        ('{"requests": []} x', "第 1 行第 18 列"),
        ('{"requests": ["a\nb"]}', "第 1 行第 17 列"),
        ('{"requests": [NaN]}', "NaN"),
        ('{"requests": [{"a": -Infinity}]}', "-Infinity"),
        ('{"requests": [{"ref": "a", "ref": "b"}]}', "“ref”写了两次"),
        ('{"requests": [], "requests": []}', "“requests”写了两次"),
        ('{"requests": [' + "9" * 5000 + "]}", "数太长"),
        ("[" * 100_000, "嵌套过深"),
        ('{"requests": ' + '{"a":' * 100_000, "嵌套过深"),
        ("[]", "应为"),
        ('{"requests": {}}', "应为"),
        ('{"request": []}', "应为"),
        ('{"requests": [], "more": 1}', "不认识的字段“more”"),
        ('{"requests": []}'.encode("utf-16"), "不是 UTF-8"),
        ('{"requests": ["甲"]}'.encode("gbk"), "不是 UTF-8 编码（第 16 字节）"),
    ],
)  # fmt: skip
def test_it_changes_nothing_when_the_file_is_broken(
    run: Any, file: Any, text: str | bytes, words: str
) -> None:
    before, path = rows(), file(text)
    done = run("import_filings", path, "--json", "--ready", "--correct")
    assert done.code == 1
    assert path in done.err and words in done.err
    assert "Traceback" not in done.err
    assert done.rows == []
    assert rows() == before


def test_it_says_that_there_is_no_file(run: Any, tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        done = run("import_filings", str(path))
        assert done.code == 1 and str(path) in done.err and done.out == ""


@pytest.mark.parametrize(
    "arguments",
    [["import_filings"], ["import_filings", "a", "b"], ["import_filings", "a", "--redy"], ["withdraw"]],
)
def test_it_ends_with_two_for_wrong_usage(run: Any, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "usage" in done.err.lower()


def test_it_tells_also_what_no_encoding_takes(run: Any, file: Any) -> None:
    text = json.dumps(
        {"requests": [factories.item("a") | {"\ud800": 1}, factories.item("b") | {"operation": "\udfff"}]}
    )
    done = run("import_filings", file(text), "--json")
    assert done.code == 1
    assert done.rows[0]["problems"][0]["path"] == "requests[0].\ud800"
    assert run("import_filings", file(text)).code == 1


def test_it_never_tells_a_password(run: Any, file: Any) -> None:
    password = "Invented-Password-1"
    good = factories.item("a", icp_password=password)
    bad = factories.item("b", factories.new_filing(name=""), icp_password=password)
    odd = factories.item("c", icp_password=f"{password}\x00")
    done = run("import_filings", file([good, bad, odd, good | {"remarks": "x"}]), "--json")
    assert done.code == 1 and [bool(row["problems"]) for row in done.rows] == [False, True, True, True]
    assert password not in done.out + done.err


# --- withdraw -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", S.values)
def test_it_takes_back_what_has_not_been_packed(run: Any, state: str) -> None:
    request = factories.request_in(state, ref="r1")
    done = run("withdraw", "--ref", "r1", "--reason", "不办了", "--json")
    may = state in WITHDRAWABLE_STATES
    [row] = done.rows
    assert done.code == (0 if may else 1)
    assert (row["ref"], row["id"], row["state"]) == ("r1", request.pk, "withdrawn" if may else state)
    assert bool(row["problems"]) == (not may) == bool(done.err)
    assert Request.objects.get().state == row["state"]
    if may:
        assert (request.events.last().actor_kind, request.events.last().reason) == ("command", "不办了")


def test_it_says_that_it_knows_no_such_ref(run: Any) -> None:
    done = run("withdraw", "--ref", "nobody", "--json")
    assert done.code == 1 and "nobody" in done.err
    assert [(row["id"], row["state"], len(row["problems"])) for row in done.rows] == [(None, "", 1)]
    assert run("withdraw", "--ref", "nobody").out == ""
