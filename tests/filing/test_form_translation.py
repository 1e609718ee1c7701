"""The form's translator: document to form to document loses nothing, and what is typed is understood."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.choices import Operation
from filing.documents.blocks import SUBJECT
from filing.documents.operations import read_content
from filing.documents.shape import Text
from filing.forms import translation
from filing.identifiers.lines import entries, read_domains, read_ranges, tidy_words, write_ranges
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.filing.documents import AnyImages
from tests.filing.posting import content_of, pairs_of, query, typed_again

OPERATION = Operation.NEW_FILING

# Whose a paper is follows from its purpose, which a code table tells.
pytestmark = pytest.mark.django_db

REFERENCE = "sha256:" + "a" * 64

# --- any valid document -----------------------------------------------------------------------------

letters = st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Zs", "Zl", "Zp", "Cf"))


def texts(least: int = 1, most: int = 24) -> st.SearchStrategy[str]:
    return st.text(letters, min_size=least, max_size=most)


def codes(most: int = 64) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(1, most), min_size=1, max_size=4, unique=True)


def with_optional(needed: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(needed, optional=optional)


lines = st.lists(texts(), min_size=1, max_size=3).map("\n".join)
own_ids = st.integers(1, 2**40)
people = with_optional(
    {"name": texts(), "mobile": texts(11), "email": texts(6)},
    {
        "office_phone": texts(11),
        "msn": texts(6),
        "qq": texts(5),
        "certificate_type": st.integers(1, 999),
        "certificate_number": texts(),
    },
)
ranges = st.tuples(st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1)).map(
    lambda pair: {"start": _quad(min(pair)), "end": _quad(max(pair))}
)


def _quad(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


domains = st.lists(st.from_regex(r"[a-z]{4,12}", fullmatch=True), min_size=1, max_size=5, unique=True).map(
    lambda names: [{"name": f"{name}.cn"} for name in names]
)
approvals = st.fixed_dictionaries(
    {"type": st.integers(1, 64), "number": texts(), "scans": st.lists(texts(8), min_size=1, max_size=3)}
)
accesses = st.fixed_dictionaries(
    {
        "own_id": own_ids,
        "server_locations": codes(),
        "methods": codes(),
        "ip_ranges": st.lists(ranges, min_size=1, max_size=3),
    }
)
websites = with_optional(
    {
        "own_id": own_ids,
        "name": texts(),
        "service_contents": codes(),
        "languages": codes(),
        "domains": domains,
        "accesses": st.lists(accesses, min_size=1, max_size=2, unique_by=lambda each: each["own_id"]),
        "responsible": people,
    },
    {
        "pre_approvals": st.lists(approvals, min_size=1, max_size=2),
        "home_url": texts(4),
        "remarks": lines,
    },
)
subjects = with_optional(
    {
        "own_id": own_ids,
        "name": texts(),
        "address": with_optional(
            {"province": st.integers(100000, 990000), "city": st.integers(100000, 990000)},
            {"county": st.integers(100000, 990000), "detail": texts()},
        ),
        "certificate": st.fixed_dictionaries(
            {"type": st.integers(1, 999), "number": texts(), "address": texts()}
        ),
        "responsible": people,
        "filed_by": st.integers(0, 1),
    },
    {"nature": st.integers(1, 999), "investor": texts(), "remarks": lines},
)


@st.composite
def filings(draw: st.DrawFn) -> dict[str, Any]:
    sites = draw(st.lists(websites, min_size=1, max_size=3, unique_by=lambda each: each["own_id"]))
    found = {"subject": draw(subjects), "websites": sites}
    owners = st.one_of(
        st.just({"owner": "subject"}),
        st.integers(0, len(sites) - 1).map(lambda place: {"owner": "website", "owner_index": place}),
    )
    attachments = [
        {"format": 1, "purpose": draw(st.integers(1, 99)), "content": f"sha256:{draw(texts(8))}"}
        | draw(owners)
        | draw(st.fixed_dictionaries({}, optional={"remarks": texts()}))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return found | ({"attachments": attachments} if attachments else {})


@settings(max_examples=60, deadline=None)
@given(filings())
def test_it_gives_back_any_valid_document_that_goes_through_the_form(document: dict[str, Any]) -> None:
    clean, problems = read_content(OPERATION, document, AnyImages())
    assert problems == []
    typed = typed_again(translation.without_blanks(translation.from_document(OPERATION, clean)))
    assert content_of(typed, previous=clean) == clean


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_shows_again_whatever_was_typed_into_any_field(data: st.DataObject) -> None:
    typed = translation.from_document(OPERATION, factories.full_filing())
    name = data.draw(st.sampled_from(sorted({name for name, _value in pairs_of(typed)})))
    text = data.draw(
        st.text(st.characters(blacklist_characters="\r\x00", blacklist_categories=("Cs",)), min_size=1)
    )
    posted = query(pairs_of(typed))
    posted.setlist(name, [text])
    again = translation.from_post(OPERATION, posted)
    shown = dict(pairs_of(again))
    if not name.endswith(("-owner", "-format", "-owner_index")):
        assert shown[name] == text
    # Whatever it is, it can be read as far as a draft holds it, and nothing breaks.
    content_of(translation.without_blanks(again))


# --- what is typed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("a.cn\nb.cn", ["a.cn", "b.cn"]),
        ("a.cn;b.cn,c.cn d.cn", ["a.cn", "b.cn", "c.cn", "d.cn"]),
        ("a.cn；b.cn，c.cn、d.cn", ["a.cn", "b.cn", "c.cn", "d.cn"]),
        ("\n\n  a.cn  \n\n", ["a.cn"]),
        ("", []),
    ],
)
def test_it_takes_domains_in_every_way_people_separate_them(typed: str, wanted: list[str]) -> None:
    assert entries(typed) == wanted


def test_it_reduces_a_pasted_address_to_its_domain_and_merges_repeats() -> None:
    read = read_domains("https://www.shibei.com.cn/a\nshibei.com.cn\nSHIBEI.com.cn\nbad_domain")
    assert [each["name"] for each in read.records] == ["shibei.com.cn", "bad_domain"]
    assert read.tidied == {"https://www.shibei.com.cn/a": "shibei.com.cn"}
    assert read.repeated == 2


def test_it_tells_what_it_made_of_domains() -> None:
    assert tidy_words(["a.cn\nb.cn", "c.cn"]) == ""
    assert tidy_words(["http://www.a.cn\na.cn"]) == "http://www.a.cn 改为 a.cn；重复的 1 个已合并"
    many = "\n".join(f"www.site{number}.cn" for number in range(5))
    assert tidy_words([many]).endswith("www.site2.cn 改为 site2.cn 等 5 个")


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("203.0.113.10-203.0.113.12", "203.0.113.10", "203.0.113.12"),
        ("203.0.113.10 - 203.0.113.12", "203.0.113.10", "203.0.113.12"),
        ("203.0.113.10 至 203.0.113.12", "203.0.113.10", "203.0.113.12"),
        ("203.0.113.10～203.0.113.12", "203.0.113.10", "203.0.113.12"),
        ("203.0.113.10", "203.0.113.10", "203.0.113.10"),
        ("203.0.113.0/30", "203.0.113.0", "203.0.113.3"),
        ("203.0.113.2/30", "203.0.113.0", "203.0.113.3"),
        ("２０３.０.１１３.１０", "203.0.113.10", "203.0.113.10"),
        ("203.0.113", "203.0.113", "203.0.113"),
        ("203.0.113.0/99", "203.0.113.0/99", "203.0.113.0/99"),
        ("203.0.113.10-", "203.0.113.10", "203.0.113.10"),
    ],
)
def test_it_reads_a_range_a_single_address_and_a_network(typed: str, start: str, end: str) -> None:
    records, too_long = read_ranges(typed)
    assert (records, too_long) == ([{"start": start, "end": end}], [])


def test_it_shows_a_wrong_address_again_as_it_was_typed() -> None:
    for typed in ("203.0.113", "203.0.113.0/99", "abc-203.0.113.4"):
        assert write_ranges(read_ranges(typed)[0]) == typed


def test_it_holds_back_what_is_too_long_to_be_an_address() -> None:
    typed = translation.from_document(OPERATION, factories.full_filing())
    typed["websites"][0]["accesses"][0]["ip_ranges"] = "203.0.113.1\n" + "x" * 70
    translated = translation.to_document(OPERATION, typed, {})
    assert [each.path for each in translated.unheld] == ["websites[0].accesses[0].ip_ranges"]
    assert translated.content["websites"][0]["accesses"][0]["ip_ranges"] == [
        {"start": "203.0.113.1", "end": "203.0.113.1"}
    ]


def test_it_holds_back_words_where_a_code_belongs_and_says_what_to_do() -> None:
    typed = translation.from_document(OPERATION, factories.full_filing())
    typed["subject"]["nature"] = "企业"
    typed["websites"][0]["service_contents"] = ["8 九 10"]
    translated = translation.to_document(OPERATION, typed, {})
    assert [(each.path, each.message) for each in translated.unheld] == [
        ("subject.nature", "“企业”不是代码，填数字"),
        ("websites[0].service_contents", "“九”不是代码，填数字"),
    ]
    assert "nature" not in translated.content["subject"]
    assert translated.content["websites"][0]["service_contents"] == [8, 10]


@pytest.mark.parametrize("text", ["1" * 40, "1" * 6000, "1e3", "0x1", "1.0", "一"])
def test_it_takes_no_odd_spelling_for_a_number(text: str) -> None:
    typed = translation.from_document(OPERATION, factories.full_filing())
    typed["subject"]["nature"] = text
    assert [each.path for each in translation.to_document(OPERATION, typed, {}).unheld] == ["subject.nature"]


def test_it_drops_nul_which_no_column_takes() -> None:
    posted = query([*pairs_of(translation.from_document(OPERATION, factories.full_filing()))])
    posted["subject-name"] = "虚\x00构"
    assert translation.from_post(OPERATION, posted)["subject"]["name"] == "虚构"


# --- blocks and numbers -----------------------------------------------------------------------------


def numbered(count: int) -> dict[str, Any]:
    """A filing of so many websites, with numbers of ours as a saved draft has them."""
    filing = factories.full_filing()
    first = filing["websites"][0]
    filing["websites"] = [copy.deepcopy(first) for _ in range(count)]
    filing["subject"]["own_id"] = 1
    for place, website in enumerate(filing["websites"]):
        website |= {"own_id": 10 + place, "name": f"虚构站{place}", "domains": [{"name": f"site{place}.cn"}]}
        website["accesses"][0]["own_id"] = 20 + place
    return filing


def test_it_keeps_numbers_and_attachments_with_their_website_when_the_order_changes() -> None:
    filing = numbered(3)
    filing["attachments"][0]["owner_index"] = 2
    pairs = pairs_of(translation.from_document(OPERATION, filing))
    last = [pair for pair in pairs if pair[0].startswith("websites-2-")]
    rest = [pair for pair in pairs if not pair[0].startswith("websites-2-")]
    content = content_of(translation.from_post(OPERATION, query(last + rest)), previous=filing)
    assert [each["own_id"] for each in content["websites"]] == [12, 10, 11]
    assert [each["accesses"][0]["own_id"] for each in content["websites"]] == [22, 20, 21]
    assert content["attachments"][0]["owner_index"] == 0


def test_it_asks_for_another_owner_where_the_website_of_an_attachment_is_gone() -> None:
    filing = numbered(2)
    pairs = pairs_of(translation.from_document(OPERATION, filing))
    kept = [pair for pair in pairs if not pair[0].startswith("websites-0-")]
    content = content_of(translation.from_post(OPERATION, query(kept)), previous=filing)
    assert [each["own_id"] for each in content["websites"]] == [11]
    assert content["attachments"][0]["owner"] == "website"
    assert "owner_index" not in content["attachments"][0]


def test_it_takes_blocks_under_any_key_in_the_order_in_which_they_came() -> None:
    posted = query([("websites-n3f-name", "后"), ("websites-0-name", "先"), ("websites-UP-name", "不收")])
    assert [each["name"] for each in translation.from_post(OPERATION, posted)["websites"]] == ["后", "先"]


def test_it_accepts_only_numbers_that_the_form_was_given_and_each_once() -> None:
    filing = numbered(2)
    typed = translation.from_document(OPERATION, filing)
    typed["subject"]["own_id"] = "999"
    typed["websites"][1]["own_id"] = "10"
    typed["websites"][0]["accesses"][0]["own_id"] = "21"
    content = content_of(typed, previous=filing)
    assert "own_id" not in content["subject"]
    assert [each.get("own_id") for each in content["websites"]] == [10, None]
    assert "own_id" not in content["websites"][0]["accesses"][0]
    assert content_of(translation.from_document(OPERATION, filing)).get("subject", {}).get("own_id") is None


def test_it_says_nothing_of_a_hidden_number_that_is_none() -> None:
    typed = translation.from_document(OPERATION, factories.full_filing())
    typed["subject"]["own_id"] = "x"
    assert translation.to_document(OPERATION, typed, {}).unheld == []


@pytest.mark.django_db
def test_it_numbers_a_website_added_in_the_place_of_a_removed_one_anew() -> None:
    filing = numbered(2)
    typed = translation.from_document(OPERATION, filing)
    typed["websites"][0] = translation.blank_website(OPERATION) | {"name": "另一个站"}
    content = content_of(typed, previous=filing)
    translation.number_new_blocks(OPERATION, content, filing)
    assert content["websites"][0]["own_id"] not in (10, 11)
    assert content["websites"][1]["own_id"] == 11


@pytest.mark.django_db
def test_it_gives_an_attachment_without_owner_to_whom_its_purpose_says() -> None:
    typed = translation.from_document(OPERATION, numbered(1))
    typed["attachments"] = [{"purpose": "2", "owner": "", "content": REFERENCE, "remarks": ""}]
    assert "owner" not in content_of(typed)["attachments"][0]  # no table yet, so nobody knows
    load_builtin_codes()
    assert content_of(typed)["attachments"][0]["owner"] == "subject"
    typed["attachments"][0]["purpose"] = "4"
    placed = content_of(typed)["attachments"][0]
    assert (placed["owner"], placed["owner_index"]) == ("website", 0)


def test_it_leaves_out_blocks_that_were_added_and_left_empty() -> None:
    typed = translation.from_document(OPERATION, factories.full_filing())
    typed["attachments"].append(translation.blank_block(OPERATION, "attachments"))
    typed["websites"][0]["pre_approvals"].append(
        translation.blank_block(OPERATION, "websites", "pre_approvals")
    )
    tidy = translation.without_blanks(typed)
    assert len(tidy["attachments"]) == 1
    assert len(tidy["websites"][0]["pre_approvals"]) == 1


def test_it_shows_every_field_of_the_blocks() -> None:
    names = {name for name, _value in pairs_of(translation.from_document(OPERATION, {"websites": [{}]}))}
    wanted = {f"subject-{key}" for key, shape in SUBJECT.fields.items() if isinstance(shape, Text)}
    assert wanted <= names
    assert "websites-0-responsible-certificate_number" in names
