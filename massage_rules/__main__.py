"""`python -m massage_rules` is the command line, and so is `massage-rules`."""

import sys


def main() -> None:
    """Run the command line; without its packages, say how to install them."""
    try:
        from massage_rules.cli import main as command_line  # noqa: PLC0415  (Typer is an extra)
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        sys.exit("The command line needs Typer: python -m pip install 'massage-rules[cli]'.")
    command_line()


if __name__ == "__main__":
    main()
