"""Report pages: an executed notebook as one HTML file that loads nothing and shows no code."""

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nbconvert.exporters import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from workbench.confidentiality import SHARED
from workbench.errors import RunFailed
from workbench.language import said, speaking
from workbench.language.prose import HIDDEN, said_prose
from workbench.publish.inline_svg import inline_svg

TEMPLATES = Path(__file__).parent
SHOWN = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain")
H1 = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
# A number and its per cent stay on one line.
PERCENT = re.compile(r"(?<=\d) (?=%)")
HEADING = re.compile(r"<h([23])\b[^>]*>(.*?)</h\1>", re.DOTALL)
IMAGE_WITHOUT_ALT = re.compile(r"""<img\b(?![^>]*\balt\s*=\s*["'][^"'])""", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """One entry of the navigation between the pages of a run."""

    label: str
    page: str


@dataclass(frozen=True)
class Page:
    """What a page says around the notebook's own content; texts are plain, they are escaped on the page."""

    notebook: str
    this: Link
    links: tuple[Link, ...]
    company: str
    subtitle: str
    badge: str
    provenance: tuple[tuple[str, str], ...]
    language: str = "en"
    edition: str = "internal"


@dataclass(frozen=True)
class Heading:
    """An entry of the table of contents."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Content:
    """The notebook as HTML, in the order of the page."""

    title: str
    lead: str
    headline: str
    body: str
    headings: tuple[Heading, ...]


class PageExporter(TemplateExporter):
    """nbconvert with the workbench's own template (folder `page/`): no code, no streams, nothing from outside."""

    output_mimetype = "text/html"

    @property
    def default_config(self) -> Config:
        removal = {"enabled": True, "remove_cell_tags": set(HIDDEN)}
        config = Config({"TagRemovePreprocessor": removal})
        config.merge(super().default_config)
        return config

    def __init__(self, **options):
        super().__init__(template_name="page", extra_template_basedirs=[str(TEMPLATES)], **options)

    def _file_extension_default(self) -> str:
        return ".html"

    def default_filters(self):
        """Nothing but what the template uses: the content of the page."""
        yield ("content", page_content)


def report_page(executed: NotebookNode, page: Page) -> str:
    """The whole page as text; the same notebook and page give the same bytes.

    Raises RunFailed where a figure has no alternative text, the first cell has no H1, or an output cannot be shown.
    """
    style = (TEMPLATES / "page" / "page.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "page" / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    resources = {"said": said, "page": page, "style": style, "script": script, "script_hash": f"sha256-{digest}"}
    with speaking(page.language):
        text, _ = PageExporter().from_notebook_node(executed, resources=resources)
    return text


def page_content(notebook: NotebookNode, page: Page) -> Content:
    """The cells of a notebook as the parts of its page, prose in the language spoken.

    On a page of the shared edition stand only outputs of cells tagged `shared`, and prose that leads to one.
    Raises RunFailed as `report_page` does.
    """
    name = page.notebook
    cells = list(notebook.cells) if page.edition != SHARED else shareable_cells(notebook.cells)
    first = _markdown(said_prose(cells[0].source)) if cells and cells[0].cell_type == "markdown" else ""
    title = H1.search(first)
    if title is None:
        raise RunFailed(f"{name}: the first cell must be Markdown with an H1, the question the page answers; it is not")
    figures = _Figures(name)
    headline, body = [], []
    for cell in cells[1:]:
        tags = cell.metadata.get("tags", [])
        shown = _markdown(said_prose(cell.source)) if cell.cell_type == "markdown" else _outputs(cell, figures)
        if "details" in tags and shown:
            summary = html.escape(said(cell.metadata["title"]) if "title" in cell.metadata else said("Details"))
            unprinted = f'<span class="printed"> ({html.escape(said("on the page, not printed"))})</span>'
            shown = f"<details><summary>{summary}{unprinted}</summary>\n{shown}\n</details>"
        (headline if "headline" in tags else body).append(shown)
    headings: list[Heading] = []
    text = HEADING.sub(lambda found: _anchored(found, headings), "\n".join(part for part in body if part))
    return Content(
        title=title[1],
        lead=H1.sub("", first, count=1).strip(),
        headline=PERCENT.sub("\u00a0", "\n".join(part for part in headline if part)),
        body=PERCENT.sub("\u00a0", text),
        headings=tuple(headings),
    )


def shareable_cells(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The first cell, the code cells tagged `shared`, and the prose of sections and passages that hold one or no code.

    Prose tagged `internal` is left out. A headline stands at the top of the page, so it holds no section.
    """
    kept = [cell for cell in cells[1:] if _tags(cell) >= {"headline", SHARED}]
    body = [cell for cell in cells[1:] if not _tags(cell) & {"headline", "internal"}]
    for section in _begun(body, lambda cell: cell.cell_type == "markdown" and cell.source.startswith("## ")):
        told = _shows(section, before=True)
        for passage in _begun(section, lambda cell: cell.cell_type == "markdown") if told else ():
            told = _shows(passage, before=told)
            if told or passage[0] is section[0]:
                kept += [cell for cell in passage if cell.cell_type != "code" or SHARED in _tags(cell)]
    return [*cells[:1], *kept]


def _shows(cells: list[NotebookNode], *, before: bool) -> bool:
    """Whether one of the code cells may be shared; where there is none, what holds for the cells before."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    return any(SHARED in _tags(cell) for cell in code) if code else before


def _begun(cells: list[NotebookNode], begins: Callable[[NotebookNode], bool]) -> list[list[NotebookNode]]:
    """The cells in parts, each begun by such a cell (the first one by whatever comes first)."""
    parts: list[list[NotebookNode]] = []
    for cell in cells:
        if not parts or begins(cell):
            parts.append([])
        parts[-1].append(cell)
    return parts


def _tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def _anchored(found: re.Match, headings: list[Heading]) -> str:
    level, inner = int(found[1]), found[2].strip()
    text = html.unescape(re.sub(r"<[^>]+>", "", inner))
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"
    taken = {heading.anchor for heading in headings}
    anchor = next(one for one in (slug, *(f"{slug}-{n}" for n in range(2, 1000))) if one not in taken)
    headings.append(Heading(level, anchor, text))
    return f'<h{level} id="{anchor}">{inner}</h{level}>'


def _markdown(source: str) -> str:
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return f'<div class="prose">\n{MarkdownWithMath(renderer=renderer).render(source).strip()}\n</div>'


def _outputs(cell: NotebookNode, figures: "_Figures") -> str:
    kinds = ("display_data", "execute_result")
    return "\n".join(figures.shown(output) for output in cell.get("outputs", []) if output.output_type in kinds)


class _Figures:
    """Renders the outputs of one notebook, and counts its figures so that each has a name of its own."""

    def __init__(self, notebook: str):
        self.notebook = notebook
        self.count = 0

    def shown(self, output: NotebookNode) -> str:
        kind = next((kind for kind in SHOWN if kind in output.data), None)
        if kind is None:
            raise RunFailed(f"{self.notebook}: an output is only {', '.join(output.data)}, which a page cannot show")
        value = output.data[kind]
        if kind.startswith("image/"):
            return self._figure(kind, value, output.metadata.get(kind, {}))
        if kind == "text/plain":
            return f'<pre class="plain">{html.escape(value)}</pre>'
        shown = f'<div class="output">\n{value.strip()}\n</div>' if kind == "text/html" else _markdown(value)
        if IMAGE_WITHOUT_ALT.search(shown):
            raise RunFailed(f"{self.notebook}: an <img> of an output has no alternative text (alt); give it one")
        return shown

    def _figure(self, kind: str, value: str, about: dict) -> str:
        self.count += 1
        alt, caption = about.get("alt", "").strip(), about.get("caption", "").strip()
        if not alt:
            raise RunFailed(
                f"{self.notebook}: figure {self.count} has no alternative text; show it with "
                f'metadata={{"{kind}": {{"alt": "what it shows"}}}}'
            )
        if kind == "image/svg+xml":
            try:
                drawn = inline_svg(value, name=f"figure-{self.count}")
            except ValueError as error:
                raise RunFailed(f"{self.notebook}: figure {self.count} is no SVG: {error}") from error
        else:
            drawn = f'<img alt="" src="data:{kind};base64,{"".join(value.split())}">'
        label = html.escape(alt)
        below = f"\n<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
        drawing = f'<div class="drawing" role="img" aria-label="{label}">{drawn}</div>'
        return f'<figure class="figure">\n{drawing}{below}\n</figure>'
