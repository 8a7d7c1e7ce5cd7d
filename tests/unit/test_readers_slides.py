"""Presentations made here and read back: PowerPoint and OpenDocument."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Emu, Inches

from ingest.readers import Source, odf_slides, pptx
from ingest.readers.registry import read
from rag.core.errors import IngestError, NoText, PasswordProtected
from rag.core.types import BlockKind, PageStatus, ParsedDocument

BLANK = 6


def _blocks(parsed: ParsedDocument, page: int = 1) -> list[tuple[str, str]]:
    return [(block.kind.value, parsed.slice(block.span)) for block in parsed.blocks if block.span.page == page]


def _save(deck: Any, path: Path) -> Source:
    deck.save(str(path))
    return Source(path)


def _rewritten(path: Path, part: str, old: bytes, new: bytes) -> Source:
    """A copy of a package in which one part is changed."""
    target = path.with_name(f"new-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            data = source.read(name)
            assert name != part or old in data
            copy.writestr(name, data.replace(old, new) if name == part else data)
    return Source(target)


def _picture() -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    buffer.seek(0)
    return buffer


def test_a_slide_is_a_page_with_title_bullets_table_and_notes(tmp_path: Path) -> None:
    deck = Presentation()
    deck.core_properties.title = "Clinic training"
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Handling\vvaccines"
    body = slide.placeholders[1].text_frame
    body.text = "Keep cold"
    for text, level in (("Between 2 and 8 °C", 1), ("Log it twice a day", 0)):
        paragraph = body.add_paragraph()
        paragraph.text, paragraph.level = text, level
    slide.notes_slide.notes_text_frame.text = "Show the fridge.\nAsk for questions."
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Doses"
    table = second.shapes.add_table(3, 3, 0, Inches(2), Inches(6), Inches(2)).table
    for row, texts in enumerate([("Vaccine", "Age", "Dose"), ("BCG", "birth", "0.05 ml"), ("", "1 year", "0.1 ml")]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    parsed = pptx.read(_save(deck, tmp_path / "training.pptx"))
    assert parsed.title == "Clinic training"
    assert parsed.dated == "2013-01-27"
    assert _blocks(parsed) == [
        ("heading", "Handling vaccines"),
        ("list_item", "• Keep cold"),
        ("list_item", "• Between 2 and 8 °C"),
        ("list_item", "• Log it twice a day"),
        ("heading", "Notes"),
        ("paragraph", "Show the fridge."),
        ("paragraph", "Ask for questions."),
    ]
    assert [block.level for block in parsed.blocks if block.kind is BlockKind.LIST_ITEM] == [0, 1, 0]
    assert [block.level for block in parsed.blocks if block.kind is BlockKind.HEADING] == [1, 2, 1]
    assert _blocks(parsed, 2) == [
        ("heading", "Doses"),
        ("table_head", "Vaccine | Age | Dose"),
        ("table_row", "BCG | birth | 0.05 ml"),
        ("table_row", "BCG | 1 year | 0.1 ml"),
    ]


def test_shapes_are_read_from_top_to_bottom_and_left_to_right_and_groups_stay_together(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[BLANK])

    def box(parent: Any, text: str, left: float, top: float) -> None:
        parent.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1)).text_frame.text = text

    box(slide.shapes, "last", 1, 6)
    box(slide.shapes, "second", 5, 1.1)
    box(slide.shapes, "first", 1, 1.2)
    group = slide.shapes.add_group_shape()
    box(group.shapes, "grouped below", 1, 3.4)
    box(group.shapes, "grouped above", 1, 2.5)
    box(slide.shapes, "beside the group", 5, 3)
    parsed = pptx.read(_save(deck, tmp_path / "deck.pptx"))
    assert [text for _, text in _blocks(parsed)] == [
        "first",
        "second",
        "grouped above",
        "grouped below",
        "beside the group",
        "last",
    ]
    # A slide without a title goes by its first line.
    assert _blocks(parsed)[0][0] == "heading"


def test_charts_diagrams_comments_pictures_and_hidden_slides(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Visits"
    figures = CategoryChartData(number_format="0%")
    figures.categories = ["2023", "2024"]
    figures.add_series("Mothers", (0.5, 0.75))
    figures.add_series("Children", (0.25, None))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, Inches(2), Inches(5), Inches(2), figures).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Share by year"
    slide.shapes.add_picture(_picture(), 0, 0)
    p = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    authors = f'<p:cmAuthorLst {p}><p:cmAuthor id="0" name="Ann"/></p:cmAuthorLst>'
    comments = f'<p:cmLst {p}><p:cm authorId="0" idx="1"><p:text>Check 2024.</p:text></p:cm></p:cmLst>'
    package = deck.part.package
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    for owner, name, text in ((deck.part, "commentAuthors", authors), (slide.part, "comments", comments)):
        part = Part(PackURI(f"/ppt/{name}.xml"), "application/xml", package, text.encode())
        owner.relate_to(part, f"{kind}/{name}")
    hidden = deck.slides.add_slide(deck.slide_layouts[5])
    hidden.shapes.title.text = "Reserve"
    hidden._element.set("show", "0")
    parsed = pptx.read(_save(deck, tmp_path / "visits.pptx"))
    assert _blocks(parsed) == [
        ("heading", "Visits"),
        ("paragraph", "Share by year"),
        ("table_head", "| Mothers | Children"),
        ("table_row", "2023 | 50% | 25%"),
        ("table_row", "2024 | 75%"),
        ("heading", "Comments"),
        ("paragraph", "Comment (Ann): Check 2024."),
    ]
    assert _blocks(parsed, 2) == [("heading", "Reserve")]
    assert parsed.warnings == ("Slides that are hidden in the show were read too: 2.",)
    assert parsed.skipped == ("1 picture",)


def test_a_diagram_is_a_list_in_the_order_of_its_links(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Steps"
    spaces = (
        'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    )

    def point(number: int, text: str) -> str:
        return f'<dgm:pt modelId="{number}"><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>'

    data = (
        f"<dgm:dataModel {spaces}><dgm:ptLst>{point(0, '')}{point(2, 'Treat')}{point(1, 'Weigh')}{point(3, 'Record')}"
        '</dgm:ptLst><dgm:cxnLst><dgm:cxn srcId="0" destId="2" srcOrd="1"/><dgm:cxn srcId="0" destId="1" srcOrd="0"/>'
        '<dgm:cxn srcId="1" destId="3" srcOrd="0"/><dgm:cxn srcId="3" destId="1" srcOrd="0" type="presOf"/>'
        "</dgm:cxnLst></dgm:dataModel>"
    )
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", deck.part.package, data.encode())
    relation = slide.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/x")
    frame = (
        f"<p:graphicFrame {spaces}><p:nvGraphicFramePr/><p:xfrm/><a:graphic><a:graphicData>"
        f'<dgm:relIds r:dm="{relation}"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    from pptx.oxml import parse_xml

    slide.shapes._spTree.append(parse_xml(frame))
    parsed = pptx.read(_save(deck, tmp_path / "steps.pptx"))
    items = [(block.level, parsed.slice(block.span)) for block in parsed.blocks if block.kind is BlockKind.LIST_ITEM]
    assert items == [(0, "• Weigh"), (1, "• Record"), (0, "• Treat")]


def test_numbered_paragraphs_and_running_feet(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Steps"
    frame = slide.placeholders[1].text_frame
    frame.text = "Wash"
    frame.add_paragraph().text = "Dry"
    frame.add_paragraph().text = "That is all."
    for place, mark in enumerate(("buAutoNum", "buAutoNum", "buNone")):
        properties = frame.paragraphs[place]._p.get_or_add_pPr()
        element = properties.makeelement(f"{{http://schemas.openxmlformats.org/drawingml/2006/main}}{mark}")
        if mark == "buAutoNum":
            element.set("type", "arabicPeriod")
        properties.append(element)
    foot = slide.shapes.add_textbox(0, Inches(7), Inches(2), Emu(300000))
    foot.text_frame.text = "Ministry of Health"
    reference = foot._element.nvSpPr.nvPr
    holder = reference.makeelement("{http://schemas.openxmlformats.org/presentationml/2006/main}ph")
    holder.set("type", "ftr")
    reference.append(holder)
    assert _blocks(pptx.read(_save(deck, tmp_path / "steps.pptx"))) == [
        ("heading", "Steps"),
        ("list_item", "1. Wash"),
        ("list_item", "2. Dry"),
        ("paragraph", "That is all."),
        ("furniture", "Ministry of Health"),
    ]


def test_a_slide_show_and_relations_that_lead_nowhere_are_read(tmp_path: Path) -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Show"
    path = tmp_path / "show.ppsx"
    deck.save(str(path))
    show = _rewritten(path, "[Content_Types].xml", b"presentation.main+xml", b"slideshow.main+xml")
    nowhere = b'<Relationship Id="rId99" Type="x/image" Target="../media/none.png"/></Relationships>'
    source = _rewritten(show.path, "ppt/slides/_rels/slide1.xml.rels", b"</Relationships>", nowhere)
    assert _blocks(pptx.read(source)) == [("heading", "Show")]


def test_slides_of_pictures_only_have_no_text(tmp_path: Path) -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[BLANK]).shapes.add_picture(_picture(), 0, 0)
    source = _save(deck, tmp_path / "photos.pptx")
    assert pptx.read(source).pages[0].status is PageStatus.IMAGE_ONLY
    with pytest.raises(NoText, match="pictures only"):
        read(source)


def test_entities_in_a_slide_are_refused(tmp_path: Path) -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "LOL"
    deck.save(str(tmp_path / "bomb.pptx"))
    laughs = b"".join(
        b'<!ENTITY l%d "%s">' % (place, b"&l%d;" % (place - 1) * 10 if place else b"lol") for place in range(10)
    )
    with zipfile.ZipFile(tmp_path / "bomb.pptx") as archive:
        slide = archive.read("ppt/slides/slide1.xml")
    start = slide.index(b"<p:sld")
    bomb = slide[:start] + b"<!DOCTYPE x [" + laughs + b"]>" + slide[start:].replace(b"LOL", b"&l9;")
    source = _rewritten(tmp_path / "bomb.pptx", "ppt/slides/slide1.xml", slide, bomb)
    with pytest.raises(IngestError, match="entities"):
        read(source)


_ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("draw", "drawing"),
        ("text", "text"),
        ("style", "style"),
        ("svg", "svg-compatible"),
        ("presentation", "presentation"),
        ("table", "table"),
    )
)


def _odp(path: Path, slides: str, styles: str = "", manifest: str = "") -> Source:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.presentation")
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {_ODF} xmlns:dc='http://purl.org/dc/elements/1.1/'>"
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:presentation>{slides}</office:presentation></office:body></office:document-content>",
        )
    return Source(path)


def _frame(text: str, kind: str, x: int, y: int) -> str:
    return (
        f'<draw:frame presentation:class="{kind}" svg:x="{x}cm" svg:y="{y}cm" svg:height="2cm">'
        f"<draw:text-box>{text}</draw:text-box></draw:frame>"
    )


def test_opendocument_slides_with_lists_notes_comments_and_hidden_ones(tmp_path: Path) -> None:
    items = "<text:list><text:list-item><text:p>One</text:p><text:list><text:list-item><text:p>Deeper</text:p>"
    items += "</text:list-item></text:list></text:list-item></text:list>"
    notes = f"<presentation:notes>{_frame('<text:p>Speak slowly.</text:p>', 'notes', 1, 1)}</presentation:notes>"
    comment = "<office:annotation><dc:creator>Ann</dc:creator><text:p>Too long?</text:p></office:annotation>"
    style = '<style:style style:name="h"><style:drawing-page-properties presentation:visibility="hidden"/>'
    style += "</style:style>"
    slides = (
        f"<draw:page>{_frame('<text:p>right</text:p>', 'outline', 9, 5)}{_frame(items, 'outline', 1, 5)}"
        f"{_frame('<text:p>Topic</text:p>', 'title', 1, 1)}{_frame('<text:p>3</text:p>', 'page-number', 1, 18)}"
        f"<draw:frame svg:y='9cm'><draw:image/></draw:frame>{comment}{notes}</draw:page>"
        f"<draw:page draw:style-name='h'>{_frame('<text:p>Reserve</text:p>', 'title', 1, 1)}</draw:page>"
    )
    parsed = odf_slides.read(_odp(tmp_path / "deck.odp", slides, style))
    assert _blocks(parsed) == [
        ("heading", "Topic"),
        ("list_item", "• One"),
        ("list_item", "• Deeper"),
        ("paragraph", "right"),
        ("furniture", "3"),
        ("heading", "Notes"),
        ("paragraph", "Speak slowly."),
        ("heading", "Comments"),
        ("paragraph", "Comment (Ann): Too long?"),
    ]
    assert parsed.warnings == ("Slides that are hidden in the show were read too: 2.",)
    assert parsed.skipped == ("1 picture",)


def test_an_encrypted_opendocument_file_is_locked(tmp_path: Path) -> None:
    source = _odp(tmp_path / "locked.odp", "", manifest="<manifest:encryption-data/>")
    with pytest.raises(PasswordProtected, match=r"locked\.odp"):
        odf_slides.read(source)
