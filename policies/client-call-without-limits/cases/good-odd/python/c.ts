export const a = requests.get("/prices");
