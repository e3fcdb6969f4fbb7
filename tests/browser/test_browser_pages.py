import base64
import html

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workbench.publish.pages import Link, Page, report_page
from workbench.wording.shown import PRINTED_ROWS, Sheet

HOSTILE = "<script>document.title='PWNED'</script>"
INJECTED = f"<p onclick='1'>{HOSTILE}<img alt='x' src='x' onerror=\"document.title='PWNED'\"></p>"
OUTSIDE = '<img alt="x" src="https://example.org/pixel.png"><link rel="stylesheet" href="https://example.org/a.css">'
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="400pt" height="200pt" viewBox="0 0 400 200">'
    '<defs><style>*{stroke-linejoin:round}</style><clipPath id="p"><rect width="400" height="200"/></clipPath></defs>'
    '<path id="line" d="M0 200 L400 0" clip-path="url(#p)" stroke="#1f4e79"/></svg>'
)
ROWS = (("Élan", "1,204.10", "−3.5 %"), (HOSTILE, "98.00", "12.0 %"), ("Zed", "–", "–"), ("abc", "€1.5 M", "4 %"))


def table():
    cells = "".join(
        f'<tr><td>{html.escape(name)}</td><td class="num">{eur}</td><td class="num">{share}</td></tr>'
        for name, eur, share in ROWS
    )
    return (
        '<table class="sheet"><thead><tr><th>Client</th><th class="num">€</th><th class="num">Share</th></tr></thead>'
        f'<tbody>{cells}<tr class="total"><td>Total</td><td class="num">0</td><td class="num">0</td></tr></tbody>'
        "</table>"
    )


def displayed(data, *tags, about=None):
    output = new_output("display_data", data=data, metadata=about or {})
    return new_code_cell("hidden", outputs=[output], metadata={"tags": list(tags)})


@pytest.fixture
def page():
    """The text of a page with a heading, a figure, a table and what the test adds."""

    def page(*html_parts: str) -> str:
        cells = [new_markdown_cell("# Who pays?\n\nThe board decides."), new_markdown_cell("## The table")]
        cells.append(displayed({"text/html": table()}))
        cells.append(new_markdown_cell("## The curve"))
        about = {"image/svg+xml": {"alt": "a rising line", "caption": "It rises."}}
        cells += [displayed({"image/svg+xml": SVG}, about=about) for _ in range(2)]
        cells.append(displayed({"text/html": "<p>fine print</p>"}, "details"))
        cells += [displayed({"text/html": part}) for part in html_parts]
        links = (Link("Summary", "index.html"), Link("1 Data audit", "01_data_audit.html"))
        about_study = Page("01", links[1], links, "Acme", "as of", "internal edition", (("Study", "acme"),))
        return report_page(new_notebook(cells=cells), about_study)

    return page


def column(browser, place):
    return browser.value(f"[...document.querySelectorAll('tbody tr')].map(row => row.cells[{place}].textContent)")


def test_a_page_opens_without_error_and_asks_for_nothing(shown, page):
    browser = shown(page())
    assert browser.errors == []
    assert [url.split(":")[0] for url in browser.requests] == ["file"]
    assert browser.value("document.querySelector('h1').textContent") == "Who pays?"


def test_figures_are_visible_at_both_widths(shown, page, browser):
    for width in (1280, 800):
        browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        shown(page())
        boxes = browser.value("[...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect().width)")
        assert len(boxes) == 2 and all(300 < box < width for box in boxes)
        assert browser.value("document.documentElement.scrollWidth") <= width
    browser.ask("Emulation.clearDeviceMetricsOverride")


def test_a_column_is_sorted_by_keyboard_up_down_and_back(shown, page):
    browser = shown(page())
    names = [name for name, _, _ in ROWS] + ["Total"]
    browser.value("document.querySelectorAll('thead button')[1].focus()")
    browser.press("Enter", "\r")
    assert column(browser, 1) == ["98.00", "1,204.10", "€1.5 M", "–", "0"]
    assert browser.value("document.querySelectorAll('th')[1].getAttribute('aria-sort')") == "ascending"
    browser.press("Enter", "\r")
    assert column(browser, 1) == ["€1.5 M", "1,204.10", "98.00", "–", "0"]
    browser.press("Tab")
    browser.press("Enter", "\r")
    assert column(browser, 2) == ["−3.5\xa0%", "4\xa0%", "12.0\xa0%", "–", "0"]
    assert browser.value("document.querySelectorAll('th')[1].getAttribute('aria-sort')") == "none"
    for _ in range(2):
        browser.press("Enter", "\r")
    assert column(browser, 0) == names
    browser.value("document.querySelector('thead button').click()")
    assert column(browser, 0)[1:] == ["abc", "Élan", "Zed", "Total"]


def test_an_injected_script_does_not_run(shown, page):
    browser = shown(page(INJECTED))
    assert browser.value("document.title").startswith("1 Data audit")
    assert any("Content Security Policy" in error for error in browser.errors)
    browser = shown(page(INJECTED).replace("Content-Security-Policy", "x-no-policy"))
    assert browser.value("document.title") == "PWNED"  # the test can fail


def test_what_lies_outside_is_not_asked_for(shown, page):
    browser = shown(page(OUTSIDE))
    loaded = "performance.getEntriesByType('resource').filter(one => one.transferSize > 0).length"
    assert browser.value(loaded) == 0
    refused = [error for error in browser.errors if "example.org" in error]
    assert len(refused) == 2 and all("Content Security Policy" in error for error in refused)


def test_print_has_pages_and_headings_and_no_details_but_those_opened(shown, page, browser):
    shown(page())
    options = {"preferCSSPageSize": True, "generateTaggedPDF": True, "printBackground": True}
    pdf = base64.b64decode(browser.ask("Page.printToPDF", **options)["data"])
    assert pdf.startswith(b"%PDF") and b"/StructTreeRoot" in pdf
    browser.ask("Emulation.setEmulatedMedia", media="print")
    assert browser.value("getComputedStyle(document.querySelector('.chapters')).display") == "none"
    assert browser.value("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    seen = "[...document.querySelectorAll('details p, details .printed')].map(one => one.checkVisibility())"
    assert browser.value(seen) == [True, False]
    browser.value("document.querySelector('details').open = true")
    assert browser.value(seen) == [False, True]
    browser.ask("Emulation.setEmulatedMedia", media="")
    assert browser.value(seen) == [False, True]


def test_a_long_table_is_cut_on_paper_and_says_so(shown, page, browser):
    sheet = Sheet(pd.DataFrame({"n_rows": range(PRINTED_ROWS + 9)}), "All rows.", "€")
    browser = shown(page(sheet._repr_html_()))
    rows = "[...document.querySelectorAll('.sheet-figure tbody tr')].filter(row => row.checkVisibility()).length"
    told = "document.querySelector('.sheet-figure .printed').checkVisibility()"
    assert browser.value(rows) == PRINTED_ROWS + 9 and browser.value(told) is False
    browser.ask("Emulation.setEmulatedMedia", media="print")
    assert browser.value(rows) == PRINTED_ROWS and browser.value(told) is True
    browser.ask("Emulation.setEmulatedMedia", media="")
    assert "printed" not in Sheet(sheet.table.head(PRINTED_ROWS), "All rows.", "€")._repr_html_()


def test_a_page_makes_a_picture(shown, page, browser):
    shown(page())
    picture = base64.b64decode(browser.ask("Page.captureScreenshot", format="png")["data"])
    assert picture.startswith(b"\x89PNG") and len(picture) > 10_000
