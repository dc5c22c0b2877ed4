"""A project at every stage of the lifecycle, all of one community."""

from collections.abc import Callable

from domain.gates import GateKind
from domain.lifecycle import Stage
from models.session import unit_of_work
from services.award import awards
from services.evaluate import evaluation
from services.gates.check_stage import check_stage
from tests.builders import Walk, after, new_project
from tests.web.world import World

PLACE = 0


def _led(title: str, lead: Callable[[Walk], object]) -> Walk:
    """Return the walk of a new project after ``lead`` has led it somewhere."""
    walk = Walk(new_project(title, PLACE))
    lead(walk)
    return walk


def _delivering(title: str) -> Walk:
    walk = _led(title, Walk.to_agreement)
    walk.through(Stage.NOTICE, GateKind.EVENT)
    walk.do(Stage.NOTICE, "sign", awards.sign_agreement)
    walk.open(Stage.DELIVER, GateKind.EVENT)
    return walk


def _noticed(title: str) -> Walk:
    walk = _led(title, Walk.to_ranking)
    gate = walk.through(Stage.AWARD, GateKind.APPROVAL)
    walk.do(Stage.AWARD, "confirm", after(awards.confirm_ranking, gate))
    walk.open(Stage.NOTICE, GateKind.TIMER)
    return walk


def _repairing(title: str) -> Walk:
    """A call without a ceiling, which its data check has sent to be mended."""
    walk = _led(title, Walk.to_evaluation_approval)
    gate = walk.through(Stage.EVALUATE, GateKind.APPROVAL)
    walk.do(Stage.EVALUATE, "conclude", after(evaluation.conclude_evaluation, gate))
    walk.story.ceiling_forgotten = True
    walk.through(Stage.PUBLISH, GateKind.PREPARATION)
    with unit_of_work() as session:
        assert not check_stage(session, walk.lease, Stage.PUBLISH)[0].passed
    walk.open(Stage.PUBLISH, GateKind.REPAIR)
    return walk


def _preparing(title: str) -> Walk:
    walk = Walk(new_project(title, PLACE))
    walk.do(Stage.EVALUATE, "begin", evaluation.begin_evaluation)
    walk.open(Stage.EVALUATE, GateKind.PREPARATION)
    return walk


def add_projects(world: World) -> None:
    """Add a project at every stage."""
    walks = {
        "delivering": _delivering("银发助餐"),
        "troubled": _delivering("轮椅借用与康复"),
        "agreeing": _led("课后托管", Walk.to_agreement),
        "scoring": _led("邻里调解", Walk.to_scoring),
        "notice": _noticed("垃圾分类进楼院"),
        "preparing": _preparing("楼道照明"),
        "approving": _led("独居老人巡访", Walk.to_evaluation_approval),
        "repairing": _repairing("消防安全进家庭"),
        "bidding": _led("健康讲座与义诊", Walk.to_bidding),
    }
    world.projects = {name: walk.project for name, walk in walks.items()}
