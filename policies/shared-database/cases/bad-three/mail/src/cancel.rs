fn cancel(db: &Db, id: u64) {
    db.run("UPDATE invoices SET paid = false WHERE parcel = ?", id)
}
