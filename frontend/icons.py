"""Write happ_project/static/icons.svg, the sprite of every icon named in icons.txt, from the npm packages."""

import pathlib
import re

HERE = pathlib.Path(__file__).parent
PACKAGES = {
    "lucide": HERE / "node_modules/lucide-static/icons",
    "brand": HERE / "node_modules/simple-icons/icons",
}
ATTRIBUTES = {
    "lucide": 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"',
    "brand": 'fill="currentColor"',
}
INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
TITLE = re.compile(r"<title>.*?</title>")


def symbol(line: str) -> str:
    package, _, rest = line.partition(":")
    name, _, alias = rest.partition("=")
    source = (PACKAGES[package] / f"{name}.svg").read_text()
    inner = TITLE.sub("", INNER.search(source).group(1))
    inner = re.sub(r"\s+", " ", inner).replace("> <", "><").strip()
    return f'<symbol id="{alias or name}" viewBox="0 0 24 24" {ATTRIBUTES[package]}>{inner}</symbol>'


def main() -> None:
    lines = [line for line in (HERE / "icons.txt").read_text().splitlines() if line and not line.startswith("#")]
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(map(symbol, lines)) + "\n</svg>\n"
    (HERE.parent / "happ_project/static/icons.svg").write_text(sprite)


if __name__ == "__main__":
    main()
