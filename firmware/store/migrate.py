"""Alembic brings the tables to this version's revision."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from firmware.store.schema import MIGRATIONS


def upgrade(engine: Engine) -> None:
    """To the newest; creates them where there are none."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
