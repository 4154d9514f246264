"""`make screenshots`: pictures of every page of the board, in both themes and two widths, for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.prove import browser
from harness.prove.world import World
from harness.stack import Stack, StackError, run_stack
from harness.stack.parts import ROOT
from ops_gates.client import Gates

if TYPE_CHECKING:
    from playwright.sync_api import Page

TO = ROOT / "docs" / "screenshots"
LARGEST = 2_000_000
WIDTHS = {1280: 860, 320: 700}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATIENCE = 60_000


@dataclass
class Scene:
    """Made-up releases of a shop, and who looks at them."""

    stack: Stack
    worlds: dict[str, World] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._promoted("v1.4.0")
        self._excepted("v1.4.1")
        for name, passed in (("v1.5.0", 2), ("v1.5.1", 1)):
            world = self._open(name)
            world.emit(*world.until_gate(passed))
        world = self._open("v1.6.0-rc.1")
        world.emit(world.build("fail", checks=[{"check_name": "e2e", "status": "fail"}]))

    def _open(self, name: str) -> World:
        self.worlds[name] = World(self.stack, name=name)
        return self.worlds[name]

    def _promoted(self, name: str) -> None:
        world = self._open(name)
        world.emit(world.build(checks=[{"check_name": "e2e", "status": "fail"}]))
        world.emit(*world.until_gate(0), world.build(checks=[{"check_name": "e2e", "status": "pass"}]))
        world.emit(*world.until_gate(3)[1:])
        for environment in ("staging", "production"):
            world.emit(world.deployment(environment, f"{name}-{environment}"))
            world.emit(world.health(environment, f"{name}-{environment}"))

    def _excepted(self, name: str) -> None:
        world = self._open(name)
        world.emit(world.build())
        gates = world.service
        if not isinstance(gates, Gates):
            raise StackError("the scene is told over HTTP")
        gates.open_exception(
            world.release_id, exception_type="gate_bypass", impacted_gates=["G2"],
            reason="the payment provider is down, and this switches to the other one",
            risk_statement="the UAT was cut short", approver_id="rm-1",
            expires_at=datetime.now(UTC) + timedelta(hours=4),
        )  # fmt: skip
        world.emit(world.signoff("G3", "rm-2"), world.deployment("staging", f"{name}-staging"))

    def release(self, name: str, more: str = "") -> str:
        """The address of a release on the board."""
        return f"#/release/{self.worlds[name].release_id}{more}"


def _decide(page: Page) -> None:
    page.get_by_role("listitem").filter(has_text="v1.5.0").get_by_role("button").first.click()
    page.get_by_label("Reason").fill("The plan was rehearsed on staging.")
    page.locator("form .findings").wait_for()


def _go_back(page: Page) -> None:
    for _ in range(3):
        page.get_by_role("button", name="Earlier").click()
    page.locator("main.past article.gate").first.wait_for()


@dataclass(frozen=True)
class Shot:
    """A page to look at: where it is, what must be there, and what to do first."""

    name: str
    route: str
    awaited: str
    before: Callable[[Page], None] = lambda _page: None


def shots(scene: Scene) -> list[Shot]:
    """Every page, as a release manager sees it."""
    return [
        Shot("waiting", "#/waiting", "li.card", _decide),
        Shot("releases", "#/releases", "li.release"),
        Shot("release", scene.release("v1.5.0"), "ol.timeline li"),
        Shot("release-before", scene.release("v1.4.0"), "ol.timeline li", _go_back),
        Shot("live", "#/live", "li.card"),
        Shot("exceptions", "#/exceptions", "li.card"),
        Shot("figures", "#/figures", "figure svg"),
    ]


def taken(scene: Scene, to: Path) -> Iterator[Path]:
    """Take each picture in both themes and widths."""
    login = scene.stack.person("rm-1@shop.example", subject="rm-1")
    with browser.launched() as launched:
        for width, height in WIDTHS.items():
            size: Mapping[str, Any] = {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce"}
            page = launched.new_context(**size, locale="en-GB", timezone_id="Europe/Berlin").new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(scene.stack.board_url)
            page.get_by_label("E-mail").wait_for()
            yield from _in_themes(page, to, f"sign-in-{width}")
            page.get_by_label("E-mail").fill(login.email)
            page.get_by_label("Password").fill(login.password)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.get_by_role("navigation").first.wait_for()
            for shot in shots(scene):
                page.goto(f"{scene.stack.board_url}{shot.route}")
                page.locator(shot.awaited).first.wait_for()
                shot.before(page)
                page.evaluate("() => scrollTo(0, 0)")
                yield from _in_themes(page, to, f"{shot.name}-{width}")
            page.context.close()


def _in_themes(page: Page, to: Path, name: str) -> Iterator[Path]:
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        path = to / f"{name}-{theme}.png"
        page.screenshot(path=path, animations="disabled")
        yield path


def main(to: Path = TO) -> None:
    """Take all pictures anew; StackError if they are larger than the documentation may be."""
    to.mkdir(exist_ok=True)
    with run_stack() as stack:
        made = [*taken(Scene(stack), to)]
    for old in {*to.glob("*.png")} - {*made}:
        old.unlink()
    size = sum(path.stat().st_size for path in made)
    print(f"{len(made)} pictures in {to.name}, {size / 1e6:.2f} MB")
    if size > LARGEST:
        raise StackError(f"the pictures take {size} bytes, and {LARGEST} are enough", mend="take smaller ones")


if __name__ == "__main__":
    try:
        main()
    except StackError as error:
        raise SystemExit(str(error)) from None
