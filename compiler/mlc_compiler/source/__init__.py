"""Text to document: YAML and TOML read into plain data that remembers where each key and value stands."""
