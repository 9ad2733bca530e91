fn cancel(db: &Db, id: Id) {
    db.run("UPDATE invoices i SET paid = false WHERE parcel = ?", id);
    db.run("update \"invoices\" set paid = false", id);
    db.run(r#"
        update invoices
        set paid = false"#, id);
    db.run(concat!("UPDATE invoices", " SET paid = false"));
}
