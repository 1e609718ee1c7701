"""Reading one schema file: safely, in whatever encoding it came, with its local includes put in place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"

#: A schema file has some hundred kilobytes at most; more than this is not one.
MAX_BYTES = 8_000_000

_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")


class XsdUnusable(Exception):
    """A schema file cannot be used: it is missing, not XML, or not a valid schema.

    The caller stops and shows it to whoever put the file there; nothing is sent unchecked instead.
    """

    def __init__(self, path: Path, message: str, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.message = message
        place = f"{path.name} 第 {line} 行" if line else path.name
        super().__init__(f"XSD 文件无法使用：{place}：{message}")


def read_schema(path: Path) -> etree._Element:
    """Read a schema file and put the files that it includes in the place of their xs:include.

    Shape: one xs:schema element without xs:include: compiling it opens no further file and no address.
    Raises: XsdUnusable.
    """
    root = _read(path)
    _replace_includes(root, path, {path.resolve()})
    return root


def line_of(node: etree._Element) -> int | None:
    """The line on which an element begins; None for one that was not parsed."""
    return cast("int | None", node.sourceline) or None


def _replace_includes(root: etree._Element, path: Path, seen: set[Path]) -> None:
    for node in list(root):
        if node.tag in (XS + "import", XS + "redefine") and node.get("schemaLocation"):
            message = f"不支持 {etree.QName(node).localname}，只能使用 include"
            raise XsdUnusable(path, message, line_of(node))
        if node.tag != XS + "include":
            continue
        location = node.get("schemaLocation") or ""
        target = path.parent / location
        # A name only: no folder, no address. What a bureau issues lies side by side.
        if not location or Path(location).name != location or "\\" in location or ":" in location:
            message = f"include 只能指向同一文件夹中的文件，不能是“{location}”"
            raise XsdUnusable(path, message, line_of(node))
        root.remove(node)
        if target.resolve() in seen:
            continue
        seen.add(target.resolve())
        included = _read(target)
        _replace_includes(included, target, seen)
        root.extend(child for child in included if _is_component(child))


def _is_component(node: etree._Element) -> bool:
    return isinstance(node.tag, str) and node.tag != XS + "annotation"


def _read(path: Path) -> etree._Element:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise XsdUnusable(path, f"文件超过 {MAX_BYTES} 字节，不是接口的 XSD 文件")
        data = path.read_bytes()
    except OSError as error:
        raise XsdUnusable(path, f"无法读取（{error.strerror}）") from error
    root = _parse(path, data)
    if root.tag != XS + "schema":
        raise XsdUnusable(path, "根元素不是 xs:schema", line_of(root))
    return root


def _parse(path: Path, data: bytes) -> etree._Element:
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        # Issued files are GBK; some say UTF-8, or nothing, all the same.
        text = _decode_gbk(data)
        if text is None:
            raise XsdUnusable(path, f"不是格式良好的 XML（{error.msg}）", error.lineno) from error
        try:
            root = etree.fromstring(text, _parser())
        except etree.XMLSyntaxError as second:
            raise XsdUnusable(path, f"不是格式良好的 XML（{second.msg}）", second.lineno) from second
    if root.getroottree().docinfo.internalDTD is not None:
        raise XsdUnusable(path, "含有 DOCTYPE 声明，不予接受", 1)
    return root


def _decode_gbk(data: bytes) -> bytes | None:
    """The bytes as UTF-8 without their declaration, or None where they are not GBK."""
    try:
        return _DECLARATION.sub(b"", data.removeprefix(b"\xef\xbb\xbf")).decode("gb18030").encode("utf-8")
    except UnicodeDecodeError:
        return None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
