"""The table of ops and backends in docs/reference/backends.md, made by running every op on each."""
