"""What each kind of downloaded record is called on screens."""

from __future__ import annotations

from reporting.readers.document import CODE_LISTS, EMPTY, UNIT_LIST
from reporting.services.apply_tables import TABLES

WORDS = {
    "BASJ": "备案数据",
    "ZXSJ": "注销数据",
    "HMDLB.subject": "主体黑名单",
    "HMDLB.website": "网站黑名单",
    "FFJRHMD": "非法接入",
    "WBAWZLB": "未备案网站",
    "BAJG.result": "备案结果",
    "BAJG.decision": "审核意见",
    "HSRW": "核实任务",
    "HCJG.subject": "主体核查",
    "HCJG.access": "接入核查",
    "HCJG.website": "空壳网站核查",
    "HCJG.alive": "网站存活核查",
    "XGTZ": "整改通知",
    "IP.BAJG.source": "IP 来源报备结果",
    "IP.BAJG.allocation": "IP 分配报备结果",
    "IP.BAJG.announcement": "IP 广播报备结果",
    "IP.BAJG.own": "自带 IP 报备结果",
    "IP.HCJG.outside": "IP 越界",
    "IP.HCJG.conflict": "IP 冲突",
    "IP.HCJG.unreported": "IP 未报",
    "YM.BAJG": "域名报备结果",
    "SJTB.filing": "同步：备案数据",
    "SJTB.ip_source": "同步：IP 来源",
    "SJTB.ip_allocation": "同步：IP 分配",
    "SJTB.ip_announcement": "同步：IP 广播",
    "SJTB.ip_own": "同步：自带 IP",
    "SJTB.domain": "同步：域名",
    EMPTY: "空列表",
    "document": "整个文件",
} | {f"JCDM.{tag}": f"代码表：{TABLES[tag].label}" for tag in (*CODE_LISTS, UNIT_LIST)}


def words_of(kind: str) -> str:
    """The kind in words; what nobody knows by its tags."""
    return WORDS.get(kind) or f"不认识：{kind}"
