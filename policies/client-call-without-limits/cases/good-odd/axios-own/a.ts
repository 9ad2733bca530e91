export const a = axios.create({
  baseURL: "http://prices",
  timeout: 1000,
});
export const b = axios.get("http://prices", {
  signal: AbortSignal.timeout(1000),
});
export const c = axios.get("http://prices", { ...limits });
export const d = axios.get("http://prices", (((((1))))));
