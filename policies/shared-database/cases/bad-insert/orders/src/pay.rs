fn pay(db: &Db) {
    db.run("INSERT INTO invoices (id) VALUES (1)")
}
