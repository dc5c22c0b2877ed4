"""``python -m tests.new_migration "What it does"``: write the next migration from the models."""

import re
import sys

from alembic import command

import migrations
from tests.cluster import SETTINGS, postgres_under, quick_folder
from tests.shell import ROOT


def write(what: str) -> str:
    """Write the migration and return its path; raise SystemExit where the models ask for none."""
    if not what.strip():
        raise SystemExit('Say what it does: make migration NAME="Meeting rooms".')
    versions = ROOT / "migrations" / "versions"
    last = max(path.stem[:4] for path in versions.glob("[0-9]*.py"))
    number = f"{int(last) + 1:04}"
    with quick_folder() as folder, postgres_under(folder, *SETTINGS) as server:
        url = server.url("jiebang")
        migrations.upgrade(url)
        made = command.revision(migrations.config(url), what, autogenerate=True, rev_id=number)
    assert made is not None
    assert not isinstance(made, list)
    path = versions / f"{number}_{re.sub(r'[^a-z0-9]+', '_', what.lower()).strip('_')}.py"
    versions.joinpath(made.path).replace(path)
    if re.search(r"def upgrade\(\).*?pass\n", path.read_text(), re.S):
        path.unlink()
        raise SystemExit("The models have nothing that the migrations have not.")
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    print(write(sys.argv[1] if len(sys.argv) > 1 else ""))  # noqa: T201
