import Dexie from "dexie";

export const shelf = new Dexie("shelf");
