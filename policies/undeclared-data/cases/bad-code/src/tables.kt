object Crates : IntIdTable("crates") {
    val weight = integer("weight")
}
