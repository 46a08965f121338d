"""The benchmarks: `make bench` prints a table and writes REPORT.md. Nothing here is a test with a time limit."""
