import "../billing/own";
