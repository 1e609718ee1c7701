"""Writes the WSDL and schema of a service in a dialect, as JAX-WS servers publish them."""

from __future__ import annotations

from simulator.dialects import INNER_HOST, METHODS, SERVICES, Dialect

XS = "http://www.w3.org/2001/XMLSchema"


def write_wsdl(dialect: Dialect, path: str, base_url: str) -> str:
    """Shape: WSDL 1.1, document/literal wrapped, one port. base_url is the address the client came to."""
    service, methods = SERVICES[path]
    address = (base_url if dialect.own_address else INNER_HOST) + path
    if dialect.imported_types:
        # Relative to the WSDL, so that it is found behind any address.
        location = f"{base_url}{path}?xsd=1"
        types = (
            f'<xsd:schema xmlns:xsd="{XS}"><xsd:import namespace="{dialect.namespace}" '
            f'schemaLocation="{location}"/></xsd:schema>'
        )
    else:
        types = write_schema(dialect, path, declaration=False)
    messages = "".join(
        f'<message name="{name}"><part name="parameters" element="tns:{name}"/></message>'
        for method in methods
        for name in (method, f"{method}Response")
    )
    operations = "".join(
        f'<operation name="{method}"><input message="tns:{method}"/><output message="tns:{method}Response"/>'
        "</operation>"
        for method in methods
    )
    bindings = "".join(
        f'<operation name="{method}"><soap:operation soapAction=""/>'
        '<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>'
        for method in methods
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" '
        'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        f'xmlns:tns="{dialect.namespace}" targetNamespace="{dialect.namespace}" name="{service}">'
        f"<types>{types}</types>{messages}"
        f'<portType name="{service}Port">{operations}</portType>'
        f'<binding name="{service}PortBinding" type="tns:{service}Port">'
        '<soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>'
        f"{bindings}</binding>"
        f'<service name="{service}"><port name="{service}Port" binding="tns:{service}PortBinding">'
        f'<soap:address location="{address}"/></port></service></definitions>'
    )


def write_schema(dialect: Dialect, path: str, *, declaration: bool = True) -> str:
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
    head = '<?xml version="1.0" encoding="UTF-8"?>' if declaration else ""
    return (
        f'{head}<xs:schema xmlns:xs="{XS}" xmlns:tns="{dialect.namespace}" '
        f'targetNamespace="{dialect.namespace}" elementFormDefault="{form}" version="1.0">'
        f"{''.join(parts)}</xs:schema>"
    )


def _parameter(dialect: Dialect, canonical: str, xml_type: str, *, position: int) -> str:
    name = dialect.parameter(canonical, position)
    occurs = ' minOccurs="0"' if xml_type == "string" else ""
    return f'<xs:element name="{name}" type="xs:{xml_type}"{occurs}/>'
