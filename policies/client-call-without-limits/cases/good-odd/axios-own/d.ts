export const a = axios.delete("http://prices", { timeout: 1000 });
export const b = axios.head("http://prices", { timeout: 1000 });
export const c = axios.put("http://prices", body, { timeout: 1000 });
export const d = axios.patch("http://prices", body, { timeout: 1000 });
