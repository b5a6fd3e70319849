"""The table of ops and backends in docs/backends.md, made by running every op on each."""
