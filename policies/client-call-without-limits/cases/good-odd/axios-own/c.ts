const settings = { timeout: 1000 };
export const a = axios.create(settings);
