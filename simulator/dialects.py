"""How deployments differ on the wire: namespace, spelling of parameters, qualification, where types stand."""

from __future__ import annotations

from dataclasses import dataclass

CREDENTIALS = ("ispId", "userName", "randVal", "pwdHash")

# method -> parameters in the order of the interface, with their XML types
METHODS: dict[str, tuple[tuple[str, str], ...]] = {
    "isp_upload": (
        *((name, "long" if name == "ispId" else "string") for name in CREDENTIALS),
        ("beianInfo", "string"),
        ("beianInfoHash", "string"),
        ("dataSequence", "long"),
        ("encryptAlgorithm", "int"),
        ("hashAlgorithm", "int"),
        ("compressionFormat", "int"),
    ),
    "isp_download": (
        *((name, "long" if name == "ispId" else "string") for name in CREDENTIALS),
        ("hashAlgorithm", "int"),
    ),
    "isp_downloadack": (
        *((name, "long" if name == "ispId" else "string") for name in CREDENTIALS),
        ("hashAlgorithm", "int"),
        ("fileName", "string"),
    ),
    "isp_querypreviousupload": (
        *((name, "long" if name == "ispId" else "string") for name in CREDENTIALS),
        ("hashAlgorithm", "int"),
    ),
    "isp_querybeianstatus": (
        *((name, "long" if name == "ispId" else "string") for name in CREDENTIALS),
        ("hashAlgorithm", "int"),
        ("queryConditionType", "int"),
        ("queryCondition", "string"),
    ),
    "isp_verifybamm": (
        *((name, "long" if name == "ispId" else "string") for name in CREDENTIALS),
        ("hashAlgorithm", "int"),
        ("baxh", "string"),
        ("bamm", "string"),
    ),
}

# path -> (service name, methods)
SERVICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "/ISPWebService/upDownLoad": (
        "UpDownLoadService",
        ("isp_upload", "isp_download", "isp_downloadack", "isp_querypreviousupload"),
    ),
    "/BeianStatusWebService/queryBeianStatus": ("QueryBeianStatusService", ("isp_querybeianstatus",)),
    "/BeianStatusWebService/verifyBamm": ("VerifyBammService", ("isp_verifybamm",)),
}


@dataclass(frozen=True)
class Dialect:
    """spelling: plain | upper_id | numbered. own_address: the WSDL names the address it was asked at.
    split: port type and messages stand in a second WSDL that the first one imports, as JAX-WS writes it when
    interface and implementation have different namespaces.
    """

    name: str
    namespace: str
    spelling: str = "plain"
    qualified: bool = False
    imported_types: bool = False
    own_address: bool = False
    split: bool = False
    prefix: str = "ns2"

    def parameter(self, canonical: str, position: int) -> str:
        if self.spelling == "numbered":
            return f"arg{position}"
        if self.spelling == "upper_id" and canonical == "ispId":
            return "ispID"
        return canonical


INNER_HOST = "http://10.20.30.40:8080"

DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect("jaxws", "http://webservice.bureau.example/", imported_types=True),
        Dialect(
            "upper", "http://service.icp.bureau.example/v3", spelling="upper_id", qualified=True, prefix="tns"
        ),
        Dialect("numbered", "http://impl.ws.bureau.example/", spelling="numbered", prefix="S2"),
        Dialect(
            "open",
            "urn:bureau:icp",
            spelling="upper_id",
            qualified=True,
            imported_types=True,
            own_address=True,
        ),
        Dialect("split", "http://service.bureau.example/", split=True, imported_types=True),
    )
}
