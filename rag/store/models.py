"""What is kept of models: the one that the organisation chose, and what test questions came to."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Final

from rag.core.trials import ModelTrial

if TYPE_CHECKING:
    from rag.store.catalog import Catalog

_COLUMNS: Final = ", ".join(field.name for field in fields(ModelTrial))
_MODEL: Final = "model"


class Models:
    """Choices and measurements in the catalog's file. Any process may write here."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def chosen(self) -> str:
        """The model that answers for everybody where the settings leave it open, as the setting `model` writes it;
        "" for none."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT value FROM choices WHERE name = ?", (_MODEL,)).fetchone()
        return str(found[0]) if found else ""

    def choose(self, model: str) -> None:
        """Have `model` answer for everybody; "" takes the choice back."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM choices WHERE name = ?", (_MODEL,))
            if model:
                connection.execute("INSERT INTO choices VALUES (?, ?)", (_MODEL, model))

    def keep(self, trial: ModelTrial) -> None:
        """Remember a measurement in place of the model's last one."""
        with self._database.writing() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO model_trials ({_COLUMNS}) VALUES ({', '.join('?' * len(fields(trial)))})",
                astuple(trial),
            )

    def trials(self) -> dict[str, ModelTrial]:
        """The last measurement of each model, by its name on the server."""
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM model_trials").fetchall()
        return {trial.model: trial for trial in (ModelTrial(*row) for row in rows)}
