"""The page at /: what came in, what waits, what is filed, with buttons for the control interface."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from simulator.dialects import METHODS
from simulator.faults import KINDS as FAULT_KINDS
from simulator.messages import SHANGHAI
from simulator.state import state

if TYPE_CHECKING:
    from simulator.bureau import Bureau

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 50
MODES = {"auto": "自动通过", "manual": "人工审核", "rules": "只按规则处理，其余人工审核"}
STATES = {"open": "等待审核", "approved": "通过", "rejected": "拒绝", "returned": "退回"}
# The messages that can be sent with no more than a number or a domain.
MESSAGES = {
    "notice": "整改通知（XGTZ）",
    "verification_task": "核实任务（HSRW）",
    "unfiled": "未备案网站（WBAWZLB，填域名）",
    "illegal_access": "非法接入（FFJRHMD，填域名）",
    "check": "核查结果（HCJG）",
    "filed": "备案数据（BASJ）",
    "cancelled": "注销数据（ZXSJ）",
    "codes": "基础代码（JCDM）",
    "sync": "数据同步（SJTB）",
}


def render_page(bureau: Bureau) -> str:
    doc = state(bureau)
    return _template("page.html").substitute(
        css=_text("page.css"),
        js=_text("page.js"),
        now=doc["now"],
        dialect=escape(doc["dialect"]),
        seed=doc["seed"],
        delay_s=doc["delay_s"],
        modes=_choices(MODES, doc["mode"]),
        pending_count=len(doc["pending"]),
        pending=_pending(doc["pending"]),
        units="".join(_unit(unit) for unit in doc["units"]),
        closed=_closed(doc["closed"]),
        filing_count=len(doc["filings"]),
        filings=_filings(doc["filings"]),
        kinds=_choices(MESSAGES, ""),
        faults=_faults(doc["faults"]),
        fault_kinds=_choices(FAULT_KINDS, "lost_answer"),
        methods=_choices({"*": "所有方法", **{name: name for name in METHODS}}, "*"),
        journal=_journal(doc["journal"]),
    )


def _pending(cases: list[dict[str, Any]]) -> str:
    if not cases:
        return '<p class="minor">没有等待审核的请求。企业上报、业务校验通过后出现在这里。</p>'
    all_of_them = _decision_form("", "", "全部通过", "全部拒绝")
    rows = []
    for case in cases[:SHOWN]:
        for item in case["items"]:
            if item["approved"] is not None:
                continue
            label = item["label"] if item["label"] != case["name"] else ""
            rows.append(
                (
                    escape(case["operation_name"]) + (" · 转发外省" if case["forwarded"] else ""),
                    f"{escape(case['name'])}<br><span class=minor>{escape(label)} {item['jlid']}</span>",
                    escape("、".join(case["domains"][:5])),
                    f"{case['isp_id']} 第 {case['sequence']} 号之 {case['position']}",
                    _decision_form(case["case_id"], item["jlid"], "通过", "拒绝"),
                )
            )
    return all_of_them + _table(("操作", "主办者或网站", "域名", "数据文件", "审核"), rows)


def _decision_form(case_id: object, item_id: object, yes: str, no: str) -> str:
    return (
        f'<form data-action="decide" data-case="{case_id}" data-item="{item_id}">'
        '<input class="words" name="words" placeholder="审核意见" aria-label="审核意见">'
        f'<button class="main" value="yes">{yes}</button><button value="no">{no}</button></form>'
    )


def _unit(unit: dict[str, Any]) -> str:
    head = (
        f"<p>{unit['isp_id']} · {escape(unit['user_name'])} · 省 {unit['province']}"
        f" · 最近编号 {unit['last_sequence']} · 待下载 {len(unit['queue'])} 个文件</p>"
    )
    rows = [
        (
            str(file["sequence"]),
            f"<code>{escape(file['entry_name'])}</code>",
            str(file["record_count"]),
            _time(file["received_at"]),
            f"整个文件以 {file['refused_with']} 退回" if file["refused_with"] else "",
        )
        for file in reversed(unit["files"][-SHOWN:])
    ]
    queue = [
        (f"<code>{escape(item['file_name'])}</code>", escape(item["about"])) for item in unit["queue"][:SHOWN]
    ]
    waiting = _table(("待下载文件", "内容"), queue) if queue else ""
    return head + (_table(("编号", "文件", "记录", "收到", ""), rows) if rows else "") + waiting


def _closed(cases: list[dict[str, Any]]) -> str:
    rows = [
        (
            escape(case["operation_name"]),
            escape(case["name"]),
            f'<span class="tag {case["state"]}">{STATES[case["state"]]}</span>',
            "、".join(map(str, case["codes"])),
            escape("；".join(item["words"] for item in case["items"] if item["words"])),
        )
        for case in reversed(cases[-SHOWN:])
    ]
    return _table(("操作", "主办者或网站", "结果", "代码", "审核意见"), rows) if rows else _nothing()


def _filings(filings: list[dict[str, Any]]) -> str:
    rows = []
    for subject in filings[-SHOWN:]:
        sites = "<br>".join(
            escape(f"{site['number']} {'、'.join(item['name'] for item in site['domains'])}")
            + ("（已注销）" if site["state"] != "filed" else "")
            for site in subject["websites"]
        )
        number = escape(subject["number"]) + ("（已注销）" if subject["state"] != "filed" else "")
        rows.append((number, escape(subject["name"]), str(subject["ztid"]), sites))
    return _table(("主体备案号", "主办者", "Ztid", "网站"), rows) if rows else _nothing()


def _faults(faults: list[dict[str, Any]]) -> str:
    rows = [
        (
            f'<span class="tag fault">{escape(FAULT_KINDS[fault["kind"]])}</span>',
            escape(fault["method"]),
            f"{fault['struck']} / {'不限' if fault['times'] is None else fault['times']} 次",
            f'<form data-action="clear" data-fault="{fault["fault_id"]}"><button>撤销</button></form>',
        )
        for fault in faults
    ]
    return _table(("故障", "方法", "已发生", ""), rows) if rows else ""


def _journal(entries: list[dict[str, Any]]) -> str:
    rows = [
        (
            _time(datetime.fromisoformat(entry["at"]).timestamp()),
            f"<code>{escape(entry['method'])}</code>",
            str(entry["sequence"] or ""),
            "" if entry["code"] is None else str(entry["code"]),
            escape(FAULT_KINDS.get(entry["fault"] or "", "")),
            escape(entry["remark"] or ""),
        )
        for entry in reversed(entries[-SHOWN:])
    ]
    return _table(("时间", "方法", "编号", "代码", "故障", "说明"), rows) if rows else _nothing()


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = "".join(f"<th scope=col>{title}</th>" for title in head)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


def _choices(values: dict[str, str], chosen: str) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in values.items()
    )


def _nothing() -> str:
    return '<p class="minor">还没有。</p>'


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, SHANGHAI).strftime("%m-%d %H:%M:%S")


@cache
def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> Template:
    return Template(_text(name))
