import b from "../billing/src/b.js";
