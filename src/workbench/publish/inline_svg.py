"""A figure's SVG made fit to stand inside a page, beside other figures."""

import re

PROLOGUE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata\b.*?</metadata>|<title\b.*?</title>", re.DOTALL)
OPENING = re.compile(r"<svg\b[^>]*>")
TAG = re.compile(r"<[a-zA-Z][^>]*>")
ID = re.compile(r"""(\sid\s*=\s*["'])([^"']+)""")
REFERENCE = re.compile(r"""(url\(\s*["']?#|href\s*=\s*["']#)([^"')]+)""")
READ_ALOUD = re.compile(r"""\s(?:id|role|aria-[a-z]+)\s*=\s*("[^"]*"|'[^']*')""")
STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL)


def inline_svg(svg: str, *, name: str) -> str:
    """The `<svg>` element alone: no prologue, no metadata, hidden from readers aloud (the figure around it speaks).

    Parameters: svg, a whole SVG document; name, unique in the page: it goes before every id, so that two figures whose
    clips or glyphs share an id do not take each other's.
    Raises ValueError where there is no `<svg>` element.
    """
    bare = PROLOGUE.sub("", svg)
    opening = OPENING.search(bare)
    if opening is None:
        raise ValueError("it holds no <svg> element")
    tag = READ_ALOUD.sub("", opening[0]).replace("<svg", f'<svg id="{name}" aria-hidden="true" focusable="false"', 1)
    rest = TAG.sub(lambda found: _renamed(found[0], name), bare[opening.end() :])
    # A style element inside a page's SVG styles the whole page; this one is held to its own figure.
    rest = STYLE.sub(lambda style: f"{style[1]}#{name} {{ {style[2].strip()} }}{style[3]}", rest)
    return tag + rest.strip()


def _renamed(tag: str, name: str) -> str:
    return REFERENCE.sub(rf"\g<1>{name}-\g<2>", ID.sub(rf"\g<1>{name}-\g<2>", tag))
