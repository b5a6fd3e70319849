"""GPT-2 and its kin, one readable story a file."""
