"""`python -m massage_rules` is the command line."""

from massage_rules.cli import main

if __name__ == "__main__":
    main()
