"""SOAP 1.1 envelopes, read and written as a JAX-WS server does."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from simulator.dialects import METHODS, SERVICES, Dialect

SOAP_NS = "http://schemas.xmlsoap.org/soap/envelope/"


class SoapFault(Exception):
    """The call cannot be understood; answered as a SOAP fault with HTTP 500."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Call:
    """One method call by canonical parameter names; what stood in a wrong namespace is absent."""

    method: str
    values: dict[str, str]

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def number(self, name: str) -> int:
        """A number that cannot be read counts as 0, which is what a Java primitive becomes."""
        try:
            return int(self.values.get(name, "0").strip())
        except ValueError:
            return 0


def read_call(body: bytes, dialect: Dialect, path: str) -> Call:
    """Raises: SoapFault."""
    # huge_tree: a full data file is one text node of 67 MB; the server bounded the body before.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SoapFault("Client", f"Couldn't parse the message: {error}") from error
    if root.tag != f"{{{SOAP_NS}}}Envelope":
        raise SoapFault("VersionMismatch", "not a SOAP 1.1 envelope")
    wrapper = root.find(f"{{{SOAP_NS}}}Body/*")
    if wrapper is None:
        raise SoapFault("Client", "the body is empty")
    name = etree.QName(wrapper)
    if name.namespace != dialect.namespace or name.localname not in SERVICES[path][1]:
        raise SoapFault("Client", f"Cannot find dispatch method for {{{name.namespace}}}{name.localname}")
    space = f"{{{dialect.namespace}}}" if dialect.qualified else ""
    given = {child.tag: child.text or "" for child in wrapper}
    values = {}
    for position, (canonical, _) in enumerate(METHODS[name.localname]):
        tag = space + dialect.parameter(canonical, position)
        if tag in given:
            values[canonical] = given[tag]
    return Call(name.localname, values)


def write_answer(dialect: Dialect, method: str, text: str) -> bytes:
    envelope, body = _envelope()
    response = etree.SubElement(
        body, f"{{{dialect.namespace}}}{method}Response", nsmap={dialect.prefix: dialect.namespace}
    )
    space = f"{{{dialect.namespace}}}" if dialect.qualified else ""
    etree.SubElement(response, f"{space}return").text = text
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def write_fault(fault: SoapFault) -> bytes:
    envelope, body = _envelope()
    part = etree.SubElement(body, f"{{{SOAP_NS}}}Fault")
    etree.SubElement(part, "faultcode").text = f"S:{fault.code}"
    etree.SubElement(part, "faultstring").text = fault.text
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _envelope() -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{{{SOAP_NS}}}Envelope", nsmap={"S": SOAP_NS})
    return envelope, etree.SubElement(envelope, f"{{{SOAP_NS}}}Body")
