"""A parcel is chosen by pointing at it: mouse, finger and keyboard, on the drawn plan and on the map of filing."""

import pytest
from django.urls import reverse

from portal.core.persian import ascii_digits, fa_digits
from portal.parcels.models import Parcel
from tests.browser.accessibility import WIDTHS
from tests.browser.keyboard import Keyboard

pytestmark = pytest.mark.browser


@pytest.fixture
def house(maryam):
    """Maryam's half house in district 3: land of its own."""
    return Parcel.objects.current().owned_by(maryam.national_code).get(district=3)


@pytest.fixture
def plan_url(house):
    return reverse("parcels:map", args=[house.district_id, house.region])


@pytest.fixture
def by_finger(browser_of, new_context, live_server):
    """`by_finger(page)`: the same visit on a phone that is touched and has no mouse."""

    def make(page):
        phone = new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, base_url=live_server.url,
            storage_state=page.context.storage_state(),
        )  # fmt: skip
        return phone.new_page()

    return make


def middle_of(page, selector):
    """The pixel at the middle of an element, which is on the screen."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def open_map(page, code):
    """The map of the first step, on its way to the parcel of the code; then the field is emptied again."""
    page.goto(f"{reverse('inquiries:start')}?code={code}")
    page.locator("[data-map-open]").press("Enter")
    page.locator(".map-note", has_text=fa_digits(code)).wait_for()
    page.locator("#id_renovation_code").fill("")
    page.wait_for_load_state("networkidle")


def chosen_in(page):
    return ascii_digits(page.input_value("#id_renovation_code"))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_click_on_the_plan_opens_the_parcel_and_leads_to_filing(browser_of, maryam, house, plan_url, width):
    page = browser_of(maryam, width=width)
    page.goto(plan_url)
    page.mouse.click(*middle_of(page, f"a[href$='/{house.code}/'] polygon"))
    page.wait_for_url(f"**/map/parcels/{house.code}/")
    page.locator(f"main a[href$='?code={house.code}']").click()
    page.wait_for_url("**/inquiries/transfer/**")
    assert chosen_in(page) == house.code


def test_a_tap_on_the_plan_opens_the_parcel(browser_of, by_finger, house, plan_url):
    page = by_finger(browser_of())
    page.goto(plan_url)
    page.touchscreen.tap(*middle_of(page, f"a[href$='/{house.code}/'] polygon"))
    page.wait_for_url(f"**/map/parcels/{house.code}/")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_parcel_of_the_plan_is_opened_by_keyboard(browser_of, plan_url, width):
    page = browser_of(width=width)
    page.goto(plan_url)
    page.locator(".plan a").first.wait_for()
    wanted = page.locator(".plan a").first.get_attribute("href")
    stroke = "() => getComputedStyle(document.querySelector('.plan a .plan-parcel')).strokeWidth"
    plain = page.evaluate(stroke)
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == wanted:
            break
    assert page.evaluate(stroke) != plain, "the parcel with the focus looks like the others"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{wanted}")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_click_on_the_map_writes_the_code_with_which_filing_goes_on(browser_of, maryam, house, width):
    page = browser_of(maryam, width=width)
    open_map(page, house.code)
    page.mouse.click(*middle_of(page, ".map"))
    page.wait_for_function("document.querySelector('#id_renovation_code').value !== ''")
    assert chosen_in(page) == house.code
    page.locator("form:has(#id_renovation_code) .actions button").click()
    page.wait_for_url("**/deal/")


def test_a_tap_on_the_map_writes_the_code(browser_of, by_finger, maryam, house):
    page = by_finger(browser_of(maryam, width=390))
    open_map(page, house.code)
    page.touchscreen.tap(*middle_of(page, ".map"))
    page.wait_for_function("document.querySelector('#id_renovation_code').value !== ''")
    assert chosen_in(page) == house.code


def test_beside_the_parcel_lies_another_one(browser_of, maryam, house):
    """The click is told apart by where it falls: a press far from the middle never gives the middle's code."""
    page = browser_of(maryam)
    open_map(page, house.code)
    x, y = middle_of(page, ".map")
    page.locator("[data-map-out]").press("Enter")
    page.wait_for_load_state("networkidle")
    for step in range(30, 180, 15):
        page.mouse.click(x + step, y)
    assert chosen_in(page) not in ("", house.code)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_map_is_moved_and_asked_by_keyboard(browser_of, maryam, house, width):
    """What the pointer does on the map the keyboard does with the code: written, shown on the map, filed."""
    page = browser_of(maryam, width=width)
    keyboard = Keyboard(page)
    page.goto(reverse("inquiries:start"))
    keyboard.fill("#id_renovation_code", house.code)
    keyboard.press("[data-map-open]")
    page.locator(".map-note", has_text=fa_digits(house.code)).wait_for()
    assert keyboard.is_at(".map")
    keyboard.keys.press("ArrowDown")
    keyboard.keys.press("Shift+Tab")
    assert keyboard.is_at("[data-map-out]")
    keyboard.press("form:has(#id_renovation_code) .actions button")
    page.wait_for_url("**/deal/")
