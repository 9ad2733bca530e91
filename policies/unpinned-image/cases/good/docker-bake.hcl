target "tools" {
  contexts = {
    shared = "../shared"
  }
}
