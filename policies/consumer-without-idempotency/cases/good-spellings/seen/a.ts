consumer.on("message", (m) => { if (seen.has(m.id)) return; take(m); });
