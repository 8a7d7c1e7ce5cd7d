"""Figures as a spreadsheet's number formats write them."""

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from ingest.readers import Source, read
from ingest.readers.number_format import shown

_ACCOUNTING = '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)'
_PHONE = "[<=9999999]###\\-####;\\(###\\)\\ ###\\-####"
_VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.integers()


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        # Text is printed as it is, whatever it holds.
        (2, '0" x 250 mg"', "2 x 250 mg"),
        (5, '0.0" mg/100 ml"', "5.0 mg/100 ml"),
        (2, '0" tab (0.5 mg)"', "2 tab (0.5 mg)"),
        (3, '"box 10-20: "0', "box 10-20: 3"),
        (4, "[$U5-409] 0", "U5 4"),
        (0.5, '0%" of 100"', "50% of 100"),
        (0.5, "0.0\\%", "0.5%"),
        (5, "0 kg", "5 kg"),
        (5, "0 mg/kg", "5 mg/kg"),
        (37, "0.0°C", "37.0°C"),
        (712345678, "+254 000 000 000", "+254 712 345 678"),
        # Sections.
        (5, '[<1]0.0" mg";0" g"', "5 g"),
        (0.5, '[<1]0.0" mg";0" g"', "0.5 mg"),
        (500, '[>=1000]0.0,"g";0"mg"', "500mg"),
        (1500, '[>=1000]0.0,"g";0"mg"', "1.5g"),
        (2_500_000, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "2.5M"),
        (2_500, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "2.5K"),
        (25, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "25"),
        (1, '[=1]"Yes";[=0]"No";General', "Yes"),
        (0, '[=1]"Yes";[=0]"No";General', "No"),
        (7, '[=1]"Yes";[=0]"No";General', "7"),
        (0, '0" a";-0" a";"none; 0"', "none; 0"),
        (3, '0" a;b";0', "3 a;b"),
        (5, '0;-0;0;"see "@', "5"),
        # Negative numbers.
        (-3.5, '"KES" 0.00', "-KES 3.50"),
        (-5, "0;[Red]0", "-5"),
        (-5, "0_);\\(0\\)", "-5"),
        (-5, '0" over";0" under"', "5 under"),
        (-5, "0;0-", "5-"),
        (-5, '[<1]0.0" mg";0" g"', "-5.0 mg"),
        (-5, '[>=1]0" g";0.0" mg"', "-5.0 mg"),
        (-0.004, "0.00", "0.00"),
        (1234.5, _ACCOUNTING, "$ 1,234.50"),
        (-1234.5, _ACCOUNTING, "-$ 1,234.50"),
        (0, _ACCOUNTING, "$ -"),
        # Thousands.
        (1500, '#,##0,"K"', "2K"),
        (1_500_000, '#,##0.0,,"M"', "1.5M"),
        (12345, "#.0000,,", "0.0123"),
        (1_234_567.8, "#,##0.00", "1,234,567.80"),
        (5, "0,000", "0,005"),
        # General.
        (5, 'General" units"', "5 units"),
        (0.1 + 0.2, '"pH "General', "pH 0.3"),
        (-5, "General;General", "-5"),
        (5, '@" mg"', "5 mg"),
        # Places for digits.
        (123, "00000", "00123"),
        (712345678, "0000 000 000", "0712 345 678"),
        (5551234, _PHONE, "555-1234"),
        (5551234567, _PHONE, "(555) 123-4567"),
        (34, "###-####", "34"),
        (830, '0":"00', "8:30"),
        (1.5, "0.0##", "1.5"),
        (1.5, "0.0?0", "1.500"),
        (0.5, "#.00", "0.50"),
        (12.5, ".00", "12.50"),
        (5, '0.##" ml"', "5 ml"),
        # Rounding as at school, of the number as it was typed.
        (2.5, "0", "3"),
        (0.285, "0%", "29%"),
        (1.005, "0.00", "1.01"),
        (28.499999999999996, "0", "29"),
        (10**400, "0.0", f"1{'0' * 400}.0"),
        # Exponents.
        (0.00012, "0.0E-0", "1.2E-4"),
        (12345, "0.00E+00", "1.23E+04"),
        (99999, "0.0E+0", "1.0E+5"),
        (-1234567.89, "##0.0E+0", "-1.2E+6"),
        (123456.789, "##0.0E+0", "123.5E+3"),
        (0, "0.0E+00", "0.0E+00"),
        (2e9, '0E+0"/L"', "2E+9/L"),
        # Fractions.
        (1.5, "# ?/?", "1 1/2"),
        (0.25, "# ?/?", "1/4"),
        (0.25, "0 ?/?", "0 1/4"),
        (2, "# ??/??", "2"),
        (0.99, "# ?/?", "1"),
        (-1.2, "# ?/?", "-1 1/5"),
        (12.3, "# ??/??", "12 3/10"),
        (1.25, "?/?", "5/4"),
        (0.5, "# ?/8", "4/8"),
        (2.75, '#" "??/100" tab"', "2 75/100 tab"),
        (12345.67891, "# ???/???", "12345 573/844"),
    ],
)
def test_figures_as_excel_writes_them(value: float, number_format: str, expected: str) -> None:
    assert shown(value, number_format) == expected


@pytest.mark.parametrize(
    "number_format",
    [
        "0.0.0",
        "0 x 250 mg",
        "0.5",
        '0" mg',
        "0]",
        "0,.0,0",
        '0" mg",',
        "# ?/?/?",
        "?? / ??",
        "0%E+0",
        "0E+",
        "[<1mg]0.0;0",
        "[<1mg]0.0;0;0",
        "[>100]0.0",
        "[h]:mm",
        "ss.00",
        "yyyy",
        "General0",
        "0;0;0;0;0",
        "0" * 300,
        "",
    ],
)
def test_a_format_that_is_not_understood_changes_nothing(number_format: str) -> None:
    assert shown(12.75, number_format) == "12.75"
    assert shown(-12.75, number_format) == "-12.75"


@given(value=_VALUES, text=st.text(alphabet='0123456789#?.,%;:-()/\\[]_*@ mgµxE+"'))
def test_any_format_is_taken(value: float, text: str) -> None:
    assert isinstance(shown(value, text), str)


@given(value=_VALUES, text=st.text(alphabet="0123456789#?.,%;:-()/\\[]_*@ mgµxE+"))
def test_no_sign_of_a_text_is_lost(value: float, text: str) -> None:
    text = " ".join(text.split())
    figure = shown(value, "0.00")
    assert shown(value, f'0.00" {text}"') == f"{figure} {text}".strip()
    sign = "-" if figure.startswith("-") else ""
    assert shown(value, f'"{text} "0.00') == sign + f"{text} {figure.removeprefix('-')}".strip()


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.integers(min_value=0, max_value=4))
def test_a_figure_is_the_number_rounded_half_up(value: Decimal, decimals: int) -> None:
    number_format = "#,##0" + "." * (decimals > 0) + "0" * decimals
    expected = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    assert Decimal(shown(float(value), number_format).replace(",", "")) == expected
    assert Decimal(shown(float(value / 100), f"{number_format}%").replace(",", "").rstrip("%")) == expected


@given(st.integers(min_value=0), st.sampled_from(["000000000", "0000-00-000", '00"x"00 00000', "(#000) 000-00"]))
def test_no_digit_is_lost_where_literals_part_them(value: int, number_format: str) -> None:
    digits = re.sub(r"\D", "", shown(value, number_format))
    assert digits == str(value).zfill(number_format.count("0"))


def test_a_sheet_tells_doses_as_it_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "doses.xlsx"
    book = Workbook()
    rows = [["Amoxicillin", 2, '0" x 250 mg"'], ["Vitamin A", 200_000, '#,##0," thousand IU"'], ["Zinc", 0.5, "# ?/?"]]
    book.active.append(["Drug", "Dose"])
    for drug, dose, number_format in rows:
        book.active.append([drug, dose])
        book.active.cell(book.active.max_row, 2).number_format = number_format
    book.save(path)
    parsed = read(Source(path))
    assert [parsed.slice(block.span) for block in parsed.blocks] == [
        "Drug | Dose",
        "Amoxicillin | 2 x 250 mg",
        "Vitamin A | 200 thousand IU",
        "Zinc | 1/2",
    ]
