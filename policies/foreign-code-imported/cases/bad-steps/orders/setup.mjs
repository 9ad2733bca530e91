import "../billing/setup";
