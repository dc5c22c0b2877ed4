"""Run the migrations over a connection, one process at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlmodel import SQLModel

import models
from models.locks import AdvisoryLock

assert models.__all__, "importing the package registers the tables"

engine = create_engine(
    context.config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool
)
with engine.connect() as connection:
    connection.execute(text(f"SELECT pg_advisory_lock({AdvisoryLock.MIGRATING.value})"))
    context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
