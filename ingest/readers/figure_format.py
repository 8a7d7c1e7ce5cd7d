"""A figure as a cell's number format writes it, by the rules of ECMA-376 part 1, 18.8.30 and 18.8.31.

A format is applied as a whole or not at all. Some of Excel's ways are left, as they mislead who reads a figure alone: a
digit always stands before the point, no point ends a figure, and accounting's parentheses become a minus, which no
rounded zero has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from ingest.readers.format_sections import CODES, MOST_SECTIONS, Token, sections

# Numbers are stored with 15 to 17 digits of which the last are noise (0.1 + 0.2); a cell shows at most 11 characters.
_STORED: Final = Context(prec=15, rounding=ROUND_HALF_UP)
_GENERAL_DIGITS: Final = 10
# More digits than Python reads (4,300) and the longest format adds.
_EXACT: Final = Context(prec=6_000, rounding=ROUND_HALF_UP)
_PRINTED_CODES: Final = frozenset({"number", "percent", "slash"})

_Written = dict[int, str]
"""What is printed in a token's place, by its index; of the others a literal is printed as it is."""


def figure(value: float, number_format: str) -> str:
    """`value` as `number_format` writes it; as the format General does where the format is not understood.

    Args:
        value: a finite number.
        number_format: up to four sections parted by semicolons, as they are stored, whatever the reader's language.
    """
    known = sections(number_format)
    place = next((place for place, section in enumerate(known) if section.takes(value)), None)
    try:
        written = None if place is None else _written(abs(value), known[place].tokens)
    except (ValueError, ArithmeticError):  # more digits than Python writes or a Decimal holds
        written = None
    if place is None or written is None:
        return general(value)
    tokens = known[place].tokens
    signs = [token.text for token in tokens if token.kind == "digit"]
    for_zero = place == MOST_SECTIONS - 1 and not value
    if for_zero and signs and "0" not in signs:
        # Of "?" and "#" nothing is printed for a zero.
        written = dict.fromkeys(written, "")
    sign = "-" if value < 0 and re.search("[1-9]", "".join(written.values())) else ""
    if value < 0 and known[place].only_negative:
        marks = _marks(tokens)
        written.update(dict.fromkeys(marks, ""))
        # Where words tell a negative number from a positive one, as in 0" over";0" under", a minus is none.
        if not marks and _literals(tokens) != _literals(known[0].tokens):
            sign = ""
    printed = (written.get(place, token.text if _is_literal(token) else "") for place, token in enumerate(tokens))
    text = re.sub(" +", " ", "".join(printed)).strip()
    return sign + text if text else "" if for_zero else general(value)


def general(value: float) -> str:
    """`value` without a format of its own."""
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return str(int(value))
    text = f"{value:.{_GENERAL_DIGITS}g}"
    return text if "e" not in text else f"{value:.6g}"


def _amount(size: float) -> Decimal:
    """A number's size, without the noise of its last digits."""
    amount = Decimal(size) if isinstance(size, int) else Decimal(repr(size))
    return amount if amount == amount.to_integral_value(context=_EXACT) else _STORED.plus(amount)


def _marks(tokens: Sequence[Token]) -> list[int]:
    """Places of the minus or the parentheses around a section's figure."""
    figures = [place for place, token in enumerate(tokens) if token.kind in ("digit", "point", "general")]
    if not figures:
        return []
    marks = [(place, token.text) for place, token in enumerate(tokens) if token.kind == "mark"]
    minus = [place for place, mark in marks if mark == "-" and place < figures[0]]
    opened = [place for place, mark in marks if mark == "(" and place < figures[0]]
    closed = [place for place, mark in marks if mark == ")" and place > figures[-1]]
    return [*minus, *opened[:1], *closed[-1:]] if opened and closed else minus


def _literals(tokens: Sequence[Token]) -> str:
    return "".join("".join(token.text.split()) for token in tokens if _is_literal(token))


def _is_literal(token: Token) -> bool:
    return token.kind not in CODES or token.kind in _PRINTED_CODES


def _written(size: float, tokens: Sequence[Token]) -> _Written | None:
    """What a section's codes print for a number's size; None where they are not understood."""
    kinds = [token.kind for token in tokens]
    codes = CODES.intersection(kinds)
    pairs = set(pairwise(kinds))
    # Letters without a figure are a date's, and so are seconds with decimals.
    dated = "letter" in kinds and (not codes & {"digit", "general"} or ("letter", "point") in pairs)
    if dated:
        return None
    if not codes:
        return {}
    if codes == {"general"}:
        return {kinds.index("general"): general(size)} if kinds.count("general") == 1 else None
    if "digit" not in codes:
        return None
    amount = _amount(size)
    slash = next((place for place, kind in enumerate(kinds) if kind == "slash" and _parts(kinds, place)), None)
    if slash is not None:
        return _fraction(amount, tokens, slash) if codes <= {"slash", "digit", "number"} else None
    if "exponent" in codes:
        known = codes <= {"exponent", "digit", "point", "slash"} and kinds.count("exponent") == 1
        return _scientific(amount, tokens, kinds.index("exponent")) if known else None
    if any("number" in pair and CODES.issuperset(pair) and len(set(pair)) > 1 for pair in pairs):
        # 250 without quotes: its nought is the figure's.
        return None
    return None if "general" in codes else _fixed(amount, tokens)


def _parts(kinds: Sequence[str], slash: int) -> bool:
    """Whether a slash has figures on both its sides."""
    return "digit" in kinds[:slash] and not {"digit", "number"}.isdisjoint(kinds[slash:])


def _fixed(amount: Decimal, tokens: Sequence[Token]) -> _Written | None:
    """A figure's digits spread over the places for them, which literals may part, as in 000-0000."""
    points = [place for place, token in enumerate(tokens) if token.kind == "point"]
    digits = [place for place, token in enumerate(tokens) if token.kind == "digit"]
    commas = _commas(tokens, points[0] if points else len(tokens))
    if len(points) > 1 or not digits or commas is None:
        return None
    grouped, thousands = commas
    point = points[0] if points else len(tokens)
    before, behind = [place for place in digits if place < point], [place for place in digits if place > point]
    percents = sum(1 for token in tokens if token.kind == "percent")
    scaled = amount.scaleb(2 * percents - 3 * thousands, context=_EXACT)
    rounded = scaled.quantize(Decimal(1).scaleb(-len(behind)), context=_EXACT)
    whole, _, decimals = f"{rounded:f}".partition(".")
    kept = max((order + 1 for order, place in enumerate(behind) if tokens[place].text == "0"), default=0)
    decimals = decimals[:kept] + decimals[kept:].rstrip("0")
    written = dict.fromkeys(digits, "")
    written.update(_whole(whole, tokens, before, grouped))
    if points:
        written[point] = ("" if before else whole) + ("." if decimals else "")
    written.update(zip(behind, decimals, strict=False))
    return written


def _whole(whole: str, tokens: Sequence[Token], places: Sequence[int], grouped: bool) -> _Written:
    """A whole number's digits in the places before the point."""
    if not places:
        return {}
    whole = whole.zfill(next((len(places) - order for order, each in enumerate(places) if tokens[each].text == "0"), 0))
    pieces = [
        digit + ("," if grouped and left and left % 3 == 0 else "")
        for left, digit in zip(range(len(whole) - 1, -1, -1), whole, strict=True)
    ]
    # The first place takes all the digits for which there is none.
    surplus = max(len(pieces) - len(places), 0) + 1
    pieces = ["".join(pieces[:surplus]), *pieces[surplus:]]
    filled = places[len(places) - len(pieces) :]
    # A dash between places that are not filled would be taken for a minus.
    dashes = [place for place in range(places[0], filled[0]) if tokens[place].text == "-"]
    return {**dict.fromkeys(dashes, ""), **dict(zip(filled, pieces, strict=True))}


def _commas(tokens: Sequence[Token], point: int) -> tuple[bool, int] | None:
    """Whether thousands are parted, and how many thousands the figure is counted in; None where a comma is neither."""
    grouped, thousands = False, 0
    for place, token in enumerate(tokens):
        if token.kind != "comma":
            continue
        left = next((each.kind for each in reversed(tokens[:place]) if each.kind != "comma"), "")
        part = tokens[place + 1 : point] if place < point else tokens[place + 1 :]
        right = [each.kind for each in part if each.kind != "comma"]
        if left != "digit" or ("digit" in right and (right[0] != "digit" or place > point)):
            return None
        if "digit" in right:
            grouped = True
        else:
            thousands += 1
    return grouped, thousands


def _scientific(amount: Decimal, tokens: Sequence[Token], mark: int) -> _Written | None:
    """A figure with an exponent, which goes in steps of as many tens as there are places before the point."""
    mantissa = tokens[:mark]
    digits = [place for place in range(mark + 1, len(tokens)) if tokens[place].kind == "digit"]
    if any(token.kind == "point" for token in tokens[mark:]) or digits != list(range(mark + 1, mark + 1 + len(digits))):
        return None
    point = next((place for place, token in enumerate(mantissa) if token.kind == "point"), mark)
    step = max(sum(1 for token in mantissa[:point] if token.kind == "digit"), 1)
    decimals = sum(1 for token in mantissa[point:] if token.kind == "digit")
    exponent = amount.adjusted() // step * step if amount else 0
    rounded = amount.scaleb(-exponent, context=_EXACT).quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
    if rounded >= Decimal(10) ** step:
        exponent += step
    written = _fixed(amount.scaleb(-exponent, context=_EXACT), mantissa)
    if written is None or not digits:
        return None
    sign = "-" if exponent < 0 else tokens[mark].text[1:].strip("-")
    written.update(dict.fromkeys(digits, ""))
    written[mark] = f"E{sign}"
    written[digits[0]] = str(abs(exponent)).zfill(_zeros(tokens, digits))
    return written


def _fraction(amount: Decimal, tokens: Sequence[Token], slash: int) -> _Written | None:
    """A figure as the nearest fraction, with the whole number before it where the format has a place for that."""
    first, last = slash, slash
    while first and tokens[first - 1].kind == "digit":
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].kind in ("digit", "number"):
        last += 1
    top, bottom = list(range(first, slash)), list(range(slash + 1, last + 1))
    wholes = [place for place, token in enumerate(tokens[:first]) if token.kind == "digit"]
    stray = [*tokens[:first], *tokens[last + 1 :]]
    below = "".join(tokens[place].text for place in bottom)
    if (
        not (top and bottom)
        or any(token.kind == "number" for token in stray)
        or any(token.kind == "digit" for token in tokens[last + 1 :])
    ):
        return None
    if tokens[slash + 1].kind == "number" and not below.isdigit():
        return None
    whole, rest = divmod(Fraction(amount), 1) if wholes else (0, Fraction(amount))
    if tokens[slash + 1].kind == "number":
        numerator, denominator = (2 * rest * int(below) + 1) // 2, int(below)
    else:
        numerator, denominator = rest.limit_denominator(10 ** len(bottom) - 1).as_integer_ratio()
    if wholes and numerator == denominator:
        whole, numerator = whole + 1, 0
    written = dict.fromkeys([*wholes, *top, *bottom, slash], "")
    fraction = numerator > 0 or not wholes
    if wholes and (whole or not fraction or _zeros(tokens, wholes)):
        written[wholes[-1]] = str(whole).zfill(_zeros(tokens, wholes))
    elif wholes:
        written.update(dict.fromkeys(range(wholes[-1] + 1, first), ""))
    if fraction:
        written[top[0]] = str(numerator).zfill(_zeros(tokens, top))
        written[slash], written[bottom[0]] = "/", str(denominator).zfill(_zeros(tokens, bottom))
    else:
        written.update(dict.fromkeys(range(wholes[-1] + 1, first), ""))
    return written


def _zeros(tokens: Sequence[Token], places: Sequence[int]) -> int:
    return sum(1 for place in places if tokens[place].text == "0")
