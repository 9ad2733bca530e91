export const a = axios.get("x");
