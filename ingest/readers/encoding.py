"""Bytes of a text file into text: byte order marks, UTF-8, UTF-16 and -32, then a guess among the old code pages."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import Final, NamedTuple

from ingest.readers.source import Source
from rag.core.errors import UnsupportedFormat

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ALLOWED_CONTROLS: Final = frozenset("\t\n\r\x0b\x0c\x1b\x1a\x85")
# A text may hold a stray control character; a binary file is full of them.
_MOST_CONTROLS = 0.005
# Enough for the guess, and quick: charset-normalizer tries some ninety code pages.
_SAMPLE = 20_000
# Those that files are found in; the guess confuses them with their rare neighbours.
_WIDE_CODE_PAGES: Final = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
_LATIN_CODE_PAGES: Final = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "cp850")
_CODE_PAGES: Final = (
    *"cp1251 koi8_r cp866 iso8859_5 cp1253 iso8859_7 cp1256 iso8859_6 cp1255 cp874".split(),
    *_WIDE_CODE_PAGES,
    *_LATIN_CODE_PAGES,
)
_LEAST_WIDE: Final = 0.3
# So many bytes tell the pages of Chinese, Japanese and Korean apart: ten characters of one make a text of another too.
_SURE_WIDE: Final = 100
_LEAST_COHERENCE: Final = 0.1
# Letters beyond ASCII by language, and the code pages that texts of it are found in. What several Western languages
# use together comes last and counts a little less, as it holds letters that others have in the same place.
_WESTERN: Final = (
    "äöüß",
    "àâæçéèêëîïôœùûüÿ",
    "áéíñóúü¿¡",
    "ãáàâçéêíóôõúü",
    "àèéìíòóùú",
    "åäöéü",
    "æøåéäö",
    "áðéíóúýþæö",
    "éëïóöüè",
)
_CENTRAL: Final = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž")
_ALPHABETS: Final = (
    *((page, alphabet, 1.0) for page in ("cp1252", "cp850") for alphabet in _WESTERN),
    *((page, alphabet, 1.0) for page in ("cp1250", "iso8859_2") for alphabet in _CENTRAL),
    ("cp1254", "âçğıi\u0307îöşûü", 1.0),
    *(("cp1257", alphabet, 1.0) for alphabet in ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöšüž")),
    *((page, "".join(_WESTERN), 0.95) for page in ("cp1252", "cp850")),
)
_LEAST_SHARE: Final = 0.8
_HIGH = re.compile(rb"[\x80-\xff]")
_LETTER: Final = "[A-Za-zÀ-ÖØ-öø-\u024f]"
_LETTER_BEYOND = re.compile("[À-ÖØ-öø-\u024f]")
# Frames are drawn with signs whose arms meet: none to either side, to the left, to the right, to both. Those of a text
# that was read on a wrong page stand in any order.
_UPRIGHT, _LEFTWARD, _RIGHTWARD, _CROSSING = "│║", "┤┐┘╣╗╝", "├└┌╠╚╔", "─┬┴┼═╦╩╬"
_ARMS_MEET: Final = (
    rf"(?<![{_UPRIGHT}{_LEFTWARD}])(?:[{_LEFTWARD}](?![{_LEFTWARD}{_CROSSING}])|[{_CROSSING}](?![{_UPRIGHT}{_RIGHTWARD}]))"
    rf"|(?<![{_RIGHTWARD}{_CROSSING}])(?:[{_UPRIGHT}](?![{_LEFTWARD}{_CROSSING}])|[{_RIGHTWARD}](?![{_UPRIGHT}{_RIGHTWARD}]))"
)
# Signs where they usually stand. What is a sign on one page is a letter on another ("50 µg" and "50 Ág", "£40" and
# "ú40", "m³" and "mł"), and a letter on one is a sign on another: "Kühl" and "K\x81hl", "schön" and "sch”n".
_SIGN_IN_PLACE = re.compile(
    rf"(?<!{_LETTER})(?:µ(?=[glLmMskVWAFCSUTNPHJ])|(?:[£€¢¥±×÷¼½¾\u2580-\u259f]|{_ARMS_MEET})(?!{_LETTER})|[„‚¿¡])"
    rf"|(?:(?<=\d)|(?<=\d ))µ(?!{_LETTER})"
    rf"|(?<=[\w.)])[¹²³ºª](?!{_LETTER})"
    rf"|[“”«»‹›…•°©®™§¶](?!{_LETTER})|(?<!{_LETTER})[“”«»‹›…•°©®™§¶]"
    r"|[–—‘’´·\u00a0\u00ad]"
)

_LEAST_OF_SCRIPT: Final = 0.95

LONGEST_TEXT: Final = 128 * 1024**2
"""Bytes of a text file that are read: some 40,000 printed pages."""


class Decoded(NamedTuple):
    """A text and the encoding (Python's name) that its bytes were taken for."""

    text: str
    encoding: str
    doubtful: bool = False
    """Guessed, and the guess may be wrong."""


class ReadText(NamedTuple):
    """What a text file holds."""

    text: str
    encoding: str
    warnings: tuple[str, ...]


def read_bytes(source: Source) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a text file, of an endless one its beginning with a warning."""
    with source.path.open("rb") as file:
        data = file.read(LONGEST_TEXT + 1)
    if len(data) <= LONGEST_TEXT:
        return data, ()
    size = source.path.stat().st_size
    return data[:LONGEST_TEXT], (
        f"Read in part: the first {LONGEST_TEXT // 1024**2} of {size // 1024**2:,} MB. Split it into smaller files.",
    )


def read_text(source: Source) -> ReadText:
    """The text of a file, in the encoding that fits it.

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    data, warnings = read_bytes(source)
    decoded = decode(data, whole=not warnings)
    if decoded is None:
        raise UnsupportedFormat(f"{source.name} is not a text file.", "Save it as UTF-8 text.")
    if decoded.doubtful:
        warnings += (
            f"Its encoding was guessed as {decoded.encoding}. If letters look wrong, save it as UTF-8 and add that.",
        )
    return ReadText(decoded.text, decoded.encoding, warnings)


def decode(data: bytes, *, whole: bool = True) -> Decoded | None:
    """The text in `data` and its encoding, or None where it is no text.

    Args:
        data: a file's bytes, or (`whole` false) its beginning, which may end within a character.
        whole: whether all of the file is given.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _checked(_decode(data, name, whole))
    wide = _wide(data)
    if wide:
        return _checked(_decode(data, wide, whole))
    return _checked(_decode(data, "utf-8", whole) or _guessed(data))


def _checked(decoded: Decoded | None) -> Decoded | None:
    """`decoded` without its byte order mark, or None where it is no text."""
    if decoded is None or not _is_text(decoded.text):
        return None
    return decoded._replace(text=decoded.text.removeprefix("\ufeff"))


def _decode(data: bytes, encoding: str, whole: bool) -> Decoded | None:
    try:
        return Decoded(codecs.getincrementaldecoder(encoding)().decode(data, final=whole), encoding)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: in Latin script every second byte, or three of four, is near zero."""
    sample = data[:4096]
    if len(sample) < 4 or 0 not in sample:
        return ""
    zeros = [sample[place::4].count(0) / max(1, len(sample[place::4])) for place in range(4)]
    if min(zeros[1:]) > 0.9 and zeros[0] < 0.3:
        return "utf-32-le"
    if min(zeros[:3]) > 0.9 and zeros[3] < 0.3:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if odd > 0.3 and even < 0.05:
        return "utf-16-le"
    if even > 0.3 and odd < 0.05:
        return "utf-16-be"
    # In other scripts blanks, figures and line ends alone have a byte of zero. One of the two orders makes words.
    return next((name for name in ("utf-16-le", "utf-16-be") if not len(data) % 2 and _is_written(sample, name)), "")


def _is_written(sample: bytes, encoding: str) -> bool:
    """Whether bytes are text of one script, apart from ASCII, with blanks or line ends in it."""
    text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
    blocks = Counter("cjk" if char >= "\u2e80" else ord(char) >> 7 for char in text if char.isalpha() and char > "\x7f")
    other = sum(1 for char in text if not (char.isalpha() or char.isspace() or 0x20 < ord(char) < 0x7F))
    main = sum(count for _, count in blocks.most_common(2))
    spaced = any(char in " \r\n" for char in text)
    # Vowel signs of Indic scripts are no letters.
    return spaced and main >= _LEAST_OF_SCRIPT * blocks.total() > 0 and 2 * other <= len(text)


def _guessed(data: bytes) -> Decoded | None:
    from charset_normalizer import from_bytes

    if data[:8192].count(0):
        return None
    first = _HIGH.search(data)
    start = max(0, first.start() - 1000) if first else 0
    sample = data[start : start + _SAMPLE]
    best = from_bytes(sample, cp_isolation=list(_CODE_PAGES)).best()
    # Code pages of several bytes a letter fit much by chance; a text in one of them is full of its letters.
    wide = best is not None and best.encoding in _WIDE_CODE_PAGES
    by_chance = wide and best is not None and best.multi_byte_usage < _LEAST_WIDE
    if best is None or by_chance or best.encoding in _LATIN_CODE_PAGES:
        name, doubtful = _latin(sample)
    else:
        high = len(_HIGH.findall(sample))
        name, doubtful = best.encoding, high < _SURE_WIDE if wide else best.coherence < _LEAST_COHERENCE
        if not wide and _plausible(sample.decode("cp1252", "replace"))[1] == high:
            # Signs only, each in its place: the one between 2 and 3 in "2 × 3" is no letter of another script.
            name, doubtful = "cp1252", False
    for tried in (name, "cp1252", "latin-1"):
        try:
            return Decoded(data.decode(tried), tried, doubtful or tried != name)
        except UnicodeDecodeError:
            continue
    return None


def _latin(sample: bytes) -> tuple[str, bool]:
    """The code page of a text in Latin script, and whether it is in doubt.

    The one in which the signs beyond ASCII stand where they usually do and the letters are those of one language;
    Western Europe's where several are.
    """
    shares = dict.fromkeys(_LATIN_CODE_PAGES, 0.0)
    read = {page: _plausible(sample.decode(page, "replace")) for page in _LATIN_CODE_PAGES}
    total = max(1, len(_HIGH.findall(sample)))
    for page, alphabet, weight in _ALPHABETS:
        letters, signs = read[page]
        share = weight * (signs + sum(count for letter, count in letters.items() if letter in alphabet)) / total
        shares[page] = max(shares[page], share)
    # A sign of Windows' page out of its place makes no text of DOS's.
    if shares["cp1252"] >= _LEAST_SHARE:
        del shares["cp850"]
    best = max(shares, key=lambda page: shares[page])
    return best, shares[best] < _LEAST_SHARE


def _plausible(text: str) -> tuple[Counter[str], int]:
    """Letters beyond ASCII, in lower case, that may stand where they do, and the number of signs that may."""
    letters = Counter(
        match.group().lower()
        for match in _LETTER_BEYOND.finditer(text)
        if _may_stand(text[match.start() - 1 : match.start()], match.group(), text[match.end() : match.end() + 1])
    )
    return letters, len(_SIGN_IN_PLACE.findall(text))


def _may_stand(before: str, letter: str, after: str) -> bool:
    """No capital follows a small letter, and no figure follows a letter."""
    return not (after.isdecimal() or (before.islower() and letter.isupper()) or (letter.islower() and after.isupper()))


def _is_text(text: str) -> bool:
    controls = sum(1 for char in text[:65_536] if char < " " and char not in _ALLOWED_CONTROLS)
    return controls <= _MOST_CONTROLS * len(text[:65_536]) + 1
