def on_message(m):
    try:
        insert(m)
    except IntegrityError:
        return
