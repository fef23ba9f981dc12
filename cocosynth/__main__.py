"""``python -m cocosynth``."""

from cocosynth.cli import main

if __name__ == "__main__":
    main()
