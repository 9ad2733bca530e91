export const one = axios.create({
  baseURL: "http://prices",
  headers: { a: "b" },
});
export const two = axios({ url: "http://prices" });
export const three = axios.request({ url: "http://prices", timeout: 0 });
