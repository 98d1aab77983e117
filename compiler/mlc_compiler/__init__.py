"""The compiler: text -> document -> spec -> graph -> passes -> plan -> target.

Each stage is a folder, and imports only the stages before it: `source`, `diagnostics`, `expression`,
`spec`, `check`, `graph`, `passes`, `plan`, `target`, `driver`, `cli`. `driver.py` shows the whole way.
"""
