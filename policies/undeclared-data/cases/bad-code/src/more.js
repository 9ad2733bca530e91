exports.up = (k) => k.schema.createTable("coupons", (t) => {});
