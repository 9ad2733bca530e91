target "g" {
  contexts = {
    seven = "target:base"
  }
}
