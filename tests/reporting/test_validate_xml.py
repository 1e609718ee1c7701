from __future__ import annotations

import io
import json
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
from django.core.management import ManagementUtility, call_command
from django.core.management.base import CommandError

SAMPLE = Path(__file__).parents[1] / "samples" / "upload_new_filing.xml"


@pytest.fixture(autouse=True)
def no_issued_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ICP_XSD_DIR", raising=False)


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.xml"
    data = SAMPLE.read_bytes().replace(b"<Dwxz>4<", b"<Dwxz>0<").replace(b"10000000001<", b"1\n2<", 1)
    path.write_bytes(data)
    return path


def _run(*arguments: Any) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("validate_xml", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_it_is_quiet_about_a_valid_file() -> None:
    code, out, err = _run(SAMPLE)
    assert (code, out) == (0, "")
    assert "符合接口格式" in err


def test_it_prints_a_line_for_each_problem(wrong: Path) -> None:
    code, out, err = _run(wrong)
    assert code == 1
    rows = [line.split("\t") for line in out.splitlines()]
    assert rows == [
        [
            "10",
            "/UploadData/ICP/XZBA/Baxx[1]/Zt_xx/Dwxz",
            "0",
            "too_small",
            "主体 · 单位性质：改成不小于 1 的数，现在是 0",
        ],
        [
            "26",
            "/UploadData/ICP/XZBA/Baxx[1]/Zt_xx/Fzr/Fzr_sjhm",
            "（3 字，不显示）",
            "too_short",
            "主体 · 主体负责人 · 手机号码：补全到至少 11 字，现在 3 字，号码要写全，座机带区号",
        ],
    ]
    assert "2 个问题" in err


def test_it_writes_json(wrong: Path) -> None:
    code, out, _ = _run(wrong, "--json")
    document = json.loads(out)
    assert code == 1
    assert set(document) == {"problems"}
    assert [problem["rule"] for problem in document["problems"]] == ["too_small", "too_short"]
    assert set(document["problems"][0]) == {
        "line",
        "path",
        "tag",
        "label",
        "record",
        "value",
        "rule",
        "explanation",
    }


def test_it_writes_json_for_a_valid_file() -> None:
    code, out, _ = _run(SAMPLE, "--json")
    assert (code, json.loads(out)) == (0, {"problems": []})


def test_it_takes_the_kind_from_the_root_or_as_told(tmp_path: Path) -> None:
    path = tmp_path / "download.xml"
    path.write_bytes(
        b'<?xml version="1.0" encoding="GBK"?>\n<DownloadData version="V.3.0"><YM/></DownloadData>'
    )
    assert _run(path)[0] == 0
    assert _run(path, "--kind", "download")[0] == 0
    code, out, _ = _run(path, "--kind", "upload")
    assert code == 1
    assert "wrong_root" in out


@pytest.mark.parametrize("as_json", [False, True])
def test_it_says_that_a_file_cannot_be_read(tmp_path: Path, as_json: bool) -> None:
    code, out, _ = _run(tmp_path / "missing.xml", *(["--json"] if as_json else []))
    assert code == 1
    if as_json:
        assert [problem["rule"] for problem in json.loads(out)["problems"]] == ["unreadable"]
    else:
        assert "unreadable" in out


def test_it_says_that_an_upload_is_not_gbk(tmp_path: Path) -> None:
    path = tmp_path / "utf8.xml"
    path.write_bytes(SAMPLE.read_bytes().decode("gbk").replace("GBK", "UTF-8").encode("utf-8"))
    code, out, err = _run(path)
    assert (code, out) == (0, "")
    assert "UTF-8" in err


def test_it_stops_at_an_issued_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "企业上报数据格式.xsd").write_bytes(b"<xs:schema>")
    monkeypatch.setenv("ICP_XSD_DIR", str(tmp_path))
    with pytest.raises(CommandError, match=r"企业上报数据格式\.xsd 第 1 行") as caught:
        call_command("validate_xml", str(SAMPLE))
    assert caught.value.returncode == 1


@pytest.mark.parametrize("arguments", [[], ["a.xml", "--kind", "answer"], ["a.xml", "--unknown"]])
def test_it_ends_with_two_for_wrong_usage(arguments: list[str]) -> None:
    with redirect_stderr(io.StringIO()), pytest.raises(SystemExit) as caught:
        ManagementUtility(["manage.py", "validate_xml", *arguments]).execute()
    assert caught.value.code == 2
