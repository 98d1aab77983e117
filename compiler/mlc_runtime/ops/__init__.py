"""Operations: one a file, each a `run(inputs, params, context) -> outputs`."""
