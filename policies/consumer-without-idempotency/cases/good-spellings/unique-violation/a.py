def handle(m):
    try:
        consume(m)
    except UniqueViolation:
        return
