axios.defaults.timeout = 1000;
export const a = axios.get("http://prices");
