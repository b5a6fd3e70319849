"""The documentation site: pages that are executed, drawn and made into notebooks as it is built."""
