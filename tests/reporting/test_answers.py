from __future__ import annotations

import base64
from typing import Any

import pytest

from reporting.answers import read_answer
from reporting.errors import BureauUnreadable, OutcomeUnknown

GBK = '<?xml version="1.0" encoding="GBK"?>'
CONTENT = b"PK\x03\x04 zip bytes \x00\xff"


def answer(code: Any = 0, msg: str = "<msg>操作成功</msg>", more: str = "", head: str = GBK) -> str:
    return f'{head}<return version="V.3.0"><msg_code>{code}</msg_code>{msg}{more}</return>'


def file_infos(**changes: str | None) -> str:
    values: dict[str, str | None] = {
        "hashAlgorithm": "0",
        "compressionFormat": "0",
        "encryptAlgorithm": "1",
        "dataSequence": None,
        "return_FileName": "XZ1.zip",
        "beianInfo": base64.b64encode(CONTENT).decode(),
        "beianInfoHash": "1B2M2Y8AsgTpgAmY7PhCfg==",
    } | changes
    return "".join(
        ["<fileInfos>", *(f"<{tag}>{text}</{tag}>" for tag, text in values.items() if text is not None)]
    ) + ("</fileInfos>")


@pytest.mark.parametrize(
    "head",
    [
        "",
        GBK,
        f"\n  {GBK}\n",
        f"\ufeff{GBK}",
        "<?xml version='1.0' encoding='gb2312' standalone='yes'?>",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="UTF-8"?>',
    ],
)
def test_it_takes_off_a_declaration_that_the_soap_message_has_outlived(head: str) -> None:
    found = read_answer(answer(msg="<msg>編碼：㐂𠮷</msg>", head=head))
    assert (found.code, found.message, found.file, found.missing) == (0, "編碼：㐂𠮷", None, ())


@pytest.mark.parametrize("words", ["", "好", "x" * 256, "操作成功" + " " * 252, "长" * 5000])
def test_it_takes_messages_of_any_length(words: str) -> None:
    assert read_answer(answer(msg=f"<msg>{words}</msg>")).message == words.strip()


@pytest.mark.parametrize("msg", ["", "<msg/>", "<msg>\n</msg>"])
def test_it_needs_no_message(msg: str) -> None:
    assert read_answer(answer(901, msg)).code == 901
    assert read_answer(answer(901, msg)).message == ""


def test_it_overlooks_what_it_does_not_know() -> None:
    found = read_answer(answer(2, more="<!-- 备注 --><serverTime>0</serverTime><x><y/></x><?pi go?>"))
    assert (found.code, found.message) == (2, "操作成功")


def test_it_overlooks_control_characters_in_words() -> None:
    assert read_answer(answer(15, "<msg>稍后&#x1;再报</msg>")).code == 15
    assert "再报" in read_answer(answer(15, "<msg>稍后\x02再报</msg>")).message


@pytest.mark.parametrize("code", ["0", " 14 ", "\n999\n", "0007", "-1"])
def test_it_reads_the_code_out_of_white_space(code: str) -> None:
    assert read_answer(answer(code)).code == int(code)


@pytest.mark.parametrize(
    "code", ["", " ", "ok", "1.0", "--1", "²", "0x0", "成功", "1 2", "<b>0</b>", "3000000000"]
)
def test_it_does_not_guess_a_code_that_is_no_number(code: str) -> None:
    with pytest.raises(BureauUnreadable, match="msg_code"):
        read_answer(answer(code))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "系统维护中",
        GBK,
        "<return><msg_code>0</msg_code>",
        "<html><body>系统维护中</body></html>",
        "<return><msg>操作成功</msg></return>",
        "<msg_code>0</msg_code>",
        "<return><msg_code>0</msg_code></return><return/>",
        "<return><msg_code>0</msg_code>&nosuch;</return>",
    ],
)
def test_it_tells_what_is_no_answer(text: str) -> None:
    with pytest.raises(BureauUnreadable):
        read_answer(text)


def test_it_takes_what_it_cannot_read_for_no_answer_at_all() -> None:
    assert issubclass(BureauUnreadable, OutcomeUnknown)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE return [<!ENTITY x "0">]>',
        '<!DOCTYPE return [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE return SYSTEM "http://bureau.invalid/return.dtd">',
    ],
)
def test_it_refuses_entities_and_doctypes(doctype: str) -> None:
    with pytest.raises(BureauUnreadable):
        read_answer(f"{GBK}{doctype}<return><msg_code>0</msg_code><msg>&x;</msg></return>")


def test_it_reads_the_missing_numbers_of_code_14() -> None:
    numbers = "".join(f"<dataSequence>{n}</dataSequence>" for n in (" 3 ", "1", "", "x", "²", "2"))
    found = read_answer(answer(14, more=f"<dataSequences>{numbers}</dataSequences>"))
    assert found.missing == (3, 1, 2)
    assert read_answer(answer(14)).missing == ()


def test_it_reads_a_file_with_the_algorithms_that_came_with_it() -> None:
    wrapped = base64.encodebytes(CONTENT * 20).decode()
    found = read_answer(
        answer(3, more=file_infos(beianInfo=wrapped, beianInfoHash=" 1B2M2Y8A\nsgTpgAmY7PhCfg== "))
    )
    assert found.file is not None
    assert (found.file.name, found.file.content) == ("XZ1.zip", CONTENT * 20)
    assert found.file.hash_text == "1B2M2Y8AsgTpgAmY7PhCfg=="
    assert (found.file.encryption, found.file.hash_algorithm, found.file.compression) == (1, 0, 0)
    assert found.file.sequence is None
    assert found.missing == ()


def test_it_reads_the_number_of_the_previous_upload() -> None:
    found = read_answer(answer(0, more=file_infos(dataSequence="17")))
    assert found.file is not None
    assert found.file.sequence == 17
    assert found.missing == (), "the number of a file is none that is missing"


def test_it_takes_an_algorithm_that_is_not_said_for_none() -> None:
    found = read_answer(
        answer(0, more=file_infos(encryptAlgorithm=None, hashAlgorithm="", compressionFormat="?"))
    )
    assert found.file is not None
    assert (found.file.encryption, found.file.hash_algorithm, found.file.compression) == (0, 0, 0)


@pytest.mark.parametrize(
    "infos",
    [
        "",
        "<fileInfos/>",
        "<fileInfos>\n</fileInfos>",
        file_infos(return_FileName="", beianInfo="", beianInfoHash=""),
        file_infos(return_FileName="", beianInfo="", beianInfoHash="", dataSequence="0"),
    ],
)
def test_it_finds_no_file_where_none_is_inside(infos: str) -> None:
    assert read_answer(answer(0, more=infos)).file is None


def test_it_does_not_take_a_named_file_without_content_for_the_end_of_the_queue() -> None:
    found = read_answer(answer(0, more=file_infos(beianInfo="")))
    assert found.file is not None
    assert (found.file.name, found.file.content) == ("XZ1.zip", b"")


@pytest.mark.parametrize("text", ["!!!!", "QUJ", "一二三四"])
def test_it_tells_content_that_is_no_base64(text: str) -> None:
    with pytest.raises(BureauUnreadable, match="base64"):
        read_answer(answer(0, more=file_infos(beianInfo=text)))


def test_it_reads_the_fields_of_a_status_query() -> None:
    info = "<StatusInfo><Cxtjlx>0</Cxtjlx><Bazt>0</Bazt><Wzbah>京ICP备2026000001号-1</Wzbah></StatusInfo>"
    fields = read_answer(answer(0, more=info)).fields
    assert (fields["Bazt"], fields["Wzbah"]) == ("0", "京ICP备2026000001号-1")


def test_it_takes_a_text_node_beyond_ten_million_bytes() -> None:
    content = bytes(9 * 1024 * 1024)
    found = read_answer(answer(0, more=file_infos(beianInfo=base64.b64encode(content).decode())))
    assert found.file is not None
    assert found.file.content == content
