def place(db, order):
    db.execute("INSERT INTO orders (id) VALUES (?)", [order])
