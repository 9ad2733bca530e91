import { replicache } from "./store";

export const put = replicache.mutate.put;
