"""Filed data. Spec: V.3.0 download schema, ICP/BASJ/Baxx."""

from __future__ import annotations

from lxml import etree

from filing.filed_data import AccessData, DomainData, PersonData, RangeData, SubjectData, WebsiteData
from reporting.readers import elements
from reporting.readers.elements import moment, number, numbers, required_number, required_text, text


def read_subject(node: etree._Element) -> SubjectData:
    """Read one Baxx: the subject and all its websites. Raises: elements.Unreadable naming the tag."""
    subject = elements.required_part(node, "Zt_xx")
    address = elements.required_part(subject, "Txdz")
    certificate = elements.required_part(subject, "Zj")
    return SubjectData(
        bureau_id=required_number(subject, "Ztid"),
        own_id=number(subject, "IspZtid"),
        number=text(subject, "Baxh"),
        name=required_text(subject, "Dwmc"),
        nature=number(subject, "Dwxz"),
        investor=text(subject, "Tzr"),
        province=required_number(address, "Shengid"),
        city=number(address, "Shiid"),
        county=number(address, "Xianid"),
        address_detail=text(address, "Xxdz"),
        certificate_type=required_number(certificate, "Zjlx"),
        certificate_number=required_text(certificate, "Zjhm"),
        certificate_address=text(certificate, "Zjzs"),
        filed_by=number(subject, "Bbyhlx"),
        remarks=text(subject, "Bz"),
        responsible=read_person(subject.find("Fzr")),
        websites=tuple(_website(each) for each in elements.children(node, "Wz_xx")),
        first_filed_at=moment(subject, "Scbbsj"),
        last_modified_at=moment(subject, "Zjxgsj"),
    )


def read_person(node: etree._Element | None) -> PersonData:
    """Read a Fzr or Wz_Fzr; what is missing is empty."""
    if node is None:
        return PersonData()
    return PersonData(
        name=text(node, "Fzr_xm"),
        office_phone=text(node, "Fzr_dhhm"),
        mobile=text(node, "Fzr_sjhm"),
        email=text(node, "Fzr_dzyj"),
        msn=text(node, "Msn"),
        qq=text(node, "Qq"),
        certificate_type=number(node, "Fzr_zjlx"),
        certificate_number=text(node, "Fzr_zjhm"),
    )


def _website(node: etree._Element) -> WebsiteData:
    return WebsiteData(
        bureau_id=required_number(node, "Wzid"),
        own_id=number(node, "IspWzid"),
        number=text(node, "Baxh"),
        name=required_text(node, "Wzmc"),
        home_url=text(node, "Syurl"),
        remarks=text(node, "Wz_Bz"),
        service_contents=numbers(node, "Fwnr/Fwnr_id"),
        languages=numbers(node, "Yylb/Yylb_id"),
        pre_approvals=tuple(
            {"type": number(each, "Nrlx_id"), "number": text(each, "Qzsph")}
            for each in node.findall("Nrlx/Nrlx_xx")
        ),
        domains=tuple(
            DomainData(
                name=required_text(each, "Ym"), bureau_id=number(each, "Ymid"), own_id=number(each, "IspYmid")
            )
            for each in elements.children(node, "Ym_xx")
        ),
        accesses=tuple(_access(each) for each in elements.children(node, "Jr_xx")),
        responsible=read_person(node.find("Wz_Fzr")),
        first_filed_at=moment(node, "Scbbsj"),
        last_modified_at=moment(node, "Zjxgsj"),
    )


def _access(node: etree._Element) -> AccessData:
    return AccessData(
        bureau_id=required_number(node, "Jrid"),
        own_id=number(node, "IspJrid"),
        provider_id=number(node, "Ispid"),
        server_locations=numbers(node, "Wzfb/Fbdd"),
        methods=numbers(node, "Wzjrfs/Jrfs"),
        ranges=tuple(
            RangeData(
                start=required_number(each, "Qsip"),
                end=required_number(each, "Zzip"),
                bureau_id=number(each, "Ipid"),
                own_id=number(each, "IspIpid"),
            )
            for each in elements.children(node, "Ip_xx")
        ),
    )
