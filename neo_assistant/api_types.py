"""What programs send and what they get back, as types: requests are checked against them, the OpenAPI document
(:mod:`neo_assistant.openapi`) is made from them, and tests hold every answer against them.

Requests are read strictly: no unknown names, no numbers as text, no values that do not fit. Limits are those of
:class:`neo_assistant.request.Request`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from catalog_db.conditions import MAX_VALUES, MAX_WORD
from catalog_db.validation import MAX_PRICE_MINOR, PRODUCT_LIMITS
from neo_assistant.request import MAX_ABOUT, MAX_ITEMS, MAX_WORDS, unstorable
from neo_assistant.steering import MAX_HISTORY, Format, Task

MAX_SENT = 500
"""SKUs of a history that are taken; a prompt shows the latest :data:`~neo_assistant.steering.MAX_HISTORY`."""
MAX_AMOUNT = 10**9
_ID_LIMIT = 100


def _storable(text: str) -> str:
    if problem := unstorable(text):
        raise ValueError(f"holds {problem}")
    return text


Words = Annotated[str, Field(max_length=MAX_WORDS), AfterValidator(_storable)]
Value = Annotated[str, Field(min_length=1, max_length=MAX_WORD), AfterValidator(_storable)]
Sku = Annotated[str, Field(min_length=1, max_length=PRODUCT_LIMITS["sku"]), AfterValidator(_storable)]
Amount = Annotated[float, Field(ge=0, lt=MAX_AMOUNT, allow_inf_nan=False)]
Minor = Annotated[int, Field(ge=0, le=MAX_PRICE_MINOR)]
Rating = Annotated[float, Field(ge=1, le=5, allow_inf_nan=False)]
Values = Annotated[list[Value], Field(max_length=MAX_VALUES)]
Attributes = Annotated[dict[Value, Annotated[list[Value], Field(min_length=1)]], Field(max_length=MAX_VALUES)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SingleConditions(_Sent):
    """Conditions as the shop keeps them; all must hold, prices are in minor units of the shop's currency."""

    item_types: Values = Field(default=[], description="Any of these item types.")
    brands: Values = Field(default=[], description="Any of these brands.")
    attributes: Attributes = Field(default={}, description="Name of an attribute, and the values of which any will do.")
    min_price: Minor | None = Field(default=None, description="At least this, in minor units.")
    max_price: Minor | None = Field(default=None, description="At most this, in minor units.")
    min_rating: Rating | None = Field(default=None, description="Rated at least this.")
    in_stock: bool = Field(default=False, description="Only what can be bought now.")


class StoredConditions(SingleConditions):
    """Conditions as the shop keeps them, with those that cannot be merged into one value."""

    also: list[SingleConditions] = Field(default=[], max_length=20, description="Further conditions; all must hold.")


class Options(_Sent):
    """What steers a reply beside the words. Prices are in major units (59.99) but for those in ``conditions``."""

    history: list[Sku] = Field(
        default=[],
        max_length=MAX_SENT,
        description=f"SKUs the shopper viewed or bought, oldest first; the latest {MAX_HISTORY} count.",
    )
    about: list[Sku] = Field(default=[], max_length=MAX_ABOUT, description="SKUs that the words are about.")
    task: Task = Field(default=Task.CHAT, strict=False, description="What to do; `chat` leaves it to the words.")
    types: Values = Field(default=[], description="Item types that may be named; any if left out.")
    format: Format = Field(default=Format.MIXED, strict=False, description="What a reply is made of.")
    count: int | None = Field(
        default=None, ge=1, le=MAX_ITEMS, description="Most products; the shop's usual number if left out."
    )
    max_price: Amount | None = Field(default=None, description="At most this.")
    min_price: Amount | None = Field(default=None, description="At least this.")
    brands: Values = Field(default=[], description="Any of these brands.")
    attributes: Attributes = Field(default={}, description="Name of an attribute, and the values of which any will do.")
    min_rating: Rating | None = Field(default=None, description="Rated at least this.")
    in_stock: bool = Field(default=False, description="Only what can be bought now.")
    conditions: StoredConditions | None = Field(default=None, description="Further conditions, as the shop keeps them.")
    dismissed: list[Sku] = Field(default=[], max_length=MAX_VALUES, description="SKUs that must not be named.")
    counts: dict[Value, Annotated[int, Field(ge=1, le=MAX_ITEMS)]] = Field(
        default={}, max_length=MAX_ITEMS, description="Kinds or item types, and exactly how many of each."
    )
    budget: Amount | None = Field(default=None, gt=0, description="What all products may cost together.")
    want: Words | None = Field(
        default=None,
        description="Exactly these conditions instead of those read from the words, such as `kind: mug; price < 20;`; "
        "empty for none.",
    )


class RecommendRequest(Options):
    """A request that knows of no other. ``text`` may be left out where there is a ``history`` or an ``about``."""

    text: Words = Field(default="", description="What the shopper says.")


class ChatRequest(_Sent):
    """A turn of a conversation. ``message`` may be left out where the options hold a history or an ``about``."""

    message: Words = Field(default="", description="What the shopper says.")
    conversation_id: Annotated[str, Field(max_length=_ID_LIMIT), AfterValidator(_storable)] | None = Field(
        default=None, description="From the answer that began the conversation; left out, a new one begins."
    )
    options: Options | None = Field(default=None, description="What steers the reply beside the words.")


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Price(_Given):
    """A price in major units, in minor units, and as people read it."""

    amount: float
    currency: str
    minor: int
    text: str


class Stock(_Given):
    """Whether a product can be bought now; ``left`` is told where few are left."""

    state: Literal["in_stock", "few_left", "out_of_stock", "not_sold"]
    left: int | None
    text: str


class Product(_Given):
    """A product named in a reply.

    ``rank`` is its place in the reply, from 1. ``score`` is its log-probability in the beam search, with the weights
    that the merchandiser's rules give it. ``image`` is a URL, or a path relative to the address of the app.
    """

    rank: int
    sku: str
    title: str
    brand: str | None
    item_type: str
    category: str
    price: Price | None
    rating: float | None
    rating_count: int
    stock: Stock
    link: str | None
    image: str | None
    attributes: dict[str, list[str]]
    sid: str
    score: float | None


class TextPart(_Given):
    """Words of a reply."""

    type: Literal["text"]
    text: str


class ItemPart(_Given):
    """Where in the words a product is named."""

    type: Literal["item"]
    sku: str
    title: str
    price: float | None
    item_type: str
    sid: str


class UnderstoodCondition(_Given):
    """A condition for programs: ``max_price`` and 20.0, ``kind`` and ``mug``, ``in_stock`` and true."""

    name: str
    value: str | float | bool


class Understood(_Given):
    """The conditions that were read out of the words, one phrase and one value each, and how many products they leave.

    ``span`` is how the model wrote them.
    """

    span: str
    phrases: list[str]
    conditions: list[UnderstoodCondition]
    items_left: int


class ShopNotice(_Given):
    """Something the shop itself has to say; ``condition`` and ``phrase`` name the condition that is to blame."""

    code: str
    text: str
    condition: str | None = None
    phrase: str | None = None


class Timings(_Given):
    """Milliseconds and tokens."""

    first_token_ms: float
    total_ms: float
    tokens: int
    constraint_ms: float


class Answer(_Given):
    """A reply. ``status`` is ``waiting`` or ``writing`` while it grows, at the end ``complete`` or ``stopped``."""

    status: Literal["waiting", "writing", "complete", "stopped"]
    text: str
    products: list[Product]
    reply: list[TextPart | ItemPart]
    want: Understood | None
    notices: list[ShopNotice]
    total: float | None
    task: str
    format: str
    made_by: dict[str, Any]
    timings: Timings


class ChatAnswer(Answer):
    """A reply in a conversation; the id is the key to it."""

    conversation_id: str


class Problem(_Given):
    """What is wrong, how to mend it, and which part of the request is to blame, if a single one is."""

    message: str
    hint: str
    field: str | None


class Failure(_Given):
    """Instead of an answer. A conversation that has begun nevertheless is told."""

    error: Problem
    conversation_id: str | None = None
