"""What the pipeline computes in Python."""

import pandas as pd


def article(rows: pd.DataFrame) -> pd.DataFrame:
    """Return kind and size of each article, from products such as `linen shirt, M`.

    A feature function returns one row for each row that it is given, and looks at no other row.
    """
    name_and_size = rows["product"].str.rsplit(", ", n=1)
    return pd.DataFrame({"kind": name_and_size.str[0].str.split().str[-1], "size": name_and_size.str[1]})
