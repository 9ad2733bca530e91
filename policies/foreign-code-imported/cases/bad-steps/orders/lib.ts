import a from "../lib/money";
// import b from "../billing/b";
