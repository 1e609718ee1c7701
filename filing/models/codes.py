from __future__ import annotations

from django.db import models

from filing.code_tables import CodeOrigin, CodeTable


class CodeEntry(models.Model):
    """One row of one base-code table.

    Rows are never deleted: filings keep pointing at old codes, so a code that fell out of use has `is_valid`
    False (tag Sfyx) and is still known by name. Written only by `filing.services.codes`.

    Spec: V.3.0 download schema, JCDM: Bbdwlb/Bbdw (Id, Dwmc), Jcdm_xx/*_dms (Id, Mc, Bz, Sfyx; Zxly_xx has Nr
    and Wbacl_xx has Ztmc in place of Mc, Wbacl_xx lacks Sfyx, Yjfk_Wtfl_xx has Fl1 and Fl2).
    `code` is Id, never Ysid: uploads carry the number, not the bit.
    """

    table = models.CharField("代码表", max_length=40, choices=CodeTable.choices)
    code = models.BigIntegerField("代码")
    name = models.CharField("名称", max_length=255)
    # certificate_of_nature: nature (Dwflid); server_location: province (Shengid); region: the region above;
    # attachment_purpose: kind of owner (Ssdxlx as the bureau sends it). Elsewhere empty.
    parent = models.BigIntegerField("上级代码", null=True, blank=True)
    is_valid = models.BooleanField("有效", default=True)
    origin = models.CharField("来源", max_length=16, choices=CodeOrigin.choices, default=CodeOrigin.BUILTIN)
    confidence = models.CharField("可信度", max_length=16, blank=True)
    initials = models.CharField("拼音首字母", max_length=255, blank=True)
    note = models.CharField("备注", max_length=255, blank=True)

    class Meta:
        app_label = "filing"
        verbose_name = verbose_name_plural = "基础代码"
        ordering = ("table", "code")
        constraints = (
            # Most tables have no parent: if nulls were distinct, the database would let their codes repeat.
            models.UniqueConstraint(
                fields=("table", "code", "parent"),
                name="code_entry_once",
                nulls_distinct=False,
            ),
        )
        indexes = (models.Index(fields=("table", "is_valid"), name="code_entry_table_valid"),)

    def __str__(self) -> str:
        return f"{self.table} {self.code} {self.name}"
