"""Imports that go on, grow, and meet what became of a need meanwhile; every row is counted."""

import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import col, select, update

from models import ImportBatch, Need
from models.locks import AdvisoryLock, one_at_a_time
from models.needs import NeedStatus
from models.session import unit_of_work
from services.needs import import_needs as importing
from services.needs.import_needs import import_needs, mend_row
from services.needs.report_need import NeedCreate, report_need
from tests.database.needs.needs_files import GOOD, changed, csv_of, needs, quarantined
from tests.patience import PATIENCE

pytestmark = pytest.mark.usefixtures("database")


def take(path: Path) -> ImportBatch:
    return import_needs(path=path, actor="test").batch


def counts(batch: ImportBatch) -> tuple[int, int, int, int, int]:
    row_counts = (batch.imported, batch.known, batch.changed, batch.merged, batch.quarantined)
    assert sum(row_counts) == batch.rows == batch.done
    return row_counts


def test_a_file_that_has_grown_counts_nobody_twice(tmp_path: Path) -> None:
    rows = [GOOD, GOOD, changed(2, "别的事情")]
    assert counts(take(csv_of(tmp_path, *rows))) == (2, 0, 0, 1, 0)
    assert [need.supporters for need in needs()] == [24, 12, 12]
    grown = [*rows, changed(2, "又一件事"), GOOD]
    assert counts(take(csv_of(tmp_path, *grown))) == (1, 3, 0, 1, 0)
    assert [need.supporters for need in needs()] == [36, 12, 12, 12, 12]


def test_a_mended_row_is_one_more_beside_an_equal_one(tmp_path: Path) -> None:
    many, few = changed(5, "30"), changed(5, "3")
    wrong = (*few[:3], "天文观测", *few[4:])
    take(csv_of(tmp_path, many, wrong))
    (row,) = quarantined()
    with unit_of_work() as session:
        mend_row(session, row_id=row.id, changes={"category": GOOD[3]}, actor="test")
    assert [need.supporters for need in needs()] == [33, 3]
    # The file as it was mended: both rows are known.
    assert counts(take(csv_of(tmp_path, many, few, changed(2, "新的")))) == (1, 2, 0, 0, 0)
    assert [need.supporters for need in needs()] == [33, 3, 12]


def test_a_row_mended_after_the_corrected_file_was_imported_is_known(tmp_path: Path) -> None:
    take(csv_of(tmp_path, changed(3, "天文观测")))
    (row,) = quarantined()
    take(csv_of(tmp_path, GOOD))
    with unit_of_work() as session:
        mend_row(session, row_id=row.id, changes={"category": GOOD[3]}, actor="test")
    assert [need.supporters for need in needs()] == [12]


def test_supporters_are_those_of_the_latest_state_of_a_row(tmp_path: Path) -> None:
    take(csv_of(tmp_path, GOOD, changed(2, "别的事情")))
    batch = take(csv_of(tmp_path, changed(5, "30"), changed(2, "别的事情")))
    assert counts(batch) == (0, 1, 1, 0, 0)
    assert [need.supporters for need in needs()] == [30, 12]
    assert counts(take(csv_of(tmp_path, changed(5, "5"), changed(2, "新的")))) == (1, 0, 1, 0, 0)
    assert [need.supporters for need in needs()] == [5, 12, 12]


def test_people_who_support_a_need_stay_when_its_row_changes(tmp_path: Path) -> None:
    take(csv_of(tmp_path, GOOD))
    with unit_of_work() as session:
        code = session.exec(select(Need.community_code)).one()
        report = NeedCreate(
            title=GOOD[2], description=GOOD[4], category="property", community=str(code)
        )
        report_need(session, report=report, supporter="a browser")
    assert needs()[0].supporters == 13
    take(csv_of(tmp_path, changed(5, "20")))
    assert [need.supporters for need in needs()] == [21]


@pytest.mark.parametrize("status", [NeedStatus.ANSWERED, NeedStatus.IN_PROJECT])
def test_a_need_that_comes_back_is_new_and_names_the_earlier(
    tmp_path: Path, status: NeedStatus
) -> None:
    take(csv_of(tmp_path, GOOD))
    with unit_of_work() as session:
        session.execute(update(Need).values(status=status))
    batch = take(csv_of(tmp_path, GOOD, changed(6, "2026-06-01")))
    assert counts(batch) == (1, 1, 0, 0, 0)
    first, again = needs()
    assert (first.supporters, again.supporters) == (12, 12)
    assert (again.status, again.earlier_id) == (NeedStatus.REGISTERED, first.id)
    assert counts(take(csv_of(tmp_path, changed(6, "2026-07-01")))) == (0, 0, 0, 1, 0)
    assert needs()[1].supporters == 24


def test_a_wrong_row_of_a_grown_file_waits_once_and_is_known_once_mended(tmp_path: Path) -> None:
    wrong = changed(3, "天文观测")
    take(csv_of(tmp_path, wrong))
    assert counts(take(csv_of(tmp_path, wrong, GOOD))) == (1, 0, 0, 0, 1)
    (row,) = quarantined()
    with unit_of_work() as session:
        mend_row(session, row_id=row.id, changes={"category": "养老"}, actor="test")
    assert counts(take(csv_of(tmp_path, wrong, GOOD, changed(2, "新的")))) == (1, 2, 0, 0, 0)


REFERENCED = (
    "工单编号",
    "所属街道",
    "所属社区",
    "需求标题",
    "需求类别",
    "需求描述",
    "反映人数",
    "反映日期",
)


def test_a_row_with_a_reference_is_known_by_it(tmp_path: Path) -> None:
    first = csv_of(tmp_path, ("QD2026030500012", *GOOD), head=REFERENCED)
    again = csv_of(tmp_path, ("QD2026030500012", *changed(4, "说得更清楚")), head=REFERENCED)
    assert counts(take(first)) == (1, 0, 0, 0, 0)
    assert counts(take(again)) == (0, 1, 0, 0, 0)
    assert len(needs()) == 1


class Stopped(Exception):
    pass


def test_an_import_that_was_ended_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    rng = random.Random(1)
    rows = [changed(2, f"事情{n}") for n in range(30)] + [GOOD, GOOD, changed(3, "天文")]
    rng.shuffle(rows)
    path = csv_of(tmp_path, *rows)

    def stop(done: int, total: int) -> None:
        assert total == 33
        if done == 20:
            raise Stopped

    with pytest.raises(Stopped):
        import_needs(path=path, actor="test", progress=stop)
    with unit_of_work() as session:
        batch = session.exec(select(ImportBatch)).one()
    assert (batch.done, batch.finished_at) == (20, None)
    assert len(needs()) + len(quarantined()) == 20
    assert counts(take(path)) == (31, 0, 0, 1, 1)
    assert len(needs()) == 32


def test_rows_are_mended_while_the_rest_of_their_file_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    wrong = [(*GOOD[:2], f"待修正{n}", "天文观测", *GOOD[4:]) for n in range(6)]
    path = csv_of(tmp_path, *wrong, *(changed(2, f"事情{n}") for n in range(30)))
    mends: list[Future[None]] = []

    def mend(row: UUID) -> None:
        with unit_of_work() as session:
            mend_row(session, row_id=row, changes={"category": GOOD[3]}, actor="test")

    with ThreadPoolExecutor(len(wrong)) as pool:

        def begin(done: int, _: int) -> None:
            if done == len(wrong):
                mends.extend(pool.submit(mend, row.id) for row in quarantined())

        import_needs(path=path, actor="test", progress=begin)
        for mending in mends:
            mending.result(timeout=PATIENCE)
    assert len(mends) == len(wrong)
    with unit_of_work() as session:
        assert counts(session.exec(select(ImportBatch)).one()) == (36, 0, 0, 0, 0)
    assert len({need.code for need in needs()}) == 36


def test_who_reports_a_need_does_not_wait_for_an_import(tmp_path: Path) -> None:
    """While an import holds all that it ever holds, twenty people report and are answered."""
    take(csv_of(tmp_path, GOOD))
    with unit_of_work() as session:
        community = str(session.exec(select(Need.community_code)).one())
    reported: list[str] = []

    def report(number: int) -> None:
        with unit_of_work() as session:
            need = report_need(
                session,
                report=NeedCreate(
                    title=f"第 {number} 件事",
                    description="说明说明",
                    category="property",
                    community=community,
                ),
                supporter=str(number),
            )
            reported.append(need.code)

    with unit_of_work() as importer:
        one_at_a_time(importer, AdvisoryLock.IMPORTING)
        importing.next_codes(importer, 2026, 50)
        people = [threading.Thread(target=report, args=(n,)) for n in range(20)]
        for person in people:
            person.start()
        for person in people:
            person.join(timeout=PATIENCE)
    assert len(set(reported)) == 20


def test_two_imports_at_once_lose_nothing_and_number_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 7)
    paths = [
        csv_of(tmp_path, *(changed(2, f"事情{n}") for n in range(start, start + 40)))
        for start in (0, 20)
    ]
    threads = [threading.Thread(target=take, args=(path,)) for path in (*paths, paths[0])]
    for thread in threads:
        thread.start()
    for started in threads:
        started.join(timeout=PATIENCE)
    with unit_of_work() as session:
        batches = session.exec(select(ImportBatch).order_by(col(ImportBatch.sha256))).all()
    assert [batch.rows for batch in batches] == [40, 40]
    assert sum(batch.imported for batch in batches) == 60
    assert sum(batch.known for batch in batches) == 20
    codes = [need.code for need in needs()]
    assert len(codes) == len(set(codes)) == 60


def test_a_reference_that_stands_twice_in_a_file_counts_the_later_row(tmp_path: Path) -> None:
    rows = [("QD2026030500012", *changed(5, supporters)) for supporters in ("3", "5", "5")]
    assert counts(take(csv_of(tmp_path, *rows, head=REFERENCED))) == (1, 1, 1, 0, 0)
    assert [(need.supporters, need.stated) for need in needs()] == [(5, 5)]
    grown = [*rows, *(("QD2026030500012", *changed(5, "7")) for _ in range(2))]
    assert counts(take(csv_of(tmp_path, *grown, head=REFERENCED))) == (0, 2, 3, 0, 0)
    assert [(need.supporters, need.stated) for need in needs()] == [(7, 7)]


def test_a_reference_that_two_needs_have_in_a_file_waits_for_its_correction(tmp_path: Path) -> None:
    rows = [("QD2026030500012", *GOOD), ("QD2026030500012", *changed(2, "别的事情"))]
    assert counts(take(csv_of(tmp_path, *rows, head=REFERENCED))) == (1, 0, 0, 0, 1)
    (wrong,) = quarantined()
    assert wrong.rule == "reference-twice"
    assert "QD2026030500012" in wrong.zh
