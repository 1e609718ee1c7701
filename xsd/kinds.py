"""The documents of the interface, and the versions of the interface that this package describes."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import NamedTuple

#: Interface version -> folder of schema files beside this module. The next version is one more of each.
VERSIONS = {"V.3.0": "v3_0"}
DEFAULT_VERSION = "V.3.0"


class Kind(enum.StrEnum):
    """A kind of document, as a name that may be stored or typed on a command line."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    ANSWER_UPLOAD = "answer_upload"
    ANSWER_DOWNLOAD = "answer_download"
    ANSWER_ACKNOWLEDGEMENT = "answer_acknowledgement"
    ANSWER_PREVIOUS_UPLOAD = "answer_previous_upload"
    ANSWER_FILING_STATUS = "answer_filing_status"

    @property
    def root(self) -> str:
        """Tag of the document's root element."""
        return _FACTS[self].root

    @property
    def issued_name(self) -> str:
        """Name of the file that a bureau issues for this kind."""
        return _FACTS[self].issued_name

    @property
    def key_words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Words that a file name of this kind holds, and words that it must not hold."""
        return _FACTS[self].words, _FACTS[self].not_words

    @property
    def own_name(self) -> str:
        """Name of our file for this kind, in the folder of each version."""
        return f"{self.value}.xsd"


class _Facts(NamedTuple):
    root: str
    issued_name: str
    words: tuple[str, ...]
    not_words: tuple[str, ...] = ()


# The words still tell the files apart after renaming ("企业上报数据格式_V3.0.xsd", "…(1).xsd").
_FACTS = {
    Kind.UPLOAD: _Facts("UploadData", "企业上报数据格式.xsd", ("上报",), ("返回", "调用")),
    Kind.DOWNLOAD: _Facts("DownloadData", "企业下载数据格式.xsd", ("下载",), ("返回", "调用", "确认")),
    Kind.ANSWER_UPLOAD: _Facts("return", "企业上报数据方法调用返回数据格式.xsd", ("上报", "返回")),
    Kind.ANSWER_DOWNLOAD: _Facts(
        "return", "企业下载数据方法调用返回数据格式.xsd", ("下载", "返回"), ("确认",)
    ),
    Kind.ANSWER_ACKNOWLEDGEMENT: _Facts(
        "return", "企业数据下载确认方法调用返回数据格式.xsd", ("下载", "确认", "返回")
    ),
    Kind.ANSWER_PREVIOUS_UPLOAD: _Facts(
        "return", "企业最近上载数据查询方法调用返回数据格式.xsd", ("上载", "返回")
    ),
    Kind.ANSWER_FILING_STATUS: _Facts("return", "是否备案查询方法调用返回数据格式.xsd", ("备案查询", "返回")),
}


def version_folder(version: str) -> Path:
    """Folder of our schema files of one interface version.

    Raises: KeyError for a version that is not described here.
    """
    return Path(__file__).parent / VERSIONS[version]
