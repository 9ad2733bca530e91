import { call } from "./call";
await call("/payments?order=" + id, {method: "POST"}); // {
