from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import uscc
from domain.bid.eligibility import Candidate, Criteria, explain, load_of
from domain.calendar import BEIJING, WorkCalendar, add_months
from domain.canonical import canonical, chain, commitment, digest
from domain.dates import parse_date
from domain.errors import BadInput, CallClosed, JiebangError, Refused, Unavailable
from domain.money import show, split, yuan
from domain.needs.categories import category_of, slug
from domain.quantities import plain_number

MARCH = date(2026, 3, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05",
        "2026/3/5",
        "2026.3.5",
        "2026年3月5日",
        "2026 年 3 月 5 号",
        "20260305",
        "二〇二六年三月五日",
        "2026-03-05T08:00:00+08:00",
        "46086",
        MARCH,
        datetime(2026, 3, 5, 9, 30, tzinfo=UTC),
    ],
    ids=str,
)
def test_a_date_is_understood_as_people_write_it(text: object) -> None:
    assert parse_date(text) == MARCH


@pytest.mark.parametrize("text", ["", "去年", "2026-13-01", "2026年2月30日", "5", "明天"])
def test_a_date_that_is_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(BadInput, match="2026-03-05"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [("二〇二六年十月十日", 10), ("二〇二六年十月二十一日", 21), ("二零二六年十月三十日", 30)],
)
def test_chinese_numerals_are_read(text: str, day: int) -> None:
    assert parse_date(text) == date(2026, 10, day)


NATIONAL = WorkCalendar(
    frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
    frozenset({date(2026, 10, 10)}),
    frozenset({2026}),
)


@pytest.mark.rule("Periods")
def test_a_period_skips_weekends_and_holidays_and_counts_worked_saturdays() -> None:
    start = datetime(2026, 9, 30, 15, tzinfo=BEIJING)
    due = NATIONAL.add_working_days(start, 7)
    # 5, 6, 7, 8, 9 October, Saturday the 10th is worked, then Monday the 12th
    assert due.at == datetime(2026, 10, 13, tzinfo=BEIJING)
    assert not due.provisional


@pytest.mark.rule("Periods")
def test_days_beyond_the_published_years_count_as_plain_weekdays_and_are_flagged() -> None:
    due = NATIONAL.add_working_days(datetime(2026, 12, 31, 9, tzinfo=BEIJING), 1)
    assert due.at == datetime(2027, 1, 2, tzinfo=BEIJING)
    assert due.provisional


def test_a_period_begins_in_beijing_whatever_the_clock_s_zone() -> None:
    evening = datetime(2026, 11, 23, 17, tzinfo=UTC)  # already Tuesday the 24th in Beijing
    assert NATIONAL.add_working_days(evening, 1).at == datetime(2026, 11, 26, tzinfo=BEIJING)


@pytest.mark.rule("Deliver")
@given(st.decimals("0.01", "9999999", places=2), st.integers(1, 6))
def test_instalments_add_up_to_the_fen(total: D, parts: int) -> None:
    shares = [D(100) / parts] * parts if 100 % parts == 0 else [D(40), D(60)]
    assert sum(split(total, shares)) == total


def test_shares_that_do_not_sum_to_100_split_nothing() -> None:
    with pytest.raises(ValueError, match="90"):
        split(D(10), [D(40), D(50)])


def test_yuan_are_rounded_half_up_and_shown_grouped() -> None:
    assert yuan("0.125") == D("0.13")
    assert show(D("1234567.00")) == "1,234,567"
    assert show(D("1234.50")) == "1,234.50"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        ("１２．５", "12.5"),
        ("1,234,567.50", "1234567.50"),
        ("1，234", "1234"),
        ("12 345 元", "12345"),
        ("30%", "30"),
        ("-1,000", "-1000"),
        ("3人", "3"),
        # Two numbers, and a comma that may be a decimal point, are not understood.
        ("12 13", "12 13"),
        ("1,5", "1,5"),
        ("1,2345", "1,2345"),
        ("12元/次", "12元/次"),
        ("=1+1", "=1+1"),
        ("", ""),
    ],
)
def test_a_number_is_read_without_separators_and_unit_and_nothing_else_is_made_one(
    text: str, number: str
) -> None:
    assert plain_number(text, "人") == number


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": D("2.50")}) == digest({"b": D("2.50"), "a": 1})
    assert canonical({"名": "榜"}) == '{"名":"榜"}'.encode()


@pytest.mark.rule("Bid 揭榜")
def test_a_commitment_depends_on_its_nonce_and_on_every_word() -> None:
    first = commitment(b"n" * 32, {"plan": "a"})
    assert first != commitment(b"m" * 32, {"plan": "a"})
    assert first != commitment(b"n" * 32, {"plan": "b"})
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short", {})


def test_a_link_of_the_chain_depends_on_position_entry_and_what_came_before() -> None:
    links = {chain("0", "a", 1), chain("0", "a", 2), chain("0", "b", 1), chain("1", "a", 1)}
    assert len(links) == 4


def test_a_credit_code_is_valid_only_with_its_check_character() -> None:
    body = "52370213MJD000001"
    code = body + uscc.check_character(body)
    assert uscc.is_valid(code)
    wrong = next(char for char in uscc.ALPHABET if char != code[-1])
    assert not uscc.is_valid(body + wrong)
    assert not uscc.is_valid("O" + code[1:])


def candidate(**change: object) -> Candidate:
    fields: dict[str, object] = {
        "name": "A",
        "org_stage": "registered",
        "grade": "3A",
        "credit": D(100),
        "suspended_until": None,
        "under_intervention": False,
        "debarred_until": None,
        "serves": frozenset({"370213001"}),
        "load": D(0),
        "capacity": D(3),
        "share": D(100),
    }
    return Candidate(**{**fields, **change})  # type: ignore[arg-type]


CRITERIA = Criteria("filed", "2A", D(60), "370213001004", "370213001")
TODAY = date(2026, 11, 23)


def unmet(bidder: Candidate, *, alone: bool = True) -> list[str]:
    return [
        line.rule for line in explain(bidder, CRITERIA, today=TODAY, alone=alone) if not line.met
    ]


def test_an_eligible_bidder_meets_every_line() -> None:
    assert unmet(candidate()) == []


@pytest.mark.rule("Bid 揭榜")
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"org_stage": "grassroots"}, "org_stage"),
        ({"grade": "1A"}, "grade"),
        ({"credit": D(59)}, "credit"),
        ({"suspended_until": TODAY}, "suspended"),
        ({"under_intervention": True}, "suspended"),
        ({"debarred_until": TODAY + timedelta(days=1)}, "debarred"),
        ({"serves": frozenset({"370213999"})}, "serves"),
        ({"load": D("2.5")}, "quota"),
    ],
    ids=str,
)
def test_each_criterion_is_explained_on_its_own(change: dict[str, object], rule: str) -> None:
    assert unmet(candidate(**change)) == [rule]


@pytest.mark.rule("Consequences")
def test_a_partner_counts_by_its_share_and_at_least_half() -> None:
    assert load_of(D(40), alone=False) == D("0.5")
    assert load_of(D(70), alone=False) == D("0.7")
    assert load_of(D(100), alone=True) == D(1)
    assert unmet(candidate(load=D("2.5"), share=D(40)), alone=False) == []


def test_a_category_is_known_by_its_name_and_a_foreign_one_becomes_a_slug() -> None:
    assert category_of("为老服务") == category_of("养老") == "elderly"
    assert category_of("天文观测") is None
    assert slug("Potholes, Other Street Repair") == "potholes-other-street-repair"


def every_error(root: type[JiebangError] = JiebangError) -> list[type[JiebangError]]:
    return [error for sub in root.__subclasses__() for error in (sub, *every_error(sub))]


def test_every_error_is_either_refused_or_unavailable_and_speaks_both_languages() -> None:
    for error in every_error():
        assert issubclass(error, Refused | Unavailable)
        assert error.text.zh
        assert error.text.en


def test_an_error_fills_its_sentence() -> None:
    error = CallClosed(closes_at="10:00", at="10:01")
    assert "10:01" in error.say("zh")
    assert "10:01" in error.say("en")


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 3, 5), 24, date(2028, 3, 5)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_are_calendar_months(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then
