"""The seal: what the database holds opens for nobody but its members, and for the openers together."""

import re
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import text
from sqlmodel import Session, col, select

from demo.bidding import letter_of
from domain.district.round_rules import DEFAULTS
from domain.district.round_settings import flatten
from domain.errors import BadInput, NotFound, NotPermitted
from domain.gates import GateKind
from domain.identity.roles import Role
from domain.lifecycle import Stage
from domain.text import Text
from models import (
    AuditEntry,
    Bid,
    BidPayload,
    Call,
    CallKey,
    CallShare,
    OpeningPresence,
    Organisation,
    Project,
    SealKey,
)
from models.session import unit_of_work
from models.shapes import Reason
from services.bid import escrow, openings
from services.bid.bids import submit_bid
from services.bid.consortia import draft_bid
from services.bid.escrow import EscrowConfirm, ask_escrow, confirm_escrow, make_escrow_key
from services.bid.sealed_bids import read_bid_draft, read_version, save_bid_draft
from services.cancelling import cancel_project
from services.district.rounds import SettingsChange, change_settings
from services.gates.check_results import results_of
from services.gates.check_stage import check_stage
from services.identity.actors import Actor
from services.identity.people import give_role
from services.publish.call_keys import opener_keys, reveal_share
from services.publish.present_call import current_call
from services.seal.seal_keys import (
    DEMO_PASSPHRASE,
    set_organisation_key,
    set_own_key,
    unlock_key,
)
from services.seal.sealing import (
    DEMO_COST,
    SealBroken,
    combine_key,
    lock,
    new_pair,
    public_of,
    seal_for,
    split_key,
    unlock,
    unseal,
    unwrap,
    wrap,
)
from tests.builders import Walk, actor, key_of, new_project

# Bid content is never this; the words are looked for in every table.
PLAN = "梧桐方案：每周三次上门，全程留痕，按月小结。"


@given(st.binary(max_size=300), st.text(max_size=20))
@settings(max_examples=20, deadline=None)
def test_what_is_sealed_opens_for_its_recipients_and_for_nothing_else(
    plain: bytes, about: str
) -> None:
    (first_key, public), (two, other), (stranger, _) = new_pair(), new_pair(), new_pair()
    sealed = seal_for(plain, {"one": public, "two": other}, about)
    assert unseal(sealed, "one", first_key, about) == unseal(sealed, "two", two, about) == plain
    for name, private, subject in (
        ("one", two, about),
        ("one", stranger, about),
        ("one", first_key, about + "x"),
        ("three", first_key, about),
    ):
        with pytest.raises(SealBroken):
            unseal(sealed, name, private, subject)


def test_a_changed_bit_is_found() -> None:
    private, public = new_pair()
    wrapped = bytearray(wrap(public, b"secret", "about"))
    wrapped[40] ^= 1
    with pytest.raises(SealBroken):
        unwrap(private, bytes(wrapped), "about")


@pytest.mark.parametrize(("threshold", "shares"), [(2, 2), (2, 5), (3, 5)])
def test_as_many_shares_as_the_threshold_open_and_fewer_do_not(threshold: int, shares: int) -> None:
    public, made = split_key(threshold, shares)
    assert public_of(combine_key(made[-threshold:])) == public
    assert public_of(combine_key(made[: threshold - 1])) != public


def test_a_private_key_opens_with_its_passphrase_alone() -> None:
    private, public = new_pair()
    locked_key = lock(private, "长亭外古道边芳草碧连天", cost=DEMO_COST)
    assert locked_key.public == public
    assert private not in locked_key.sealed
    assert unlock(locked_key, "长亭外古道边芳草碧连天") == private
    with pytest.raises(SealBroken):
        unlock(locked_key, "长亭外古道边芳草碧连")


pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    made = Walk(new_project("独居老人巡访", 0))
    made.to_bidding()
    return made


def bidder() -> tuple[Actor, Organisation]:
    who = actor("organisation-01")
    with unit_of_work() as session:
        name = "李沧区暖阳为老服务中心（演示）"
        return who, session.exec(select(Organisation).where(Organisation.name == name)).one()


def bid_of(walk: Walk) -> UUID:
    """Submit a bid with the planted plan, and keep a draft of the next version."""
    who, own = bidder()
    with unit_of_work() as session:
        project = session.get_one(Project, walk.project_id)
        call = current_call(session, project)
        assert call is not None
        bid = draft_bid(session, project_id=project.id, actor=who, lead_id=own.id, partners=[])
        letter = letter_of(call, walk.story, own)
        letter.plan = PLAN
        submit_bid(session, bid_id=bid.id, actor=who, content=letter)
        save_bid_draft(session, bid, {"plan": [PLAN + "（草稿）"]}, who)
        return bid.id


def everything(session: Session) -> str:
    """Every row of every table as text, binary columns too."""
    tables = session.execute(
        text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    ).scalars()
    return " ".join(
        str(
            session.execute(
                text(f"SELECT string_agg(t::text, ' ') FROM \"{table}\" t")
            ).scalar_one()
        )
        for table in tables
    )


def openers_of(walk: Walk) -> tuple[Actor, Actor]:
    project = walk.project
    return (
        actor(f"secretary-{project.community_code}-1"),
        actor(f"street-{project.street_code}-1"),
    )


def attend(walk: Walk, who: Actor) -> None:
    with unit_of_work() as session:
        openings.attend_opening(
            session, project_id=walk.project_id, actor=who, private=key_of(session, who)
        )


def opened() -> bool:
    """Tell whether every bid there is lies in the clear."""
    with unit_of_work() as session:
        payloads = session.exec(select(BidPayload)).all()
        return all(payload.content is not None for payload in payloads)


def to_opening(walk: Walk) -> None:
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    walk.open(Stage.BID, GateKind.EVENT)


@pytest.mark.rule("Bid 揭榜")
def test_no_table_holds_a_word_of_a_bid_or_its_draft_before_the_opening(walk: Walk) -> None:
    bid = bid_of(walk)
    with unit_of_work() as session:
        stored = everything(session)
        assert PLAN[:6] not in stored
        assert PLAN.encode().hex()[:24] not in stored
        own = session.get_one(Bid, bid)
        key = unlock_key(session, own.lead_id, DEMO_PASSPHRASE)
        assert isinstance(key, bytes)
        version = read_version(session.get_one(BidPayload, (bid, 1)), own.lead_id, key)
        draft = read_bid_draft(session, own, key)
    assert version is not None
    assert version.content["plan"] == PLAN
    assert draft is not None
    assert draft.values == {"plan": [PLAN + "（草稿）"]}
    to_opening(walk)
    for who in openers_of(walk):
        attend(walk, who)
    with unit_of_work() as session:
        assert PLAN in everything(session)


def test_another_organisation_s_key_reads_nothing(walk: Walk) -> None:
    bid = bid_of(walk)
    with unit_of_work() as session:
        other = session.exec(
            select(SealKey.owner).join(Organisation, col(Organisation.id) == SealKey.owner)
        ).all()
        for owner in other:
            key = unlock_key(session, owner, DEMO_PASSPHRASE)
            assert isinstance(key, bytes)
            read = read_version(session.get_one(BidPayload, (bid, 1)), owner, key)
            assert (read is not None) is (owner == session.get_one(Bid, bid).lead_id)


@pytest.mark.rule("Bid 揭榜")
def test_one_opener_opens_nothing_and_both_open_everything_at_once(walk: Walk) -> None:
    bid_of(walk)
    to_opening(walk)
    first, second = openers_of(walk)
    attend(walk, first)
    attend(walk, first)
    assert not opened()
    attend(walk, second)
    assert opened()
    with unit_of_work() as session:
        shares = session.exec(select(OpeningPresence.share)).all()
        assert shares == [None, None]


def test_who_set_no_passphrase_before_the_publication_holds_no_share(walk: Walk) -> None:
    bid_of(walk)
    to_opening(walk)
    first, _ = openers_of(walk)
    with unit_of_work() as session:
        set_own_key(session, actor=first, passphrase="新的口令换了一个更长的")
        private = unlock_key(session, first.person_id, "新的口令换了一个更长的")
        assert isinstance(private, bytes)
        with pytest.raises(NotPermitted, match="changed your key"):
            openings.attend_opening(
                session, project_id=walk.project_id, actor=first, private=private
            )


@pytest.mark.rule("Publish 发榜")
def test_a_call_is_not_published_without_enough_openers(walk: Walk) -> None:
    with unit_of_work() as session:
        project = session.get_one(Project, walk.project_id)
        holders = opener_keys(session, project)
        shares = session.exec(select(CallShare)).all()
        assert {share.holder for share in shares} == set(holders)
        assert len(holders) == 4
        assert session.exec(select(CallKey)).one().threshold == 2
    other = Walk(new_project("课后托管", 60))
    with unit_of_work() as session:
        for owner in opener_keys(session, session.get_one(Project, other.project_id)):
            session.delete(session.get_one(SealKey, owner))
    other.to_call_approval()
    with unit_of_work() as session:
        run, _ = check_stage(session, other.lease, Stage.PUBLISH)
        assert not run.passed
        failed = [result.rule for result in results_of(session, run) if not result.passed]
    assert failed == ["publish.openers"]


def test_a_passphrase_is_no_password_and_wrong_ones_are_counted() -> None:
    who, own = bidder()
    with unit_of_work() as session, pytest.raises(BadInput, match="can't be your password"):
        set_organisation_key(
            session, actor=who, organisation_id=own.id, passphrase="open-calls-demo"
        )
    with unit_of_work() as session, pytest.raises(NotPermitted):
        set_organisation_key(
            session, actor=actor("organisation-02"), organisation_id=own.id, passphrase="x" * 12
        )
    for _ in range(5):
        with unit_of_work() as session:
            assert isinstance(unlock_key(session, own.id, "wrong"), Text)
    with unit_of_work() as session:
        locked = unlock_key(session, own.id, DEMO_PASSPHRASE)
    assert isinstance(locked, Text)
    assert "Too many tries" in locked.en


@pytest.mark.rule("Bid 揭榜")
def test_a_lost_share_is_made_up_for_by_two_administrators_and_the_escrow_key() -> None:
    with unit_of_work() as session:
        key = make_escrow_key(session, actor="cli")
        assert re.fullmatch(r"([0-9a-f]{8}-){7}[0-9a-f]{8}", key)
        assert key.replace("-", "") not in everything(session)
        with pytest.raises(BadInput):
            make_escrow_key(session, actor="cli")
    walk = Walk(new_project("独居老人巡访", 0))
    walk.to_bidding()
    bid_of(walk)
    code = walk.project.code
    to_opening(walk)
    first, _ = openers_of(walk)
    attend(walk, first)
    asker, two = actor("administrator-1"), actor("administrator-2")
    with unit_of_work() as session:
        with pytest.raises(NotFound):
            confirm_escrow(session, actor=two, code=code, sent=EscrowConfirm(key=key))
        with pytest.raises(ValidationError):
            ask_escrow(session, actor=asker, code=code, request=Reason(reason=" "))
        with pytest.raises(NotPermitted):
            ask_escrow(session, actor=first, code=code, request=Reason(reason="口令遗失"))
        ask_escrow(session, actor=asker, code=code, request=Reason(reason="街道干部调离，口令遗失"))
    with unit_of_work() as session:
        with pytest.raises(NotPermitted, match="another administrator"):
            confirm_escrow(session, actor=asker, code=code, sent=EscrowConfirm(key=key))
        with pytest.raises(BadInput, match="not the escrow key"):
            confirm_escrow(session, actor=two, code=code, sent=EscrowConfirm(key="0" * 64))
        with pytest.raises(BadInput, match="64"):
            confirm_escrow(session, actor=two, code=code, sent=EscrowConfirm(key="nonsense"))
        line = escrow.waiting_openings(session, actor=two)[0]
        assert (line.code, line.present, line.wanted, line.mine) == (code, 1, 2, False)
    assert not opened()
    with unit_of_work() as session:
        confirm_escrow(session, actor=two, code=code, sent=EscrowConfirm(key=key))
    assert opened()
    with unit_of_work() as session:
        actions = session.exec(
            select(AuditEntry.action).where(col(AuditEntry.action).startswith("escrow."))
        ).all()
    assert sorted(actions) == ["escrow.asked", "escrow.made", "escrow.used"]


def test_a_share_is_wrapped_for_its_holder_alone(walk: Walk) -> None:
    first, second = openers_of(walk)
    with unit_of_work() as session:
        call = session.exec(select(Call).where(Call.project_id == walk.project_id)).one()
        share = session.exec(
            select(CallShare).where(
                CallShare.call_id == call.id, CallShare.holder == first.person_id
            )
        ).one()
        assert len(reveal_share(share, key_of(session, first))) == 16
        with pytest.raises(NotPermitted):
            reveal_share(share, key_of(session, second))


def test_the_escrow_share_counts_once_and_a_share_once_for_a_person() -> None:
    with unit_of_work() as session:
        escrow_key = EscrowConfirm(key=make_escrow_key(session, actor="cli"))
        sent = dict(flatten(DEFAULTS)) | {"openers": "3"}
        why = SettingsChange(reason="三人开标", version=1)
        change_settings(
            session, actor=actor("administrator-1"), code="R1", settings=sent, change=why
        )
    walk = Walk(new_project("独居老人巡访", 0))
    walk.to_bidding()
    bid_of(walk)
    code = walk.project.code
    to_opening(walk)
    with unit_of_work() as session:
        ask_escrow(
            session, actor=actor("administrator-1"), code=code, request=Reason(reason="口令遗失")
        )
    with unit_of_work() as session:
        confirm_escrow(session, actor=actor("administrator-2"), code=code, sent=escrow_key)
    with unit_of_work() as session:
        give_role(
            session, login="expert-1", role=Role.DISTRICT_ADMINISTRATOR, where="", actor="test"
        )
    with unit_of_work() as session, pytest.raises(NotPermitted, match="counts once"):
        confirm_escrow(session, actor=actor("expert-1"), code=code, sent=escrow_key)
    for who in openers_of(walk):
        assert not opened()
        attend(walk, who)
    assert opened()


def test_shares_that_are_not_the_call_s_key_open_nothing_and_void_nothing(walk: Walk) -> None:
    bid_of(walk)
    to_opening(walk)
    first, second = openers_of(walk)
    attend(walk, first)
    with unit_of_work() as session:
        session.exec(select(OpeningPresence)).one().share = b"0" * 16
    with pytest.raises(NotPermitted, match="nothing was opened"):
        attend(walk, second)
    assert not opened()
    with unit_of_work() as session:
        assert len(session.exec(select(OpeningPresence)).all()) == 1


def test_a_cancelled_opening_keeps_no_share(walk: Walk) -> None:
    bid_of(walk)
    to_opening(walk)
    attend(walk, openers_of(walk)[0])
    with unit_of_work() as session:
        cancel_project(
            session,
            project_id=walk.project_id,
            actor=actor("administrator-1"),
            cancellation=Reason(reason="与另一项目重复"),
        )
    with unit_of_work() as session:
        assert session.exec(select(OpeningPresence.share)).one() is None


def test_a_lost_escrow_key_is_replaced_on_purpose_only() -> None:
    with unit_of_work() as session:
        first = make_escrow_key(session, actor="cli")
        with pytest.raises(BadInput, match="--replace"):
            make_escrow_key(session, actor="cli")
        assert make_escrow_key(session, actor="cli", replaces=True) != first
