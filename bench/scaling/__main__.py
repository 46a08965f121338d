"""`python -m bench.scaling`: writes the tables of docs/explanation/scaling.md, the same ones each time."""

from bench.scaling import page

if __name__ == "__main__":
    page.PATH.write_text(page.filled(page.PATH.read_text(encoding="utf-8")), encoding="utf-8")
    print(page.PATH)
