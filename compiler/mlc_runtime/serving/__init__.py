"""Answering requests with live models: `service` computes, `app` speaks HTTP, `process` runs it to its end."""
