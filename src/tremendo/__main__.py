"""``python -m tremendo`` is the command ``tremendo``."""

from tremendo.cli import main

if __name__ == "__main__":
    main()
