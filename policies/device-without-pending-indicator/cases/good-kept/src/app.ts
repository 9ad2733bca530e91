import { put } from "./store";

export const badge = (order) => (order.pending ? "not sent yet" : "sent");
