"""The base-code tables that forms choose from, under names of our own.

Values travel in XML and belong to the bureau; only the names of the tables are ours.
"""

from __future__ import annotations

from django.db import models


class CodeTable(models.TextChoices):
    """One table of base codes; the comment behind each names the list it is downloaded in.

    Spec: V.3.0 download schema, JCDM/Jcdm_xx.
    """

    CERTIFICATE_TYPE = "certificate_type", "证件类型"  # Zjlx_dms
    PERSON_CERTIFICATE_TYPE = "person_certificate_type", "负责人证件类型"  # no list of its own
    CERTIFICATE_OF_NATURE = "certificate_of_nature", "单位性质适用证件"  # Zjlx_dms, Dwflid
    NATURE = "nature", "单位性质"  # Dwxz_dms
    SERVICE_CONTENT = "service_content", "网站服务内容"  # Wzfwlx_dms
    LANGUAGE = "language", "网站语言类别"  # Yylb_dms
    ACCESS_METHOD = "access_method", "网站接入方式"  # Wzjrfs_dms
    SERVER_LOCATION = "server_location", "服务器放置地点"  # Gj_dms: its two ids are those of Fbdd
    PRE_APPROVAL_TYPE = "pre_approval_type", "前置审批内容类型"  # Wzjylx_dms
    ATTACHMENT_PURPOSE = "attachment_purpose", "附件用途"  # Fjytlx_dms
    ATTACHMENT_FORMAT = "attachment_format", "附件文件格式"  # Fjwjgs_dms
    CANCEL_REASON = "cancel_reason", "注销理由"  # Zxly_dms
    UNFILED_HANDLING = "unfiled_handling", "未备案网站处理结果"  # Wbacl_dms
    UNIT_CLASS = "unit_class", "单位分类"  # Dwfl_dms
    INDUSTRY = "industry", "单位行业分类"  # Hyfl_dms
    DOMAIN_TYPE = "domain_type", "域名类型"  # Ymlx_dms
    VERIFICATION_OPINION = "verification_opinion", "核实意见"  # Hsyj_dms
    ADMIN_LEVEL = "admin_level", "行政级别"  # Xzjb_dms
    FEEDBACK_CLASS = "feedback_class", "意见反馈分类"  # Yjfk_Wtfls
    REPORTING_UNIT = "reporting_unit", "报备单位"  # Bbdwlb
    REGION = "region", "行政区划"  # Qy_dms


class CodeOrigin(models.TextChoices):
    """Where a row came from. Only tables with a row that is not BUILTIN may refuse a code."""

    BUILTIN = "builtin", "内置"
    DOWNLOADED = "downloaded", "管局下发"
    IMPORTED = "imported", "人工导入"
