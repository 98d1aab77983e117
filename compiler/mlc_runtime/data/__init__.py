"""Tables as operations see them: types, times, formats, connections, rows."""
