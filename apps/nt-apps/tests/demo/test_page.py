"""The page in a real browser: it needs no network, and what a person does changes what it shows."""

import socket

import pytest


@pytest.fixture(scope="module")
def bare(serve):
    """A page without any model."""
    return serve()


def node(page, name):
    found = page.locator(f'#nt-expression [data-node="{name}"]')
    return found.get_attribute("data-value"), found.get_attribute("data-gradient")


def test_the_page_asks_for_nothing_outside_of_this_machine(bare, visit):
    page = visit(bare, "Gradients")
    page.locator('[data-node="a"]').wait_for()
    page.wait_for_timeout(1500)  # what is asked for late is asked for by then
    assert page.asked_outside == []
    assert page.complaints == []


def test_editing_a_value_changes_every_gradient_to_the_right_number(bare, visit):
    page = visit(bare, "Gradients")
    assert node(page, "a") == ("2.0", "-3.0")
    page.get_by_label("b", exact=True).fill("7.5")
    page.locator('[data-node="b"][data-value="7.5"]').wait_for()
    assert node(page, "a") == ("2.0", "7.5")
    assert node(page, "d") == ("15.0", "1.0")
    assert node(page, "e") == ("25.0", "1.0")


def test_steps_go_back_and_on(bare, visit):
    page = visit(bare, "Gradients")
    page.get_by_role("button", name="Start").click()
    page.locator('[data-node="e"][data-value=""]').wait_for()
    page.get_by_role("button", name="Step").click()
    page.locator('[data-node="d"][data-value="-6.0"]').wait_for()
    page.get_by_role("button", name="Back").click()
    page.locator('[data-node="d"][data-value=""]').wait_for()
    page.get_by_role("button", name="End").click()
    page.locator('[data-node="b"][data-gradient="2.0"]').wait_for()


def test_another_expression_brings_its_own_leaves(bare, visit):
    page = visit(bare, "Gradients")
    page.get_by_label("(x · y + x)²").click()
    page.locator('[data-node="x"][data-gradient="9.0"]').wait_for()
    page.get_by_label("y", exact=True).fill("0")
    page.locator('[data-node="x"][data-gradient="4.0"]').wait_for()
    assert page.get_by_label("c", exact=True).count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(bare, visit, width):
    page = visit(bare, "Gradients", viewport={"width": width, "height": 800})
    page.locator('[data-node="a"]').wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nobody_else_is_served(bare):
    port = int(bare.rstrip("/").rsplit(":", 1)[1])
    assert bare == f"http://127.0.0.1:{port}/"
    with socket.socket() as one:  # what listens everywhere listens there too
        one.settimeout(5)
        assert one.connect_ex(("127.0.0.2", port)) != 0
