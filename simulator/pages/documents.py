"""Pages of one thing: a request with its content and decision, a file that came, a file that waits to be fetched."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from simulator.envelope import open_stored
from simulator.model import OPERATION_NAMES, Case
from simulator.pages.html import code_words, facts, frame, hidden, moment, nothing, state, table, text_block
from simulator.pages.showing import blocks_of, shown_xml
from simulator.pages.words import GROUPS, STATES

if TYPE_CHECKING:
    from simulator.bureau import Bureau

Values = Mapping[str, str]


def case_page(bureau: Bureau, values: Values) -> str | None:
    """?id=: one request, for reading, with the form that decides it."""
    with bureau.lock:
        bureau.advance()
        case = bureau.cases.get(_number(values, "id"))
        if case is None:
            return None
        blocks = "".join(
            f'<section class="sheet"><h2>{escape(block.title or "申请")}</h2>'
            + facts((escape(name), escape(value)) for name, value in block.rows)
            + "</section>"
            for block in blocks_of(case.record, case.operation)
        )
        xml = (
            '<section class="sheet"><details id="xml"><summary>上报的 XML（证件号码、电话已遮盖，图片只留大小）</summary>'
            f"{text_block(shown_xml(case.record))}</details></section>"
        )
        title = f"{case.name} · {OPERATION_NAMES[case.operation]}"
        head = f"{case.isp_id} 第 {case.sequence} 号文件之 {case.position}"
        body = f'<main>{_crumb(title)}{_decision(case)}<div class="blocks">{blocks}</div>{xml}</main>'
        return frame(title, body, head=head, live="")


def _decision(case: Case) -> str:
    word, family = STATES[case.state]
    rows = [
        ("状态", state(word, family) + ("，转发外省" if case.forwarded else "")),
        ("收到", moment(case.received_at)),
    ]
    if case.due_at is not None and case.is_open:
        rows.append(("自动决定", moment(case.due_at)))
    if case.codes:
        rows.append(("代码", "<br>".join(code_words(code) for code in case.codes)))
    forms = []
    for item in case.items:
        name = escape((item.label or case.name) if len(case.items) > 1 else "审核意见")
        if item.approved is not None:
            rows.append(
                (name, f"{state(*STATES['approved' if item.approved else 'rejected'])}　{escape(item.words)}")
            )
        elif case.is_open:
            label = f'<span class="minor">{name}</span>' if len(case.items) > 1 else ""
            forms.append(
                f'<form class="decide" data-action="decide">{hidden({"case_id": case.case_id, "own_id": item.jlid})}'
                f'{label}<input class="grow" name="words" placeholder="审核意见，可不填"'
                ' aria-label="审核意见" maxlength="1024"><button class="main" value="yes">通过</button>'
                '<button value="no">拒绝</button></form>'
            )
    return f'<section class="sheet">{facts(rows)}{"".join(forms)}</section>'


def upload_page(bureau: Bureau, values: Values) -> str | None:
    """?unit=&sequence=: a file as it came."""
    with bureau.lock:
        isp_id, sequence = _number(values, "unit"), _number(values, "sequence")
        file = next((item for item in bureau.files.get(isp_id, []) if item.sequence == sequence), None)
        if file is None:
            return None
        try:
            content = shown_xml(open_stored(bureau.uploaded_bytes(file)).xml)
        except KeyError:
            content = "只保存最近的文件，这一个已不在。"
        cases = [item for item in bureau.cases.all() if (item.isp_id, item.sequence) == (isp_id, sequence)]
        rows = [
            (
                str(case.position),
                f'<a href="/case?id={case.case_id}">{escape(case.name)}</a>',
                OPERATION_NAMES[case.operation],
                state(*STATES[case.state]),
            )
            for case in cases[:1000]
        ]
    known = [("文件", escape(file.entry_name)), ("收到", moment(file.received_at))]
    if file.refused_with is not None:
        known.append(("整个文件退回", code_words(file.refused_with)))
    listed = table(("序", "主办者或网站", "操作", "状态"), rows) if rows else nothing("没有可办的记录。")
    title = f"第 {sequence} 号文件"
    body = (
        f'<main>{_crumb(title)}<section class="sheet">{facts(known)}</section><section class="sheet">{listed}</section>'
        f'<section class="sheet"><h2>内容（证件号码、电话已遮盖，图片只留大小）</h2>{text_block(content)}</section></main>'
    )
    return frame(title, body, head=f"单位 {isp_id}", live="")


def download_page(bureau: Bureau, values: Values) -> str | None:
    """?number=: a file of a download queue, fetched or not."""
    number = _number(values, "number")
    with bureau.lock:
        found = [
            item for unit in bureau.units for item in bureau.downloads.all(unit) if item.number == number
        ]
        if not found:
            return None
        [delivery] = found
        with zipfile.ZipFile(io.BytesIO(bureau.downloads.zip_bytes(delivery))) as archive:
            content = archive.read(archive.namelist()[0])
    about = "、".join(GROUPS.get(part, part) for part in delivery.about.removesuffix("!").split("+"))
    rows = [
        ("内容", escape(about)),
        ("生成", moment(delivery.created_at)),
        ("确认", state("已确认", "good") if delivery.acknowledged else state("等企业下载并确认", "waiting")),
    ]
    if delivery.about.endswith("!"):
        rows.append(("规范", state("有意不合下载规范", "attention")))
    body = (
        f'<main>{_crumb(delivery.file_name)}<section class="sheet">{facts(rows)}</section>'
        f'<section class="sheet"><h2>内容（证件号码、电话已遮盖）</h2>{text_block(shown_xml(content))}</section>'
        "</main>"
    )
    return frame(delivery.file_name, body, head=f"单位 {delivery.isp_id}", live="")


def _crumb(title: str) -> str:
    return f'<div class="crumb"><a href="/">模拟管局</a><h1>{escape(title)}</h1></div>'


def _number(values: Values, name: str) -> int:
    text = values.get(name, "")
    return int(text) if text.isdigit() else 0
