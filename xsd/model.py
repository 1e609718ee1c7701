"""What a schema file declares, as a tree of elements: labels for people, occurrence and bounds for checks."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from lxml import etree

from .documents import XS
from .kinds import DEFAULT_VERSION, Kind
from .loader import Loaded, load

_DEPTH = 40
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MODELS = ("sequence", "all", "choice")
_POSITION = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Element:
    """One declared element.

    Shape: `group` is "sequence", "all" or "choice" where it has children, else "". `max_occurs` None is
    without bound. `base` is the built-in type of a value ("long", "string", "base64Binary", "anyType"),
    `facets` its bounds by XSD name ("maxLength" …), as text. `is_exact` is False where the declaration holds
    more than this tree can say.
    """

    tag: str
    label: str
    min_occurs: int = 1
    max_occurs: int | None = 1
    group: str = ""
    children: tuple[Element, ...] = ()
    base: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    required_attributes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    is_exact: bool = True

    @property
    def is_repeatable(self) -> bool:
        return self.max_occurs is None or self.max_occurs > 1

    def child(self, tag: str) -> Element | None:
        """The declared child of this tag, or None."""
        return next((child for child in self.children if child.tag == tag), None)

    def walk(self, path: str = "") -> Iterator[tuple[str, Element]]:
        """This element and all below it, each with its path ("/UploadData/ICP/…")."""
        here = f"{path}/{self.tag}"
        yield here, self
        for child in self.children:
            yield from child.walk(here)


_guard = threading.Lock()
_roots: dict[Path, Element] = {}
_labels: dict[Path, Mapping[str, str]] = {}


def model(kind: Kind, folder: Path | str | None = None, version: str = DEFAULT_VERSION) -> Element:
    """The root element of a kind of document, with everything below it; built once for each schema file.

    Labels are ours; an element that only an issued file knows has that file's own words, cut short.
    Raises: XsdUnusable, KeyError as `schema`.
    """
    loaded = load(kind, folder, version)
    own = labels(kind, version) if loaded.is_issued else {}
    with _guard:
        if loaded.path not in _roots:
            _roots[loaded.path] = _relabel(_Reader(loaded).root(kind), "", own)
        return _roots[loaded.path]


def labels(kind: Kind, version: str = DEFAULT_VERSION) -> Mapping[str, str]:
    """Chinese form labels by path without positions: "/UploadData/ICP/…/Zt_xx/Dwmc" → "主办单位名称"."""
    loaded = load(kind, folder="", version=version)
    with _guard:
        if loaded.path not in _labels:
            root = _Reader(loaded).root(kind)
            _labels[loaded.path] = MappingProxyType({path: element.label for path, element in root.walk()})
        return _labels[loaded.path]


def label_for(path: str, kind: Kind | None = None, version: str = DEFAULT_VERSION) -> str:
    """The label of one element, by a path with or without positions and leading slash.

    The kind is told by the root tag; answers need it said. A path that is not declared gives its last tag.
    """
    plain = "/" + _POSITION.sub("", path).strip("/")
    if kind is None:
        kind = Kind.DOWNLOAD if plain.startswith("/" + Kind.DOWNLOAD.root) else Kind.UPLOAD
    return labels(kind, version).get(plain, plain.rsplit("/", 1)[-1])


def _relabel(element: Element, path: str, own: Mapping[str, str]) -> Element:
    here = f"{path}/{element.tag}"
    children = tuple(_relabel(child, here, own) for child in element.children)
    return replace(element, label=own.get(here, element.label), children=children)


class _Reader:
    """Resolves named types, groups and references of one schema file."""

    def __init__(self, loaded: Loaded) -> None:
        self.components = {
            (etree.QName(node).localname, node.get("name")): node
            for node in loaded.root
            if isinstance(node.tag, str) and node.get("name")
        }

    def root(self, kind: Kind) -> Element:
        return self._element(self.components["element", kind.root], 0)

    def _named(self, kind: str, name: str | None) -> etree._Element | None:
        return self.components.get((kind, name.split(":")[-1])) if name else None

    def _element(self, node: etree._Element, depth: int) -> Element:
        low, high = _occurs(node)
        target = self._named("element", node.get("ref"))
        if target is not None:
            return replace(self._element(target, depth), min_occurs=low, max_occurs=high)
        tag = node.get("name") or (node.get("ref") or "").split(":")[-1]
        bare = Element(tag, _label(node) or tag, low, high)
        if depth > _DEPTH:
            return replace(bare, base="anyType", is_exact=False)
        complex_type = _or(node.find(XS + "complexType"), self._named("complexType", node.get("type")))
        if complex_type is not None:
            return self._complex(bare, complex_type, depth)
        simple_type = _or(node.find(XS + "simpleType"), self._named("simpleType", node.get("type")))
        if simple_type is not None:
            base, facets, is_exact = self._simple(simple_type)
            return replace(bare, base=base, facets=MappingProxyType(facets), is_exact=is_exact)
        return replace(bare, base=(node.get("type") or "anyType").split(":")[-1])

    def _complex(self, bare: Element, node: etree._Element, depth: int) -> Element:
        declared = node.findall(XS + "attribute")
        names = tuple(attribute.get("name") or "" for attribute in declared)
        required = tuple(item.get("name") or "" for item in declared if item.get("use") == "required")
        derived = any(node.find(XS + tag) is not None for tag in ("complexContent", "simpleContent"))
        particle = next((child for child in node if _local(child) in (*_MODELS, "group")), None)
        if particle is None or derived:
            # Derivation is legal in an issued file; the compiled schema knows it, this tree does not.
            return replace(bare, base="anyType", is_exact=False)
        group, children, is_exact = self._particles(particle, depth)
        is_exact = is_exact and _occurs(particle) == (1, 1) and node.get("mixed") != "true"
        return replace(
            bare,
            group=group,
            children=children,
            attributes=names,
            required_attributes=required,
            is_exact=is_exact,
        )

    def _particles(self, node: etree._Element, depth: int) -> tuple[str, tuple[Element, ...], bool]:
        """Group, children and exactness of a model group; groups in groups are laid flat."""
        kind = _local(node)
        if kind == "group":
            target = self._named("group", node.get("ref"))
            inner = (
                next((child for child in target if _local(child) in _MODELS), None)
                if target is not None
                else None
            )
            return self._particles(inner, depth) if inner is not None else ("sequence", (), False)
        children: list[Element] = []
        is_exact = True
        for child in node:
            name = _local(child)
            if name == "element":
                children.append(self._element(child, depth + 1))
            elif name in (*_MODELS, "group"):
                inner_kind, flat, inner_exact = self._particles(child, depth)
                # A sequence in a sequence says nothing new; anything else cannot be laid flat without loss.
                is_exact = (
                    is_exact and inner_exact and inner_kind == kind == "sequence" and _occurs(child) == (1, 1)
                )
                children.extend(flat)
            elif name == "any":
                is_exact = False
        return kind, tuple(children), is_exact

    def _simple(self, node: etree._Element) -> tuple[str, dict[str, str], bool]:
        restriction = node.find(XS + "restriction")
        if restriction is None:
            return "anyType", {}, False
        base = (restriction.get("base") or "").split(":")[-1]
        parent = _or(restriction.find(XS + "simpleType"), self._named("simpleType", restriction.get("base")))
        facets: dict[str, str] = {}
        is_exact = True
        if parent is not None:
            base, facets, is_exact = self._simple(parent)
        for facet in restriction:
            name = _local(facet)
            if name in ("pattern", "enumeration"):
                is_exact = False
            elif name and name not in ("annotation", "simpleType"):
                facets[name] = facet.get("value") or ""
        return base, facets, is_exact


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _or(first: etree._Element | None, second: etree._Element | None) -> etree._Element | None:
    return first if first is not None else second


def _occurs(node: etree._Element) -> tuple[int, int | None]:
    high = node.get("maxOccurs", "1")
    return int(node.get("minOccurs", "1")), None if high == "unbounded" else int(high)


def _label(node: etree._Element) -> str:
    texts = node.findall(f"{XS}annotation/{XS}documentation")
    chosen = next((text for text in texts if text.get(_XML_LANG) == "zh"), texts[0] if texts else None)
    words = "".join(str(text) for text in chosen.itertext()).strip() if chosen is not None else ""
    return re.split(r"[，。；：,;:\s]", words, maxsplit=1)[0][:20] if len(words) > 20 else words
