export const send = (one) => fetch("/orders", { method: "POST", body: one });
