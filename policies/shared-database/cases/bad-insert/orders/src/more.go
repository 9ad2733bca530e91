var q = `INSERT INTO "public"."invoices" (id) VALUES ($1)`
