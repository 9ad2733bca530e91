target "orders" {
  contexts = {
    assets = "./assets"
  }
}
