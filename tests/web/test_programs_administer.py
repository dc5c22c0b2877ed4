"""Programs of administrators: rules changed by version, powers given, and nothing by a wider token."""

import pytest

from domain.errors import BadInput
from domain.identity.access import TokenScope
from models.session import unit_of_work
from services.identity.access_tokens import AccessTokenCreate, make_token
from tests.builders import actor
from tests.web.world import World


def test_settings_are_changed_on_what_was_read(world: World, served: str) -> None:
    with world.program(served, "administrator", TokenScope.ADMINISTER) as program:
        read = program.get("/rounds/R1")
        tag = {"If-Match": read.headers["etag"]}
        settings = read.json()["settings"]
        wrong = program.put(
            "/rounds/R1/settings",
            json={"settings": settings | {"panel_size": "2"}, "reason": "试行一年"},
            headers=tag,
        )
        assert wrong.status_code == 422
        assert [error["pointer"] for error in wrong.json()["errors"]] == ["/panel_size"]
        sent = {"settings": settings | {"panel_size": "7"}, "reason": "试行一年后调整"}
        done = program.put("/rounds/R1/settings", json=sent, headers=tag)
        assert done.status_code == 200
        assert done.json()["versions"][0]["changed"] == [
            {"path": "panel_size", "before": "5", "after": "7"}
        ]
        late = program.put("/rounds/R1/settings", json=sent, headers=tag)
        assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")


def test_somebody_is_added_and_invited_once_for_a_key(world: World, served: str) -> None:
    newcomer = {"login": "he.qing", "name": "何青", "role": "auditor"}
    key = {"Idempotency-Key": "add-he-qing"}
    with world.program(served, "administrator", TokenScope.ADMINISTER) as program:
        first = program.post("/people", json=newcomer, headers=key)
        again = program.post("/people", json=newcomer, headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.headers["idempotency-replayed"] == "true"
        link = program.post("/people/he.qing/invitations").json()["link"]
        assert "/welcome/" in link
        person = program.get("/people/he.qing").json()
        assert person["invited_until"]
        assert link.rpartition("/")[2] not in str(person)
        assert program.delete("/people/he.qing").status_code == 204
        assert program.get("/people/he.qing").status_code == 404


def test_a_year_is_published_by_a_program(world: World, served: str) -> None:
    days = [
        {"day": f"2027-{day}", "kind": "holiday", "reason": "春节"}
        for day in ("01-01", "02-08", "02-09", "02-10", "02-11", "02-12", "04-05")
    ]
    sent = {"source": "国务院办公厅通知", "days": days}
    with world.program(served, "administrator", TokenScope.ADMINISTER) as program:
        seen = program.put("/calendar/years/2027", json=sent | {"preview": True}).json()
        assert [change["after"]["day"] for change in seen["changes"]] == [
            day["day"] for day in days
        ]
        assert 2027 not in [year["year"] for year in program.get("/calendar/years").json()["items"]]
        assert program.put("/calendar/years/2027", json=sent).json() == seen
        years = {year["year"]: year for year in program.get("/calendar/years").json()["items"]}
        assert years[2027]["source"] == "国务院办公厅通知"
        wrong = program.put("/calendar/years/2028", json=sent)
        assert wrong.status_code == 422
        assert "不是 2028 年" in wrong.json()["detail"]


def test_registers_are_kept_by_programs_too(world: World, served: str) -> None:
    with world.program(served, "administrator", TokenScope.ADMINISTER) as program:
        made = program.post(
            "/organisations",
            json={
                "name": "启明星服务队",
                "org_stage": "grassroots",
                "legal_representative": "周启明",
                "serves": ["*"],
            },
        ).json()
        path = f"/organisations/{made['id']}/registration"
        read = program.get(path)
        body = {
            name: value
            for name, value in read.json().items()
            if name in ("name", "org_stage", "legal_representative", "serves", "grade")
        }
        changed = program.put(
            path, json=body | {"grade": "1A"}, headers={"If-Match": read.headers["etag"]}
        )
        assert changed.json()["grade"] == "1A"
        day = {"kind": "holiday", "reason": "春节"}
        assert program.put("/calendar/2027-02-09", json=day).status_code == 204
        listed = program.get("/calendar").json()["items"]
        assert {"day": "2027-02-09", **day} in listed
        assert program.delete("/calendar/2027-02-09").status_code == 204


@pytest.mark.parametrize(
    "scope", [scope for scope in TokenScope if scope is not TokenScope.ADMINISTER]
)
def test_no_other_token_administers(world: World, served: str, scope: TokenScope) -> None:
    with world.program(served, "administrator", scope) as program:
        assert program.get("/people").status_code == 403
        assert program.post("/people/expert-2/invitations").status_code == 403


def test_a_token_to_administer_with_holds_a_month_at_most(world: World) -> None:
    wanted = AccessTokenCreate(name="管理", days=31, scopes=[TokenScope.ADMINISTER])
    who = actor(world.people["administrator"])
    with unit_of_work() as session, pytest.raises(BadInput, match="30 days"):
        make_token(session, actor=who, token=wanted)
