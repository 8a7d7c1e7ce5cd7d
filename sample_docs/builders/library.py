"""The list of the sample documents: builds them, or checks that they are up to date."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from . import archive, excel, pdf, scan, word

HERE = Path(__file__).resolve().parent.parent
SOURCES = HERE / "sources"
LIBRARY = HERE / "library"

HANDBOOK = pdf.Book(
    title="Clinic Handbook",
    subtitle="Second edition, March 2025. For the staff of the health centre in Tumaini Valley.",
    owner="Mwangaza Health Centre",
    footer="Invented for demonstration. Not medical advice.",
    language="en",
    contents="Contents",
)
COOPERATIVE = pdf.Book(
    title="Guía del almacén",
    subtitle="",
    owner="Cooperativa Valle Sereno",
    footer="Inventado para una demostración. Los datos no son reales.",
    language="es",
)
PAPERS = {
    "Leave and travel policy": word.Paper("Leave and travel policy", "Mwangaza Health Centre", "en-GB"),
    "Hygiène et gestion des déchets": word.Paper(
        "Hygiène et gestion des déchets", "Centre de santé de Bellerive", "fr-FR"
    ),
    "حقوق المرضى ومواعيد الزيارة": word.Paper(
        "حقوق المرضى ومواعيد الزيارة", "مستشفى الواحة", "ar-SA", right_to_left=True
    ),
}


def build(target: Path) -> None:
    """Write every document of the library into the folder."""
    pdf.build(SOURCES / "pdf" / "Clinic handbook.md", target / "Clinic handbook.pdf", HANDBOOK)
    pdf.build(SOURCES / "pdf" / "Guía del almacén.md", target / "Guía del almacén.pdf", COOPERATIVE)
    scan.build(SOURCES / "scan" / "Scanned notice.txt", target / "Scanned notice.pdf", "Scanned notice")
    for name, paper in PAPERS.items():
        word.build(SOURCES / "word" / f"{name}.md", target / f"{name}.docx", paper)
    excel.build(SOURCES / "sheets" / "Stock and prices", target / "Stock and prices.xlsx", "Nuru Lamps")
    for source in sorted((SOURCES / "plain").iterdir()):
        shutil.copyfile(source, target / source.name)


def differences(built: Path, library: Path) -> list[str]:
    """Say which documents are missing, left over or different."""
    made = {path.name for path in built.iterdir()}
    kept = {path.name for path in library.iterdir()} if library.is_dir() else set()
    return [
        *(f"missing: {name}" for name in sorted(made - kept)),
        *(f"left over: {name}" for name in sorted(kept - made)),
        *(f"differs: {name}" for name in sorted(made & kept) if not archive.same(built / name, library / name)),
    ]


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Build the sample documents.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the library is not up to date")
    check: bool = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder)
        build(built)
        if check:
            found = differences(built, LIBRARY)
            for line in found:
                sys.stderr.write(f"{line}\n")
            if found:
                sys.stderr.write("Rebuild with: python sample_docs/build.py\n")
            return 1 if found else 0
        LIBRARY.mkdir(exist_ok=True)
        for old in LIBRARY.iterdir():
            old.unlink()
        for document in built.iterdir():
            shutil.copyfile(document, LIBRARY / document.name)
    sys.stdout.write(f"{len(list(LIBRARY.iterdir()))} documents in {LIBRARY}\n")
    return 0
