import "../../billing/setup";
