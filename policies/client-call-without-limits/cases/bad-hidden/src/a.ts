export const a = axios.post("http://prices", { ...body });
export const b = axios.get(`http://signal-service/timeout`);
export const c = axios.create({
  baseURL: "http://prices",
  headers: { ...more },
  timeoutErrorMessage: "late",
});
export const d = axios.get<Price[]>("http://prices");
export const e = axios.put("http://prices", body, { "timeout": 0 });
