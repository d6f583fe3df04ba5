"""All figures of a study on one sheet, to look at: ``python -m experiments.figures.contact_sheet FOLDER [SHEET.png]``.

Every figure is shrunk by the same factor, so that type which is too small, or a figure that is too tall, shows.
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw

COLUMNS, WIDTH, GAP = 4, 780, 16  # pixels of a column as wide as two columns of a journal
SHRINK = 2.8  # from 300 dots per inch


def contact_sheet(folder: Path) -> Image.Image:
    """Return one picture of the PNG files in ``folder/figures``, each under its name, in columns of like height."""
    files = sorted((folder / "figures").glob("*.png"))
    if not files:
        raise SystemExit(f"{folder}/figures holds no PNG file")
    pictures = [(file.stem, _shrunk(file)) for file in files]
    heights = [GAP] * min(COLUMNS, len(files))
    placed = []
    for name, picture in sorted(pictures, key=lambda one: -one[1].height):
        column = heights.index(min(heights))
        placed.append((name, picture, (GAP + column * (WIDTH + GAP), heights[column])))
        heights[column] += picture.height + 3 * GAP
    sheet = Image.new("RGB", (GAP + len(heights) * (WIDTH + GAP), max(heights)), "#BBBBBB")
    pen = ImageDraw.Draw(sheet)
    for name, picture, (x, y) in placed:
        pen.text((x, y), name, fill="black")
        sheet.paste(picture, (x, y + GAP))
    return sheet


def _shrunk(file: Path) -> Image.Image:
    with Image.open(file) as whole:
        size = (round(whole.width / SHRINK), round(whole.height / SHRINK))
        return whole.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def main(words: list[str]) -> None:
    """Write the sheet and print its path."""
    folder = Path(words[0])
    target = Path(words[1]) if len(words) > 1 else folder / "contact_sheet.png"
    contact_sheet(folder).save(target)
    print(target)


if __name__ == "__main__":
    main(sys.argv[1:])
