fn clean(db: &Db) {
    db.run("with old as (select 1) delete from invoices where id in old");
    db.run("delete from invoices");
    db.run("drop table invoices");
    db.run("nightly DELETE FROM invoices");
    db.run(r#"with
        older as (select 1) delete from invoices where id in older"#);
}
