"""Money: minor units to words and back.

Amounts are whole numbers of minor units (cents) beside an ISO 4217 code. Most currencies have 100 minor units to the
major one; the exceptions are listed in ISO 4217 (2018, amendment 176).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_NO_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSAND_MINOR = "BHD IQD JOD KWD LYD OMR TND"

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}
_CURRENCIES = {symbol: code for code, symbol in SYMBOLS.items()}

_PRICE = re.compile(
    r"(?:(?P<before>[A-Z]{3}|[$€£¥₹₩])\s*)?(?P<amount>[0-9][0-9,.\s'’]*)(?:\s*(?P<after>[A-Z]{3}|[$€£¥₹₩]))?"
)


def minor_per_major(currency: str) -> int:
    """How many minor units make one major unit: 100 for USD, 1 for JPY."""
    if currency in _NO_MINOR.split():
        return 1
    return 1000 if currency in _THOUSAND_MINOR.split() else 100


def format_price(minor: int, currency: str = "USD") -> str:
    """``5999`` → ``$59.99``; whole amounts lose their zeros: ``6000`` → ``$60``."""
    per_major = minor_per_major(currency)
    digits = len(str(per_major)) - 1
    whole, rest = divmod(minor, per_major)
    amount = f"{whole:,}" + (f".{rest:0{digits}}" if rest else "")
    return f"{SYMBOLS[currency]}{amount}" if currency in SYMBOLS else f"{amount} {currency}"


def to_minor(amount: Decimal, currency: str) -> int:
    """A major amount as minor units, halves rounded up.

    Raises:
        ValueError: it is not a finite number.
    """
    if not amount.is_finite() or abs(amount) > 10**15:
        raise ValueError(f"{amount} is no price")
    return int((amount * minor_per_major(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def parse_price(text: str, default_currency: str = "USD") -> tuple[int, str]:
    """A price as a shop writes it, as ``(minor units, currency)``.

    Takes ``12.99``, ``12.99 USD``, ``USD 12.99``, ``$12.99``, ``1,299.00``, ``1.299,00 €`` and ``12,99``. A comma
    before exactly three digits parts thousands; ``1.299`` is refused, because it could mean either.

    Raises:
        ValueError: it is not a price, is negative, has decimals its currency lacks, or names two currencies.
    """
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a price")
    named = {_CURRENCIES.get(name, name) for name in (match["before"], match["after"]) if name}
    if len(named) > 1:
        raise ValueError(f"{text!r} names two currencies")
    currency = named.pop() if named else default_currency
    amount = _parse_amount(match["amount"].strip(), text)
    minor = to_minor(amount, currency)
    if minor != amount * minor_per_major(currency):
        # 1.299 may be a thousand in one country and a little over one in another.
        raise ValueError(f"{text!r} has more decimals than {currency}")
    return minor, currency


def _parse_amount(amount: str, text: str) -> Decimal:
    last_comma, last_point = amount.rfind(","), amount.rfind(".")
    if last_comma >= 0 and last_point >= 0:
        decimal_mark = "," if last_comma > last_point else "."
    elif last_comma >= 0:
        # One comma and not three digits after it: 12,99 as written in most of Europe.
        decimal_mark = "," if amount.count(",") == 1 and len(amount) - last_comma - 1 != 3 else "."
    else:
        decimal_mark = "." if amount.count(".") <= 1 else ","
    whole, _, rest = amount.partition(decimal_mark)
    if re.search(r"[,.'’\s]", whole) and not re.fullmatch(r"[0-9]{1,3}(?:[,.'’\s][0-9]{3})+", whole):
        raise ValueError(f"{text!r} is not a price")
    digits = re.sub(r"[,.'’\s]", "", whole)
    try:
        return Decimal(f"{digits}.{rest}" if rest else digits)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a price") from None
