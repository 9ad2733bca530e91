target "g" {
  contexts = {
    base = "target:base"
  }
  args = {
    six = "./six"
  }
}
