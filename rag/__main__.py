"""`python -m rag` is `kitabu`: for places where the script is not on the path."""

from rag.cli.main import main

if __name__ == "__main__":
    main()
