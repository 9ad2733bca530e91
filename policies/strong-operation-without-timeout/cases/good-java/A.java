@GetMapping
List<Order> list() {
  setTimeout(2000);
}
