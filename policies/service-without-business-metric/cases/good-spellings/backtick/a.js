meter.createCounter(`orders.created`)
