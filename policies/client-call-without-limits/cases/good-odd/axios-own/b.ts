const settings = { baseURL: "http://prices", timeout: 1000 };
export const a = axios.create(settings);
export const b = axios.post<Price>("http://prices", body, { "timeout": 1000 });
export const c = axios({
  url: "http://prices",
  // Slow, but sure.
  timeout: 1000,
});
export const d = axios.request({ url: "http://prices", cancelToken: token });
