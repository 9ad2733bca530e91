consumer.on("message", (m) => table.put({ Item: m, ConditionExpression: "attribute_not_exists(id)" }));
