fn pay(db: &Db, id: u64) {
    db.run("UPDATE invoices SET paid = true WHERE id = ?", id)
}
