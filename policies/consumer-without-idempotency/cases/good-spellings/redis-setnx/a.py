def on_message(m):
    if not r.set(m.id, 1, nx=True):
        return
    consume(m)
