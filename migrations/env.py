"""Run the migrations over a connection, one process at a time."""

import importlib
import pkgutil
from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import models
from models.locks import AdvisoryLock

# Importing a module registers its tables, also those of one that the package does not export yet.
for module in pkgutil.iter_modules(models.__path__):
    importlib.import_module(f"models.{module.name}")


def render(kind: str, item: Any, _: object) -> str | Literal[False]:
    """Write a text's type as SQLAlchemy's own; everything else as Alembic does."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


engine = create_engine(
    context.config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool
)
with engine.connect() as connection:
    connection.execute(text(f"SELECT pg_advisory_lock({AdvisoryLock.MIGRATING.value})"))
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        render_item=render,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
