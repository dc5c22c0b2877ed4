"""What programs rely on: tokens, repeated writes, versions, pages and problems."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import select

from domain.identity.access import TokenScope
from models import AuditEntry, IdempotencyRecord, Need, Organisation, Person
from models.session import unit_of_work
from services.identity.access_tokens import list_tokens, revoke_token
from tests.builders import actor
from tests.web.fragments.bid import DRAFTED, ITEM, SEALED
from tests.web.visitor import Visitor
from tests.web.world import World

LETTER = {
    "plan": "每周两次入户，全程留痕，按月小结。",
    "team": "社工三人、志愿者十人。",
    "budget": [{"item": "人员", "amount": "30000.00"}],
    "milestones": [],
}


def _need(world: World, title: str) -> dict[str, str]:
    place = world.projects["bidding"].community_code
    return {
        "title": title,
        "description": "老人晚上不敢出门",
        "category": "property",
        "community": place,
    }


def test_a_token_is_good_for_its_scopes_until_it_is_revoked(world: World, served: str) -> None:
    with world.program(served, "secretary", TokenScope.READ) as program:
        me = program.get("/me").json()
        assert me["login"] == world.people["secretary"]
        assert me["scopes"] == ["read"]
        code = world.projects["preparing"].code
        refused = program.post(f"/projects/{code}/cancellation", json={"reason": "重复"})
        assert refused.status_code == 403
        assert "work" in refused.json()["en"]
        who = actor(world.people["secretary"])
        with unit_of_work() as session:
            assert len(list_tokens(session, who.person_id)) == 1
            rows = session.execute(text("SELECT t::text FROM access_token t")).scalars().all()
            assert not [row for row in rows if program.headers["authorization"][7:] in row]
            revoke_token(session, actor=who, token_id=list_tokens(session, who.person_id)[0].id)
        over = program.get("/me")
        assert over.status_code == 401
        assert over.headers["www-authenticate"] == "Bearer"
        # A token that does not hold is refused also where none is needed.
        assert program.get("/projects").status_code == 401


def test_a_session_cookie_opens_nothing(world: World, served: str) -> None:
    with world.client(served, "secretary") as browser:
        assert browser.get("/api/v1/me").status_code == 401
        assert browser.post("/api/v1/projects", json={}).status_code == 401


def test_a_write_sent_again_is_done_once(world: World, served: str) -> None:
    key = {"Idempotency-Key": "a-lamp"}
    body = _need(world, "三号楼的灯坏了")
    with world.program(served, "secretary") as program:
        first = program.post("/needs", json=body, headers=key)
        again = program.post("/needs", json=body, headers=key)
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["location"] == first.headers["location"]
        other = program.post("/needs", json=_need(world, "四号楼的灯坏了"), headers=key)
        assert other.status_code == 422
        assert other.json()["code"] == "idempotency-key-reused"
    with world.program(served, "street") as stranger:
        theirs = stranger.post("/needs", json=body, headers=key)
        assert "idempotency-replayed" not in theirs.headers


def test_the_same_write_at_the_same_time_is_done_once(world: World, served: str) -> None:
    body = _need(world, "五号楼的灯坏了")
    with world.program(served, "secretary") as program, ThreadPoolExecutor(6) as pool:
        sent = [
            pool.submit(program.post, "/needs", json=body, headers={"Idempotency-Key": "five"})
            for _ in range(6)
        ]
        answers = [future.result() for future in sent]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["item"]["code"] for answer in answers}) == 1
    with unit_of_work() as session:
        need = session.exec(select(Need).where(Need.title == body["title"])).one()
        assert need.supporters == 1


def test_a_body_nested_without_end_is_refused(world: World, served: str) -> None:
    body = f'{{"title": {"[" * 900}{"]" * 900}}}'.encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "deep"}
    with world.program(served, "secretary") as program:
        assert program.post("/needs", content=body, headers=headers).status_code == 422


def test_what_is_refused_is_not_kept(world: World, served: str) -> None:
    key = {"Idempotency-Key": "refused"}
    body = _need(world, "六号楼的灯坏了")
    with world.program(served, "secretary") as program:
        wrong = program.post("/needs", json=body | {"category": "no-such"}, headers=key)
        assert wrong.status_code == 422
        right = program.post("/needs", json=body, headers=key)
        assert right.status_code == 201
    with unit_of_work() as session:
        kept = session.exec(
            select(IdempotencyRecord).where(IdempotencyRecord.key == "refused")
        ).one()
        assert kept.status == 201


def test_a_draft_that_somebody_else_has_changed_is_not_overwritten(
    world: World, served: str
) -> None:
    path = f"/projects/{world.projects['bidding'].code}/bid"
    with world.program(served, "other organisation") as program:
        read = program.get(path)
        assert read.json()["draft"]["plan"] == DRAFTED
        seen = {"If-Match": read.headers["etag"]}
        blind = program.put(f"{path}/draft", json={"plan": "盲写"})
        assert (blind.status_code, blind.json()["code"]) == (428, "version-needed")
        saved = program.put(f"{path}/draft", json={"plan": "第二稿"}, headers=seen)
        assert saved.json()["draft"]["plan"] == "第二稿"
        late = program.put(f"{path}/draft", json={"plan": "第三稿"}, headers=seen)
        assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")
        present = program.get(path)
        assert present.json()["draft"]["plan"] == "第二稿"
        fresh = {"If-Match": present.headers["etag"]}
        assert program.put(f"{path}/draft", json={"plan": "第三稿"}, headers=fresh).is_success


def test_a_bid_is_sealed_by_a_program_and_a_refusal_is_recorded(world: World, served: str) -> None:
    code = world.projects["bidding"].code
    path = f"/projects/{code}/bid"
    with world.program(served, "bidder", TokenScope.BID) as program:
        sealed = program.get(path).json()
        assert sealed["content"]["plan"] == SEALED
        letter = sealed["content"] | {"team": "社工四人、志愿者二十人。"}
        receipt = program.post(f"{path}/submissions", json=letter).json()
        assert receipt["version"] == 2
        assert len(receipt["nonce"]) == 64
        dear = letter | {"budget": [{"item": ITEM, "amount": "99999999.00"}]}
        refused = program.post(f"{path}/submissions", json=dear)
        assert (refused.status_code, refused.json()["code"]) == (422, "incomplete")
    with unit_of_work() as session:
        audit_entries = session.exec(
            select(AuditEntry).where(AuditEntry.subject == code, AuditEntry.action == "bid.refused")
        ).all()
        assert [entry.facts["why"] for entry in audit_entries] == ["incomplete"]


def test_a_bid_sent_again_is_sealed_once_and_its_receipt_is_not_kept(
    world: World, served: str
) -> None:
    path = f"/projects/{world.projects['bidding'].code}/bid"
    key = {"Idempotency-Key": "once-more"}
    with world.program(served, "bidder") as program:
        before = program.get(path).json()
        first = program.post(f"{path}/submissions", json=before["content"], headers=key)
        assert first.json()["version"] == before["version"] + 1
        again = program.post(f"{path}/submissions", json=before["content"], headers=key)
        assert (again.status_code, again.json()["code"]) == (409, "done-before")
        assert program.get(path).json()["version"] == before["version"] + 1
    with unit_of_work() as session:
        kept = session.exec(
            select(IdempotencyRecord).where(IdempotencyRecord.key == "once-more")
        ).one()
        assert kept.body is None


def test_an_answer_is_given_again_only_to_a_token_that_is_good_for_it(
    world: World, served: str
) -> None:
    code, key = world.projects["preparing"].code, {"Idempotency-Key": "claim"}
    path = f"/gates/{code}/evaluate-preparation-r1/claim"
    with world.program(served, "secretary", TokenScope.WORK) as program:
        assert program.put(path, headers=key).status_code == 204
        assert program.put(path, headers=key).status_code == 204
    with world.program(served, "secretary", TokenScope.READ) as program:
        assert program.put(path, headers=key).status_code == 403


def test_two_changes_at_once_lose_neither(world: World, served: str) -> None:
    path = f"/projects/{world.projects['bidding'].code}/bid"
    with world.program(served, "other organisation") as program, ThreadPoolExecutor(4) as pool:
        seen = {"If-Match": program.get(path).headers["etag"]}
        sent = [
            pool.submit(program.put, f"{path}/draft", json={"plan": f"稿{number}"}, headers=seen)
            for number in range(4)
        ]
        answers = sorted(future.result().status_code for future in sent)
    assert answers == [200, 412, 412, 412]


def test_whatever_was_typed_on_the_web_is_read(world: World, served: str) -> None:
    member = Visitor(served, world.people["other organisation"])
    code = world.projects["bidding"].code
    member.post(f"/desk/calls/{code}/bid/draft", plan="长" * 30_000, budget__amount="一万元" * 9)
    with world.program(served, "other organisation") as program:
        draft = program.get(f"/projects/{code}/bid").json()["draft"]
        assert len(draft["plan"]) == 30_000
        assert draft["budget"][0]["amount"] == "一万元" * 9


def test_who_was_only_invited_reads_nothing_of_the_bid(world: World, served: str) -> None:
    code = world.projects["bidding"].code
    with unit_of_work() as session:
        person = session.exec(
            select(Person).where(Person.login == world.people["signing organisation"])
        ).one()
        assert person.organisation_id is not None
        partner = session.get_one(Organisation, person.organisation_id).name
    with world.program(served, "other organisation") as lead:
        seen = {"If-Match": lead.get(f"/projects/{code}/bid").headers["etag"]}
        named = {
            "work_package": "统筹",
            "partners": [{"name": partner, "share": "30", "work_package": "居民骨干培训"}],
        }
        saved = lead.put(f"/projects/{code}/bid/members", json=named, headers=seen)
        assert saved.json()["draft"]["plan"]
    with world.program(served, "signing organisation") as invited:
        bid = invited.get(f"/projects/{code}/bid").json()
        assert len(bid["members"]) == 2
        assert (bid["draft"], bid["content"], bid["versions"]) == (None, None, [])
        assert invited.post(f"/projects/{code}/bid/confirmations", json={"share": "30"}).is_success
        # Its place confirmed, it reads what is sealed; the draft stays the lead's.
        assert invited.get(f"/projects/{code}/bid").json()["draft"] is None


@pytest.mark.parametrize("blank", ["     ", "\t\n   \t"])
def test_blank_text_is_no_text(world: World, served: str, blank: str) -> None:
    need = _need(world, blank) | {"description": blank}
    with world.program(served, "other organisation") as program:
        assert program.post("/needs", json=need).status_code == 422
        code = world.projects["bidding"].code
        asked = program.post(f"/projects/{code}/questions", json={"text": blank})
        assert asked.status_code == 422


def test_one_gate_that_is_not_hinders_no_other(world: World, served: str) -> None:
    code = world.projects["approving"].code
    gates = [
        {"code": "LC-0000-0000", "key": "evaluate-approval-r1", "dossier_version": 1},
        {"code": code, "key": "evaluate-approval-r1", "dossier_version": 1},
    ]
    with world.program(served, "street") as program:
        lines = program.post("/decisions", json={"verb": "approve", "gates": gates}).json()["items"]
    assert {line["code"]: line["error"] for line in lines} == {
        "LC-0000-0000": "not-found",
        code: None,
    }


def test_a_list_goes_on_where_it_stopped(world: World, served: str) -> None:
    with world.program(served, "anonymous") as program:
        whole = program.get("/projects", params={"limit": 100}).json()
        assert whole["next"] is None
        listed, cursor = [], None
        for _ in range(10):
            page = program.get(
                "/projects", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
            )
            listed += page.json()["items"]
            if (cursor := page.json()["next"]) is None:
                break
        assert listed == whole["items"]
        assert len(listed) > 6


def test_what_the_reader_has_is_not_sent_again(world: World, served: str) -> None:
    with world.program(served, "anonymous") as program:
        path = f"/projects/{world.projects['notice'].code}"
        first = program.get(path)
        again = program.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/projects/XM-0", None, 404, "not-found"),
        ("GET", "/nothing", None, 404, "no-such-address"),
        ("DELETE", "/projects", None, 405, "method-not-allowed"),
        ("GET", "/projects?limit=0", None, 422, "invalid"),
        ("POST", "/needs", {"title": "短"}, 422, "invalid"),
        ("GET", "/me", None, 401, "token-needed"),
    ],
)
def test_every_refusal_is_a_problem_in_both_languages(
    world: World, served: str, method: str, path: str, body: object, status: int, code: str
) -> None:
    with world.program(served, "anonymous") as program:
        answer = program.request(method, path, json=body)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], problem["code"]) == (status, code)
        assert problem["detail"] == problem["zh"] != problem["en"]
    english = httpx.request(method, f"{served}/en/api/v1{path}", json=body).json()
    assert english["detail"] == problem["en"]


def test_a_wrong_value_is_named_by_its_place(world: World, served: str) -> None:
    with world.program(served, "bidder") as program:
        path = f"/projects/{world.projects['bidding'].code}/bid/submissions"
        wrong = LETTER | {"budget": [{"item": "人员", "amount": "-1"}]}
        errors = program.post(path, json=wrong).json()["errors"]
        assert {error["pointer"] for error in errors} == {"/budget/0/amount", "/milestones"}
        assert all(error["zh"] and error["en"] for error in errors)


def test_an_award_takes_the_password_also_from_a_program(world: World, served: str) -> None:
    project = world.projects["scoring"]
    with world.program(served, "street") as program:
        gate = program.get(f"/gates/{project.code}/award-event-r1").json()
        assert gate["wants_password"] is False
    with world.program(served, "panel member", TokenScope.DECIDE) as program:
        notice = world.projects["notice"]
        closed = program.post(
            f"/gates/{notice.code}/award-approval-r1/decisions",
            json={"verb": "approve", "dossier_version": 1},
        )
        assert (closed.status_code, closed.json()["code"]) == (403, "proof-needed")
