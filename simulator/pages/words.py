"""What the pages call things, in Chinese."""

from __future__ import annotations

MODES = {
    "auto": "自动通过",
    "manual": "全部由人工审核",
    "rules": "按规则拒绝，其余由人工审核",
}
# State of a case -> word, family of its shape.
STATES = {
    "open": ("等待审核", "waiting"),
    "approved": ("通过", "good"),
    "rejected": ("拒绝", "bad"),
    "returned": ("退回", "returned"),
}
PHASES = {"open": ("进行中", "attention"), "waiting": ("未到时", "waiting"), "over": ("已过", "none")}
# The messages that can be sent from the page -> what they are, and which fields they take.
MESSAGES = {
    "notice": ("整改通知 XGTZ", "number words"),
    "verification_task": ("核实任务 HSRW", "number"),
    "unfiled": ("未备案网站 WBAWZLB", "domain"),
    "blacklist": ("黑名单 HMDLB", "number domain words action"),
    "illegal_access": ("非法接入 FFJRHMD", "domain"),
    "check": ("核查结果 HCJG", "number check words"),
    "filed": ("备案数据 BASJ", "number"),
    "cancelled": ("注销数据 ZXSJ", "number"),
    "codes": ("基础代码 JCDM", ""),
    "sync": ("数据同步 SJTB", "sync"),
}
CHECKS = {
    "subject": "主体信息有误",
    "over_reported": "接入多报",
    "under_reported": "接入少报",
    "empty": "空壳网站",
    "alive": "网站未存活",
}
ACTIONS = {"0": "列入", "1": "修改", "2": "移出"}
SYNCS = {"filings": "备案数据", "codes": "基础代码"}
# Tag of a download group -> what it is.
GROUPS = {
    "BAJG": "备案结果",
    "BASJ": "备案数据",
    "ZXSJ": "注销数据",
    "HMDLB": "黑名单",
    "FFJRHMD": "非法接入",
    "WBAWZLB": "未备案网站",
    "HSRW": "核实任务",
    "HCJG": "核查结果",
    "XGTZ": "整改通知",
    "JCDM": "基础代码",
    "SJTB": "数据同步",
    "RAW": "原始字节",
}
METHODS = {
    "isp_upload": "上报",
    "isp_download": "下载",
    "isp_downloadack": "下载确认",
    "isp_querypreviousupload": "查上次上报",
    "isp_querybeianstatus": "查是否备案",
    "isp_verifybamm": "验备案密码",
    "wsdl": "读接口描述",
    "check": "校验文件",
    "initiative": "主动下发",
    "scene": "换场景",
}
OPTIONS = {
    "repeat": "已受理的编号再次上报",
    "more_file_code": "下载后还有文件的代码",
    "last_file_code": "下载最后一个文件的代码",
    "empty_code": "没有可下载文件的代码",
    "ack_code": "下载确认的代码",
    "previous": "上次文件怎样返回",
    "previous_name": "上次文件的名称",
    "previous_none": "没有上次文件时",
    "answer_style": "应答的样式",
    "bamm_form": "备案密码以何种形式核对",
    "bamm_number": "核对备案密码用哪种备案号",
    "password_tries": "备案密码可错几次",
    "max_waiting_files": "最多几个文件待审（代码 15）",
    "hours": "报备时间（代码 20）",
    "hours_for": "报备时间限制哪些方法",
    "standing": "报备单位的状态（1053、1054）",
    "operations": "单位可办的业务（5009）",
    "strict_province": "外省主体是否退回（1045）",
    "filing_password": "备案密码",
    "password_case": "密码哈希的大小写",
    "password_charset": "密码的字符集",
    "password_asked": "哪些业务核对密码",
    "change_unnamed": "变更未列出的网站",
    "max_changes": "同时可有几件变更（1051）",
    "old_system": "原系统在办的备案号（1052）",
    "address_ranges": "单位报过的 IP 段（1063）",
    "address_result": "是否告知 IP 比对成功（1062）",
    "mobile_limit": "一个手机号可用于几个主体（1007）",
    "unique_site_names": "网站名称是否须唯一（1020）",
    "image_limit": "图片大小按什么算（5010）",
    "check_reasons": "是否核对理由代码（1026、5007）",
    "bundle": "一个下载文件几条",
    "order": "结果与数据的先后",
    "results": "怎样告知决定",
    "bs_form": "结果以什么为标识",
    "omit": "结果中省略",
    "filed_part": "备案数据是否完整",
    "silent": "是否什么都不告知（结论丢失）",
    "share_filed": "是否告知其他接入单位",
    "access_cancelled": "怎样告知取消接入",
    "quiet_success": "哪些业务成功不告知",
    "strict_download": "结果是否合下载规范",
    "download_encoding": "下载文件的编码",
}
