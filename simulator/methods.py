"""The six methods of the interface, as this bureau answers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator import judge
from simulator.answers import Answer, answer, file_infos, missing
from simulator.config import Unit
from simulator.envelope import Opened, Packed, Refused, make_zip, md5_base64, open_stored, open_upload, pack
from simulator.faults import Fault
from simulator.soap import Call

if TYPE_CHECKING:
    from simulator.bureau import Bureau

Method = Callable[["Bureau", Call, Unit, Fault | None], Answer]


def upload(bureau: Bureau, call: Call, unit: Unit, fault: Fault | None) -> Answer:
    """Raises: Refused."""
    encrypted = judge.check_algorithms(call, unit)
    sequence, last = call.number("dataSequence"), bureau.last_sequence(unit.isp_id)
    if sequence < 1:
        raise Refused(999, "dataSequence must be 1 or more")
    if sequence > last + 1:
        return missing(judge.missing_numbers(sequence, last))
    if sequence == last + 1 and bureau.is_full(unit.isp_id):
        raise Refused(15)
    opened = open_upload(call.text("beianInfo"), call.text("beianInfoHash"), unit, encrypted=encrypted)
    if sequence <= last:
        return _repeated(bureau, unit.isp_id, sequence, opened)
    if bureau.knows_entry_name(unit.isp_id, opened.entry_name):
        raise Refused(999, "the entry's name was used before")
    bureau.accept(unit, sequence, opened, encrypted=encrypted)
    return answer(0)


def download(bureau: Bureau, call: Call, unit: Unit, fault: Fault | None) -> Answer:
    """The oldest file that is not acknowledged. Raises: Refused."""
    judge.check_hash_algorithm(call)
    waiting = bureau.downloads.waiting(unit.isp_id)
    options = bureau.conduct.options(unit.isp_id)
    if not waiting:
        return answer(options.empty_code)
    packed = pack(bureau.downloads.zip_bytes(waiting[0]), unit, encrypt=unit.encrypt)
    if fault is not None and fault.kind == "wrong_hash":
        packed = Packed(packed.info, md5_base64(b"something else"), packed.encrypted)
    code = options.more_file_code if len(waiting) > 1 else options.last_file_code
    return answer(code, file_infos(packed, waiting[0].file_name))


def acknowledge(bureau: Bureau, call: Call, unit: Unit, fault: Fault | None) -> Answer:
    """A file acknowledged before counts as done. Raises: Refused."""
    judge.check_hash_algorithm(call)
    name = call.text("fileName").strip()
    if not name:
        raise Refused(21)
    delivery = bureau.downloads.find(unit.isp_id, name)
    if delivery is None:
        raise Refused(999, "no file of this name")
    if fault is None or fault.kind != "repeat_after_ack":
        bureau.downloads.acknowledge(delivery)
    form = bureau.conduct.options(unit.isp_id).ack_code
    if form == "zero":
        return answer(0)
    at_the_end = 2 if form == "queue2" else 1
    return answer(3 if bureau.downloads.waiting(unit.isp_id) else at_the_end)


def previous_upload(bureau: Bureau, call: Call, unit: Unit, fault: Fault | None) -> Answer:
    """The last accepted file; whether it comes as it was sent is an option. Raises: Refused."""
    judge.check_hash_algorithm(call)
    options = bureau.conduct.options(unit.isp_id)
    files = bureau.files[unit.isp_id]
    if not files:
        if options.previous_none == "absent":
            return answer(0)
        return answer(0, file_infos(None, "", 0))
    file = files[-1]
    zip_bytes = bureau.uploaded_bytes(file)
    if options.previous == "rezipped":
        opened = open_stored(zip_bytes)
        zip_bytes = make_zip(opened.entry_name, opened.xml)
    encrypt = file.encrypted and options.previous != "plain"
    names = {
        "zip": file.entry_name.removesuffix(".xml") + ".zip",
        "own": f"SC{unit.isp_id}{file.sequence:08d}.zip",
    }
    name = names.get(options.previous_name, file.entry_name)
    return answer(0, file_infos(pack(zip_bytes, unit, encrypt=encrypt), name, file.sequence))


def query_status(bureau: Bureau, call: Call, unit: Unit, fault: Fault | None) -> Answer:
    """Raises: Refused."""
    judge.check_hash_algorithm(call)
    return bureau.queries.status(call)


def verify_password(bureau: Bureau, call: Call, unit: Unit, fault: Fault | None) -> Answer:
    """Raises: Refused."""
    judge.check_hash_algorithm(call)
    return bureau.queries.verify_password(call, bureau.conduct.options(unit.isp_id))


METHODS: dict[str, Method] = {
    "isp_upload": upload,
    "isp_download": download,
    "isp_downloadack": acknowledge,
    "isp_querypreviousupload": previous_upload,
    "isp_querybeianstatus": query_status,
    "isp_verifybamm": verify_password,
}


def _repeated(bureau: Bureau, isp_id: int, sequence: int, opened: Opened) -> Answer:
    """An accepted number again: what is answered is not specified, so it is an option."""
    repeat = bureau.conduct.options(isp_id).repeat
    if repeat == "code14":
        return missing([])
    same = bureau.accepted_file(isp_id, sequence).zip_md5 == md5_base64(opened.zip_bytes)
    if repeat == "ok" and same:
        return answer(0)
    raise Refused(999, "this number was accepted before")
