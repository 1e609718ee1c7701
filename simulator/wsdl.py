"""Writes the WSDL and schema of a service in a dialect, as JAX-WS servers publish them."""

from __future__ import annotations

from simulator.dialects import INNER_HOST, METHODS, SERVICES, Dialect

XS = "http://www.w3.org/2001/XMLSchema"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def write_document(dialect: Dialect, path: str, query: str, base_url: str) -> str | None:
    """What stands at path?query: the WSDL, its second part, the schema; None where nothing does.

    base_url is the address the client came to.
    """
    query = query.lower()
    if query == "wsdl":
        return write_wsdl(dialect, path, base_url)
    if query == "wsdl=1" and dialect.split:
        return HEAD + _definitions(dialect.namespace, "", _abstract(dialect, path, base_url))
    if query == "xsd=1" and dialect.imported_types:
        return HEAD + write_schema(dialect, path)
    return None


def write_wsdl(dialect: Dialect, path: str, base_url: str) -> str:
    """Shape: WSDL 1.1, document/literal wrapped, one port."""
    service = SERVICES[path][0]
    if not dialect.split:
        parts = _abstract(dialect, path, base_url) + _concrete(dialect, path, base_url)
        return HEAD + _definitions(dialect.namespace, f' name="{service}"', parts)
    imported = f'<import namespace="{dialect.namespace}" location="{base_url}{path}?wsdl=1"/>'
    return HEAD + _definitions(
        f"{dialect.namespace}impl/",
        f' name="{service}" xmlns:port="{dialect.namespace}"',
        imported + _concrete(dialect, path, base_url),
    )


def write_schema(dialect: Dialect, path: str) -> str:
    """The wrapper elements of a service; a string parameter may be absent, as JAX-WS generates it."""
    form = "qualified" if dialect.qualified else "unqualified"
    parts = []
    for method in SERVICES[path][1]:
        fields = "".join(_parameter(dialect, *item, position=at) for at, item in enumerate(METHODS[method]))
        parts.append(
            f'<xs:element name="{method}" type="tns:{method}"/>'
            f'<xs:element name="{method}Response" type="tns:{method}Response"/>'
            f'<xs:complexType name="{method}"><xs:sequence>{fields}</xs:sequence></xs:complexType>'
            f'<xs:complexType name="{method}Response"><xs:sequence>'
            '<xs:element name="return" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>'
        )
    return (
        f'<xs:schema xmlns:xs="{XS}" xmlns:tns="{dialect.namespace}" '
        f'targetNamespace="{dialect.namespace}" elementFormDefault="{form}" version="1.0">'
        f"{''.join(parts)}</xs:schema>"
    )


def _definitions(namespace: str, attributes: str, content: str) -> str:
    return (
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" '
        'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        f'xmlns:tns="{namespace}" targetNamespace="{namespace}"{attributes}>{content}</definitions>'
    )


def _abstract(dialect: Dialect, path: str, base_url: str) -> str:
    """Types, messages, port type."""
    service, methods = SERVICES[path]
    types = write_schema(dialect, path)
    if dialect.imported_types:
        types = (
            f'<xsd:schema xmlns:xsd="{XS}"><xsd:import namespace="{dialect.namespace}" '
            f'schemaLocation="{base_url}{path}?xsd=1"/></xsd:schema>'
        )
    messages = "".join(
        f'<message name="{name}"><part name="parameters" element="tns:{name}"/></message>'
        for method in methods
        for name in (method, f"{method}Response")
    )
    operations = "".join(
        f'<operation name="{method}"><input message="tns:{method}"/>'
        f'<output message="tns:{method}Response"/></operation>'
        for method in methods
    )
    return f'<types>{types}</types>{messages}<portType name="{service}Port">{operations}</portType>'


def _concrete(dialect: Dialect, path: str, base_url: str) -> str:
    """Binding and service."""
    service, methods = SERVICES[path]
    address = (base_url if dialect.own_address else INNER_HOST) + path
    port_type = f"{'port' if dialect.split else 'tns'}:{service}Port"
    operations = "".join(
        f'<operation name="{method}"><soap:operation soapAction=""/>'
        '<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>'
        for method in methods
    )
    return (
        f'<binding name="{service}PortBinding" type="{port_type}">'
        '<soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>'
        f"{operations}</binding>"
        f'<service name="{service}"><port name="{service}Port" binding="tns:{service}PortBinding">'
        f'<soap:address location="{address}"/></port></service>'
    )


def _parameter(dialect: Dialect, canonical: str, xml_type: str, *, position: int) -> str:
    name = dialect.parameter(canonical, position)
    occurs = ' minOccurs="0"' if xml_type == "string" else ""
    return f'<xs:element name="{name}" type="xs:{xml_type}"{occurs}/>'
