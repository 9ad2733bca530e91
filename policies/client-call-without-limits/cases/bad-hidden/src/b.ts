export const a = axios.get("http://prices", settings);
export const b = axios.get("http://prices", signal);
