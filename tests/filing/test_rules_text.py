from __future__ import annotations

from typing import Any

import pytest

from filing.choices import Operation, Severity
from filing.rules import Context, Finding, check
from tests import factories

# Some rules ask the code tables.
pytestmark = pytest.mark.django_db


def findings(**subject: Any) -> list[Finding]:
    content = factories.new_filing(content="sha256:" + "0" * 64, **subject)
    return [each for each in check(Operation.NEW_FILING, content, Context()) if each.code == 5008]


def test_it_tells_rare_characters_with_the_reference_that_goes_out() -> None:
    (found,) = findings(investor="方小㴥")

    assert (found.path, found.severity) == ("subject.investor", Severity.WARN)
    assert "“㴥”写作 &#15653;" in found.message


def test_it_says_nothing_of_characters_that_gbk_has() -> None:
    assert findings(investor="方小明·镕") == []
