"""Batches for the walk over every page: a sheet with a good, a gappy and a bad line, and a move."""

from __future__ import annotations

from filing.choices import BatchAim
from filing.models import Batch
from filing.services import codes
from filing.services.batch_running import carry_on
from filing.services.moving import Move, read_exchanges
from filing.services.moving_making import begin_move
from tests import factories
from tests.filing.sheets import imported, line, workbook


def batches() -> list[int]:
    """Shape: the keys of the batches made."""
    codes.load_builtin_codes()
    wrong = line("walk-3", 服务内容="没有这种", 主体证件号码=factories.papers.credit_code(110108, 9102))
    gaps = line("walk-2", 主体负责人邮箱="", 主体证件号码=factories.papers.credit_code(110108, 9101))
    imported(workbook(line("walk-1"), gaps, wrong))
    batch = begin_move(Move(read_exchanges("203.0.113.0/24", "8.8.4.0/24")), user=None, aim=BatchAim.DRAFT)
    carry_on(batch.pk)
    return list(Batch.objects.values_list("pk", flat=True))
