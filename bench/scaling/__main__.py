"""`python -m bench.scaling`: prints the tables of docs/explanation/scaling.md, the same ones each time."""

from bench.scaling import model

if __name__ == "__main__":
    print(f"{model.sets_table()}\n\n{model.needs_table()}")
