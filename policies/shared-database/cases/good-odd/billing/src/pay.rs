fn pay(db: &Db) { db.run("UPDATE invoices SET paid = true") }
