@Table(name = "letters")
class Letter {}
