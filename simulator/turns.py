"""The bureau's initiative at work: messages that its schedule has come to, put into the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.ready_made import SendRefused
from simulator.sending import put_message

if TYPE_CHECKING:
    from simulator.bureau import Bureau


def take_turns(bureau: Bureau, now: float) -> None:
    """Of each turn that is due the first message that can be sent; the caller holds the lock and commits."""
    conduct, schedule = bureau.conduct, bureau.conduct.schedule()
    for turn in schedule.due(now - conduct.turned_at, conduct.turns):
        ideas = schedule.ideas(turn, bureau.config.seed, sorted(bureau.units), bureau.registry.served_by)
        for isp_id, kind, doc in ideas:
            try:
                name = put_message(bureau, {"unit": isp_id, "kind": kind, **doc})
            except SendRefused as refusal:
                # Such as a check of an access that this filing does not have: another kind stands in.
                bureau.journal.write(now, isp_id, "initiative", remark=f"{kind}: {refusal}")
                continue
            bureau.journal.write(now, isp_id, "initiative", file_name=name, remark=kind)
            break
        conduct.turn(turn)
