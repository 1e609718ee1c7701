"""Turning bytes from outside into a tree: without entities, without the network, of bounded size.

Documents of the interface are GBK and say so. `parse` takes a document only as it declares itself;
`parse_leniently` is for what the bureau hands out, where old data holds bytes that strict GBK lacks.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import Any, cast

from lxml import etree

#: The largest document that is taken unless the caller says otherwise: the interface stops at 50 MB.
MAX_BYTES = 60_000_000

#: Encodings in which markup is plain ASCII, so that a DOCTYPE cannot hide from `_refuse_doctype`.
_CODECS = {
    "gbk": "gbk",
    "cp936": "gbk",
    "gb2312": "gb2312",
    "gb18030": "gb18030",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
}

# libxml2 stops at ten million bytes in one text unless told that the size was looked at.
_PLAIN_LIMIT = 9_000_000

_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]*\?>")
_ENCODING = re.compile(rb"""\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORBIDDEN_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));")

_SYNTAX = {
    "ERR_DOCUMENT_EMPTY": "文件是空的，或者不是 XML",
    "ERR_DOCUMENT_END": "根元素结束之后还有多余内容，请删除",
    "ERR_TAG_NAME_MISMATCH": "开始标签与结束标签不一致",
    "ERR_TAG_NOT_FINISHED": "有标签没有结束，文件可能不完整",
    "ERR_GT_REQUIRED": "标签没有写完，缺少“>”",
    "ERR_LTSLASH_REQUIRED": "缺少结束标签",
    "ERR_NAME_REQUIRED": "“<”或“&”之后不是名称；正文中的这两个字符要写成 &lt; 和 &amp;",
    "ERR_ENTITYREF_SEMICOL_MISSING": "“&”没有写成 &amp;，或者实体缺少分号",
    "ERR_UNDECLARED_ENTITY": "使用了没有定义的实体，请改成字符本身",
    "ERR_INVALID_CHAR": "含有 XML 不允许的控制字符，请删除",
    "ERR_INVALID_CHARREF": "字符引用指向 XML 不允许的字符，请删除",
    "ERR_ATTRIBUTE_NOT_STARTED": "属性值没有加引号",
    "ERR_ATTRIBUTE_REDEFINED": "同一个属性写了两次",
    "ERR_RESERVED_XML_NAME": "XML 声明必须在文件的最开头，前面不能有空行或空格",
    "ERR_RESOURCE_LIMIT": "嵌套过深或单项内容过大",
    "NS_ERR_UNDEFINED_NAMESPACE": "使用了没有定义的名称前缀",
}


class NotWellFormed(Exception):
    """The bytes are no document that is taken. `rule` tells why by name, `message` in words for staff."""

    def __init__(self, line: int, message: str, rule: str = "not_well_formed") -> None:
        self.line = line
        self.message = message
        self.rule = rule
        super().__init__(f"第 {line} 行：{message}")


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._ElementTree:
    """Parse a document as it declares itself.

    Raises: NotWellFormed with rule "too_big", "dtd" (a DOCTYPE), "bad_encoding" (the bytes are not what the
    declaration says) or "not_well_formed".
    """
    _refuse_oversize(data, max_bytes)
    encoding = declared_encoding(data)
    if encoding.lower() not in _CODECS:
        message = f'声明的编码“{encoding}”不受支持，请用 GBK 编码并声明 encoding="GBK"'
        raise NotWellFormed(1, message, "bad_encoding")
    _refuse_doctype(data)
    parser = _parser(len(data))
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _explain(data, encoding, parser, error) from error
    return root.getroottree()


def parse_leniently(data: bytes, *, max_bytes: int = MAX_BYTES) -> tuple[etree._ElementTree, str]:
    """Parse what came in, whatever its bytes: the tree, and what had to be overlooked ("" if nothing).

    Bytes that the declared encoding lacks are read as GB18030, 0x80 as the euro sign; what is no character
    even so, and control characters, become U+FFFD. Lines keep their numbers.
    Raises: NotWellFormed as `parse`, but not for encodings or control characters.
    """
    try:
        return parse(data, max_bytes=max_bytes), ""
    except NotWellFormed as error:
        if error.rule in ("too_big", "dtd"):
            raise
    _refuse_doctype(data)
    text, remark = _decode(data)
    cleaned = _FORBIDDEN_REFERENCE.sub("\ufffd", _FORBIDDEN.sub("\ufffd", text))
    if cleaned != text:
        remark = f"{remark}；控制字符已替换".lstrip("；")
    parser = _parser(len(data))
    body = cleaned.encode("utf-8")
    try:
        return etree.fromstring(body, parser).getroottree(), remark
    except etree.XMLSyntaxError as error:
        raise _explain(body, "utf-8", parser, error) from error


def declared_encoding(data: bytes) -> str:
    """The encoding that the XML declaration names; UTF-8 where it names none, as XML has it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        return "UTF-16"
    declaration = _DECLARATION.match(data, len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)
    encoding = _ENCODING.search(declaration[0]) if declaration else None
    return encoding[1].decode("ascii") if encoding else "UTF-8"


def _parser(size: int) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=size > _PLAIN_LIMIT,
        remove_blank_text=False,
    )


def _refuse_oversize(data: bytes, max_bytes: int) -> None:
    if len(data) > max_bytes:
        raise NotWellFormed(1, f"文件超过 {max_bytes} 字节，没有读取", "too_big")


def _refuse_doctype(data: bytes) -> None:
    """Look before parsing: with a DOCTYPE even a harmless-looking parser expands entities in attributes."""
    position = 0
    while True:
        position += len(data[position : position + 1024]) - len(data[position : position + 1024].lstrip())
        if data.startswith(codecs.BOM_UTF8, position):
            position += len(codecs.BOM_UTF8)
        elif data.startswith(b"<?", position):
            position = _after(data, b"?>", position)
        elif data.startswith(b"<!--", position):
            position = _after(data, b"-->", position)
        elif data.startswith(b"<!DOCTYPE", position):
            raise NotWellFormed(
                data.count(b"\n", 0, position) + 1, "含有 DOCTYPE 声明，接口不允许，请删除", "dtd"
            )
        elif not data[position : position + 1].isspace():
            return


def _after(data: bytes, mark: bytes, start: int) -> int:
    found = data.find(mark, start)
    return len(data) if found < 0 else found + len(mark)


def _decode(data: bytes) -> tuple[str, str]:
    """Text without its declaration, and a remark on how it was read."""
    body = _DECLARATION.sub(b"", data.removeprefix(codecs.BOM_UTF8), count=1)
    encoding = declared_encoding(data)
    declared = _CODECS.get(encoding.lower())
    # Text that is right as UTF-8 is UTF-8, whatever it says: GBK text practically never is by chance.
    for codec, name in ((declared, ""), ("utf-8", "UTF-8"), ("gb18030", "GB18030")):
        try:
            text = body.decode(codec or "ascii")
        except UnicodeDecodeError:
            continue
        return text, f"不是声明的 {encoding}，按 {name} 读取" if name else ""
    return body.decode("gb18030", "icp-lenient"), f"含有 {encoding} 没有的字节，已替换"


def _replace_stray(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "€" if error.object[error.start] == 0x80 else "\ufffd", error.start + 1


codecs.register_error("icp-lenient", _replace_stray)


def _explain(
    data: bytes, encoding: str, parser: etree.XMLParser, error: etree.XMLSyntaxError
) -> NotWellFormed:
    try:
        data.decode(_CODECS[encoding.lower()])
    except UnicodeDecodeError as stray:
        at = data.count(b"\n", 0, stray.start) + 1
        if _is_utf8(data):
            message = f"内容是 UTF-8，声明的却是 {encoding}，请按 GBK 保存"
            return NotWellFormed(at, message, "bad_encoding")
        found = " ".join(f"{byte:02X}" for byte in data[stray.start : stray.start + 2])
        message = (
            f'内容与声明的编码 {encoding} 不一致（此行有字节 {found}），请按 GBK 保存并声明 encoding="GBK"'
        )
        return NotWellFormed(at, message, "bad_encoding")
    first = next(iter(cast("Iterable[Any]", parser.error_log)), None)
    name: str = first.type_name if first is not None else ""
    line: int = (first.line if first is not None else error.lineno) or 1
    if name in ("ERR_INVALID_ENCODING", "ERR_UNSUPPORTED_ENCODING"):
        return NotWellFormed(line, f"内容与声明的编码 {encoding} 不一致", "bad_encoding")
    return NotWellFormed(line, _SYNTAX.get(name, f"不是格式良好的 XML（{error.msg}）"))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
