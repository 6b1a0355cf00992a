"""Asking before something is taken away: on a terminal only."""

import sys

import click

from gamesaves.cli.base import Settings

DRY_RUN = click.option("-n", "--dry-run", is_flag=True, help="Only tell what would be done.")


class NotAsked(click.UsageError):
    """A question that nobody is there to answer."""

    hint = "Give --yes to do it without being asked, or --dry-run to see what would be done."


class Declined(click.ClickException):
    """Somebody was asked and said no."""

    hint = "Nothing has been changed."


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(settings: Settings, question: str) -> None:
    """Ask, unless `--yes` was given.

    Raises:
        NotAsked: there is nobody to ask.
        Declined: the answer was no.
    """
    if settings.yes:
        return
    if settings.json or not can_ask():
        raise NotAsked("this asks before it does anything, and there is no terminal to ask on")
    if not click.confirm(question, err=True):
        raise Declined("not confirmed")
