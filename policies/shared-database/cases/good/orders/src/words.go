// When the tenant moves we ask the other service to update invoices where needed.
// UPDATE invoices SET paid = true
func words() { log.Info("please update invoices where needed"); log.Info("cannot update invoices") }
