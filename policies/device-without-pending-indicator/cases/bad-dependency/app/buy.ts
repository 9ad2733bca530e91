const store = indexedDB.open("orders");
export const buy = (order) => outbox.add({ key: crypto.randomUUID(), order });
export const send = (one) => fetch("/orders", { method: "POST", body: one.order });
