const store = indexedDB.open("orders");
export const buy = (order) => fetch("/orders", { method: "POST", body: order, signal: AbortSignal.timeout(2000) });
export const badge = (order) => order.pending ? "waiting" : "";
