"""Documents made from what a schema declares: the smallest and the fullest, for tests that change one thing."""

from __future__ import annotations

from lxml import etree

from xsd import Element


def build(declared: Element, *, full: bool = False, through: str = "", path: str = "") -> etree._Element:
    """A valid document. `through` is a path that it must contain; `full` takes everything optional along."""
    here = f"{path}/{declared.tag}"
    node = etree.Element(declared.tag)
    for attribute in declared.required_attributes:
        node.set(attribute, "V.3.0")
    if not declared.group:
        node.text = smallest_value(declared)
        return node
    children = declared.children
    if declared.group == "choice":
        wanted = (child for child in children if f"{through}/".startswith(f"{here}/{child.tag}/"))
        children = (next(wanted, children[0]),)
    for child in children:
        is_on_the_way = f"{through}/".startswith(f"{here}/{child.tag}/")
        if child.min_occurs or full or is_on_the_way:
            node.append(build(child, full=full, through=through, path=here))
    return node


def smallest_value(declared: Element) -> str:
    facets = declared.facets
    if declared.base == "long":
        return facets.get("minInclusive", "0")
    if declared.base == "base64Binary":
        return "QUJD"
    return "x" * max(1, int(facets.get("minLength", facets.get("length", "1"))))


def at(root: etree._Element, path: str) -> etree._Element:
    """The first element of a path that begins with the root's tag."""
    node = root.find("/".join([".", *path.strip("/").split("/")[1:]]))
    assert node is not None, path
    return node
