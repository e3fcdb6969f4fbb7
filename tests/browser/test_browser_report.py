"""The finished pages of a small report in a browser: French and internal, English and shared."""

import base64
import io
import json
from importlib.resources import files

import pypdf
import pytest

EDITIONS = ({"language": "fr"}, {"edition": "shared"})
PAGES = ("index.html", "01_data_audit.html", "02_margin_retreatment.html")
AXE = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
CHECK = "axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160) + n.failureSummary)]))"
TAB = "(el => el.tagName + (el.id ? '#' + el.id : ''))(document.activeElement)"


@pytest.fixture(params=EDITIONS, ids=lambda asked: json.dumps(asked))
def pages(request, report):
    """The pages of the report in one of the editions, by name."""
    folder = report(**request.param)
    return {name: folder / name for name in PAGES}


def test_pages_open_without_error_or_request_and_show_their_figures(browser, pages):
    for page in pages.values():
        browser.open(page)
        assert browser.errors == []
        assert [url.split(":")[0] for url in browser.requests] == ["file"]
        boxes = browser.value("[...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect().height)")
        assert boxes and all(box > 50 for box in boxes)
        assert browser.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_pages_are_accessible(browser, pages):
    for page in pages.values():
        browser.open(page)
        browser.value("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        browser.value(AXE)
        assert browser.promised(CHECK) == []


def test_the_accessibility_check_can_fail(browser, pages):
    browser.open(pages["index.html"])
    browser.value("document.documentElement.removeAttribute('lang')")
    browser.value(AXE)
    assert "html-has-lang" in [name for name, _ in browser.promised(CHECK)]


def test_print_to_pdf_has_its_headings(browser, pages):
    for page in pages.values():
        browser.open(page)
        headings = browser.value("[...document.querySelectorAll('h1, h2')].map(h => h.textContent)")
        options = {"preferCSSPageSize": True, "generateTaggedPDF": True}
        pdf = base64.b64decode(browser.ask("Page.printToPDF", **options)["data"])
        printed = pypdf.PdfReader(io.BytesIO(pdf))
        text = _squeezed("".join(sheet.extract_text() for sheet in printed.pages))
        assert len(headings) > 3 and [head for head in headings if _squeezed(head) not in text] == []


def test_a_table_is_searched_by_keyboard(browser, report):
    browser.open(report(language="fr") / "02_margin_retreatment.html")
    table = "document.querySelector('.search + table')"
    browser.value(f"{table}.closest('details') && ({table}.closest('details').open = true)")
    shown = f"[...{table}.tBodies[0].rows].filter(row => !row.hidden).map(row => row.cells[1].textContent)"
    told = "document.querySelector('.search [role=status]').textContent"
    names = browser.value(shown)
    assert len(names) > 10
    browser.value("document.querySelector('.search input').focus()")
    assert browser.value(TAB) == "INPUT#search-1"
    label = browser.value("document.querySelector('.search label').textContent")
    assert label == "Chercher dans ce tableau"
    wanted = next(name for name in names if len(name) > 5)
    browser.write(wanted.upper())
    found = browser.value(shown)
    assert wanted in found and len(found) < len(names)
    assert browser.value(told) == f"{len(found)} lignes sur {len(names)}"
    browser.press("Tab")
    browser.press("Enter", "\r")  # sorts by the first column: what is hidden stays hidden
    assert sorted(browser.value(shown)) == sorted(found)
    browser.value("document.querySelector('.search input').focus()")
    browser.press("Escape")
    assert sorted(browser.value(shown)) == sorted(names) and browser.value(told) == ""


def _squeezed(text: str) -> str:
    return "".join(text.replace("\u00ad", "").split())
