"""The pipeline that somebody changed."""

SPEC = """\
mlc: 1
name: shop
sources:
  orders:
    read: data/orders.parquet
    columns: {order_id: int, amount: float, country: string, placed: timestamp, returned: bool}
    key: [order_id]
    time: placed
    known: {returned: placed + interval 30 day}
features:
  order: {columns: [amount]}
  place: {columns: [country]}
examples:
  orders: {from: orders, label: returned, split: {by: time, test: 30d, validation: 30d}}
training:
  returns:
    examples: orders
    features: [order, place]
    model: {use: "functions:fit", with: {kind: plain}}
    each: {country: [AT, CH, DE]}
    grid: {depth: [1, 2], rate: {from: 0.1, to: 1.0, count: 50}}
    select: {minimize: brier}
serving:
  daily: {model: returns, mode: batch, write: predictions/returns.parquet}
  api: {model: returns, mode: online}
experiments:
  trial:
    {service: api, unit: order_id, arms: {control: {share: 50%}, eager: {share: 50%, threshold: 0.3}},
     outcome: {metric: brier, better: lower}, detect: 5%}
"""
