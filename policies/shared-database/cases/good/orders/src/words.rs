fn words() {
    log("could not delete from invoices");
    log("we never drop table invoices");
    log("copy invoices from the other service");
}
