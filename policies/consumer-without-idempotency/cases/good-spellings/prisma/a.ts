consumer.on("message", (m) => db.order.createMany({ data: m.orders, skipDuplicates: true }));
